from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripted import KEY, Answer, Gateway, ranged
from videogen_nb.backend.http.client import Http
from videogen_nb.backend.stream_clip import LinkRefused, download
from videogen_nb.config import Endpoint
from videogen_nb.errors import ConnectionLostError, VideogenError
from videogen_nb.storage.clips import NotAClip, inspect

pytest_plugins = ["tests.support.fixtures"]


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
        (b"<html><body>please log in to go on</body></html>", "not a video"),
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
        for scheme in ("data", "DATA"):
            fetch(server, part, f"{scheme}:video/mp4;base64," + base64.b64encode(clip).decode())
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
