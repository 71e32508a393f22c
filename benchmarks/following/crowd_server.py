"""``python -m benchmarks.following.crowd_server``: a gateway that answers for any number of jobs, at next to no cost.

It speaks Infery's wire (docs.infery.ai) and keeps no state: a job's remote id says when it began and how long it
takes. Prints its port; ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["DELAY", "LENGTHS", "Crowd", "crowd", "remote_id"]

LENGTHS = (60.0, 240.0)  # seconds that a job takes
DELAY = 0.06  # seconds until an answer, as over the internet: requests overlap
_HEADERS = (
    "HTTP/1.1 200 OK\r\ndate: Sat, 21 Nov 2026 12:00:00 GMT\r\nserver: crowd\r\ncontent-type: application/json\r\n"
    "cache-control: no-store\r\nx-request-id: 0b6f4a0e-7d3e-4b86-9a57-2f1f6d3c9b11\r\nvary: accept-encoding\r\n"
    "content-length: {}\r\n\r\n{}"
)


def remote_id(age: float, length: float) -> str:
    """The name of a job that began `age` seconds ago and takes `length` seconds."""
    return f"vgen_{(time.time() - age) * 1000:.0f}_{length * 1000:.0f}"


class Crowd:
    """The server, from outside.

    Attributes:
        url: Its base address.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    @property
    def asked(self) -> int:
        """How many status requests have come so far."""
        with urllib.request.urlopen(f"{self.url}/asked") as answer:
            return int(answer.read())


@contextmanager
def crowd() -> Iterator[Crowd]:
    """The server, in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", __spec__.name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield Crowd(int(process.stdout.readline()))
        finally:
            process.stdin.close()


class _Answers(asyncio.Protocol):
    asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._heard = transport, b""

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            head = self._heard[:end].decode("latin-1")
            body = re.search(r"(?im)^content-length: *(\d+)", head)
            end += 4 + (int(body[1]) if body else 0)
            if len(self._heard) < end:
                return
            self._heard = self._heard[end:]
            self._answer(*head.split(" ")[:2])

    def _answer(self, method: str, path: str) -> None:
        if path == "/asked":
            self._transport.write(_answer(str(_Answers.asked)))
            return
        if method == "POST":
            said = f'{{"id": "{remote_id(0, random.uniform(*LENGTHS))}", "status": "queued"}}'
        elif "vgen_" in path:
            _Answers.asked += 1
            said = _state(path)
        else:  # which models there are
            said = "{}"
        wait = DELAY * random.uniform(0.5, 1.5)
        asyncio.get_running_loop().call_later(wait, self._transport.write, _answer(said))


def _state(path: str) -> str:
    """How the job of a path stands; it ends without a clip, since what a clip costs is measured elsewhere."""
    _, begun, length = path.rpartition("/")[2].split("_")
    part = (time.time() * 1000 - int(begun)) / int(length)
    if part >= 1:
        return '{"status": "failed", "error": "the end"}'
    return f'{{"status": "processing", "progress": {100 * part:.0f}}}'


def _answer(body: str) -> bytes:
    return _HEADERS.format(len(body), body).encode()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    over, loop = asyncio.Event(), asyncio.get_running_loop()

    def wait() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait, daemon=True).start()
    await over.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
