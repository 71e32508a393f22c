"""Infinity Blue: a documented flat API in front of a relay that answers in six shapes.

Its documentation names `width`, `height`, `duration` and others; the relay reads `size` and `seconds`, or `metadata`,
depending on the service behind it, which can't be seen from outside. So each value is sent in every field that one of
them reads. Two of its model groups are served on a second family of paths, ``/v1/videos``, with fields of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from videogen_nb.core.job import Cost
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.request import AspectRatio, Size, VideoRequest
from videogen_nb.errors import ProviderError, UnsupportedOptionError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.read_errors import error_details, to_error
from videogen_nb.providers.read_tasks import accepted, addresses, reason, task
from videogen_nb.providers.read_values import identity, number, objects, progress, size
from videogen_nb.providers.wire import Accepted, Call, Handle, Reply, Report
from videogen_nb.providers.write_body import extras, given, names_of, path_id, refuse, whole_seconds, with_names

__all__ = ["InfinityBlue"]

_GENERIC, _VIDEOS = "/v1/video/generations", "/v1/videos"
_DOCS = "newdocs.getinfinityblue.com/en-videos"
_KLING = "newdocs.getinfinityblue.com/en-videos; ratios: new-api, relay/channel/task/kling/adaptor.go"
_SEEDANCE = {
    "family": "videos",
    "min_duration": 4,
    "max_duration": 15,
    "resolutions": ("480p", "720p", "1080p"),
    "aspect_ratios": ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16"),
    "image": True,
    "source": "yzlltyyh/infinityblue-api-docs, openapi/videos.en.yaml",
}
_GROK = {
    "family": "videos",
    "min_duration": 1,
    "max_duration": 15,
    "image": True,
    "source": "yzlltyyh/infinityblue-api-docs, openapi/grok-video.en.yaml",
}
_THREE_RATIOS = ("16:9", "9:16", "1:1")


def _model(name: str, **limits: Any) -> ModelSpec:
    return ModelSpec(name, "infinityblue", **{"max_count": 1, **limits})


_MODELS = (
    _model("veo_3_1-fast", source=_DOCS),
    _model("veo_3_1", source=_DOCS),
    _model("kling-v2-5-turbo", aspect_ratios=_THREE_RATIOS, source=_KLING),
    _model("kling-v2-1-master", aspect_ratios=_THREE_RATIOS, source=_KLING),
    _model("doubao-seedance-2-0-260128", **_SEEDANCE),
    _model("doubao-seedance-2-0-fast-260128", **_SEEDANCE),
    _model("grok-imagine-video-480p", resolutions=("480p",), **_GROK),
    _model("grok-imagine-video-720p", resolutions=("720p",), **_GROK),
    _model("grok-imagine-video-1.5-preview-480p", resolutions=("480p",), image_required=True, **_GROK),
    _model("grok-imagine-video-1.5-preview-720p", resolutions=("720p",), image_required=True, **_GROK),
)
# The list mixes chat, image and video models without saying which is which.
_VIDEO_NAME = re.compile(r"video|\b(kling|veo|seedance|vidu|hailuo|jimeng|sora|wan)(?![a-z])", re.I)
_SHAPE = frozenset({"duration", "resolution", "aspect_ratio", "size", "image"})


class InfinityBlue(Provider):
    """The gateway at api.getinfinityblue.com. It charges at submission, refunds on failure, and can't stop a job."""

    name = "infinityblue"
    title = "Infinity Blue"
    key_env = "INFINITYBLUE_API_KEY"
    base_url = "https://api.getinfinityblue.com"
    base_url_env = "INFINITYBLUE_BASE_URL"
    default_model = "veo_3_1-fast"
    interval = 5.0
    charged_at = "submit"
    options = _SHAPE | {"fps", "seed", "negative_prompt", "person_generation", "user"}

    @property
    def models(self) -> Sequence[ModelSpec]:
        return _MODELS

    def models_call(self) -> Call:
        return Call("GET", "/v1/models")

    def read_models(self, reply: Reply) -> list[ModelSpec]:
        return list(filter(None, map(_read_model, objects(reply.json(), "data"))))

    def check(self, request: VideoRequest, spec: ModelSpec) -> None:
        if request.count > 1:
            hint = "It makes one clip per request; submit the request again for another."
            raise UnsupportedOptionError("count", request.count, where=self.title, hint=hint)
        whole_seconds(request, self.title)
        if spec.family == "videos":
            takes = _SHAPE | ({"seed"} if _is_seedance(spec) else set())
            refuse(request, sorted(self.options - takes), takes, spec.id)
            if _is_seedance(spec):
                request = with_names(request, spec)
        super().check(request, spec)

    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        image = request.image
        seconds = whole_seconds(request, self.title)
        both = {
            "model": spec.id,
            "prompt": request.prompt,
            "seconds": None if seconds is None else str(seconds),
            "image": (image.url or image.data_uri()) if image else None,
            "seed": request.seed,
        }
        if spec.family == "videos":
            body = given({**both, **_videos_shape(request, spec)})
            return Call("POST", _VIDEOS, json={**body, **extras(request, body)})
        shaped = request.size or request.resolution or request.aspect_ratio
        pixels = request.pixel_size() if shaped else None
        metadata = _metadata(request, spec, seconds, pixels)
        metadata |= extras(request, metadata)
        body = given(
            {
                **both,
                "duration": seconds,
                "width": pixels.width if pixels else None,
                "height": pixels.height if pixels else None,
                "size": str(pixels) if pixels else None,
                "fps": request.fps,
                "user": request.user,
                "metadata": metadata or None,
            }
        )
        return Call("POST", _GENERIC, json=body)

    def status_call(self, handle: Handle) -> Call:
        return Call("GET", f"{_VIDEOS if handle.family == 'videos' else _GENERIC}/{path_id(handle.remote_id)}")

    def fallback_status_call(self, handle: Handle, reply: Reply) -> Call | None:
        """The other family's path, if this one can't read the job, or not with this key."""
        other = _GENERIC if handle.family == "videos" else _VIDEOS
        unserved = reply.status_code == 501 or (reply.status_code == 404 and "invalid url" in reply.text.lower())
        # In some releases the second family's path refuses a key for the model of its own job.
        locked = reply.status_code == 403 and handle.family == "videos"
        return Call("GET", f"{other}/{path_id(handle.remote_id)}") if unserved or locked else None

    def read_accepted(self, reply: Reply) -> Accepted | None:
        return accepted(self, reply)

    def read_report(self, reply: Reply, handle: Handle) -> Report:
        job = task(self, reply, handle)
        fields, done, failed = job.fields, job.status == "succeeded", job.status == "failed"
        own = path_id(handle.remote_id)
        contents = (f"v1/videos/{own}/content", f"v1/tasks/{own}/artifacts/video/content")
        metadata = fields.get("metadata")
        facts = metadata if isinstance(metadata, dict) else {}
        error, rejected = reason(job)
        quota = number(fields.get("quota"))
        return Report(
            job.status,
            word=job.word,
            progress=progress(fields.get("progress")),
            outputs=(addresses(job, handle, contents),) if done else (),
            error=error,
            rejected=rejected,
            # The charge of a failed job is refunded, but its row still states it.
            cost=Cost(quota, "quota") if quota is not None and quota >= 0 and not failed else None,
            duration=number(facts.get("duration")),
            size=size(facts),
        )

    def read_error(self, reply: Reply) -> ProviderError:
        return to_error(self, reply)

    def refused(self, reply: Reply) -> bool:
        """Also a 503 for an unknown model, which the relay sends before it passes anything on."""
        return super().refused(reply) or (reply.status_code == 503 and error_details(reply).code == "model_not_found")

    def gone(self, error: ProviderError) -> bool:
        return super().gone(error) or error.code == "task_not_exist"


def _metadata(request: VideoRequest, spec: ModelSpec, seconds: int | None, pixels: Size | None) -> dict[str, Any]:
    """Values sent a second time, for services behind the relay that read only this field."""
    resolution, ratio = (names_of(pixels, spec) if pixels else None) or (None, None)
    if pixels and not ratio:
        ratio = str(AspectRatio.of(pixels))
    return given(
        {
            "negative_prompt": request.negative_prompt,
            "negativePrompt": request.negative_prompt,
            "aspect_ratio": request.aspect_ratio or ratio,
            "aspectRatio": request.aspect_ratio or ratio,
            "resolution": resolution if request.size else request.resolution,
            "durationSeconds": seconds,
            "personGeneration": request.person_generation,
        }
    )


def _is_seedance(spec: ModelSpec) -> bool:
    return "seedance" in spec.id


def _videos_shape(request: VideoRequest, spec: ModelSpec) -> dict[str, Any]:
    """The clip's shape for a model of the second family: Seedance takes names, the others a size."""
    if _is_seedance(spec):
        named = with_names(request, spec)
        return {"resolution": named.resolution, "ratio": named.aspect_ratio}
    # A Grok model has its resolution in its name, so from a size it reads only the aspect ratio.
    own = spec.resolutions[0] if spec.resolutions else None
    if not (request.size or request.aspect_ratio or (request.resolution and not own)):
        return {}
    default = VideoRequest("-", resolution=own).pixel_size()
    return {"size": str(request.pixel_size(default))}


def _read_model(entry: dict[str, Any]) -> ModelSpec | None:
    """The model of one entry of the list; None if neither its endpoints nor its name say that it makes video."""
    name = identity(entry.get("id"))
    if name is None:
        return None
    if known := next((spec for spec in _MODELS if spec.id == name), None):
        return known
    second = "openai-video" in str(entry.get("supported_endpoint_types"))
    if not second and not _VIDEO_NAME.search(name):
        return None
    return _model(name, family="videos" if second else "", source="GET /v1/models")
