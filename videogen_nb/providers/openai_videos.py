"""``/v1/videos``, OpenAI's video API, as LiteLLM, vLLM-Omni, SGLang and new-api serve it.

Each server adds fields of its own and drops others, so an option is sent only if it was requested. JSON is tried
first; a server that reads only forms gets the same fields as a form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from videogen_nb.core.data_uri import read_data_uri
from videogen_nb.core.model_spec import ModelSpec, find
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import ProviderError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.read_errors import to_error
from videogen_nb.providers.read_tasks import Task, accepted, addresses, reason, task
from videogen_nb.providers.read_values import identity, number, objects, position, progress
from videogen_nb.providers.wire import Accepted, Call, Handle, Part, Reply, Report
from videogen_nb.providers.write_body import extras, given, path_id

__all__ = ["OpenAIVideos"]

_PATH = "/v1/videos"
# vLLM-Omni does not find `prompt` in a JSON body; SGLang refuses an object as `input_reference`.
_WANTS_FORM = re.compile(
    r"multipart|form.?data|form field|content.?type|input_reference"
    r"|\bprompt\b.{0,60}(required|missing)|missing.{0,60}\bprompt\b",
    re.I | re.S,
)


class OpenAIVideos(Provider):
    """Any server with the ``/v1/videos`` API, at an address that the user sets. Every model name is accepted."""

    name = "openai_videos"
    title = "OpenAI-compatible videos"
    key_env: ClassVar[str | None] = "OPENAI_VIDEOS_API_KEY"
    key_required = False
    base_url_env: ClassVar[str | None] = "OPENAI_VIDEOS_BASE_URL"
    default_model = ""
    options = frozenset(
        {"duration", "resolution", "aspect_ratio", "size", "fps", "seed", "count", "negative_prompt", "image"}
    )

    @property
    def models(self) -> Sequence[ModelSpec]:
        return ()

    def models_call(self) -> Call | None:
        return Call("GET", "/v1/models")

    def read_models(self, reply: Reply) -> list[ModelSpec]:
        names = (identity(entry.get("id")) for entry in objects(reply.json(), "data"))
        return [ModelSpec(name, self.name, source="GET /v1/models") for name in names if name]

    def find_model(self, name: str, listed: Sequence[ModelSpec] = ()) -> ModelSpec | None:
        return find(name, [*listed, *self.models]) or ModelSpec(name, self.name)

    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        image = request.image
        shaped = request.size or request.resolution or request.aspect_ratio
        body = given(
            {
                "model": spec.id or None,
                "prompt": request.prompt,
                "seconds": None if request.duration is None else str(request.duration),
                "size": str(request.pixel_size()) if shaped else None,
                "fps": request.fps,
                "seed": request.seed,
                "n": request.count if request.count > 1 else None,
                "negative_prompt": request.negative_prompt,
                "input_reference": {"image_url": image.url or image.data_uri()} if image else None,
            }
        )
        return Call("POST", _PATH, json={**body, **extras(request, body)})

    def amend(self, call: Call, reply: Reply) -> Call | None:
        """The same fields as a form, if the body was refused because it was JSON."""
        refused = reply.status_code == 415 or (reply.status_code in (400, 422) and _WANTS_FORM.search(reply.text))
        return Call("POST", call.path, parts=tuple(_form(call.json))) if call.json and refused else None

    def status_call(self, handle: Handle) -> Call:
        return Call("GET", f"{_PATH}/{path_id(handle.remote_id)}")

    def read_accepted(self, reply: Reply) -> Accepted | None:
        return accepted(self, reply)

    def read_report(self, reply: Reply, handle: Handle) -> Report:
        job = task(self, reply, handle)
        error, rejected = reason(job)
        return Report(
            job.status,
            word=job.word,
            progress=progress(job.fields.get("progress")),
            position=position(job.fields.get("queue_position")),
            outputs=_outputs(job, handle) if job.status == "succeeded" else (),
            error=error,
            rejected=rejected,
        )

    def read_error(self, reply: Reply) -> ProviderError:
        return to_error(self, reply)


def _outputs(job: Task, handle: Handle) -> tuple[tuple[str, ...], ...]:
    """One entry for each clip; several are served by the content route, each by its index."""
    content = f"{_PATH[1:]}/{path_id(handle.remote_id)}/content"
    single = addresses(job, handle, (content,))
    count = min(16, int(number(job.fields.get("n")) or handle.count))
    if count < 2:
        return (single,)
    return ((f"{content}?variant=0", *single), *((f"{content}?variant={index}",) for index in range(1, count)))


def _form(fields: Mapping[str, Any]) -> Iterator[Part]:
    for name, value in fields.items():
        picture = value.get("image_url") if isinstance(value, Mapping) else None
        if name == "input_reference" and isinstance(picture, str):
            yield from _picture(picture)
        elif isinstance(value, str):
            yield Part(name, value)
        elif value is not None:
            yield Part(name, json.dumps(value, ensure_ascii=False))


def _picture(url: str) -> Iterator[Part]:
    try:
        media_type, data = read_data_uri(url)
    except ValueError:
        # Each server has its own name for a link, and ignores the other's.
        yield Part("image_reference", json.dumps({"image_url": url}))
        yield Part("reference_url", url)
    else:
        yield Part("input_reference", data, f"image.{media_type.removeprefix('image/')}", media_type)
