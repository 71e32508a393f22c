"""From the call to the POST's arrival at a loopback server, journal sync included, beside a raw httpx2 post."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2

from .row import Figures, Row


def run(times: int = 40) -> Figures:
    with _server() as (url, arrivals), tempfile.TemporaryDirectory() as home:
        os.environ |= {"VIDEOGEN_HOME": home, "INFERY_BASE_URL": url, "INFERY_API_KEY": "inf_benchmark"}
        ours = _ours(times, arrivals)
        theirs = asyncio.run(_raw(url, times, arrivals))
    return Figures(
        [Row("generate() to POST on the wire", ours, "ms", "raw httpx2 post", theirs, "at most baseline + 15 ms")]
    )


def _ours(times: int, arrivals: list[float]) -> list[float]:
    import videogen_nb as vg
    from videogen_nb import session

    found = []
    for place in range(times + 3):
        arrivals.clear()
        start = time.perf_counter()
        job = vg.generate("a paper boat", provider="infery", model="veo-3-1-fast")
        while not arrivals:
            time.sleep(0.0005)
        if place >= 3:  # the first ones make connections and open the journal
            found.append((arrivals[0] - start) * 1000)
        job.cancel()
    session.close()
    return found


async def _raw(url: str, times: int, arrivals: list[float]) -> list[float]:
    found = []
    async with httpx2.AsyncClient() as client:
        for place in range(times + 3):
            arrivals.clear()
            start = time.perf_counter()
            await client.post(f"{url}/v1/videos/generations", json={"model": "veo-3-1-fast", "prompt": "a paper boat"})
            if place >= 3:
                found.append((arrivals[0] - start) * 1000)
    return found


@contextmanager
def _server() -> Iterator[tuple[str, list[float]]]:
    """A server that notes when each POST arrives."""
    arrivals: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            arrivals.append(time.perf_counter())
            self.rfile.read(int(self.headers["content-length"]))
            self._answer({"id": "vgen_1", "status": "queued", "progress": 0})

        def do_GET(self) -> None:
            self._answer({"data": []} if "models" in self.path else {"status": "processing", "progress": 1})

        def _answer(self, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", arrivals
    finally:
        server.shutdown()
        server.server_close()
