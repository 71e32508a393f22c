"""Infinity Blue's second family on ``/v1/videos``: Seedance and Grok Imagine, with their own fields and time units.

Source:
    https://newdocs.getinfinityblue.com, Seedance 2.0 and Grok Imagine pages.
"""

from __future__ import annotations

from typing import Any

from videogen_nb.gateway.catalog import INFINITY_BLUE_VIDEOS, Model, offered, pixels
from videogen_nb.gateway.http.fields import MAX_SEED, Body, Choice, Decimal, Fields, Integer, Number, RequiredText, Size
from videogen_nb.gateway.http.problem import Problem
from videogen_nb.gateway.jobs.plan import RenderPlan
from videogen_nb.gateway.jobs.queue import QueuedJob
from videogen_nb.gateway.wires.base import draw_seed
from videogen_nb.gateway.wires.newapi_request import PICTURES, check_duration, first_image

NAME = "family"
"""The wire's name in the queue."""

_USUAL_SECONDS = 5.0
_GROK_REFUSES = ((1792, 1024), (1024, 1792))

FIELDS = Fields(
    RequiredText("model", known=tuple(INFINITY_BLUE_VIDEOS)),
    RequiredText("prompt"),
    Decimal("seconds", "Length of the clip.", 0, 999, pattern="[0-9]{1,3}"),
    Number("duration", "The same as a number, used if seconds is missing."),
    Choice(
        "resolution",
        "For Seedance; Grok has it in the model's name.",
        known=offered(INFINITY_BLUE_VIDEOS, "resolutions"),
    ),
    Choice("ratio", "For Seedance.", known=offered(INFINITY_BLUE_VIDEOS, "ratios")),
    Size("size", "Pixels for Seedance; Grok takes only the ratio from it."),
    Integer("n", "How many clips.", 1, 1),
    Integer("seed", "", 0, MAX_SEED),
    *PICTURES,
)
"""The fields of a submission."""


def read(body: Body) -> tuple[RenderPlan, tuple[str, str] | None] | None:
    """The render plan of a request and the source of its picture; None if its model is not in this family.

    Raises:
        Problem: A field is invalid or outside the model's limits.
    """
    model = INFINITY_BLUE_VIDEOS.get(str(body.get("model")))
    if model is None:
        return None
    given = FIELDS.read(body)
    image = first_image(given)
    if image is None and model.image == "must":
        raise Problem("limit", f"{model.id} requires an image", "image")
    width, height = _grok_frame(given, model) if model.id.startswith("grok-") else _seedance_frame(given)
    plan = RenderPlan(
        model=model.id,
        prompt=given["prompt"],
        seed=draw_seed() if given["seed"] is None else given["seed"],
        width=width,
        height=height,
        fps=24,
        duration=given["seconds"] if given["seconds"] is not None else given["duration"] or _USUAL_SECONDS,
    )
    check_duration(model, plan.duration)
    return plan, image


def _seedance_frame(given: Body) -> tuple[int, int]:
    ratio = given["ratio"]
    exact: tuple[int, int] | None = given["size"]
    return exact or pixels(given["resolution"] or "720p", ratio if ratio and ":" in ratio else "16:9")


def _grok_frame(given: Body, model: Model) -> tuple[int, int]:
    """The model's name decides the resolution; only the ratio is taken from ``size``."""
    if given["resolution"] is not None:
        raise Problem("invalid", "'resolution' is part of the model's name.", "resolution")
    if given["size"] in _GROK_REFUSES:
        width, height = given["size"]
        raise Problem("size", f"size {width}x{height} is not supported", "size")
    width, height = given["size"] or (16, 9)
    ratio = min(model.ratios, key=lambda ratio: abs(_shape(ratio) - width / height))
    return pixels(model.resolutions[0], ratio)


def _shape(ratio: str) -> float:
    across, _, down = ratio.partition(":")
    return int(across) / int(down)


def view(job: QueuedJob, url: str | None, expires: float | None) -> dict[str, Any]:
    """The response of this family: OpenAI's object, but with times in milliseconds and the clip's URL."""
    words = {"running": "in_progress", "succeeded": "completed"}
    answer: dict[str, Any] = {
        "id": job.id,
        "object": "video",
        "model": job.plan.model,
        "status": words.get(job.status, job.status),
        "progress": int(100 * job.progress),
        "created_at": int(job.created * 1000),
        "seconds": f"{job.plan.duration:g}",
        "size": job.plan.size,
    }
    if job.finished:
        answer["completed_at"] = int(job.finished * 1000)
    if expires:
        answer["expires_at"] = int(expires * 1000)
    if url:
        answer["metadata"] = {"url": url}
    if job.status == "failed":
        answer["error"] = {"message": job.error, "code": "generation_failed"}
    return answer
