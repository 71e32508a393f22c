"""``python -m benchmarks.submit.arrivals``: a server in a process of its own, with the time of each POST's first byte.

Its clock is the system's monotonic one, which all processes of a machine share. It answers as Infery
does: each job is accepted and stays queued.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Arrivals", "serving"]


class Arrivals:
    """The server as its client sees it.

    Args:
        process: The server.

    Attributes:
        url: Its address.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.url = self._line()

    def next(self) -> float:
        """When the next POST began to arrive, in seconds of `time.monotonic`; waits for it."""
        return float(self._line())

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline().strip()
        assert line, "the server has ended"
        return line


@contextmanager
def serving() -> Iterator[Arrivals]:
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-m", __name__], stdout=subprocess.PIPE, text=True)
    try:
        yield Arrivals(process)
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(f"http://127.0.0.1:{server.getsockname()[1]}", flush=True)
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=[connection], daemon=True).start()


def _serve(connection: socket.socket) -> None:
    count = 0
    with connection, connection.makefile("rb") as stream:
        while stream.peek(1):
            came = time.monotonic()
            method, path, _ = stream.readline().split()
            length = 0
            while (header := stream.readline()) not in (b"\r\n", b""):
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            stream.read(length)
            answer: object = {"id": "v", "status": "queued", "progress": 0}
            if method == b"POST":
                print(came, flush=True)
                count += 1
                answer = {"id": f"v{id(connection)}-{count}", "status": "queued", "progress": 0}
            elif path == b"/v1/models":
                answer = {"data": []}
            body = json.dumps(answer).encode()
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)


if __name__ == "__main__":
    main()
