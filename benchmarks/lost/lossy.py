"""A gateway that takes a job and then loses the answer, in six ways, and counts what it took."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter

from tests.support.servers import Answer, Seen, Server, job

__all__ = ["FAILURES", "Lossy", "closed_port"]

_HTML = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
_BUSY = {"error": {"message": "upstream is busy", "type": "server_error", "code": "overloaded"}}
_SLOW_DOWN = {"error": {"message": "slow down", "type": "rate_limit", "code": "rate_limit_exceeded"}}
# Read by all four clients: each takes from it the names that it knows.
_QUEUED = {
    "id": "9a0ed2d8-5f6c-4d4c-8d67-0e2c1f4f8a11",
    "object": "video",
    "status": "queued",
    "progress": 0,
    "model": "veo-3-1-fast",
    "created_at": 1_790_000_000,
    "seconds": "4",
    "size": "1280x720",
    "request_id": "9a0ed2d8-5f6c-4d4c-8d67-0e2c1f4f8a11",
    "response_url": "http://127.0.0.1/response",
    "status_url": "http://127.0.0.1/status",
    "cancel_url": "http://127.0.0.1/cancel",
}

# What each kind of failure answers to the first, the second, … POST; the last repeats. None: nobody listens.
FAILURES: dict[str, tuple[Answer, ...] | None] = {
    "connection refused": None,
    "reset after the body was read": (job(None, drop=True),),
    "answer timed out": (job(_QUEUED, hold=threading.Event()),),
    "502 HTML after accepting": (job(_HTML, 502),),
    "503 with Retry-After": (job(_BUSY, 503, headers={"retry-after": "1"}),),
    "429, then fine": (Answer(_SLOW_DOWN, 429, headers={"retry-after": "1"}), job(_QUEUED)),
}


class Lossy(Server):
    """Serves every failure to every client, each under an address of its own, and counts apart.

    Attributes:
        posts: POSTs that reached it, by client and failure.
        accepted_by: Jobs that it took, and would bill, in the same way.
    """

    def __init__(self) -> None:
        super().__init__({})
        self.posts: Counter[tuple[str, str]] = Counter()
        self.accepted_by: Counter[tuple[str, str]] = Counter()

    def address(self, client: str, failure: str) -> str:
        """The base URL under which `client` meets `failure`; without a slash at the end."""
        if FAILURES[failure] is None:
            return f"http://127.0.0.1:{closed_port()}"
        return f"{self.url}/{client}/{list(FAILURES).index(failure)}"

    def answer(self, seen: Seen) -> Answer:
        _, client, place, *_ = seen.path.split("/")
        if seen.method != "POST":
            return Answer({"id": _QUEUED["id"], "status": "failed", "error": "the benchmark is over", "data": []})
        failure = list(FAILURES)[int(place)]
        with self._lock:
            script = FAILURES[failure] or ()
            made = script[min(self.posts[client, failure], len(script) - 1)]
            self.posts[client, failure] += 1
            self.accepted_by[client, failure] += made.accepts
            return made


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as briefly:
        return int(briefly.getsockname()[1])
