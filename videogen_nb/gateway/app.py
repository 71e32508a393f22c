"""The gateway as an ASGI app, mounted in a process (`Gateway`) or on a port (`serve`)."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from videogen_nb.core.hosts import is_loopback
from videogen_nb.gateway.http.images import Images
from videogen_nb.gateway.http.storage import Storage
from videogen_nb.gateway.jobs.pool import Pool
from videogen_nb.gateway.jobs.queue import Queue
from videogen_nb.gateway.jobs.scheduler import Scheduler
from videogen_nb.gateway.routes import refusal, router
from videogen_nb.gateway.service import GatewayService, Profile

__all__ = ["Gateway", "Profile", "serve"]

log = logging.getLogger(__name__)
# Nothing may be printed in a kernel; `serve` adds a handler to the root logger.
logging.getLogger("videogen_nb.gateway").addHandler(logging.NullHandler())

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class Gateway:
    """Accepts video requests in three API dialects, renders them in worker processes, and serves the clips.

    It starts with its first request and is bound to that request's event loop. `aclose` ends it; unfinished
    renders then go back to the queue, for the next process that opens the same home.

    Args:
        home: Folder of its state, created if missing; several processes may share one.
        keys: The accepted API keys. None accepts every caller, for use inside one process or on loopback.
        workers: Clips that this process renders at once. Default: the number of cores less one, at least 1.
        link_seconds: How long a signed link is valid.
        retention: Seconds that an ended job and its files are kept.
        base_url: Origin of absolute links, such as ``"https://videos.example.org"``. Default: that of each request.
        private_images: Also fetch image URLs from private and loopback addresses.
        profile: Which of the vendors' inconsistencies to reproduce.
        renderer: Dotted name of the module whose ``RenderSpec`` and ``render`` the workers use.
    """

    _queue: Queue
    _scheduler: Scheduler
    _router: Router

    def __init__(
        self,
        home: Path,
        *,
        keys: Collection[str] | None = None,
        workers: int | None = None,
        link_seconds: float = 3600,
        retention: float = 86400,
        base_url: str | None = None,
        private_images: bool = False,
        profile: Profile = Profile(),  # noqa: B008  # frozen
        renderer: str = "videogen_nb.gateway.render",
    ) -> None:
        self._home = home
        self._keys = keys
        self._workers = workers or max(1, _cores() - 1)
        self._link_seconds = link_seconds
        self._retention = retention
        self._base_url = base_url
        self._private_images = private_images
        self._profile = profile
        self._renderer = renderer
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            if self._closed:
                await refusal(503, "The gateway is closed.")(scope, receive, send)
                return
            try:
                self._start()
            except (OSError, sqlite3.Error):
                log.exception("the gateway cannot use its home")
                await refusal(500, "The gateway cannot use its folder.")(scope, receive, send)
                return
            await self._router(scope, receive, send)

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        if self._loop is not None:
            raise RuntimeError("this gateway is bound to another event loop")
        home = self._home.resolve()
        storage = Storage(home, self._link_seconds)
        self._queue = Queue(home / "gateway.sqlite3")
        self._scheduler = Scheduler(
            self._queue, storage, Pool(self._renderer, home), limit=self._workers, retention=self._retention
        )
        service = GatewayService(
            self._queue,
            storage,
            Images(storage.inputs, private=self._private_images),
            self._scheduler,
            keys=self._keys,
            base_url=self._base_url,
            profile=self._profile,
            retention=self._retention,
        )
        self._router = router(service, secured=self._keys is not None, server=self._base_url)
        self._loop = loop

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def aclose(self) -> None:
        """End the worker processes and close the database; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._loop is not None:
            await self._scheduler.aclose()
            self._queue.close()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve(
    host: str,
    port: int,
    home: Path,
    keys: Collection[str] | None = None,
    *,
    base_url: str | None = None,
    workers: int | None = None,
    profile: Profile = Profile(second_family=True),  # noqa: B008  # frozen
) -> None:
    """Serve a gateway on a port until interrupted.

    Args:
        host: Address to bind. The Host header of a request must name it, a loopback name or the host of
            `base_url`, so that no web page can reach the gateway by DNS rebinding. Any name is accepted if all
            addresses are bound and `base_url` is not given, since a key is required then.
        port: 0 takes a free port; the log names it.
        home: As for `Gateway`; so are `keys`, `base_url`, `workers` and `profile`.

    Raises:
        ValueError: There is no key and other machines can reach `host`.
    """
    import uvicorn
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    if not keys and not is_loopback(host):
        raise ValueError(f"serving on {host} needs a key: other machines can reach it")
    logging.basicConfig(level=logging.WARNING)
    gateway = Gateway(home, keys=keys or None, base_url=base_url, workers=workers, profile=profile)
    app = TrustedHostMiddleware(gateway, allowed_hosts=_host_names(host, base_url), www_redirect=False)
    # No access log: it would contain the signed links, which need no key.
    uvicorn.run(app, host=host, port=port, lifespan="on", access_log=False, timeout_graceful_shutdown=5)


def _host_names(host: str, base_url: str | None) -> list[str]:
    if host in ("", "0.0.0.0", "::") and base_url is None:  # noqa: S104  # compared, not bound
        return ["*"]
    configured = urlsplit(base_url).hostname if base_url else None
    names = [f"[{name}]" if ":" in name else name for name in (host, configured) if name]
    return [*_LOOPBACK_NAMES, *names]
