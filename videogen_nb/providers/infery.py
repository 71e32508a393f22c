"""Infery: one path for all video models.

Its reference schema and its guides disagree on the names of the id, the time stamps, the duration and success, so both
spellings are sent where that is possible, and both are read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from videogen_nb.core.job import Cost
from videogen_nb.core.model_spec import ModelSpec, Price
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import ProviderError, UnsupportedOptionError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.read_errors import to_error
from videogen_nb.providers.read_tasks import accepted, reason, task
from videogen_nb.providers.read_values import address, identity, number, objects, progress, size
from videogen_nb.providers.wire import Accepted, Call, Handle, Reply, Report
from videogen_nb.providers.write_body import extras, given, path_id, refuse, with_names

__all__ = ["Infery"]

_PATH = "/v1/videos/generations"
_PEOPLE = ("dont_allow", "allow_adult", "allow_all")
_UNNAMED = ("seed", "fps", "negative_prompt", "user")
_SPELLINGS = ("duration", "duration_seconds")
_UNKNOWN_FIELD = re.compile(
    r"(unknown|unrecogni[sz]ed|unexpected|unsupported|extra|additional)[\s_]+(\w+[\s_]+)?"
    r"(field|key|param|propert|argument|input|name)|extra_forbidden",
    re.I,
)

_GUIDE = "docs.infery.ai/guides/video-generation"
_MODELS = (
    ModelSpec("veo-3-1-fast", "infery", max_duration=4, image=True, source=_GUIDE),
    ModelSpec("veo-3-1", "infery", max_duration=8, image=True, source=_GUIDE),
    ModelSpec("grok-video", "infery", max_duration=6, source=_GUIDE),
    ModelSpec("wan-2-1", "infery", max_duration=6, image=False, source=_GUIDE),
    ModelSpec("sora-2", "infery", max_duration=20, source=_GUIDE),
)


class Infery(Provider):
    """The gateway at api.infery.ai. It charges on success and can't stop a job."""

    name = "infery"
    title = "Infery"
    key_env = "INFERY_API_KEY"
    base_url = "https://api.infery.ai"
    base_url_env = "INFERY_BASE_URL"
    default_model = "veo-3-1-fast"
    interval = 5.0
    charged_at = "success"
    options = frozenset({"duration", "resolution", "aspect_ratio", "size", "count", "person_generation", "image"})

    @property
    def models(self) -> Sequence[ModelSpec]:
        return _MODELS

    def models_call(self) -> Call:
        return Call("GET", "/v1/models", query={"modality": "video"})

    def read_models(self, reply: Reply) -> list[ModelSpec]:
        return list(filter(None, map(_read_model, objects(reply.json(), "data", "models"))))

    def check(self, request: VideoRequest, spec: ModelSpec) -> None:
        refuse(request, _UNNAMED, self.options, self.title)
        if request.person_generation not in (None, *_PEOPLE):
            raise UnsupportedOptionError("person_generation", request.person_generation, _PEOPLE, where=self.title)
        super().check(with_names(request, spec), spec)

    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        request = with_names(request, spec)
        image = request.image
        body = given(
            {
                "model": spec.id,
                "prompt": request.prompt,
                **dict.fromkeys(_SPELLINGS, request.duration),
                "resolution": request.resolution,
                "aspect_ratio": request.aspect_ratio,
                "n": request.count if request.count > 1 else None,
                "image_url": image.url if image else None,
                "image_base64": image.base64() if image and not image.url else None,
                "person_generation": request.person_generation,
            }
        )
        return Call("POST", _PATH, json={**body, **extras(request, body)})

    def amend(self, call: Call, reply: Reply) -> Call | None:
        """The call without one spelling of the duration, if a strict validator refused that one."""
        body = dict(call.json or {})
        unknown = _UNKNOWN_FIELD.search(reply.text)
        if reply.status_code not in (400, 422) or unknown is None or not all(name in body for name in _SPELLINGS):
            return None
        # In "Unknown field duration_seconds, did you mean duration?" the first name is the refused one.
        named = re.compile(r"\bduration(_seconds)?\b")
        refused = named.search(reply.text, unknown.end()) or named.search(reply.text)
        if refused is None:
            return None
        del body[refused[0]]
        return replace(call, json=body)

    def status_call(self, handle: Handle) -> Call:
        return Call("GET", f"{_PATH}/{path_id(handle.remote_id)}")

    def read_accepted(self, reply: Reply) -> Accepted | None:
        return accepted(self, reply)

    def read_report(self, reply: Reply, handle: Handle) -> Report:
        job = task(self, reply, handle)
        fields, done = job.fields, job.status == "succeeded"
        results = _results(fields) if done else []
        first = results[0] if results else {}
        error, rejected = reason(job)
        credits_used = number(fields.get("credits_used"))
        return Report(
            job.status,
            word=job.word,
            progress=progress(fields.get("progress")),
            outputs=tuple((url,) for result in results if (url := address(result.get("url")))),
            error=error,
            rejected=rejected,
            cost=Cost(credits_used, "credits") if credits_used is not None and credits_used >= 0 else None,
            duration=number(first.get("duration_seconds") or first.get("duration")),
            size=size(first.get("resolution")),
        )

    def read_error(self, reply: Reply) -> ProviderError:
        return to_error(self, reply)


def _results(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """One object for each clip: how several are returned is not documented, so every likely form is read."""
    for value in (fields.get("results"), fields.get("result")):
        items = value if isinstance(value, list) else [value]
        if results := [item if isinstance(item, dict) else {"url": item} for item in items if item]:
            return results
    return [fields]


def _read_model(entry: dict[str, Any]) -> ModelSpec | None:
    """The model of one entry, with limits from the built-in table where it states none; None if it makes no video."""
    name = identity(entry.get("id"), entry.get("slug"), entry.get("name"))
    modality = entry.get("modality") or entry.get("modalities")
    if name is None or (modality and "video" not in str(modality).lower()):
        return None
    known = next((spec for spec in _MODELS if spec.id == name), ModelSpec(name, "infery"))
    params = entry.get("allowedParams") or entry.get("allowed_params")
    if not isinstance(params, dict):
        return replace(known, price=_price(entry))
    lengths = params.get("duration_seconds", params.get("duration"))
    least, most = _range(lengths)
    clips = _range(params.get("n"))[1]
    durations = tuple(seconds for value in _listed(lengths) if (seconds := number(value)))
    limits: dict[str, Any] = {
        "durations": durations or None,
        "min_duration": least if most else None,
        "max_duration": most,
        "resolutions": _matching(r"\d{2,4}p|[24]k", params.get("resolution")),
        "aspect_ratios": _matching(r"\d{1,4}:\d{1,4}", params.get("aspect_ratio")),
        "image": True if params.keys() & {"image_url", "image_base64"} else None,
        "max_count": int(clips) if clips and clips >= 1 else None,
        "price": _price(entry),
    }
    stated = {name: value for name, value in limits.items() if value is not None}
    return replace(known, **stated, source="GET /v1/models")


def _matching(pattern: str, values: Any) -> tuple[str, ...] | None:
    """The values that a request can name; others, such as ``"auto"``, mean that the option is left out."""
    words = (str(value).strip().lower() for value in _listed(values))
    return tuple(word for word in words if re.fullmatch(pattern, word)) or None


def _listed(values: Any) -> list[Any]:
    """The values in a list, or in the ``enum`` or ``values`` of an object."""
    if isinstance(values, dict):
        values = values.get("enum") or values.get("values")
    return [value for value in values if isinstance(value, (str, int, float))] if isinstance(values, list) else []


def _range(values: Any) -> tuple[float | None, float | None]:
    """The least and the greatest value, from an object or a list; a list states no least."""
    if isinstance(values, dict):
        return number(values.get("min")), number(values.get("max"))
    numbers = [amount for value in _listed(values) if (amount := number(value)) is not None]
    return None, max(numbers, default=None)


def _price(entry: dict[str, Any]) -> Price | None:
    """The price, but only from a field whose name states unit and what it is for: a bare number could be anything."""
    pricing = entry.get("pricing")
    for source in (entry, pricing if isinstance(pricing, dict) else {}):
        for name, value in source.items():
            match = re.fullmatch(r"credits_?per_?(second|clip|video|generation)", name, re.I)
            amount = number(value)
            if match and amount is not None and amount >= 0:
                return Price(amount, "credits", "second" if match[1].lower() == "second" else "clip")
    return None
