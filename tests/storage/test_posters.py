from __future__ import annotations

import io
import os
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.support.clips import make_turned
from videogen_nb.storage.posters import MAX_BYTES, last_frame, poster, poster_path, write_poster


def counted(path: Path, frames: int, *, size: tuple[int, int] = (64, 48), rate: int = 8, noise: bool = False) -> Path:
    """A clip whose frames are grey, each brighter than the one before, or noise."""
    drawn = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"g": "250"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            shape = (size[1], size[0], 3)
            grey = np.full(shape, 20 + 200 * number // frames, np.uint8)
            pixels = drawn.integers(0, 255, shape, np.uint8) if noise else grey
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def test_a_poster_is_the_first_frame_and_small(tmp_path: Path) -> None:
    """Even of 1080p noise it stays within its limit, at the clip's shape."""
    data = poster(counted(tmp_path / "a.mp4", 1, size=(1920, 1080), noise=True))
    assert len(data) <= MAX_BYTES
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "WEBP"
        assert picture.width <= 480
        assert picture.width / picture.height == pytest.approx(16 / 9, abs=0.02)


def test_a_poster_is_not_enlarged(tmp_path: Path) -> None:
    """A small clip has a small poster."""
    with Image.open(io.BytesIO(poster(counted(tmp_path / "a.mp4", 3)))) as picture:
        assert picture.size == (64, 48)
        assert np.asarray(picture.convert("L")).mean() == pytest.approx(20, abs=8)


@pytest.mark.parametrize("frames", [1, 3, 40])
def test_the_last_frame_is_the_last_one(tmp_path: Path, frames: int) -> None:
    """Of clips of one frame, shorter than a second, and longer, in their own size."""
    picture = last_frame(counted(tmp_path / "a.mp4", frames))
    assert picture.size == (64, 48)
    assert np.asarray(picture.convert("L")).mean() == pytest.approx(20 + 200 * (frames - 1) // frames, abs=8)


@pytest.mark.parametrize("content", [None, b"", b"garbage" * 100])
def test_a_file_that_is_gone_or_broken(tmp_path: Path, content: bytes | None) -> None:
    """One kind of error, which whoever shows a job can expect."""
    path = tmp_path / "a.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OSError, match=r"a\.mp4"):
        poster(path)


def test_a_clip_fetched_again_has_its_own_poster(tmp_path: Path) -> None:
    """A new file under the same name is another picture."""
    dark = poster(counted(tmp_path / "a.mp4", 2))
    light = counted(tmp_path / "b.mp4", 2, noise=True)
    light.replace(tmp_path / "a.mp4")
    assert poster(tmp_path / "a.mp4") != dark


def test_a_poster_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """Beside the clip, in the place of an older one; a clip that can't be decoded leaves the older one as it was."""
    clip = counted(tmp_path / "a.b.mp4", 2)
    write_poster(clip)
    assert poster_path(clip) == tmp_path / "a.b.webp"
    assert poster_path(clip).read_bytes() == poster(clip)
    clip.write_bytes(b"garbage")
    with pytest.raises(OSError, match=r"a\.b\.mp4"):
        write_poster(clip)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.b.mp4", "a.b.webp"]


def test_a_poster_file_in_the_way_of_nothing(tmp_path: Path) -> None:
    """Where it can't have its name, nothing unfinished stays behind."""
    clip = counted(tmp_path / "a.mp4", 2)
    (tmp_path / "a.webp").mkdir()
    with pytest.raises(OSError, match=r"a\.webp"):
        write_poster(clip)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "a.webp"]


def test_the_picture_of_a_clip_that_is_to_be_turned(tmp_path: Path) -> None:
    """It stands as the clip does in a player."""
    path = tmp_path / "a.mp4"
    path.write_bytes(make_turned())
    assert Image.open(io.BytesIO(poster(path))).size == (32, 64)
    assert last_frame(path).size == (32, 64)


def test_a_poster_that_stands_beside_its_clip_is_taken(tmp_path: Path) -> None:
    """It was drawn when the clip came; what is no such picture, too large, or older than the clip is not taken."""
    clip = counted(tmp_path / "a.mp4", 2)
    drawn = poster(clip)
    other = poster(counted(tmp_path / "b.mp4", 40, size=(96, 48)))
    assert other != drawn

    def told(beside: bytes, age: int = 0) -> bytes:
        poster_path(clip).write_bytes(beside)
        now = clip.stat().st_mtime_ns + 1_000  # another number, so that nothing is remembered
        os.utime(clip, ns=(now, now))
        os.utime(poster_path(clip), ns=(now - age, now - age))
        return poster(clip)

    assert told(other) == other
    assert told(b"GIF89a" + bytes(50)) == drawn
    assert told(other + bytes(MAX_BYTES)) == drawn
    assert told(other, age=1) == drawn
