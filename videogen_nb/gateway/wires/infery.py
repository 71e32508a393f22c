"""The wire of Infery: ``/v1/videos/generations``, ``/v1/models?modality=video`` and ``/v1/files``.

Source:
    https://docs.infery.ai/api-reference/videos. The page has two spellings of several fields; `Profile.spelling`
    chooses. Where it is silent: several outputs are returned as a list ``results`` beside ``result``, and ``width``,
    ``height``, ``fps``, ``seed`` and ``negative_prompt`` are accepted as well.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from videogen_nb.gateway.catalog import INFERY, Model, offered, pixels
from videogen_nb.gateway.http.fields import (
    MAX_SEED,
    WIDTH_AND_HEIGHT,
    Body,
    Choice,
    Fields,
    Integer,
    Number,
    RequiredText,
    Schema,
    Text,
    width_and_height,
)
from videogen_nb.gateway.http.openapi import CLIP, RANGED, REPEAT, Operation, answer, link, ref
from videogen_nb.gateway.http.problem import Kind, Problem
from videogen_nb.gateway.http.storage import clip_response
from videogen_nb.gateway.jobs.plan import RenderPlan
from videogen_nb.gateway.jobs.queue import QueuedJob
from videogen_nb.gateway.wires import infery_answers as answers
from videogen_nb.gateway.wires.base import MAX_BODY, Wire, draw_seed, read_json

_PEOPLE = ("dont_allow", "allow_adult", "allow_all")
_COMMON = frozenset({"model", "prompt", "resolution", "aspect_ratio", "n", "image_url", "person_generation"})
_DOCUMENTED = {"schema": _COMMON | {"duration"}, "prose": _COMMON | {"duration_seconds", "image_base64"}}
_USUAL_SECONDS = 4.0

FIELDS = Fields(
    RequiredText("model", known=tuple(INFERY)),
    RequiredText("prompt"),
    Text("negative_prompt"),
    Number("duration", "Seconds; the list of models has the limits."),
    Number("duration_seconds", "The same."),
    Text("resolution", "Shorter edge.", known=offered(INFERY, "resolutions")),
    Text("aspect_ratio", known=offered(INFERY, "ratios")),
    *WIDTH_AND_HEIGHT,
    Integer("fps", "Frames a second.", 1, 60),
    Integer("n", "How many clips.", 1, 4),
    Integer("seed", "Of the first clip; each further one adds 1.", 0, MAX_SEED),
    Text("image_url", "First frame: an http(s) URL on a public address."),
    Text("image_base64", "First frame: base64, or a data URI.", longest=MAX_BODY),
    Choice("person_generation", known=_PEOPLE),
)
"""The fields of a submission."""

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
    """See the module docstring."""

    name = "infery"

    def _operations(self) -> Mapping[str, Mapping[str, Operation]]:
        profile = self.service.profile
        body = FIELDS.schema(_DOCUMENTED[profile.spelling] if profile.strict else None)
        unknown: tuple[Kind, ...] = ("unknown_field",) if profile.strict else ()
        name = "job_id" if profile.spelling == "prose" else "id"
        submit = Operation(
            self._submit,
            "Submit a video.",
            {
                200: answer(
                    "The job.", ref("InferySubmitted"), links=link("inferyStatus", "The state of the job.", name)
                )
            },
            ("conflict", "image", "invalid", "json", "large", "limit", "media_type", "model", "size", *unknown),
            (REPEAT,),
            {"application/json": body},
        )
        status = Operation(
            self._status, "The state of a job.", {200: answer("The job.", ref("InferyJob"))}, ("missing",)
        )
        file = Operation(self._file, "A clip by the id in its link.", CLIP, ("missing",), RANGED)
        modality = {"name": "modality", "in": "query", "schema": {"type": "string"}, "description": "Such as video."}
        models = Operation(
            self.models,
            "With modality: the models of that kind and their limits.",
            {200: answer("The models.", ref("InferyModels"))},
            parameters=(modality,),
        )
        return {
            "/v1/videos/generations": {"POST": submit},
            "/v1/videos/generations/{id}": {"GET": status},
            "/v1/files/{id}/content": {"GET": file},
            "/v1/models": {"GET": models},
        }

    @property
    def schemas(self) -> dict[str, Schema]:
        return answers.schemas(self.service.profile)

    def refusal(self, kind: Kind) -> tuple[int, Schema]:
        return _REFUSALS[kind][0], ref(answers.ERROR)

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

    def _word(self, job: QueuedJob) -> str:
        succeeded = "completed" if self.service.profile.spelling == "prose" else "succeeded"
        return {"running": "processing", "succeeded": succeeded}.get(job.status, job.status)

    def _result(self, request: Request, job: QueuedJob, part: int) -> dict[str, Any]:
        relative = self.service.profile.relative_urls
        return {
            "url": self.service.storage.link(job.id, part) if relative else self.service.link(request, job, part),
            "duration_seconds": job.plan.seconds,
            "resolution": job.plan.size,
        }

    async def _file(self, request: Request, account: str) -> Response:
        """A clip by the id in its link, ``<job>-<output>``; it needs the key instead of a signature."""
        job_id, _, part = request.path_params["id"].rpartition("-")
        job = self.service.find(job_id, account=account, wires=(self.name,))
        clips = {str(number): self.service.storage.clip(job.id, number) for number in range(job.plan.n)}
        if part not in clips or not clips[part].is_file():
            raise Problem("missing", "No such file.")
        return clip_response(clips[part])

    async def models(self, request: Request, account: str) -> Response:
        """``GET /v1/models`` with ``modality`` in the query; another wire has the same path."""
        models = INFERY.values() if request.query_params["modality"] == "video" else ()
        return JSONResponse({"object": "list", "data": [_describe(model) for model in models]})


def _plan(body: Body) -> tuple[RenderPlan, tuple[str, str] | None]:
    given = FIELDS.read(body)
    model = INFERY.get(given["model"])
    if model is None:
        raise Problem("model", f"The model '{given['model']}' does not exist.", "model")
    ratio = _offered(model, "aspect_ratio", given["aspect_ratio"], model.ratios) or "16:9"
    resolution = _offered(model, "resolution", given["resolution"], model.resolutions) or "720p"
    width, height = width_and_height(given) or pixels(resolution, ratio)
    plan = RenderPlan(
        model=model.id,
        prompt=given["prompt"],
        negative_prompt=given["negative_prompt"] or "",
        seed=draw_seed() if given["seed"] is None else given["seed"],
        n=given["n"] or 1,
        width=width,
        height=height,
        fps=given["fps"] or 24,
        duration=_duration(given, model),
    )
    return plan, _image(given, model)


def _duration(given: Body, model: Model) -> float:
    values = {given[name] for name in ("duration", "duration_seconds") if given[name] is not None}
    if len(values) > 1:
        raise Problem("invalid", "'duration' and 'duration_seconds' differ.", "duration")
    if not values:
        return min(_USUAL_SECONDS, model.longest)
    duration: float = values.pop()
    if not model.shortest <= duration <= model.longest:
        raise Problem(
            "limit", f"{model.id} supports {model.shortest:g} to {model.longest:g} seconds.", "duration_seconds"
        )
    return duration


def _image(given: Body, model: Model) -> tuple[str, str] | None:
    sources: list[tuple[str, str]] = [(given[key], key) for key in ("image_url", "image_base64") if given[key]]
    if len(sources) > 1:
        raise Problem("invalid", "Give 'image_url' or 'image_base64', not both.", "image_base64")
    if not sources:
        return None
    if model.image == "cannot":
        raise Problem("limit", f"{model.id} is text-to-video only.", "image")
    source, key = sources[0]
    if (key == "image_url") != source.lower().startswith(("http://", "https://")):
        raise Problem("image", "'image_url' must be an http(s) URL, and 'image_base64' the picture itself.", key)
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


def _percent(job: QueuedJob) -> int:
    return int(100 * job.progress)


def _ulid() -> str:
    """48 bits of time and 80 random bits in Crockford's base 32, so that ids sort by time."""
    value = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[value >> shift & 31] for shift in range(125, -1, -5))
