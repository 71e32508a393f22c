"""Requests of Infinity Blue's wire: the fields of a submission, and the render plan that they make.

Besides the documented fields it supports those that the vendor's software parses: ``size``, ``seconds``, ``images``,
``metadata``.
"""

from __future__ import annotations

import json
from typing import Any

from videogen_nb.gateway.catalog import INFINITY_BLUE, Model, offered, pixels
from videogen_nb.gateway.http.fields import (
    MAX_SEED,
    WIDTH_AND_HEIGHT,
    Body,
    Choice,
    Decimal,
    Field,
    Fields,
    Integer,
    RequiredText,
    Schema,
    Size,
    StrictInteger,
    Text,
    width_and_height,
)
from videogen_nb.gateway.http.problem import Problem
from videogen_nb.gateway.jobs.plan import RenderPlan
from videogen_nb.gateway.wires.base import MAX_BODY, draw_seed

_USUAL_SECONDS = 5.0


class _Metadata(Field):
    """An object of further fields, or the same as JSON text; a missing field is None."""

    _RATIOS = offered(INFINITY_BLUE, "ratios")
    _FIELDS = Fields(
        Choice("aspect_ratio", known=_RATIOS),
        Choice("aspectRatio", known=_RATIOS),
        Text("negative_prompt"),
        Text("negativePrompt"),
        StrictInteger("durationSeconds", "Seconds.", 0, 3600),
    )

    def read(self, body: Body) -> dict[str, Any]:
        value = body.get(self.name)
        if value is None or value == "":
            value = {}
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                value = None
        if not isinstance(value, dict):
            raise self.invalid("must be an object")
        return self._FIELDS.read(value)

    @property
    def shape(self) -> Schema:
        return {"anyOf": [self._FIELDS.schema(), {"type": ["string", "null"], "contentMediaType": "application/json"}]}


class _Pictures(Field):
    """A list of sources."""

    def read(self, body: Body) -> list[str] | None:
        value = body.get(self.name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(source, str) for source in value):
            raise self.invalid("must be a list of strings")
        for source in value[:1]:
            PICTURE.read({PICTURE.name: source})
        return value

    @property
    def shape(self) -> Schema:
        return {"type": ["array", "null"], "items": {"type": "string"}}


PICTURE = Text("image", "First frame: an http(s) URL on a public address, a data URI, or base64.", longest=MAX_BODY)
PICTURES = (
    PICTURE,
    _Pictures("images", "The first one is used if image is missing."),
    Text("input_reference", "Used if both are missing.", longest=MAX_BODY),
)

FIELDS = Fields(
    RequiredText("model", known=tuple(INFINITY_BLUE)),
    RequiredText("prompt"),
    StrictInteger("duration", "Seconds; 0 counts as missing.", 0, 3600),
    Decimal("seconds", "The same as a string.", 0, 3600),
    *WIDTH_AND_HEIGHT,
    Size("size", "Pixels, instead of the two above."),
    Integer("fps", "Frames a second.", 1, 60),
    Integer("n", "How many clips.", 1, 1),
    Integer("seed", "", 0, MAX_SEED),
    *PICTURES,
    _Metadata("metadata"),
)
"""The fields of a submission."""


def read(body: Body) -> tuple[RenderPlan, tuple[str, str] | None]:
    """The render plan of a request and the source of its picture.

    Raises:
        Problem: A field is invalid or outside the model's limits.
    """
    if body.get("model") in (None, ""):
        raise Problem("json", "Model name not specified, model name cannot be empty")
    given = FIELDS.read(body)
    model = INFINITY_BLUE.get(given["model"])
    if model is None:
        raise Problem("model", f"No available channel for model {given['model']} under group default", "model")
    more = given["metadata"]
    ratio = more["aspect_ratio"] or more["aspectRatio"] or "16:9"
    width, height = width_and_height(given) or given["size"] or pixels("720p", ratio)
    plan = RenderPlan(
        model=model.id,
        prompt=given["prompt"],
        negative_prompt=more["negative_prompt"] or more["negativePrompt"] or "",
        seed=draw_seed() if given["seed"] is None else given["seed"],
        width=width,
        height=height,
        fps=given["fps"] or 24,
        # 0 counts as missing, since the vendor's software does not distinguish the two.
        duration=given["duration"] or given["seconds"] or more["durationSeconds"] or _USUAL_SECONDS,
    )
    check_duration(model, plan.duration)
    return plan, first_image(given)


def check_duration(model: Model, duration: float) -> None:
    """Reject a duration in seconds that the model does not support."""
    if not model.shortest <= duration <= model.longest:
        raise Problem(
            "limit", f"duration of {model.id} must be from {model.shortest:g} to {model.longest:g} seconds", "duration"
        )


def first_image(given: Body) -> tuple[str, str] | None:
    """The source of the first frame and its field: ``image``, ``images[0]`` or ``input_reference``."""
    sources = {**given, "images": next(iter(given["images"] or ()), None)}
    return next(((sources[name], name) for name in ("image", "images", "input_reference") if sources[name]), None)
