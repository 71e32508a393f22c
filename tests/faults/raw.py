"""HTTP by hand: sites on loopback that send exactly the bytes they are told to, or none."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.support.servers import Seen

__all__ = ["Site", "Stage", "Step", "Talk"]

T = TypeVar("T")


class Talk:
    """One request and what is said to it.

    Attributes:
        seen: The request.
        site: The site that was asked.
        keep: Whether the connection stays open afterwards.
    """

    def __init__(self, site: Site, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.site, self.seen, self.keep = site, seen, True
        self._reader, self._writer = reader, writer

    @property
    def peer(self) -> int:
        """The other side's port, which tells connections apart."""
        return int(self._writer.get_extra_info("peername")[1])

    async def write(self, raw: bytes) -> None:
        self._writer.write(raw)
        await self._writer.drain()

    def reset(self) -> None:
        """Break the connection off so that the other side gets a reset, and no orderly end."""
        self.keep = False
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def await_bytes(self) -> None:
        """Wait until a request begins to come in."""
        await self._reader.read(1)

    async def hold(self) -> None:
        """Say nothing more, until the other side goes away."""
        self.keep = False
        while await self._reader.read(2**16):
            pass


Step = Callable[[Talk], Awaitable[None]]


class Site:
    """A server on a port of its own that answers each route by a script; the last step of a script repeats.

    Args:
        route: Names the script of a request; what it has no script for gets a 404.
        scripts: What is said, by route. ``connect`` is asked before a request is read.
        facts: Whatever the steps need to know.

    Attributes:
        asked: (route, request, when it came, seconds of a steady clock) of all requests, in order.
        accepted: How many submissions were taken as jobs.
    """

    def __init__(
        self,
        route: Callable[[Seen], str],
        scripts: Mapping[str, Sequence[Step]],
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.route, self.facts = route, dict(facts or {})
        self.scripts = {name: list(steps) for name, steps in scripts.items()}
        self.asked: list[tuple[str, Seen, float]] = []
        self.accepted = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def requests(self, route: str) -> list[Seen]:
        return [seen for name, seen, _ in self.asked if name == route]

    async def start(self) -> None:
        """Listen; on the port it had before, if it had one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port, and reset what is open."""
        if self._server:
            self._server.close()
        for writer in list(self._open):
            sock = writer.get_extra_info("socket")
            if sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            nothing = Seen("", "", {}, b"")
            talk = Talk(self, nothing, reader, writer)
            if step := self._next("connect"):
                await step(talk)
            while talk.keep:
                seen = await _read(reader)
                name = self.route(seen)
                self.asked.append((name, seen, time.monotonic()))
                talk = Talk(self, seen, reader, writer)
                await (self._next(name) or _unknown)(talk)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # a client that goes away is part of the play
        finally:
            self._open.discard(writer)
            writer.close()

    def _next(self, name: str) -> Step | None:
        steps = self.scripts.get(name)
        if not steps:
            return None
        return steps.pop(0) if len(steps) > 1 else steps[0]


class Stage:
    """A thread whose loop serves any number of sites; all of them end with it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._sites: list[Site] = []
        self._thread = threading.Thread(target=self.loop.run_forever, name="stage", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the stage's loop, and wait for it here."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def open(self, site: Site) -> Site:
        """Start a site; it listens when this returns."""
        self._sites.append(site)
        self.run(site.start())
        return site

    async def _end(self) -> None:
        for site in self._sites:
            await site.stop()
        talks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = re.fullmatch(r"\d+", headers.get("content-length", ""))
    return Seen(method, path, headers, await reader.readexactly(int(length[0])) if length else b"")


async def _unknown(talk: Talk) -> None:
    body = b'{"error": {"message": "Invalid URL", "type": "invalid_request_error"}}'
    await talk.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
