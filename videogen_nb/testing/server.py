"""An HTTP server on a loopback port for tests: real sockets, and responses that can break off or never come."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

__all__ = ["Answer", "LoopbackServer", "Received"]


@dataclass(frozen=True)
class Answer:
    """One HTTP response.

    Attributes:
        body: A JSON value, text, or bytes. Bytes are served as a video, with byte ranges.
        status: HTTP status.
        headers: Further headers.
        drop: Reset the connection without a response.
        cut: Close the connection after so many bytes of the body.
        hold: Wait for this event before answering, 30 seconds at most.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: int | None = None
    hold: threading.Event | None = None


@dataclass(frozen=True)
class Received:
    """A request as it arrived.

    Attributes:
        method: Such as ``"POST"``.
        path: Path and query, still percent-encoded.
        headers: Names in lower case.
        body: Its bytes.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def route(self) -> str:
        """Method and path, without the query."""
        return f"{self.method} {self.path.partition('?')[0]}"

    def json(self) -> Any:
        return json.loads(self.body)


class LoopbackServer(ABC):
    """Serves HTTP on a free loopback port while its context is entered.

    Args:
        host: Address to bind.

    Attributes:
        url: Its origin.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._http = _ThreadingServer((host, 0), _handler(self))
        self.url = f"http://{host}:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @abstractmethod
    def answer(self, request: Received) -> Answer:
        """The response to a request; called on several threads at once."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _ThreadingServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing about a client that closed its connection: some tests do."""


def _handler(server: LoopbackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave in two packets; without this the second waits 40 ms for the first one's receipt.
        disable_nagle_algorithm = True

        def _respond(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.command, self.path, headers, self.rfile.read(length))
            answer = server.answer(request)
            if answer.hold:
                answer.hold.wait(60)
            if answer.drop:
                self._reset()
                return
            status, content, own = _content(answer, request)
            self.send_response(status)
            for name, value in {**own, **answer.headers, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: answer.cut])
            self.close_connection = answer.cut is not None

        do_GET = do_POST = do_DELETE = do_HEAD = _respond

        def _reset(self) -> None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Print nothing."""

    return Handler


def _content(answer: Answer, request: Received) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a response; a part of the body where a range was asked for."""
    body = answer.body
    if isinstance(body, str):
        return answer.status, body.encode(), {"content-type": "text/html"}
    if not isinstance(body, bytes):
        return answer.status, json.dumps(body).encode(), {"content-type": "application/json"}
    headers = {"content-type": "video/mp4", "accept-ranges": "bytes", "etag": '"1"'}
    asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
    if answer.status != 200 or not asked:
        return answer.status, body, headers
    first, total = int(asked[1]), len(body)
    return 206, body[first:], {**headers, "content-range": f"bytes {first}-{total - 1}/{total}"}
