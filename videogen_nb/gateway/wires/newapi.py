"""The wire of Infinity Blue: ``/v1/video/generations`` and the plain ``/v1/models``.

Source:
    https://newdocs.getinfinityblue.com/en-videos/videos. The documented answer is flat; the new-api software behind
    such gateways has sent other shapes, which `Profile.shape` chooses. Of the fields, those that the documents name
    are honoured, and those that the software itself parses: ``size``, ``seconds``, ``images``, ``metadata``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from .. import fields
from ..catalog import INFINITY_BLUE, INFINITY_BLUE_VIDEOS, Model, pixels
from ..fields import Body
from ..plan import Plan
from ..problem import Kind, Problem
from ..queue import Job
from .base import MAX_BODY, Wire, draw_seed, read_json

_USUAL_SECONDS = 5.0

# Answers of the middleware, before a task exists: an `error` object. The rest are the task layer's flat ones.
_MIDDLEWARE: dict[Kind, tuple[int, str]] = {
    "internal": (500, "internal_error"),
    "json": (400, ""),
    "key": (401, ""),
    "large": (413, ""),
    "media_type": (415, ""),
    "method": (405, ""),
    "model": (503, "model_not_found"),
}
_TASK: dict[Kind, tuple[int, str]] = {
    "conflict": (409, "invalid_request"),
    "image": (400, "invalid_request"),
    "invalid": (400, "invalid_request"),
    "limit": (400, "invalid_request"),
    "missing": (400, "task_not_exist"),
    "size": (400, "invalid_size"),
}


class NewApi(Wire):
    """See the module."""

    name = "newapi"

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return [
            self.route("/v1/video/generations", POST=self._submit),
            self.route("/v1/video/generations/{id}", GET=self._status),
        ]

    def headers(self, request_id: str) -> dict[str, str]:
        return {"x-oneapi-request-id": request_id}

    def refuse(self, problem: Problem, request_id: str) -> Response:
        if problem.kind in _TASK:
            status, code = _TASK[problem.kind]
            message = "task_not_exist" if problem.kind == "missing" else problem.message
            return JSONResponse({"code": code, "message": message, "data": None}, status)
        status, code = _MIDDLEWARE[problem.kind]
        message = "Invalid token" if problem.kind == "key" else problem.message
        error = {"message": f"{message} (request id: {request_id})", "type": "new_api_error", "code": code}
        return JSONResponse({"error": error}, status)

    # -- requests -----------------------------------------------------------------------------------------------

    async def _submit(self, request: Request, account: str) -> Response:
        body, digest = await read_json(request)
        plan, image = _plan(body)
        shape = self.service.profile.shape
        job_id = f"task_{secrets.token_hex(16)}" if shape == "2026" else secrets.token_hex(8)
        job = await self.service.submit(
            request, job_id, plan, wire=self.name, account=account, digest=digest, image=image
        )
        if shape == "docs":
            return JSONResponse({"task_id": job.id, "status": "queued"})
        answer = {"id": job.id, "task_id": job.id, "object": "video", "model": plan.model, "progress": 0}
        answer |= {"status": "" if shape == "2025" else "queued", "created_at": int(job.created)}
        return JSONResponse(answer, headers={"x-new-api-other-ratios": "{}"} if shape == "2026" else None)

    async def _status(self, request: Request, account: str) -> Response:
        job = self.service.find(request.path_params["id"], account=account, wires=(self.name,))
        url = self.service.link(request, job) if job.status == "succeeded" else ""
        shape = self.service.profile.shape
        if shape == "docs":
            return JSONResponse(_flat(job, url))
        data = _row(job, url) if shape == "2025" else _row(job, "") | _row_of_2026(job, url)
        return JSONResponse({"code": "success", "message": "", "data": data})

    async def models(self, request: Request, account: str) -> Response:
        """``GET /v1/models`` without ``modality``: both families, as the OpenAI list with its own additions."""
        kinds = [(model, "openai") for model in INFINITY_BLUE] + [
            (model, "openai-video") for model in INFINITY_BLUE_VIDEOS
        ]
        data = [
            {
                "id": model,
                "object": "model",
                "created": 1626777600,
                "owned_by": "custom",
                "supported_endpoint_types": [kind],
            }
            for model, kind in kinds
        ]
        return JSONResponse({"success": True, "object": "list", "data": data})


# -- reading ----------------------------------------------------------------------------------------------------


def _plan(body: Body) -> tuple[Plan, tuple[str, str] | None]:
    name = fields.text(body, "model")
    if name is None:
        raise Problem("json", "Model name not specified, model name cannot be empty")
    model = INFINITY_BLUE.get(name)
    if model is None:
        raise Problem("model", f"No available channel for model {name} under group default", "model")
    metadata = _metadata(body)
    seed = fields.integer(body, "seed", 0, 2**32 - 1)
    fields.integer(body, "n", 1, 1)
    ratio = fields.choice(metadata, "aspect_ratio", model.ratios) or fields.choice(
        metadata, "aspectRatio", model.ratios
    )
    width, height = fields.width_and_height(body) or fields.size(body, "size") or pixels("720p", ratio or "16:9")
    negative = fields.text(metadata, "negative_prompt") or fields.text(metadata, "negativePrompt")
    plan = Plan(
        model=name,
        prompt=fields.required_text(body, "prompt"),
        negative_prompt=negative or "",
        seed=draw_seed() if seed is None else seed,
        width=width,
        height=height,
        fps=fields.integer(body, "fps", 1, 60) or 24,
        duration=_duration(body, metadata, model),
    )
    image = first_image(body)
    return plan, image


def _metadata(body: Body) -> dict[str, Any]:
    value = body.get("metadata") or {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, dict):
        raise Problem("invalid", "'metadata' must be an object.", "metadata")
    return value


def _duration(body: Body, metadata: Body, model: Model) -> float:
    """Seconds, from the first that is there; the types are as strict as the software's own structure is."""
    for name, value in (("duration", body.get("duration")), ("durationSeconds", metadata.get("durationSeconds"))):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise Problem("invalid", f"'{name}' must be an integer.", name)
    if not isinstance(body.get("seconds", ""), str):
        raise Problem("invalid", "'seconds' must be a string.", "seconds")
    duration = (
        fields.number(body, "duration", 0, 3600)
        or fields.seconds(body, "seconds", 0, 3600)
        or fields.number(metadata, "durationSeconds", 0, 3600)
        or _USUAL_SECONDS
    )
    check_duration(model, duration)
    return duration


def check_duration(model: Model, duration: float) -> None:
    """Refuse a length in seconds that the model does not make."""
    if not model.shortest <= duration <= model.longest:
        raise Problem(
            "limit", f"duration of {model.id} must be from {model.shortest:g} to {model.longest:g} seconds", "duration"
        )


def first_image(body: Body) -> tuple[str, str] | None:
    """The source of the first frame and its field: ``image``, ``images[0]`` or ``input_reference``."""
    images = body.get("images") or []
    if not isinstance(images, list):
        raise Problem("invalid", "'images' must be a list.", "images")
    candidates = {"image": body.get("image"), "images": images[0] if images else None}
    candidates["input_reference"] = body.get("input_reference")
    for name in candidates:
        if source := fields.text(candidates, name, MAX_BODY):
            return source, name
    return None


# -- answering --------------------------------------------------------------------------------------------------


def _flat(job: Job, url: str) -> dict[str, Any]:
    """Shape F, the documented one."""
    words = {"running": "in_progress", "succeeded": "completed"}
    answer: dict[str, Any] = {"task_id": job.id, "status": words.get(job.status, job.status)}
    plan = job.plan
    if job.status == "succeeded":
        facts = {
            "duration": plan.seconds,
            "fps": plan.fps,
            "width": plan.width,
            "height": plan.height,
            "seed": plan.seed,
        }
        answer |= {"url": url, "format": "mp4", "metadata": facts}
    elif job.status == "failed":
        answer["error"] = {"code": 500, "message": job.error}
    return answer


def _row(job: Job, url: str) -> dict[str, Any]:
    """Shape A, the task's database row of 2025, where ``fail_reason`` holds the URL of a finished clip."""
    words = {"queued": "QUEUED", "running": "IN_PROGRESS", "succeeded": "SUCCESS", "failed": "FAILURE"}
    percent = 100 if job.finished else int(100 * job.progress)
    return {
        "task_id": job.id,
        "action": "generate" if job.plan.image else "textGenerate",
        "status": words[job.status],
        "fail_reason": job.error or url,
        "submit_time": int(job.created),
        "start_time": int(job.started or 0),
        "finish_time": int(job.finished or 0),
        "progress": f"{percent}%",
        "data": {},
    }


def _row_of_2026(job: Job, url: str) -> dict[str, Any]:
    """What shape B adds; ``result_url`` falls back to the reason of a failure."""
    return {
        "id": int(job.created * 1000),
        "created_at": int(job.created),
        "updated_at": int(job.finished or job.started or job.created),
        "platform": "videogen",
        "user_id": 1,
        "group": "default",
        "channel_id": 1,
        "quota": 0,
        "result_url": url or job.error or "",
        "properties": {
            "input": job.plan.prompt,
            "upstream_model_name": job.plan.model,
            "origin_model_name": job.plan.model,
        },
    }
