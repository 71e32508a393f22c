"""The process of the counting gateway; see `counting`."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import re
import socket
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.faults.counting import PATHS, Accepted, Asked
from tests.support.clips import make_clip

__all__ = ["main"]

_PIECE = 16 * 1024


@dataclass
class _Made:
    """A job of the gateway, and what it will take."""

    accepted: Accepted
    clip: bytes
    ready: float
    polls: int = 0


@dataclass
class _State:
    base: bytes
    lock: threading.Lock = field(default_factory=threading.Lock)
    jobs: dict[str, _Made] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    orders: list[tuple[str, str, int, int]] = field(default_factory=list)
    struck: dict[int, float] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def accept(self, provider: str, key: str) -> str:
        noise = os.urandom(random.randrange(64, 256) * 1024)
        clip = self.base + (len(noise) + 8).to_bytes(4) + b"free" + noise
        with self.lock:
            remote_id = f"{'vgen' if provider == 'infery' else 'task'}_{next(self.numbers):06d}"
            job = key.removeprefix("videogen-nb-").rpartition("-")[0]
            accepted = Accepted(job, provider, remote_id, hashlib.sha256(clip).hexdigest())
            self.accepted.append(accepted)
            self.jobs[remote_id] = _Made(accepted, clip, time.monotonic() + random.uniform(0.01, 0.12))
        return remote_id

    def moment(self, name: str, client: str) -> None:
        """Carry out the orders for this moment of a client."""
        with self.lock:
            due = [each for each in self.orders if each[:2] == (name, client)]
            self.orders = [each for each in self.orders if each not in due]
        for _, _, pid, number in due:
            self.struck[pid] = time.monotonic()
            os.kill(pid, number)

    def forget(self) -> None:
        with self.lock:
            self.jobs, self.accepted, self.asked, self.orders, self.struck = {}, [], [], [], {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, state: _State) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        # Small, so that a kill in the middle of a large body finds most of it not yet sent.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        self.server_bind()
        self.server_activate()
        self.state = state
        self._open = 0
        self._hung_up = threading.Condition()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._hung_up:  # counted where connections are taken in turn: the control's own comes last
            self._open += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._hung_up:
            self._open -= 1
            self._hung_up.notify_all()

    def wait_until_alone(self) -> None:
        with self._hung_up:
            if not self._hung_up.wait_for(lambda: self._open <= 1, timeout=50):
                raise RuntimeError("a client is still connected")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what this is about."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        state, length = self.server.state, int(self.headers.get("content-length") or 0)
        if self.path == "/control/order":
            wanted = json.loads(self.rfile.read(length))
            with state.lock:
                state.orders.append(tuple(wanted[name] for name in ("moment", "client", "pid", "number")))
            self._answer({})
            return
        provider = next((name for name, path in PATHS.items() if path == self.path), None)
        if provider is None:
            self._answer({"error": {"message": "Invalid URL", "type": "invalid_request_error"}}, 404)
            return
        self._moment("post-head")
        half = self.rfile.read(length // 2)
        self._moment("post-body")
        if len(half) + len(self.rfile.read(length - len(half))) < length:
            self.close_connection = True  # the client died in the middle: no gateway takes half a request
            return
        remote_id = state.accept(provider, self.headers["idempotency-key"])
        self._moment("post-accepted")
        name = "id" if provider == "infery" else "task_id"
        self._answer({name: remote_id, "status": "queued", "progress": 0}, half_way="post-half-answer")

    def do_GET(self) -> None:
        state, place = self.server.state, self.path.rpartition("/")[2]
        if self.path.startswith("/control/"):
            self.server.wait_until_alone()
            accepted, asked = map(asdict, state.accepted), map(asdict, state.asked)
            told = {"accepted": list(accepted), "asked": list(asked), "struck": state.struck}
            if place == "reset":
                state.forget()
            self._answer(told)
            return
        if self.path == "/v1/models":
            self._answer({"data": []})
            return
        made = state.jobs.get(place.removesuffix(".mp4"))
        if made is None:
            self._answer({"error": {"message": "no such task", "code": "task_not_exist"}}, 404)
            return
        state.asked.append(Asked(self._client, made.accepted.remote_id, time.monotonic()))
        if self.path.startswith("/files/"):
            self._file(made)
        else:
            self._moment("poll")
            self._answer(_status(made))
            self._moment("between-polls")

    @property
    def _client(self) -> str:
        return (self.headers["authorization"] or "").removeprefix("Bearer ")

    def _moment(self, name: str) -> None:
        self.server.state.moment(name, self._client)

    def _answer(self, body: Any, status: int = 200, half_way: str = "") -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        half = len(content) // 2 if half_way else 0
        self.wfile.write(content[:half])
        if half_way:
            self._moment(half_way)
        self.wfile.write(content[half:])

    def _file(self, made: _Made) -> None:
        content, etag = made.clip, f'"{made.accepted.sha256[:16]}"'
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
        first = int(asked[1]) if asked and self.headers.get("if-range", etag) == etag else 0
        if first >= len(content):
            self.send_response(416)
            self.send_header("content-range", f"bytes */{len(content)}")
            self.send_header("content-length", "0")
            self.end_headers()
            return
        self.send_response(206 if first else 200)
        if first:
            self.send_header("content-range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("content-type", "video/mp4")
        self.send_header("etag", etag)
        self.send_header("content-length", str(len(content) - first))
        self.end_headers()
        self._moment("download-head")
        half = first + (len(content) - first) // 2
        for start in range(first, len(content), _PIECE):
            if start <= half < start + _PIECE:
                self._moment("download-half")
            self.wfile.write(content[start : start + _PIECE])
            time.sleep(0.002)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Tests read the record."""


def _status(made: _Made) -> dict[str, Any]:
    made.polls += 1
    job, polls = made.accepted, made.polls
    infery = job.provider == "infery"
    told: dict[str, Any] = {"id" if infery else "task_id": job.remote_id, "progress": min(20 * polls, 95)}
    if polls < 3 or time.monotonic() < made.ready:
        return {**told, "status": "processing" if infery else "in_progress"}
    url = f"/files/{job.remote_id}.mp4"
    if infery:
        return {**told, "status": "succeeded", "progress": 100, "result": {"url": url}, "credits_used": 80}
    return {**told, "status": "completed", "url": url, "format": "mp4"}


def main() -> None:
    """Serve until standard input closes; the port is the first line of the output."""
    server = _Server(_State(make_clip(frames=3, width=64, height=64)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
