"""What holds on every wire: keys, bodies, methods, repeated submits, signed links, and serving on a port."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import psutil
import pytest

from tests.gateway.support import ENV, PATIENCE, SMALL, alive, ended, make, mounted, on_loop, served, until
from videogen_nb.gateway.app import Gateway, serve

INFERY, NEWAPI, VIDEOS = "/v1/videos/generations", "/v1/video/generations", "/v1/videos"
TINY = {"prompt": "a boat", "width": 64, "height": 64, "fps": 2, "duration": 1}
BODIES: dict[str, dict[str, Any]] = {
    INFERY: {"model": "veo-3-1", **TINY},
    NEWAPI: {"model": "veo_3_1", **TINY},
    VIDEOS: {"prompt": "a boat", **SMALL},
}
every_wire = pytest.mark.parametrize("path", BODIES)


def job_id(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, answer.text
    job = answer.json()
    return str(job.get("id") or job["task_id"])


@every_wire
@on_loop
async def test_keys(home: Path, path: str) -> None:
    """Without one of the keys nothing is answered but 401; a key sees its own jobs only."""
    async with mounted(home, keys=["key-a", "kéy-b"]) as client:
        for header in (None, "Bearer", "Bearer key-c", "key-a", "Basic key-a", "Bearer key-", "Bearer \xff"):
            headers = {b"authorization": header.encode("latin-1")} if header else {}
            for method, url in (("POST", path), ("GET", f"{path}/x"), ("GET", "/v1/models"), ("PUT", path)):
                assert (await client.request(method, url, json={}, headers=headers)).status_code == 401
        mine, other = {"authorization": "Bearer key-a"}, {b"authorization": "bearer kéy-b".encode()}
        mine_id = job_id(await client.post(path, json=BODIES[path], headers=mine))
        assert (await client.get(f"{path}/{mine_id}", headers=mine)).status_code == 200
        assert (await client.get(f"{path}/{mine_id}", headers=other)).status_code in (400, 404)


@every_wire
@on_loop
async def test_bodies_and_methods(home: Path, path: str) -> None:
    """What is no JSON object, too large or the wrong method is refused in JSON, with nothing of our insides."""
    as_json = {"content-type": "application/json; charset=utf-8"}

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 1024 * 1024

    async with mounted(home) as client:
        for content in (b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"seed": ' + b"9" * 5000 + b"}"):
            answer = await client.post(path, content=content, headers=as_json)
            assert answer.status_code == 400
            assert "Traceback" not in json.dumps(answer.json())
        assert (await client.post(path, content=endless(), headers=as_json)).status_code == 413
        assert (await client.post(path, content=b"{}", headers={"content-type": "text/plain"})).status_code == 415
        assert (await client.put(path, json={})).status_code == 405
        for url in ("/", "/v1", f"{path}/", "/v1/elsewhere"):
            answer = await client.get(url)
            assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")


@on_loop
async def test_a_declared_length_over_the_cap(home: Path) -> None:
    """A body that says it is too large is refused before it is read."""
    gateway = Gateway(home)
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"99999999999")]
    scope = {"type": "http", "method": "POST", "path": VIDEOS, "query_string": b"", "headers": headers}
    await gateway(scope, receive, send)
    await gateway.aclose()
    assert sent[0]["status"] == 413


@every_wire
@on_loop
async def test_repeated_submits(home: Path, path: str) -> None:
    """The same Idempotency-Key and body make one job; another body is refused, another key is another job."""
    async with mounted(home) as client:
        key = {"idempotency-key": "k1"}
        first = job_id(await client.post(path, json=BODIES[path], headers=key))
        assert job_id(await client.post(path, json=BODIES[path], headers=key)) == first
        answer = await client.post(path, json={**BODIES[path], "prompt": "a kite"}, headers=key)
        assert answer.status_code == 409
        assert job_id(await client.post(path, json=BODIES[path], headers={"idempotency-key": "k2"})) != first
        assert job_id(await client.post(path, json=BODIES[path])) != first


@on_loop
async def test_jobs_stay_on_their_wire(home: Path) -> None:
    """A job's id means nothing on another wire."""
    async with mounted(home) as client:
        ids = {path: job_id(await client.post(path, json=body)) for path, body in BODIES.items()}
        for path in BODIES:
            for other in BODIES.keys() - {path}:
                assert (await client.get(f"{other}/{ids[path]}")).status_code in (400, 404)


# -- signed links -----------------------------------------------------------------------------------------------


async def link(client: httpx2.AsyncClient) -> str:
    job = job_id(await client.post(INFERY, json=BODIES[INFERY]))
    return str((await ended(client, f"{INFERY}/{job}"))["result"]["url"])


@on_loop
async def test_a_link_serves_ranges(home: Path) -> None:
    """A signed link answers whole, in parts, from an offset and conditionally, with a stable ETag."""
    async with served(home) as client:
        url = await link(client)
        whole = await client.get(url)
        assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
        size, etag = len(whole.content), whole.headers["etag"]
        part = await client.get(url, headers={"range": "bytes=4-7", "if-range": etag})
        assert (part.status_code, part.content) == (206, b" ftyp"[1:])
        assert part.headers["content-range"] == f"bytes 4-7/{size}"
        assert part.headers["etag"] == etag
        assert (await client.get(url, headers={"range": f"bytes={size - 3}-"})).content == whole.content[-3:]
        assert (await client.get(url, headers={"range": f"bytes={size}-"})).status_code == 416
        changed = await client.get(url, headers={"range": "bytes=4-7", "if-range": '"other"'})
        assert (changed.status_code, len(changed.content)) == (200, size)


@on_loop
async def test_a_link_is_bound_to_what_was_signed(home: Path) -> None:
    """Another file, time or signature is 403 in XML, as is no signature or HEAD; a key sent along is 400."""
    async with served(home) as client:
        url, other = await link(client), await link(client)
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        path = urlsplit(url).path

        async def code(target: str, status: int, method: str = "GET", **options: Any) -> str:
            answer = await client.request(method, target, **options)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/xml")
            return answer.text.partition("<Code>")[2].partition("</Code>")[0]

        later = {**query, "expires": str(int(query["expires"]) + 1)}
        assert await code(path, 403, params=later) == "SignatureDoesNotMatch"
        assert await code(path, 403, params={**query, "signature": "é"}) == "SignatureDoesNotMatch"
        assert await code(urlsplit(other).path, 403, params=query) == "SignatureDoesNotMatch"
        assert await code(url, 405, method="PUT") == "MethodNotAllowed"
        assert await code(path, 403) == "AccessDenied"
        assert await code(path, 403, params={**query, "expires": "soon"}) == "AccessDenied"
        assert await code(url, 400, headers={"authorization": "Bearer k"}) == "InvalidArgument"
        assert (await client.head(url)).status_code == 403
        (home / "media" / Path(path).name).unlink()
        assert await code(url, 404) == "NoSuchKey"


@on_loop
async def test_links_expire(home: Path) -> None:
    """An old link is 403 ExpiredToken, and the status gives a new one that works elsewhere."""
    async with mounted(home, link_seconds=-1) as client:
        answer = await client.get(await link(client))
        assert (answer.status_code, "<Code>ExpiredToken</Code>" in answer.text) == (403, True)


@on_loop
async def test_links_outlive_a_restart(home: Path) -> None:
    """The secret is made once, for its owner's eyes only, so that a link works after a restart."""
    async with mounted(home, base_url="https://videos.example.org/") as client:
        url = await link(client)
        assert url.startswith("https://videos.example.org/media/")
    assert (home / "secret").stat().st_mode & 0o777 == 0o600
    async with mounted(home) as client:
        assert (await client.get(url)).status_code == 200


@on_loop
async def test_retention(home: Path) -> None:
    """Jobs that ended longer ago than the retention are gone with their files when a gateway opens the home."""
    async with mounted(home) as client:
        old = await make(client)
        await ended(client, f"{VIDEOS}/{old}")
    async with mounted(home, retention=-1) as client:

        async def gone() -> bool:
            return (await client.get(f"{VIDEOS}/{old}")).status_code == 404

        await until(gone)
        assert not list((home / "media").iterdir())


# -- on a port --------------------------------------------------------------------------------------------------


def test_no_open_port_without_a_key(home: Path) -> None:
    """Addresses that other machines can reach need a key."""
    for host in ("0.0.0.0", "::", "192.0.2.1", "", "example.org"):
        with pytest.raises(ValueError, match="needs a key"):
            serve(host, 0, home)


@on_loop
async def test_serve_checks_the_host_and_ends_cleanly(home: Path) -> None:
    """A request under a foreign name is refused; an interrupt ends server and workers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code = f"import pathlib, videogen_nb.gateway.app as g; g.serve('127.0.0.1', {port}, pathlib.Path({str(home)!r}))"
    with subprocess.Popen([sys.executable, "-c", code], env=ENV, stderr=subprocess.PIPE, text=True) as server:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

            async def up() -> bool:
                assert server.poll() is None, server.stderr and server.stderr.read()
                try:
                    return (await client.get("/v1/models")).status_code == 200
                except httpx2.ConnectError:
                    return False

            await until(up)
            for host, status in (("localhost", 200), ("evil.example", 400), (f"[::1]:{port}", 200), ("127.0.0.2", 400)):
                assert (await client.get("/v1/models", headers={"host": host})).status_code == status
            body = {"prompt": "a boat", "size": "64x64", "fps": 10, "seconds": "60"}
            answer = await client.post(VIDEOS, json=body)
            assert answer.status_code == 200

            async def rendering() -> list[psutil.Process]:
                return psutil.Process(server.pid).children()

            (worker,) = await until(rendering)
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=PATIENCE)
        assert not alive(worker)


def test_nothing_else_is_imported() -> None:
    """Of the package the gateway loads the few files that it shares, and a worker loads no web server."""
    code = """
import sys, videogen_nb.gateway.app
files = ("atomic", "database", "lease", "network_drives")
shared = {"videogen_nb.storage", *(f"videogen_nb.storage.{name}" for name in files)}
ours = {name for name in sys.modules if name.startswith("videogen_nb.")} - shared
print([name for name in sorted(ours) if not name.startswith(("videogen_nb.gateway", "videogen_nb._version"))])
print([name for name in ("numpy", "av", "PIL", "uvicorn", "httpx2") if name in sys.modules])
"""
    out = subprocess.run([sys.executable, "-c", code], env=ENV, capture_output=True, text=True, check=True).stdout
    assert out.split("\n")[:2] == ["['videogen_nb.core', 'videogen_nb.core.hosts']", "[]"]
    code = "import sys, videogen_nb.gateway.jobs.worker; print('starlette' in sys.modules, 'asyncio' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], env=ENV, capture_output=True, text=True, check=True).stdout
    assert out.strip() == "False False"
