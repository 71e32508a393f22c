"""A small HTTP server that answers by script, misbehaves on order, and counts what it accepted."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

__all__ = ["Answer", "Seen", "Server", "job"]


@dataclass(frozen=True)
class Answer:
    """One answer of a script.

    Attributes:
        body: JSON value, text or bytes. Bytes are served with byte ranges.
        accepts: Whether the server takes the request as a job, whatever it then answers.
        drop: Close the connection without an answer.
        cut: Close the connection after so many bytes of the body.
        hold: Wait for this before answering.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    accepts: bool = False
    drop: bool = False
    cut: int | None = None
    hold: threading.Event | None = None


def job(body: Any, status: int = 200, **more: Any) -> Answer:
    """An answer to a submission that was accepted."""
    return Answer(body, status, accepts=True, **more)


@dataclass(frozen=True)
class Seen:
    """A request as it came in; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """Serves ``{"METHOD /path": [answers]}`` on a loopback port; the last answer of a script repeats.

    Paths match without their query. `keyed` refuses whoever does, or with False does not, send a key.
    """

    def __init__(
        self, scripts: Mapping[str, Answer | Sequence[Answer]], *, host: str = "127.0.0.1", keyed: bool | None = None
    ) -> None:
        self.scripts = {route: [made] if isinstance(made, Answer) else list(made) for route, made in scripts.items()}
        self.seen: list[Seen] = []
        self.accepted = 0
        self._keyed = keyed
        self._lock = threading.Lock()
        self._http = _Http((host, 0), _handler(self))
        self.url = f"http://{host}:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def requests(self, route: str) -> list[Seen]:
        """The requests that came for ``"METHOD /path"``, in order."""
        with self._lock:
            return [each for each in self.seen if f"{each.method} {each.path.partition('?')[0]}" == route]

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
            if self._keyed is not None and ("authorization" in seen.headers) is not self._keyed:
                return Answer("<Error><Code>InvalidArgument</Code></Error>", 400)
            script = self.scripts.get(f"{seen.method} {seen.path.partition('?')[0]}")
            if script is None:
                return Answer(
                    {"error": {"message": f"Invalid URL ({seen.path})", "type": "invalid_request_error"}}, 404
                )
            made = script.pop(0) if len(script) > 1 else script[0]
            self.accepted += made.accepts
            return made


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the play."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, self.path, headers, self.rfile.read(length))
            made = server.answer(seen)
            if made.hold:
                made.hold.wait(60)
            if made.drop:
                self._reset()
                return
            status, content, extra = _content(made, seen)
            self.send_response(status)
            for name, value in {**extra, **made.headers, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: made.cut])
            self.close_connection = made.cut is not None

        do_GET = do_POST = do_DELETE = do_HEAD = _any

        def _reset(self) -> None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Tests read `Server.seen`."""

    return Handler


def _content(made: Answer, seen: Seen) -> tuple[int, bytes, dict[str, str]]:
    if not isinstance(made.body, bytes):
        as_text = isinstance(made.body, str)
        content = (made.body if as_text else json.dumps(made.body)).encode()
        return made.status, content, {"content-type": "text/html" if as_text else "application/json"}
    extra = {"content-type": "video/mp4", "accept-ranges": "bytes", "etag": '"1"'}
    asked = re.fullmatch(r"bytes=(\d+)-", seen.headers.get("range", ""))
    if made.status != 200 or not asked:
        return made.status, made.body, extra
    first, total = int(asked[1]), len(made.body)
    return 206, made.body[first:], {**extra, "content-range": f"bytes {first}-{total - 1}/{total}"}
