"""First frames: which are taken, and which addresses are never asked."""

from __future__ import annotations

import base64
import gzip
import io
import socket
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.gateway.support import data_uri, ended, mounted, on_loop, on_port, picture, told
from videogen_nb.gateway.http import images as images_module
from videogen_nb.gateway.http.images import MAX_BYTES, Images
from videogen_nb.gateway.http.problem import Problem


async def refusal(images: Images, source: str) -> str:
    with pytest.raises(Problem) as caught:
        await images.store(source, "image")
    assert (caught.value.kind, caught.value.param) == ("image", "image")
    return caught.value.message


def web() -> Starlette:
    async def show(request: Request) -> Response:
        assert request.headers["host"].startswith("127.0.0.1:")
        return Response(picture(20, 10), media_type="image/png")

    async def redirect(request: Request) -> Response:
        return RedirectResponse(request.query_params["to"])

    async def loop(request: Request) -> Response:
        return RedirectResponse("/loop")

    async def large(request: Request) -> Response:
        return Response(bytes(MAX_BYTES + 1))

    async def text(request: Request) -> Response:
        return Response("no picture")

    async def packed(request: Request) -> Response:
        return Response(gzip.compress(bytes(200_000_000)), headers={"content-encoding": "gzip"})

    routes = {"/packed": packed, "/a.png": show, "/to": redirect, "/loop": loop, "/large": large, "/text": text}
    return Starlette(routes=[Route(path, endpoint) for path, endpoint in routes.items()])


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (picture(), (32, 16)), (picture(kind="JPEG"), (32, 16)), (picture(kind="WEBP"), (32, 16)),
        (picture(kind="GIF", mode="P"), (32, 16)), (picture(mode="RGBA"), (32, 16)), (picture(mode="L"), (32, 16)),
        (picture(5000, 20), (3840, 15)),
    ],
)  # fmt: skip
@on_loop
async def test_pictures_become_plain_png(tmp_path: Path, data: bytes, size: tuple[int, int]) -> None:
    """Every format that we take is stored as RGB PNG, shrunk where it is larger than any use of it."""
    for source in (data_uri(data), base64.b64encode(data).decode()):
        name = await Images(tmp_path).store(source, "image")
        with Image.open(tmp_path / name) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "RGB", size)


@pytest.mark.parametrize(
    "source",
    [
        "", "!", "data:image/png,abc", "data:text/plain;base64,AAAA", data_uri(b"no picture"),
        data_uri(picture()[:40]), data_uri(picture(kind="BMP")), data_uri(picture(10_000, 6_000, mode="1")),
        "A" * (MAX_BYTES * 4 // 3 + 8), "file:///etc/passwd", "http://", "http://[::1", "https://a:b",
    ],
)  # fmt: skip
@on_loop
async def test_what_is_no_picture(tmp_path: Path, source: str) -> None:
    """Anything else is refused in a sentence, and nothing is left behind."""
    assert (await refusal(Images(tmp_path), source)).endswith(".")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "localhost", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254",
        "100.64.0.1", "224.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "0", "LOCALHOST",
        "①②⑦.⓪.⓪.①", "127。0。0。1", "user@127.0.0.1", "example.org@10.0.0.1", "[::127.0.0.1]", "[64:ff9b:1::7f00:1]",
        "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "[2001::1]", "[5f00::1]", "[ff02::1]", "192.0.0.1", "198.18.0.1",
        "255.255.255.255",
    ],
)  # fmt: skip
@on_loop
async def test_private_addresses(tmp_path: Path, host: str) -> None:
    """No spelling of an address that is not public is connected to."""
    message = await refusal(Images(tmp_path), f"http://{host}:9/a.png")
    assert message == "The image URL must have a public address."


@pytest.mark.parametrize("found", [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["fe80::1%1"]])
@on_loop
async def test_a_name_that_leads_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[str]) -> None:
    """A name is refused where any of its addresses is private, whatever its spelling, also with a dot behind it."""

    def look_up(host: str, port: int, *_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for host in ("inside.example", "inside.example.", "localhost.", "metadata.google.internal"):
        assert "public address" in await refusal(Images(tmp_path), f"http://{host}/a.png")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1\\@example.org/", "http://[fe80::1%25lo]/", "http://127.0.0.1:99999/", "http://xn--/", "http://\x00/",
        "http://[v1.x]/", "http://a..b/", f"http://{'a' * 300}/", "http:///a.png", "https://[::1", "http://127.0.0.1:-1/",
    ],
)  # fmt: skip
@on_loop
async def test_what_is_no_address(tmp_path: Path, url: str) -> None:
    """An address that cannot be read is refused like any other, in a sentence."""
    assert (await refusal(Images(tmp_path), url)).endswith(".")


def png(width: int, height: int, rows: bytes, more: bytes = b"") -> bytes:
    """A PNG put together by hand: its head may claim anything."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def bomb(kind: bytes) -> bytes:
    """A chunk of text or colours that unpacks to 100 MB."""
    data = b"a\0\0" + zlib.compress(bytes(100_000_000), 9)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def film(frames: int) -> bytes:
    """A GIF of many frames that differ."""
    pictures = [Image.new("P", (16, 16), number % 251) for number in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], optimize=False)
    return file.getvalue()


SMALL_ROWS = bytes(13 * 4)


# Functions, since every worker imports this file, and some of these take long to make.
@pytest.mark.parametrize(
    "make_data",
    [
        lambda: png(50_000, 50_000, b""), lambda: png(2**31 - 1, 1, b""), lambda: png(0, 0, b""),
        lambda: png(4, 4, SMALL_ROWS, bomb(b"zTXt")), lambda: png(4, 4, SMALL_ROWS, bomb(b"iCCP")),
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", lambda: b"%PDF-1.4",
        lambda: b"\x00\x00\x01\x00\x01\x00", lambda: picture(kind="TIFF"),
    ],
    ids=["claims", "wide", "none", "text", "colours", "svg", "eps", "pdf", "ico", "tiff"],
)  # fmt: skip
@on_loop
async def test_pictures_that_are_traps(tmp_path: Path, make_data: Callable[[], bytes]) -> None:
    """What claims or unpacks to more than it may, or is a program, is refused before it takes memory; nothing stays."""
    data = make_data()
    before = psutil.Process().memory_info().rss
    for kind in ("image/png", "image/svg+xml"):
        assert "image" in await refusal(Images(tmp_path), data_uri(data, kind))
    assert psutil.Process().memory_info().rss - before < 80_000_000
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "make_data",
    [
        lambda: png(4, 4, bytes(300_000_000)),
        lambda: png(4, 4, SMALL_ROWS) + b"<script>alert(1)</script>",
        lambda: film(3000),
    ],
    ids=["rows", "page", "film"],
)
@on_loop
async def test_what_is_more_than_a_picture(tmp_path: Path, make_data: Callable[[], bytes]) -> None:
    """Of rows without end, a page behind the picture, or thousands of frames only the first picture is kept."""
    data = make_data()
    before = psutil.Process().memory_info().rss
    name = await Images(tmp_path).store(data_uri(data), "image")
    assert psutil.Process().memory_info().rss - before < 80_000_000
    kept = (tmp_path / name).read_bytes()
    assert b"script" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, getattr(image, "n_frames", 1)) == ("PNG", 1)


@on_loop
async def test_fetching(tmp_path: Path) -> None:
    """A picture is fetched by its URL, also after redirects; errors, endless ones and other files are refused."""
    images = Images(tmp_path, private=True)
    async with on_port(web()) as origin:
        for path in ("/a.png", "/a.png#part", f"/to?to={origin}/a.png", "/to?to=/a.png"):
            assert await images.store(origin + path, "image")
        assert await refusal(images, f"{origin}/missing") == "The image URL returned status 404."
        assert await refusal(images, f"{origin}/loop") == "The image URL redirects too often."
        assert await refusal(images, f"{origin}/large") == "The image is larger than 20 MB."
        assert "cannot be read" in await refusal(images, f"{origin}/text")
        assert "cannot be read" in await refusal(images, f"{origin}/packed")
        assert "http or https" in await refusal(images, f"{origin}/to?to=file:///etc/passwd")
    assert "could not be fetched" in await refusal(images, f"{origin}/a.png")


def test_a_redirect_to_a_private_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each hop is checked, not only the first."""
    monkeypatch.setattr(images_module, "_public", lambda address: str(address) == "127.0.0.1")

    @on_loop
    async def run() -> None:
        images = Images(tmp_path)
        async with on_port(web()) as origin:
            assert await images.store(f"{origin}/to?to=/a.png", "image")
            port = origin.rpartition(":")[2]
            for host in ("127.0.0.2", "169.254.169.254", "2852039166", "[::ffff:7f00:2]", "[::1]", "0x7f000002"):
                elsewhere = f"{origin}/to?to=http://{host}:{port}/a.png"
                assert "public address" in await refusal(images, elsewhere)

    run()


@on_loop
async def test_image_url_on_a_wire(home: Path) -> None:
    """A URL in a request reaches the renderer as a file, and a private one is refused unless allowed."""
    body = {"model": "veo-3-1", "prompt": "x", "width": 64, "height": 64, "fps": 2, "duration": 1}
    async with on_port(web()) as origin:
        body["image_url"] = f"{origin}/a.png"
        async with mounted(home) as client:
            answer = await client.post("/v1/videos/generations", json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_image")
        async with mounted(home, private_images=True) as client:
            job = (await client.post("/v1/videos/generations", json=body)).json()
            done = await ended(client, f"/v1/videos/generations/{job['id']}")
            assert told((await client.get(done["result"]["url"])).content)["image"][1] > 0
