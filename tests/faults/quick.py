"""Polls and pauses of a few milliseconds, in pytest and outside of it."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.faults.wires import Wire
from tests.providers.conftest import KEY
from videogen_nb.backend import download as fetch
from videogen_nb.backend import follow, submit
from videogen_nb.backend import poll_timing as polling
from videogen_nb.backend.backend import Backend
from videogen_nb.backend.http import client as http
from videogen_nb.config import Endpoint, Secret
from videogen_nb.core.job import Job
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.request import VideoRequest
from videogen_nb.providers.base import Call, Reply
from videogen_nb.providers.infery import Infery
from videogen_nb.providers.infinityblue import InfinityBlue
from videogen_nb.providers.openai_videos import OpenAIVideos
from videogen_nb.providers.registry import provider

__all__ = ["backend_in", "hurry", "quickly", "send"]


def quickly(patch: pytest.MonkeyPatch, pause: float = 0.02) -> None:
    """Make all polls, and all pauses after errors, so many seconds long."""
    # Nothing here speaks TLS, and reading the system's certificates costs more than all the rest.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    patch.setattr(ssl, "create_default_context", lambda *args, **options: context)
    for kind in (Infery, InfinityBlue, OpenAIVideos):
        patch.setattr(kind, "interval", pause)
    patch.setattr(polling, "FLOOR", pause)
    for module in (follow, fetch, submit):
        patch.setattr(module, "backoff", lambda misses: pause)


def hurry(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Have no request wait longer than so many seconds for anything, and four times that in all."""

    def hurried(wait: Callable[..., Awaitable[Reply]]) -> Callable[..., Awaitable[Reply]]:
        async def send(self: http.Http, call: Call, *, timeout: float | None = None, **more: Any) -> Reply:
            return await wait(self, call, timeout=min(timeout or seconds, seconds), **more)

        return send

    patch.setattr(http, "_TIMEOUT", httpx2.Timeout(seconds, pool=None))
    for name in ("send", "poll"):
        patch.setattr(http.Http, name, hurried(getattr(http.Http, name)))


@contextmanager
def backend_in(folder: Path) -> Iterator[Backend]:
    """A backend of its own, its journal and its clips in a folder; closed afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIDEOGEN_OUTPUT_DIR", str(folder / "videogen"))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        folder.mkdir(parents=True, exist_ok=True)
        backend = Backend(folder / "home")
        try:
            yield backend
        finally:
            backend.close()


def send(backend: Backend, wire: Wire, url: str, prompt: str = "a boat", **asks: Any) -> Job:
    """Submit a request to the site at `url`."""
    spec = ModelSpec(wire.model, wire.name)
    return backend.submit(VideoRequest(prompt, **asks), provider(wire.name), spec, Endpoint(url, Secret(KEY)))
