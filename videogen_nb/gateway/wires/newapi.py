"""The wire of Infinity Blue: ``/v1/video/generations`` and the plain ``/v1/models``.

Source:
    https://newdocs.getinfinityblue.com/en-videos/videos. The documented response is flat; the new-api software
    behind such gateways has sent other shapes, which `Profile.shape` chooses.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from videogen_nb.gateway.catalog import INFINITY_BLUE, INFINITY_BLUE_VIDEOS
from videogen_nb.gateway.http.fields import Schema
from videogen_nb.gateway.http.openapi import REPEAT, Operation, answer, link, ref
from videogen_nb.gateway.http.problem import Kind, Problem
from videogen_nb.gateway.jobs.queue import QueuedJob
from videogen_nb.gateway.wires import newapi_answers as answers
from videogen_nb.gateway.wires import newapi_request
from videogen_nb.gateway.wires.base import Wire, read_json

# Errors of the middleware, before a task exists, are an `error` object. Those of the task layer are flat.
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
    """See the module docstring."""

    name = "newapi"

    def _operations(self) -> Mapping[str, Mapping[str, Operation]]:
        follow = link("newapiStatus", "The state of the job.", "task_id")
        submit = Operation(
            self._submit,
            "Submit a video.",
            {200: answer("The job.", ref("NewApiSubmitted"), links=follow)},
            ("conflict", "image", "invalid", "json", "large", "limit", "media_type", "model", "size"),
            (REPEAT,),
            {"application/json": newapi_request.FIELDS.schema()},
        )
        status = Operation(
            self._status, "The state of a job.", {200: answer("The job.", ref("NewApiJob"))}, ("missing",)
        )
        models = Operation(
            self.models, "Without modality: the models by name.", {200: answer("The models.", ref("NewApiModels"))}
        )
        return {
            "/v1/video/generations": {"POST": submit},
            "/v1/video/generations/{id}": {"GET": status},
            "/v1/models": {"GET": models},
        }

    @property
    def schemas(self) -> dict[str, Schema]:
        return answers.schemas(self.service.profile)

    def refusal(self, kind: Kind) -> tuple[int, Schema]:
        if kind in _TASK:
            return _TASK[kind][0], ref(answers.TASK_ERROR)
        return _MIDDLEWARE[kind][0], ref(answers.ERROR)

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
        plan, image = newapi_request.read(body)
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
        """``GET /v1/models`` without ``modality``: both families, as OpenAI's list with the vendor's additions."""
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


# -- responses --------------------------------------------------------------------------------------------------


def _flat(job: QueuedJob, url: str) -> dict[str, Any]:
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


def _row(job: QueuedJob, url: str) -> dict[str, Any]:
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


def _row_of_2026(job: QueuedJob, url: str) -> dict[str, Any]:
    """What shape B adds; ``result_url`` is the reason if the task failed."""
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
