"""``python -m benchmarks.clipserver FOLDER``: a gateway in a process of its own, whose jobs are finished on demand.

It speaks Infery's wire. A prompt names the file that its job makes; ``POST /done/JOB`` finishes it. Files go out by
``sendfile``, with byte ranges and an ETag, so that what is measured is who receives them.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["Clips", "serve"]

PATH = "/v1/videos/generations"


class Clips:
    """The gateway as a benchmark sees it.

    Attributes:
        url: Its base URL.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def finish(self, job: str) -> None:
        """Let a job be done from now on; ``"all"``: every one, at once."""
        self._post(f"/done/{job}")

    def cut(self, length: int) -> None:
        """Reset the next download after so many bytes."""
        self._post(f"/cut/{length}")

    def sent(self) -> dict[str, float]:
        """When the last byte of each file left, seconds since 1970."""
        with urllib.request.urlopen(f"{self.url}/sent") as answer:
            return dict(json.load(answer))

    def _post(self, path: str) -> None:
        urllib.request.urlopen(urllib.request.Request(self.url + path, method="POST", data=b"")).close()


@contextmanager
def serve(folder: Path) -> Iterator[Clips]:
    """Serve the files of a folder as clips."""
    command = [sys.executable, "-m", "benchmarks.clipserver", str(folder)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Clips(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count(1)
        self.made: dict[str, str] = {}  # job; file
        self.done: set[str] = set()
        self.sent: dict[str, float] = {}
        self.cut: int | None = None
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two packets
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        what, _, which = self.path.strip("/").partition("/")
        if self.path == PATH:
            which = f"job{next(self.server.numbers)}"
            self.server.made[which] = json.loads(body)["prompt"]
            return self._answer({"id": which, "status": "queued", "progress": 0})
        if what == "done":
            self.server.done.add(which)
        elif what == "cut":
            self.server.cut = int(which)
        return self._answer({})

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if self.path == "/sent":
            self._answer(self.server.sent)
        elif self.path.startswith("/files/"):
            self._file(name)
        elif self.path.startswith(PATH):
            over = self.server.done & {name, "all"}
            result = {"result": {"url": f"/files/{self.server.made[name]}"}} if over else {}
            self._answer({"id": name, "status": "succeeded" if over else "processing", **result})
        else:
            self._answer({"data": []})

    def _file(self, name: str) -> None:
        with (self.server.folder / name).open("rb") as file:
            length = os.fstat(file.fileno()).st_size
            etag = f'"{name}-{length}"'
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
            first = int(asked[1]) if asked and self.headers.get("if-range", etag) == etag else 0
            self.send_response(206 if first else 200)
            if first:
                self.send_header("content-range", f"bytes {first}-{length - 1}/{length}")
            for header, value in (("etag", etag), ("accept-ranges", "bytes"), ("content-type", "video/mp4")):
                self.send_header(header, value)
            self.send_header("content-length", str(length - first))
            self.end_headers()
            self.wfile.flush()
            cut, self.server.cut = self.server.cut, None
            self.connection.sendfile(file, first, cut - first if cut else None)
            if cut:
                # With nothing to linger for, closing is a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
            else:
                self.server.sent[name] = time.time()

    def _answer(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    server = _Server(Path(sys.argv[1]))
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
