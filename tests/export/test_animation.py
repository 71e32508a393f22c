from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace
from PIL import Image, ImageSequence

from tests.export.samples import grid, number, paced, plain, uniform
from tests.support.sample_jobs import ended
from videogen_nb.export import export
from videogen_nb.storage.journal import Journal

FORMATS = ("gif", "webp")


@pytest.mark.parametrize("suffix", FORMATS)
def test_one_clip_as_an_animation(tmp_path: Path, suffix: str) -> None:
    """480 pixels wide, twelve frames a second, each the clip's of that time, as long as the clip, for ever."""
    job = ended("succeeded", paced(tmp_path / "a.mp4", seconds=2, size=(640, 360)))
    with Image.open(export(job, tmp_path / f"out.{suffix}")) as picture:
        assert picture.format == suffix.upper()
        assert picture.size == (480, 270)
        assert picture.info["loop"] == 0
        shown, lengths = [], []
        for frame in ImageSequence.Iterator(picture):
            shown.append(number(frame.convert("RGB"), (0, 0, 480, 270)))
            lengths.append(frame.info["duration"])
        assert shown == [*range(0, 48, 2)]
        assert sum(lengths) == 2000
        assert set(lengths) <= {80, 90}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_grid_as_an_animation(book: Journal, tmp_path: Path, suffix: str) -> None:
    """At most 960 pixels wide; rate and width can be chosen."""
    made = grid(book, [paced(tmp_path / f"{seed}.mp4", size=(640, 360), seed=seed) for seed in range(2)])
    with Image.open(export(made, tmp_path / f"out.{suffix}")) as picture:
        assert picture.width == 960
        assert picture.n_frames == 12  # type: ignore[attr-defined]
    with Image.open(export(made, tmp_path / f"small.{suffix}", width=400, fps=5)) as picture:
        assert picture.width == 400
        assert picture.n_frames == 5  # type: ignore[attr-defined]


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_small_clip_is_not_enlarged(tmp_path: Path, suffix: str) -> None:
    """It stays as large as it was."""
    job = ended("succeeded", paced(tmp_path / "a.mp4", seconds=0.25, size=(160, 90)))
    with Image.open(export(job, tmp_path / f"out.{suffix}")) as picture:
        assert picture.size == (160, 90)


def test_what_stands_still_does_not_flicker(book: Journal, tmp_path: Path) -> None:
    """Title, headings and ground of a GIF are the same pixels in each frame, and its colours near the clip's."""
    paths = [paced(tmp_path / f"{seed}.mp4", size=(320, 180), seed=seed) for seed in range(2)]
    with Image.open(export(grid(book, paths), tmp_path / "out.gif")) as picture:
        pictures = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)]
    assert not uniform(pictures[0], (0, 0, 400, 40))
    assert all((each[:40] == pictures[0][:40]).all() for each in pictures)
    mean = np.array([each.mean() for each in pictures])
    assert np.ptp(mean) < 12


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "mp4"])
@pytest.mark.parametrize("size", [(320, 180), (1280, 720)], ids=["small", "large"])
def test_colours_are_those_that_players_show(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    """Of a clip that does not say how its colours are written, which players take for BT.709 if it is large."""
    clip = plain(tmp_path / "a.mp4", (200, 40, 40), size)
    path = export(ended("succeeded", clip), tmp_path / f"out.{suffix}")
    if suffix == "mp4":
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            assert frame.colorspace == (1 if size[1] == 720 else 6)
            assert frame.to_ndarray()[-1, -1] == next(av.open(str(clip)).decode(video=0)).to_ndarray()[-1, -1]
        return
    with av.open(str(clip)) as container:
        matrix = Colorspace.ITU709 if size[1] == 720 else Colorspace.ITU601
        wanted = next(container.decode(video=0)).reformat(format="rgb24", src_colorspace=matrix).to_ndarray()[-9, -9]
    with Image.open(path) as picture:
        colour = picture.convert("RGB").getpixel((picture.width // 2, picture.height - 20))
    assert colour == pytest.approx(wanted.tolist(), abs=8)
