"""The wire of OpenAI's Videos API as self-hosted servers implement it: ``/v1/videos``.

Any model name is accepted, with the limits of the renderer. As on such servers there are further fields ``fps``,
``seed``, ``negative_prompt`` and ``n`` (``variant`` is then the number of an output), DELETE also stops a job that
has not ended, and a queued job has a ``queue_position`` (0 is next).

Source:
    https://github.com/openai/openai-openapi; vLLM-Omni and SGLang for the extensions.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from videogen_nb.gateway.http.fields import (
    MAX_SEED,
    Body,
    Decimal,
    Field,
    Fields,
    Integer,
    RequiredText,
    Schema,
    Size,
    Text,
)
from videogen_nb.gateway.http.openapi import CLIP, RANGED, REPEAT, Operation, answer, header, link, ref
from videogen_nb.gateway.http.problem import Kind, Problem
from videogen_nb.gateway.http.storage import clip_response
from videogen_nb.gateway.jobs.plan import RenderPlan
from videogen_nb.gateway.jobs.queue import QueuedJob
from videogen_nb.gateway.wires import family
from videogen_nb.gateway.wires import videos_answers as answers
from videogen_nb.gateway.wires.base import MAX_BODY, Wire, draw_seed, read_json
from videogen_nb.gateway.wires.form import form_schema, is_form, read_form

MOST_CLIPS = 4
_POLL_AFTER_MS = "500"  # rendering here takes seconds, not minutes

_REFUSALS: dict[Kind, tuple[int, str]] = {
    "conflict": (409, "idempotency_key_reused"),
    "image": (400, "invalid_image"),
    "internal": (500, "internal_error"),
    "invalid": (400, "invalid_value"),
    "json": (400, "invalid_json"),
    "key": (401, "invalid_api_key"),
    "large": (413, "request_too_large"),
    "limit": (400, "invalid_value"),
    "media_type": (415, "unsupported_media_type"),
    "method": (405, "method_not_allowed"),
    "missing": (404, "not_found"),
    "not_ready": (404, "not_ready"),
    "size": (400, "invalid_value"),
}


class _Reference(Field):
    """An object whose ``image_url`` is an http(s) URL or a data URI, which is its value."""

    _FIELDS = Fields(RequiredText("image_url", longest=MAX_BODY))

    def read(self, body: Body) -> str | None:
        value = body.get(self.name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.invalid("must be an object with 'image_url'")
        source: str = self._FIELDS.read(value)["image_url"]
        if not source.lower().startswith(("http://", "https://", "data:image/")):
            raise Problem("image", "'image_url' must be an http(s) URL or a data URI of an image.", self.name)
        return source

    @property
    def shape(self) -> Schema:
        return {"anyOf": [self._FIELDS.schema(), {"type": "null"}]}


FIELDS = Fields(
    RequiredText("prompt"),
    Text("model", "Any name; the clip does not depend on it."),
    Text("negative_prompt"),
    Decimal("seconds", "Length of the clip.", 0.1, 60, bare=True),
    Size("size", "Pixels."),
    Integer("fps", "Frames a second.", 1, 60),
    Integer("n", "How many clips.", 1, MOST_CLIPS),
    Integer("seed", "Of the first clip; each further one adds 1.", 0, MAX_SEED),
    _Reference("input_reference", "First frame."),
)
"""The fields of a submission."""


class Videos(Wire):
    """See the module docstring."""

    name = "videos"

    def _operations(self) -> Mapping[str, Mapping[str, Operation]]:
        both = self.service.profile.second_family
        general, own = FIELDS.schema(), family.FIELDS.schema()
        rest = {"properties": {"model": {"not": own["properties"]["model"]}}}
        body = {"anyOf": [own, {"allOf": [general, rest]}]} if both else general
        follow = {
            **link("videosStatus", "The state of the job.", "id"),
            **link("videosContent", "Its clip, once it has succeeded.", "id"),
            **link("videosDelete", "Delete it.", "id"),
        }
        poll = {"openai-poll-after-ms": header("Milliseconds to wait before the next poll.", pattern="^[0-9]+$")}
        shown = {200: answer("The job.", ref("Video"), headers=poll)}
        submit = Operation(
            self._submit,
            "Submit a video.",
            {200: {**shown[200], "links": follow}},
            ("conflict", "image", "invalid", "json", "large", "limit", "media_type", "size"),
            (REPEAT,),
            {"application/json": body, "multipart/form-data": form_schema(FIELDS)},
        )
        variant = {
            "name": "variant",
            "in": "query",
            "schema": {"enum": ["video", *map(str, range(MOST_CLIPS))]},
            "description": "Which of several clips; video is the first.",
        }
        deleted = {200: answer("It has been deleted.", ref("VideoDeleted"))}
        return {
            "/v1/videos": {"POST": submit},
            "/v1/videos/{id}": {
                "GET": Operation(self._status, "The state of a job.", shown, ("missing",)),
                "DELETE": Operation(self._delete, "Stop a job if it is running, and delete it.", deleted, ("missing",)),
            },
            "/v1/videos/{id}/content": {
                "GET": Operation(
                    self._content, "A finished clip.", CLIP, ("invalid", "missing", "not_ready"), (variant, *RANGED)
                )
            },
        }

    @property
    def schemas(self) -> dict[str, Schema]:
        return answers.schemas(self.service.profile)

    def refusal(self, kind: Kind) -> tuple[int, Schema]:
        return _REFUSALS[kind][0], ref(answers.ERROR)

    def refuse(self, problem: Problem, request_id: str) -> Response:
        status, code = _REFUSALS[problem.kind]
        kind = "server_error" if status >= 500 else "invalid_request_error"
        error = {"message": problem.message, "type": kind, "param": problem.param, "code": code}
        return JSONResponse({"error": error}, status)

    async def _submit(self, request: Request, account: str) -> Response:
        body, digest = await (read_form if is_form(request) else read_json)(request)
        wire, read = self.name, None
        if self.service.profile.second_family and (read := family.read(body)):
            wire = family.NAME
        plan, image = read or _plan(body)
        job_id = f"video_{secrets.token_hex(16)}"
        job = await self.service.submit(request, job_id, plan, wire=wire, account=account, digest=digest, image=image)
        return self._show(request, job)

    async def _status(self, request: Request, account: str) -> Response:
        return self._show(request, self._find(request, account))

    async def _delete(self, request: Request, account: str) -> Response:
        job = self._find(request, account)
        await self.service.remove(job)
        return JSONResponse({"id": job.id, "object": "video.deleted", "deleted": True})

    async def _content(self, request: Request, account: str) -> Response:
        job = self._find(request, account)
        parts = {"video": 0, **{str(part): part for part in range(job.plan.n)}}
        part = parts.get(request.query_params.get("variant", "video"))
        if part is None:
            raise Problem("invalid", f"'variant' must be one of: {', '.join(parts)}.", "variant")
        path = self.service.storage.clip(job.id, part)
        if job.status != "succeeded" or not path.is_file():
            raise Problem("not_ready", f"Video '{job.id}' has no content: it is {_word(job)}.")
        return clip_response(path)

    def _find(self, request: Request, account: str) -> QueuedJob:
        return self.service.find(request.path_params["id"], account=account, wires=(self.name, family.NAME))

    def _show(self, request: Request, job: QueuedJob) -> Response:
        expires = job.finished and job.finished + self.service.retention
        if job.wire == family.NAME:
            url = self.service.link(request, job) if job.status == "succeeded" else None
            return JSONResponse(family.view(job, url, expires))
        plan = job.plan
        answer: dict[str, Any] = {
            "id": job.id,
            "object": "video",
            "model": plan.model,
            "status": _word(job),
            "progress": int(100 * job.progress),
            "created_at": int(job.created),
            "completed_at": job.finished and int(job.finished),
            "expires_at": expires and int(expires),
            "prompt": plan.prompt,
            "size": plan.size,
            "seconds": f"{plan.duration:g}",
            "remixed_from_video_id": None,
            "error": {"code": "generation_failed", "message": job.error} if job.status == "failed" else None,
            "fps": plan.fps,
            "seed": plan.seed,
            "n": plan.n,
        }
        if job.status == "queued":
            answer["queue_position"] = self.service.queue.position(job.id)
        return JSONResponse(answer, headers={} if job.finished else {"openai-poll-after-ms": _POLL_AFTER_MS})


def _word(job: QueuedJob) -> str:
    return {"running": "in_progress", "succeeded": "completed"}.get(job.status, job.status)


def _plan(body: Body) -> tuple[RenderPlan, tuple[str, str] | None]:
    given = FIELDS.read(body)
    width, height = given["size"] or (1280, 720)
    plan = RenderPlan(
        model=given["model"] or "local",
        prompt=given["prompt"],
        negative_prompt=given["negative_prompt"] or "",
        seed=draw_seed() if given["seed"] is None else given["seed"],
        n=given["n"] or 1,
        width=width,
        height=height,
        fps=given["fps"] or 24,
        duration=given["seconds"] or 4.0,
    )
    source = given["input_reference"]
    return plan, (source, "input_reference") if source else None
