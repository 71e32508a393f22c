"""The local preview: our own gateway, mounted in this process, so that the package works without a key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.request import Size, VideoRequest
from videogen_nb.errors import UnsupportedOptionError
from videogen_nb.providers.openai_videos import OpenAIVideos
from videogen_nb.providers.wire import Call, Handle

__all__ = ["Local"]

_SECONDS = 4
_SIZE = Size(1280, 720)
_LEAST_EDGE, _MOST_EDGE, _MOST_PIXELS = 64, 1920, 1920 * 1080
_MOST_FPS = 60
_LIMITS: dict[str, Any] = {
    "min_duration": 0.1,
    "max_duration": 60,
    "image": True,
    "max_count": 4,
    "source": "videogen_nb.gateway, /v1/videos",
}


class Local(OpenAIVideos):
    """Renders a preview for any model on this machine; the player labels it as a preview."""

    name = "local"
    title = "Local preview"
    key_env = None
    base_url = "http://videogen.local"  # a name for the journal; nothing resolves it
    base_url_env = None
    default_model = "preview"
    interval = 0.5
    charged_at = "never"
    cancels = True
    options = OpenAIVideos.options | {"person_generation", "user"}

    @property
    def models(self) -> Sequence[ModelSpec]:
        return (ModelSpec("preview", self.name, **_LIMITS),)

    def models_call(self) -> Call | None:
        return None

    def find_model(self, name: str, listed: Sequence[ModelSpec] = ()) -> ModelSpec | None:
        return ModelSpec(name, self.name, **_LIMITS)

    def check(self, request: VideoRequest, spec: ModelSpec) -> None:
        super().check(request, spec)
        if request.fps is not None and request.fps > _MOST_FPS:
            raise UnsupportedOptionError("fps", request.fps, (f"up to {_MOST_FPS}",), where=self.title)
        size = request.pixel_size(_SIZE)
        fits = min(size) >= _LEAST_EDGE and max(size) <= _MOST_EDGE and size.width * size.height <= _MOST_PIXELS
        if not fits or size.width % 2 or size.height % 2:
            limits = (f"even edges from {_LEAST_EDGE} to {_MOST_EDGE}, up to the area of 1920x1080",)
            raise UnsupportedOptionError("size", size, limits, where=self.title)

    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        call = super().submit_call(request, spec)
        defaults = {"seconds": str(_SECONDS), "size": str(request.pixel_size(_SIZE))}
        return Call(call.method, call.path, json={**defaults, **(call.json or {})})

    def cancel_call(self, handle: Handle) -> Call | None:
        return Call("DELETE", self.status_call(handle).path)

    def app(self, home: Path) -> Any:
        """The gateway, which starts with its first request; `home` keeps its jobs and clips."""
        from videogen_nb.gateway.app import Gateway

        # The user may fetch pictures from their own machine and network.
        return Gateway(home / "gateway", private_images=True)
