"""A proxy that passes on one prefix and nothing else, as a hub's does for each of its users."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketClientConnection, WebSocketHandler, websocket_connect

__all__ = ["proxied"]

_HOP_BY_HOP = {"connection", "content-length", "content-encoding", "keep-alive", "transfer-encoding", "upgrade"}
_SOCKETS = {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"}


class _Pass(RequestHandler):
    """Passes a request on as it came, path and host included."""

    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

    def initialize(self, target: str) -> None:
        self.target = target

    async def prepare(self) -> None:
        request = self.request
        kept = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        asked = HTTPRequest(
            self.target + (request.uri or "/"),
            request.method or "GET",
            kept,
            request.body or None,
            follow_redirects=False,
            allow_nonstandard_methods=True,
            decompress_response=False,
            request_timeout=60,
        )
        answer = await AsyncHTTPClient().fetch(asked, raise_error=False)
        self.set_status(answer.code, answer.reason)
        self.clear_header("Content-Type")
        for name, value in answer.headers.get_all():
            if name.lower() not in _HOP_BY_HOP - {"content-encoding"}:
                self.add_header(name, value)
        await self.finish(answer.body or None)


class _PassSocket(WebSocketHandler):
    """Passes messages on, both ways."""

    def initialize(self, target: str) -> None:
        self.target = target.replace("http", "ws", 1)
        self.other: WebSocketClientConnection | None = None

    def check_origin(self, _: str) -> bool:
        return True  # the server behind it looks

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return self.other.selected_subprotocol if self.other else None

    async def get(self, *args: Any, **kwargs: Any) -> None:
        request = self.request
        dropped = _HOP_BY_HOP | _SOCKETS
        kept = {name: value for name, value in request.headers.items() if name.lower() not in dropped}
        asked = HTTPRequest(self.target + (request.uri or "/"), headers=kept)
        offered = [each.strip() for each in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if each]
        self.other = await websocket_connect(asked, subprotocols=offered, max_message_size=1 << 30)
        await super().get(*args, **kwargs)

    async def open(self, *_: str, **__: str) -> None:
        self._back = asyncio.ensure_future(self._pass_back())

    async def _pass_back(self) -> None:
        assert self.other
        while (message := await self.other.read_message()) is not None:
            await self.write_message(message, binary=isinstance(message, bytes))
        self.close()

    async def on_message(self, message: str | bytes) -> None:
        assert self.other
        await self.other.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        if self.other:
            self.other.close()


@contextmanager
def proxied(target: str, prefix: str) -> Iterator[str]:
    """Pass on what is below a prefix, on a port of its own; all else is not found.

    Args:
        target: Address of the server, such as ``"http://127.0.0.1:8888"``.
        prefix: Such as ``"/user/x/"``; the server has to answer below the same.

    Yields:
        The address of the proxy, prefix included.
    """
    sockets = bind_sockets(0, "127.0.0.1")
    begun = threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    ended: list[asyncio.Event] = []

    async def serve() -> None:
        AsyncHTTPClient.configure(None, max_clients=100, max_body_size=1 << 30)
        where = {"target": target}
        live = [(prefix + path, _PassSocket, where) for path in (r"api/kernels/.*/channels", r"api/events/subscribe")]
        rules: list[Any] = [*live, (prefix + ".*", _Pass, where)]
        server = HTTPServer(Application(rules, websocket_max_message_size=1 << 30))
        server.add_sockets(sockets)
        loops.append(asyncio.get_running_loop())
        ended.append(asyncio.Event())
        begun.set()
        await ended[0].wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    begun.wait()
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}{prefix}"
    loops[0].call_soon_threadsafe(ended[0].set)
    thread.join()
