from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from videogen_nb.artifacts import LinkRefused, NotAClip, clip_name, download, finish, inspect, write_sidecar
from videogen_nb.config import Endpoint
from videogen_nb.errors import ConnectionLostError, VideogenError
from videogen_nb.http import Http

from .clips import make_turned
from .gateways.scripted import KEY, Answer, Gateway, ranged

pytest_plugins = ["tests.gateways.fixtures"]


def fetch(server: Gateway, part: Path, url: str = "/a.mp4", seen: list[Any] | None = None) -> None:
    async def work() -> None:
        http = Http(Endpoint(server.url, KEY))
        try:
            await download(http, url, part, lambda *told: seen.append(told) if seen is not None else None)
        finally:
            await http.aclose()

    asyncio.run(asyncio.wait_for(work(), 60))


def serve(*answers: Answer) -> Gateway:
    return Gateway(routes={"GET /a.mp4": list(answers)})


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("A paper boat, in the rain!", "a-paper-boat-in-the-rain"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\con\\..\\x", "c-con-x"),
        ("<img src=x onerror=alert(1)>", "img-src-x-onerror-alert-1"),
        ("🚤🌧️", "clip"),
        ("...", "clip"),
        ("一艘纸船在雨中", "一艘纸船在雨中"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full-width"),
        ("a_b\x00c\nd", "a-b-c-d"),
        ("word " * 100, "-".join(["word"] * 12)),
        ("x" * 300, "x" * 60),
        ("一" * 300, "一" * 20),
    ],
)
def test_a_name_can_be_read_and_is_safe(prompt: str, words: str) -> None:
    """Words of the prompt, no sign that a path or a shell reads, short in bytes, made unique by the job's id."""
    name = clip_name(prompt, "k3x9ab2c")
    assert name == f"{words}-k3x9ab2c"
    assert len(name.encode()) < 100
    assert Path(name).name == name


def test_names_of_several_clips_differ() -> None:
    """Numbered from one, where there are several."""
    assert [clip_name("a", "id", place, 2) for place in (0, 1)] == ["a-id-1", "a-id-2"]


def test_a_download_streams_with_its_progress(tmp_path: Path, clip: bytes) -> None:
    """The file has the server's bytes; the last report is all of all."""
    seen: list[Any] = []
    with serve(ranged(clip)) as server:
        fetch(server, tmp_path / "a.part", seen=seen)
        assert (tmp_path / "a.part").read_bytes() == clip
        assert seen[-1] == (len(clip), len(clip))
        (request,) = server.requests("GET /a.mp4")
        assert "range" not in request.headers


def test_a_cut_download_goes_on_where_it_stopped(tmp_path: Path, clip: bytes) -> None:
    """By Range, and If-Range with the validator that the first bytes came with."""
    part = tmp_path / "a.part"
    with serve(ranged(clip, cut=150_000), ranged(clip)) as server:
        with pytest.raises(ConnectionLostError):
            fetch(server, part)
        kept = part.stat().st_size
        assert 0 < kept <= 150_000
        fetch(server, part)
        assert part.read_bytes() == clip
        again = server.requests("GET /a.mp4")[1].headers
        assert (again["range"], again["if-range"]) == (f"bytes={kept}-", '"1"')


@pytest.mark.parametrize("if_range", [True, False])
def test_a_clip_that_changed_is_fetched_anew(tmp_path: Path, clip: bytes, other_clip: bytes, if_range: bool) -> None:
    """Bytes of two files are never mixed, also where the server passes over If-Range."""
    part = tmp_path / "a.part"
    with serve(ranged(clip, '"1"', cut=150_000), ranged(other_clip, '"2"', if_range=if_range)) as server:
        for _ in range(3):
            try:
                fetch(server, part)
                break
            except ConnectionLostError:
                continue
        assert part.read_bytes() == other_clip


def test_a_part_longer_than_the_clip_is_thrown_away(tmp_path: Path, clip: bytes) -> None:
    """416: what is on the disk is not of this clip."""
    part = tmp_path / "a.part"
    part.write_bytes(clip * 2)
    part.with_suffix(".mark").write_text('"1"')
    with serve(ranged(clip)) as server:
        with pytest.raises(ConnectionLostError):
            fetch(server, part)
        fetch(server, part)
        assert part.read_bytes() == clip


def test_a_part_without_its_mark_is_not_gone_on_with(tmp_path: Path, clip: bytes) -> None:
    """Nobody knows what it is of."""
    part = tmp_path / "a.part"
    part.write_bytes(b"x" * 1000)
    with serve(ranged(clip)) as server:
        fetch(server, part)
        assert part.read_bytes() == clip


def test_an_error_answer_is_told_with_its_status(tmp_path: Path) -> None:
    """And leaves no file."""
    with serve(Answer("<Error><Code>ExpiredToken</Code></Error>", 403)) as server, pytest.raises(LinkRefused) as caught:
        fetch(server, tmp_path / "a.part")
    assert caught.value.status_code == 403
    assert not (tmp_path / "a.part").exists()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"error": {"message": "video is still processing"}}', "video is still processing"),
        (b'{"error": "gone for good"}', "gone for good"),
        (b'{"detail": "x"}', "x"),
        (b"<html><body>please log in to go on</body></html>", "no video"),
        (b"{}", "not an MP4"),
    ],
)
def test_other_things_in_the_coat_of_a_clip(tmp_path: Path, body: bytes, told: str) -> None:
    """200 `video/mp4` with an error inside is no clip, and its words are passed on."""
    answer = Answer(body, headers={"content-type": "video/mp4"})

    def take() -> None:
        fetch(server, tmp_path / "a.part")
        inspect(tmp_path / "a.part")

    with serve(answer) as server, pytest.raises(NotAClip, match=told):
        take()


def test_a_clip_inside_its_address(tmp_path: Path, clip: bytes) -> None:
    """A data URI needs no server."""
    part = tmp_path / "a.part"
    with serve() as server:
        fetch(server, part, "data:video/mp4;base64," + base64.b64encode(clip).decode())
        assert part.read_bytes() == clip
        with pytest.raises(NotAClip):
            fetch(server, part, "data:video/mp4;base64,A")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://e.org/a.mp4", "javascript:alert(1)"])
def test_only_http_is_fetched(tmp_path: Path, url: str) -> None:
    """An answer can't make this machine read its own files."""
    with serve() as server, pytest.raises(VideogenError, match="http"):
        fetch(server, tmp_path / "a.part", url)
    assert not (tmp_path / "a.part").exists()


def test_a_disk_that_refuses_is_not_taken_for_the_network(tmp_path: Path, clip: bytes) -> None:
    """It would be tried for ever, and the user would look at the wrong cable."""
    (tmp_path / "a.part").mkdir()
    with serve(ranged(clip)) as server, pytest.raises(OSError, match="directory"):
        fetch(server, tmp_path / "a.part")


def test_a_checked_clip_gets_its_name(tmp_path: Path, clip: bytes) -> None:
    """With the facts read from the file, under the suffix of its container, and nothing else stays."""
    part = tmp_path / ".a.part"
    part.write_bytes(clip)
    part.with_suffix(".mark").write_text("")
    video = finish(inspect(part), tmp_path / "boat.in.rain-id")
    assert video.path == tmp_path / "boat.in.rain-id.mp4"
    assert video.path.read_bytes() == clip
    assert (video.size, video.duration, video.fps, video.media_type) == ((128, 128), 1.0, 24.0, "video/mp4")
    assert (video.bytes, video.sha256) == (len(clip), hashlib.sha256(clip).hexdigest())
    assert os.listdir(tmp_path) == ["boat.in.rain-id.mp4"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda clip: b"",
        lambda clip: clip[:30],
        lambda clip: clip[:2000],
        lambda clip: clip[:8] + bytes(len(clip) - 8),
        lambda clip: b"\x89PNG" + clip,
    ],
)
def test_what_can_not_be_decoded_gets_no_name(tmp_path: Path, clip: bytes, spoil: Callable[[bytes], bytes]) -> None:
    """Empty, cut, zeroed or another kind of file."""
    part = tmp_path / ".a.part"
    part.write_bytes(spoil(clip))
    with pytest.raises(NotAClip):
        finish(inspect(part), tmp_path / "a")
    assert not list(tmp_path.glob("a*"))


def test_a_clip_that_was_cut_behind_its_first_frame(tmp_path: Path) -> None:
    """It could be decoded, and would be taken for whole where no length was told."""
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for shade in range(24):
            pixels = np.full((64, 64, 3), shade * 10, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    whole = path.read_bytes()
    assert inspect(path).duration == 1.0
    path.write_bytes(whole[:-200])
    with pytest.raises(NotAClip, match="only a part"):
        inspect(path)
    for more in (bytes(16), b"signed by nobody in particular"):
        path.write_bytes(whole + more)
        assert inspect(path).duration == 1.0


def test_a_sidecar_is_whole_or_not_there(tmp_path: Path) -> None:
    """JSON in UTF-8 under the clip's name, put there by a rename."""
    write_sidecar(tmp_path / "a.b.mp4", {"prompt": "雨 🚤", "path": tmp_path})
    assert json.loads((tmp_path / "a.b.json").read_text("utf-8")) == {"prompt": "雨 🚤", "path": str(tmp_path)}
    assert "雨 🚤" in (tmp_path / "a.b.json").read_text("utf-8")
    assert os.listdir(tmp_path) == ["a.b.json"]


def test_a_clip_that_is_to_be_turned(tmp_path: Path) -> None:
    """Its size is that of what a player shows."""
    path = tmp_path / "a.mp4"
    path.write_bytes(make_turned())
    assert inspect(path).size == (32, 64)
