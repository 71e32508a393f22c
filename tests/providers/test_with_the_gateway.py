"""Each provider against our own gateway: what one writes the other reads, in all its dialects."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from PIL import Image

from tests.providers.conftest import KEY
from videogen_nb.core.job import Job, Status
from videogen_nb.errors import AuthenticationError, JobCancelledError, ProviderError
from videogen_nb.gateway.app import Gateway, Profile

Generate = Callable[..., Job]


@contextmanager
def served(home: Path, **options: Any) -> Iterator[str]:
    """A gateway on a free loopback port; gives its origin."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Gateway(home, workers=1, **options), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


FEW = {"params": {"fps": 2}}  # frames a second: quick to draw, and taken where unknown fields are not refused


@pytest.fixture
def picture() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((96, 64), 80).convert("RGB").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    "profile",
    [
        Profile(),
        Profile(spelling="prose", relative_urls=True),
        Profile(strict=True),
        pytest.param(Profile(spelling="prose", strict=True), marks=pytest.mark.slow),
    ],
    ids=["schema", "prose", "schema strict", "prose strict"],
)
def test_infery(generate: Generate, tmp_path: Path, profile: Profile) -> None:
    """Either spelling, lenient or strict, absolute or relative links: the clip asked for is the clip had."""
    with served(tmp_path / "gateway", keys=[KEY], profile=profile) as url:
        options = {} if profile.strict else FEW
        made = generate(url, duration=1, resolution="480p", aspect_ratio="1:1", **options).wait(60)
        assert [(video.size, video.duration) for video in made.videos] == [((480, 480), 1.0)]
        assert made.notice == ""


def test_infery_with_two_clips_of_a_picture(generate: Generate, tmp_path: Path, picture: bytes) -> None:
    """`n` and `image_base64` are understood as they are written, and the charge is told."""
    with served(tmp_path / "gateway", keys=[KEY]) as url:
        made = generate(url, duration=1, resolution="480p", aspect_ratio="1:1", count=2, image=picture, **FEW).wait(60)
        assert len({video.sha256 for video in made.videos}) == 2
        assert made.cost is not None
        assert made.cost.unit == "credits"


@pytest.mark.parametrize("shape", ["docs", "2025", "2026"])
def test_infinity_blue(generate: Generate, tmp_path: Path, picture: bytes, shape: Any) -> None:
    """The generic family in the documented shape and in both that its software sends."""
    with served(tmp_path / "gateway", keys=[KEY], profile=Profile(shape=shape)) as url:
        made = generate(url, "infinityblue", duration=1, size="128x128", fps=8, image=picture).wait(60)
        assert [(video.size, video.duration, video.fps) for video in made.videos] == [((128, 128), 1.0, 8.0)]


@pytest.mark.parametrize(
    ("model", "options", "size"),
    [
        pytest.param(
            "doubao-seedance-2-0-260128",
            {"duration": 4, "resolution": "480p", "aspect_ratio": "1:1"},
            (480, 480),
            marks=pytest.mark.slow,
        ),
        ("grok-imagine-video-480p", {"duration": 1, "aspect_ratio": "1:1"}, (480, 480)),
    ],
)
def test_infinity_blues_second_family(
    generate: Generate, tmp_path: Path, model: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    """Seedance and Grok are told their shape and length in their own ways."""
    with served(tmp_path / "gateway", keys=[KEY], profile=Profile(second_family=True)) as url:
        made = generate(url, "infinityblue", model=model, **options).wait(60)
        assert [(video.size, video.duration) for video in made.videos] == [(size, options["duration"])]


def test_openai_videos(generate: Generate, tmp_path: Path, picture: bytes) -> None:
    """The open wire, without a key, with all the extensions a self-hosted server takes."""
    with served(tmp_path / "gateway") as url:
        options = {"size": "96x64", "duration": 0.5, "fps": 8, "seed": 7, "negative_prompt": "rain"}
        made = generate(url, "openai_videos", model="any", count=2, image=picture, **options).wait(60)
        assert [(video.size, video.duration) for video in made.videos] == [((96, 64), 0.5)] * 2
        assert len({video.sha256 for video in made.videos}) == 2


@pytest.mark.parametrize(("provider", "options"), [("infery", {}), ("infinityblue", {})])
def test_a_wrong_key(generate: Generate, tmp_path: Path, provider: str, options: dict[str, Any]) -> None:
    """Each wire's own refusal of a key is told as one."""
    with served(tmp_path / "gateway", keys=["another"]) as url:
        made = generate(url, provider, duration=1, **options)
        with pytest.raises(AuthenticationError, match="Nothing was charged"):
            made.wait(60)


def test_a_field_the_gateway_refuses(generate: Generate, tmp_path: Path) -> None:
    """The gateway's words reach the user."""
    with served(tmp_path / "gateway", keys=[KEY]) as url:
        made = generate(url, duration=1, params={"fps": 1000})
        with pytest.raises(ProviderError, match="fps"):
            made.wait(60)


def test_local(generate: Generate, tmp_path: Path, picture: bytes) -> None:
    """With no key and no port, any model's name makes a clip of the size, length and rate asked for."""
    made = generate("", "local", model="veo-3-1-fast", size="96x64", duration=0.5, fps=8, image=picture).wait(60)
    assert [(video.size, video.duration, video.fps) for video in made.videos] == [((96, 64), 0.5, 8.0)]
    assert (made.model, made.cost) == ("veo-3-1-fast", None)


def test_local_stops_what_is_cancelled(generate: Generate) -> None:
    """Cancel reaches the renderer, and the job says that it was stopped."""
    made = generate("", "local", size="1280x720", duration=60)
    started = threading.Event()
    made.observe(lambda change: started.set(), "remote_id")
    assert made.remote_id or started.wait(60)
    made.cancel()
    with pytest.raises(JobCancelledError, match="the job was stopped"):
        made.wait(60)
    assert made.status is Status.CANCELLED
