"""The wire of Infery: ``/v1/videos/generations``, ``/v1/models?modality=video`` and ``/v1/files``.

Source:
    https://docs.infery.ai/api-reference/videos. The page spells several things twice; `Profile.spelling` chooses.
    What it leaves open is decided here: several outputs come as a list ``results`` beside ``result``, and
    ``width``, ``height``, ``fps``, ``seed`` and ``negative_prompt`` are taken as well.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from .. import fields
from ..catalog import INFERY, Model, pixels
from ..fields import Body
from ..plan import Plan
from ..problem import Kind, Problem
from ..queue import Job
from ..storage import clip_response
from .base import MAX_BODY, Wire, draw_seed, read_json

_PEOPLE = ("dont_allow", "allow_adult", "allow_all")
_COMMON = frozenset({"model", "prompt", "resolution", "aspect_ratio", "n", "image_url", "person_generation"})
_DOCUMENTED = {"schema": _COMMON | {"duration"}, "prose": _COMMON | {"duration_seconds", "image_base64"}}
_USUAL_SECONDS = 4.0

_REFUSALS: dict[Kind, tuple[int, str, str]] = {
    "conflict": (409, "invalid_request_error", "idempotency_key_reused"),
    "image": (400, "invalid_request_error", "invalid_image"),
    "internal": (500, "api_error", "internal_error"),
    "invalid": (400, "invalid_request_error", "invalid_parameter"),
    "json": (400, "invalid_request_error", "invalid_json"),
    "key": (401, "invalid_request_error", "invalid_api_key"),
    "large": (413, "invalid_request_error", "request_too_large"),
    "limit": (400, "invalid_request_error", "{param}_not_supported_by_model"),
    "media_type": (415, "invalid_request_error", "unsupported_media_type"),
    "method": (405, "invalid_request_error", "method_not_allowed"),
    "missing": (404, "invalid_request_error", "not_found"),
    "model": (404, "invalid_request_error", "model_not_found"),
    "size": (400, "invalid_request_error", "invalid_parameter"),
    "unknown_field": (422, "invalid_request_error", "unknown_field"),
}


class Infery(Wire):
    """See the module."""

    name = "infery"

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return [
            self.route("/v1/videos/generations", POST=self._submit),
            self.route("/v1/videos/generations/{id}", GET=self._status),
            self.route("/v1/files/{id}/content", GET=self._file),
        ]

    def headers(self, request_id: str) -> dict[str, str]:
        return {"x-request-id": request_id, "x-credits-used": "0"}

    def refuse(self, problem: Problem, request_id: str) -> Response:
        status, kind, code = _REFUSALS[problem.kind]
        error = {"message": problem.message, "type": kind, "code": code.format(param=problem.param)}
        return JSONResponse({"error": error}, status)

    # -- requests -----------------------------------------------------------------------------------------------

    async def _submit(self, request: Request, account: str) -> Response:
        body, digest = await read_json(request)
        profile = self.service.profile
        if profile.strict and (unknown := sorted(body.keys() - _DOCUMENTED[profile.spelling])):
            raise Problem("unknown_field", f"Unknown field: '{unknown[0]}'.", unknown[0])
        plan, image = _plan(body)
        job_id = f"vgen_{_ulid()}"
        job = await self.service.submit(
            request, job_id, plan, wire=self.name, account=account, digest=digest, image=image
        )
        answer = {"status": self._word(job), "model": job.plan.model}
        if profile.spelling == "prose":
            return JSONResponse({"job_id": job.id, "created_at": int(job.created), **answer})
        return JSONResponse({"id": job.id, "created": int(job.created), "progress": _percent(job), **answer})

    async def _status(self, request: Request, account: str) -> Response:
        job = self.service.find(request.path_params["id"], account=account, wires=(self.name,))
        prose = self.service.profile.spelling == "prose"
        answer: dict[str, Any] = {"status": self._word(job)}
        if not prose:
            answer |= {"id": job.id, "model": job.plan.model, "created": int(job.created)}
        if not prose or job.status != "succeeded":
            answer["progress"] = _percent(job)
        if job.status == "succeeded":
            results = [self._result(request, job, part) for part in range(job.plan.n)]
            answer |= {"result": results[0], "credits_used": 0}
            if job.plan.n > 1:
                answer["results"] = results
        elif job.status == "failed":
            answer["error"] = job.error
        return JSONResponse(answer)

    def _word(self, job: Job) -> str:
        succeeded = "completed" if self.service.profile.spelling == "prose" else "succeeded"
        return {"running": "processing", "succeeded": succeeded}.get(job.status, job.status)

    def _result(self, request: Request, job: Job, part: int) -> dict[str, Any]:
        relative = self.service.profile.relative_urls
        return {
            "url": self.service.storage.link(job.id, part) if relative else self.service.link(request, job, part),
            "duration_seconds": job.plan.seconds,
            "resolution": job.plan.size,
        }

    async def _file(self, request: Request, account: str) -> Response:
        """A clip by the id in its link, ``<job>-<output>``; with the key in place of a signature."""
        job_id, _, part = request.path_params["id"].rpartition("-")
        job = self.service.find(job_id, account=account, wires=(self.name,))
        clips = {str(number): self.service.storage.clip(job.id, number) for number in range(job.plan.n)}
        if part not in clips or not clips[part].is_file():
            raise Problem("missing", "No such file.")
        return clip_response(clips[part])

    async def models(self, request: Request, account: str) -> Response:
        """``GET /v1/models`` with a query ``modality``, whose path is shared with another wire."""
        models = INFERY.values() if request.query_params["modality"] == "video" else ()
        return JSONResponse({"object": "list", "data": [_describe(model) for model in models]})


def _plan(body: Body) -> tuple[Plan, tuple[str, str] | None]:
    name = fields.required_text(body, "model")
    prompt = fields.required_text(body, "prompt")
    model = INFERY.get(name)
    if model is None:
        raise Problem("model", f"The model '{name}' does not exist.", "model")
    fields.choice(body, "person_generation", _PEOPLE)
    ratio = _offered(model, "aspect_ratio", fields.text(body, "aspect_ratio"), model.ratios) or "16:9"
    resolution = _offered(model, "resolution", fields.text(body, "resolution"), model.resolutions) or "720p"
    width, height = fields.width_and_height(body) or pixels(resolution, ratio)
    seed = fields.integer(body, "seed", 0, 2**32 - 1)
    plan = Plan(
        model=name,
        prompt=prompt,
        negative_prompt=fields.text(body, "negative_prompt") or "",
        seed=draw_seed() if seed is None else seed,
        n=fields.integer(body, "n", 1, 4) or 1,
        width=width,
        height=height,
        fps=fields.integer(body, "fps", 1, 60) or 24,
        duration=_duration(body, model),
    )
    return plan, _image(body, model)


def _duration(body: Body, model: Model) -> float:
    given = {key: fields.number(body, key, 0, 3600) for key in ("duration", "duration_seconds")}
    values = {value for value in given.values() if value is not None}
    if len(values) > 1:
        raise Problem("invalid", "'duration' and 'duration_seconds' differ.", "duration")
    if not values:
        return min(_USUAL_SECONDS, model.longest)
    duration = values.pop()
    if not model.shortest <= duration <= model.longest:
        raise Problem(
            "limit", f"{model.id} makes clips of {model.shortest:g} to {model.longest:g} seconds.", "duration_seconds"
        )
    return duration


def _image(body: Body, model: Model) -> tuple[str, str] | None:
    given = {
        "image_url": fields.text(body, "image_url"),
        "image_base64": fields.text(body, "image_base64", MAX_BODY),
    }
    sources = [(source, key) for key, source in given.items() if source]
    if len(sources) > 1:
        raise Problem("invalid", "Give 'image_url' or 'image_base64', not both.", "image_base64")
    if not sources:
        return None
    if model.image == "cannot":
        raise Problem("limit", f"{model.id} is text-to-video only.", "image")
    source, key = sources[0]
    if (key == "image_url") != source.lower().startswith(("http://", "https://")):
        raise Problem("image", "'image_url' takes an http(s) URL, 'image_base64' the picture itself.", key)
    return source, key


def _offered(model: Model, name: str, value: str | None, offered: Sequence[str]) -> str | None:
    if value is not None and value not in offered:
        raise Problem("limit", f"'{name}' of {model.id} must be one of: {', '.join(offered)}.", name)
    return value


def _describe(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "modality": "video",
        "supportsImageInput": model.image != "cannot",
        "allowedParams": {
            "resolution": list(model.resolutions),
            "aspect_ratio": list(model.ratios),
            "duration_seconds": {"min": model.shortest, "max": model.longest},
        },
    }


def _percent(job: Job) -> int:
    return int(100 * job.progress)


def _ulid() -> str:
    """48 bits of time and 80 of chance, in Crockford's base 32; later ones sort later."""
    value = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[value >> shift & 31] for shift in range(125, -1, -5))
