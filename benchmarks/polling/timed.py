"""A gateway on loopback whose jobs take as long as their prompts say, and which notes when it told so.

It speaks the wires of all pollers that are compared, each under a path of its own: ``URL/NAME/…``.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any, Self

from tests.support.clips import make_tiny

__all__ = ["Timed"]

# Each wire's words for a job that runs and one that is done; all others speak Infery's.
_WORDS = {
    "openai": ("in_progress", "completed"),
    "fal": ("IN_PROGRESS", "COMPLETED"),
    "runwayml": ("RUNNING", "SUCCEEDED"),
}


class Timed:
    """The gateway. Under ``/silent`` it tells no progress, elsewhere whole per cent.

    Args:
        latency: Seconds until an answer; the job is looked at halfway.

    Attributes:
        url: Its base address.
        asked: Status requests up to the first answer that said so, by (name, seconds that the job takes).
        told: Seconds from the job's end until that answer had left, in the same way.
    """

    def __init__(self, latency: float) -> None:
        self.asked: Counter[tuple[str, float]] = Counter()
        self.told: dict[tuple[str, float], float] = {}
        self._half = latency / 2
        self._starts: dict[str, tuple[tuple[str, float], float]] = {}
        self._clip = make_tiny()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self.url = f"http://127.0.0.1:{server.result().sockets[0].getsockname()[1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                length = re.search(r"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                method, path, _ = head.split(" ", 2)
                await asyncio.sleep(self._half)
                answer, ended = self._answer(method, path.partition("?")[0], body)
                await asyncio.sleep(self._half)
                kind = "video/mp4" if isinstance(answer, bytes) else "application/json"
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                made = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(content)}\r\n\r\n"
                writer.write(made.encode() + content)
                await writer.drain()
                if ended:
                    key, end = ended
                    self.told.setdefault(key, time.monotonic() - end)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, method: str, path: str, body: bytes) -> tuple[Any, tuple[tuple[str, float], float] | None]:
        """The answer, and where it says that a job has ended, which and when."""
        name = path.split("/")[1]
        if method == "POST" and (takes := re.search(rb"takes ([\d.]+) s", body)):
            made = f"{name}-{len(self._starts)}"
            self._starts[made] = (name, float(takes[1])), time.monotonic()
            return self._status(made, 0.0), None
        made = next((part for part in path.split("/") if part in self._starts), "")
        if not made:
            return self._clip if path.endswith(".mp4") else {"data": []}, None
        key, start = self._starts[made]
        share = min((time.monotonic() - start) / key[1], 1.0)
        if not path.endswith("/response") and key not in self.told:
            self.asked[key] += 1
        return self._status(made, share), (key, start + key[1]) if share == 1 else None

    def _status(self, made: str, share: float) -> dict[str, Any]:
        """A status in all wires at once: each client takes from it the names that it knows."""
        (name, _), _ = self._starts[made]
        base = f"{self.url}/{name}"
        told = {
            "id": made,
            "status": _WORDS.get(name, ("processing", "succeeded"))[share == 1],
            "model": "veo-3-1-fast",
            "result": {"url": f"{base}/{made}.mp4"},
            "output": [f"{base}/{made}.mp4"],
            "object": "video",
            "created_at": 1_790_000_000,
            "seconds": "4",
            "size": "1280x720",
            "version": "1" * 64,
            "input": {},
            "logs": "",
            "error": None,
            "urls": {"get": f"{base}/{made}"},
            "request_id": made,
            "status_url": f"{base}/{made}/status",
            "response_url": f"{base}/{made}/response",
            "cancel_url": f"{base}/{made}/cancel",
            "createdAt": "2026-11-21T12:00:00Z",
            "cost": {"credits": 1},
        }
        return told if name == "silent" else {**told, "progress": int(100 * share)}
