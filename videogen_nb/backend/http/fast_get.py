"""A minimal keep-alive HTTP/1.1 GET pool for polling.

The HTTP library handles every case, and takes three times as long as a small GET over an open connection needs
(`benchmarks/following`); with a thousand jobs that time is taken from the notebook. Here h11 parses, and asyncio
transfers the bytes. Submissions, which cost money, are not sent this way.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import h11

__all__ = ["ConnectFailed", "GetPool"]

T = TypeVar("T")
Take = Callable[[int, Mapping[str, str], AsyncIterator[bytes]], Awaitable[T]]
PIECE = 2**16  # bytes read at once


class ConnectFailed(Exception):
    """No connection could be opened; nothing was sent."""


@dataclass(slots=True, eq=False)
class _Connection:
    """A connection and its HTTP state."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    state: h11.Connection
    idle_since: float = 0.0


class GetPool:
    """Connections to one origin. Use the pool on one event loop.

    Args:
        base_url: The origin, and the prefix of all paths.
        headers: Headers of every request, besides its host.
        trust: Returns the TLS context, for https.
        keep: Seconds that an idle connection is kept.
    """

    def __init__(
        self, base_url: str, headers: Mapping[str, str], trust: Callable[[], ssl.SSLContext], *, keep: float
    ) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)
        self._prefix = parts.path
        self._trust = trust if parts.scheme == "https" else None
        fields = [("host", parts.netloc.rpartition("@")[2]), *headers.items()]
        # Validated by h11 once; every request uses this object.
        self._headers = h11.Request(method="GET", target="/", headers=fields).headers
        self._keep = keep
        self._idle: list[_Connection] = []

    async def get(self, target: str, take: Take[T], *, timeout: float, whole: float) -> T:
        """Send one GET; over a new connection if the kept one turns out to be closed.

        Args:
            target: Path and query below the base URL, percent-encoded.
            take: Reads the response: its status, its headers in lower case, its body in pieces.
            timeout: Seconds for connecting, and then for each wait.
            whole: Seconds for all waits after connecting together.

        Raises:
            ConnectFailed: No connection could be opened.
            OSError, h11.ProtocolError, EOFError: The connection broke, or timed out.
        """
        while True:
            connection = self._kept()
            kept = connection is not None
            if connection is None:
                connection = await self._opened(timeout)
            responded = False
            try:
                async with asyncio.timeout(timeout) as patience:
                    more = partial(_extend, patience, timeout, asyncio.get_running_loop().time() + whole)
                    event = h11.Request(method="GET", target=self._prefix + target, headers=self._headers)
                    connection.writer.write(
                        (connection.state.send(event) or b"") + (connection.state.send(h11.EndOfMessage()) or b"")
                    )
                    next_event = partial(_next, connection, more)
                    while not isinstance(response := await next_event(), h11.Response):
                        pass  # informational responses
                    responded = True
                    headers = {name.decode("ascii"): value.decode("latin-1") for name, value in response.headers}
                    taken = await take(response.status_code, headers, _body(next_event))
                self._keep_open(connection)
                return taken
            except (ConnectionError, EOFError, h11.RemoteProtocolError):
                if responded or not kept or connection.state.trailing_data[0]:
                    raise
            finally:
                if connection not in self._idle:
                    connection.writer.transport.abort()

    def close(self) -> None:
        """Close the idle connections; one in use is closed when its request ends."""
        self._keep = 0.0
        while self._idle:
            self._idle.pop().writer.transport.abort()

    def _kept(self) -> _Connection | None:
        """The connection that was used last, so that surplus ones grow old and are closed."""
        oldest = asyncio.get_running_loop().time() - self._keep
        while self._idle and (self._idle[0].idle_since < oldest or self._idle[0].reader.at_eof()):
            self._idle.pop(0).writer.transport.abort()
        while self._idle:
            connection = self._idle.pop()
            if not connection.reader.at_eof():
                return connection
            connection.writer.transport.abort()
        return None

    def _keep_open(self, connection: _Connection) -> None:
        if connection.state.our_state is h11.DONE and connection.state.their_state is h11.DONE and self._keep:
            connection.state.start_next_cycle()
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)

    async def _opened(self, timeout: float) -> _Connection:
        try:
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(
                    self._host,
                    self._port,
                    ssl=self._trust() if self._trust else None,
                    limit=PIECE,
                    happy_eyeballs_delay=0.25,
                )
        except (OSError, UnicodeError) as error:  # the IDNA codec raises UnicodeError for an invalid host
            raise ConnectFailed(str(error) or type(error).__name__) from None
        return _Connection(reader, writer, h11.Connection(h11.CLIENT))


def _extend(patience: asyncio.Timeout, timeout: float, end: float) -> None:
    patience.reschedule(min(asyncio.get_running_loop().time() + timeout, end))


async def _next(connection: _Connection, more: Callable[[], None]) -> h11.Event | type[h11.PAUSED]:
    """The next event of the response."""
    while (event := connection.state.next_event()) is h11.NEED_DATA:
        data = await connection.reader.read(PIECE)
        if not data and connection.state.their_state is h11.SEND_RESPONSE:
            raise EOFError("Server disconnected without sending a response.")
        connection.state.receive_data(data)
        more()
    return event  # type: ignore[return-value]


async def _body(next_event: Callable[[], Awaitable[h11.Event | type[h11.PAUSED]]]) -> AsyncIterator[bytes]:
    while isinstance(event := await next_event(), h11.Data):
        yield bytes(event.data)
