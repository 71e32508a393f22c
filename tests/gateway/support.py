"""Helpers of the gateway's tests."""

from __future__ import annotations

import asyncio
import base64
import functools
import io
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec

import httpx2
import psutil
import uvicorn
from PIL import Image

from videogen_nb.gateway.app import Gateway

P = ParamSpec("P")
PATIENCE = 60.0  # seconds before a test gives up on something that has to happen
ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
"""For another Python, so that it imports the package and these tests wherever it stands."""
SMALL = {"size": "64x64", "seconds": "0.5", "fps": 2}


def on_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Let pytest call a coroutine function."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@asynccontextmanager
async def mounted(home: Path, **options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a gateway in this process, with the renderer for tests unless told otherwise."""
    gateway = Gateway(home, **{"renderer": "tests.gateway.renderer", "workers": 1, **options})
    transport = httpx2.ASGITransport(app=gateway)
    try:
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
            yield client
    finally:
        await gateway.aclose()


@asynccontextmanager
async def on_port(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI app on a free loopback port; yields its origin."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    task = asyncio.create_task(server.serve([listener]))
    try:
        await until(lambda: settled(server.started))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


@asynccontextmanager
async def served(home: Path, **options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """As `mounted`, but over a real port."""
    gateway = Gateway(home, **{"renderer": "tests.gateway.renderer", "workers": 1, **options})
    async with on_port(gateway) as origin, httpx2.AsyncClient(base_url=origin, trust_env=False) as client:
        yield client


async def settled(value: Any) -> Any:
    return value


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """What `look` gives as soon as it is true."""
    async with asyncio.timeout(PATIENCE):
        while not (value := await look()):
            await asyncio.sleep(0.02)
        return value


async def ended(client: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    """A job's last answer."""

    async def look() -> dict[str, Any] | None:
        answer = (await client.get(path)).json()
        over = ("succeeded", "completed", "failed")
        return answer if answer["status"] in over else None

    found: dict[str, Any] = await until(look)
    return found


async def make(client: httpx2.AsyncClient, prompt: str = "a boat", **fields: Any) -> str:
    """Submit a small job on /v1/videos; returns its id."""
    answer = await client.post("/v1/videos", json={"prompt": prompt, **SMALL, **fields})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def told(clip: bytes) -> dict[str, Any]:
    """What the renderer for tests was told, from the clip that it wrote."""
    assert clip[4:8] == b"ftyp"
    words: dict[str, Any] = json.loads(clip[12:])
    return words


def workers() -> list[psutil.Process]:
    """The worker processes under this one that have not ended."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it ended in this moment
            if "videogen_nb.gateway.jobs.worker" in child.cmdline():
                found.append(child)
    return found


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def picture(width: int = 32, height: int = 16, kind: str = "PNG", mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), 1).save(file, kind)
    return file.getvalue()


def data_uri(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
