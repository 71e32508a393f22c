"""First frames: which are taken, and which addresses are never asked."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from videogen_nb.gateway import images as images_module
from videogen_nb.gateway.images import MAX_BYTES, Images
from videogen_nb.gateway.problem import Problem

from .support import data_uri, ended, mounted, on_loop, on_port, picture, told


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

    routes = {"/a.png": show, "/to": redirect, "/loop": loop, "/large": large, "/text": text}
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
        "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "2130706433",
    ],
)  # fmt: skip
@on_loop
async def test_private_addresses(tmp_path: Path, host: str) -> None:
    """No spelling of an address that is not public is connected to."""
    message = await refusal(Images(tmp_path), f"http://{host}:9/a.png")
    assert message == "The image URL must lead to a public address."


@on_loop
async def test_fetching(tmp_path: Path) -> None:
    """A picture is fetched by its URL, also after redirects; errors, endless ones and other files are refused."""
    images = Images(tmp_path, private=True)
    async with on_port(web()) as origin:
        for path in ("/a.png", "/a.png#part", f"/to?to={origin}/a.png", "/to?to=/a.png"):
            assert await images.store(origin + path, "image")
        assert await refusal(images, f"{origin}/missing") == "The image URL answered 404."
        assert await refusal(images, f"{origin}/loop") == "The image URL redirects too often."
        assert await refusal(images, f"{origin}/large") == "The image is larger than 20 MB."
        assert "cannot be read" in await refusal(images, f"{origin}/text")
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
            elsewhere = origin.replace("127.0.0.1", "127.0.0.2")
            assert "public address" in await refusal(images, f"{origin}/to?to={elsewhere}/a.png")

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
