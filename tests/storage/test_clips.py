from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from tests.support.clips import make_turned
from videogen_nb.storage.clips import NotAClip, clip_name, finish, inspect

pytest_plugins = ["tests.support.fixtures"]


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


def test_a_clip_that_is_to_be_turned(tmp_path: Path) -> None:
    """Its size is that of what a player shows."""
    path = tmp_path / "a.mp4"
    path.write_bytes(make_turned())
    assert inspect(path).size == (32, 64)
