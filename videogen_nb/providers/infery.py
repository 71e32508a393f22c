"""Infery: one path for all video models, two spellings of nearly everything.

Its reference schema and its prose disagree on the name of the id, of the time stamps, of
the duration and of success, so both are sent where both can be, and both are read.
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
    """The gateway at api.infery.ai. Charges on success; a job can't be stopped."""

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
        """One spelling of the duration less, where a strict validator refused the other."""
        body = dict(call.json or {})
        unknown = _UNKNOWN_FIELD.search(reply.text)
        if reply.status_code not in (400, 422) or unknown is None or not all(name in body for name in _SPELLINGS):
            return None
        # "Unknown field duration_seconds, did you mean duration?" is about the one named first.
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
        found = task(self, reply, handle)
        fields, done = found.fields, found.status == "succeeded"
        results = _results(fields) if done else []
        first = results[0] if results else {}
        why, rejected = reason(found)
        credits_used = number(fields.get("credits_used"))
        return Report(
            found.status,
            word=found.word,
            progress=progress(fields.get("progress")),
            outputs=tuple((url,) for each in results if (url := address(each.get("url")))),
            error=why,
            rejected=rejected,
            cost=Cost(credits_used, "credits") if credits_used is not None and credits_used >= 0 else None,
            duration=number(first.get("duration_seconds") or first.get("duration")),
            size=size(first.get("resolution")),
        )

    def read_error(self, reply: Reply) -> ProviderError:
        return to_error(self, reply)


def _results(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """One object a clip: how several come back is not documented, so every likely form is read."""
    for value in (fields.get("results"), fields.get("result")):
        each = value if isinstance(value, list) else [value]
        if made := [one if isinstance(one, dict) else {"url": one} for one in each if one]:
            return made
    return [fields]


def _read_model(entry: dict[str, Any]) -> ModelSpec | None:
    """One entry of the list, laid over what the built-in table knows; None if it is no video model."""
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
    durations = tuple(each for value in _listed(lengths) if (each := number(value)))
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
    told = {name: value for name, value in limits.items() if value is not None}
    return replace(known, **told, source="GET /v1/models")


def _matching(pattern: str, values: Any) -> tuple[str, ...] | None:
    """The values that a request can name; others, such as ``"auto"``, are had by leaving the option out."""
    words = (str(each).strip().lower() for each in _listed(values))
    return tuple(word for word in words if re.fullmatch(pattern, word)) or None


def _listed(values: Any) -> list[Any]:
    if isinstance(values, dict):
        values = values.get("enum") or values.get("values")
    return [each for each in values if isinstance(each, (str, int, float))] if isinstance(values, list) else []


def _range(values: Any) -> tuple[float | None, float | None]:
    if isinstance(values, dict):
        return number(values.get("min")), number(values.get("max"))
    numbers = [each for value in _listed(values) if (each := number(value)) is not None]
    return None, max(numbers, default=None)


def _price(entry: dict[str, Any]) -> Price | None:
    """A price only where the field's own name states amount, unit and what it is for."""
    pricing = entry.get("pricing")
    for source in (entry, pricing if isinstance(pricing, dict) else {}):
        for name, value in source.items():
            said = re.fullmatch(r"credits_?per_?(second|clip|video|generation)", name, re.I)
            amount = number(value)
            if said and amount is not None and amount >= 0:
                return Price(amount, "credits", "second" if said[1].lower() == "second" else "clip")
    return None
