from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.export.samples import grid, number, paced, plain, uniform
from tests.support.sample_jobs import ended, together
from videogen_nb.errors import JobFailedError
from videogen_nb.export import export
from videogen_nb.storage.journal import Journal


def spots(frames: int, rows: int, width: int, shape: tuple[int, int] = (320, 180)) -> list[list[tuple[int, ...]]]:
    """Where the frames of a sheet without labels stand."""
    gap = min(max(width // 90, 13), 22) // 2
    wide = (width - (frames - 1) * gap) // frames
    high = round(wide * shape[1] / shape[0])
    return [[(n * (wide + gap), row * (high + gap), wide, high) for n in range(frames)] for row in range(rows)]


def test_rows_show_each_clip_over_its_time(book: Journal, tmp_path: Path) -> None:
    """Five frames from the first to the last, the same times in each row; a short one says that it has ended."""
    paths = [paced(tmp_path / f"{length}.mp4", seconds=length) for length in (2, 1)]
    path = export(grid(book, paths), tmp_path / "out.png", labels=False, width=1600)
    with Image.open(path) as picture:
        assert (picture.format, picture.width) == ("PNG", 1600)
        long, short = spots(5, 2, 1600)
        assert picture.height == short[0][1] + short[0][3]
        shown = [number(picture, box) for box in long]  # type: ignore[arg-type]
        assert shown == [0, 11, 23, 35, 47]
        assert [number(picture, box) for box in short[:3]] == [0, 11, 23]  # type: ignore[arg-type]
        for left, top, width, _ in short[3:]:
            assert uniform(picture, (left, top, width, 20))


def test_titles_times_and_names_leave_their_marks(book: Journal, tmp_path: Path) -> None:
    """Above the frames and at the left of each row; how many frames can be chosen."""
    jobs = [ended("succeeded", plain(tmp_path / "a.mp4"), id="job0")]
    jobs.append(ended("failed", id="job1", error=JobFailedError("no credit")))
    made = together(book, jobs, {"cat": ["owl", "fox"]}, prompt="a {cat}")
    with Image.open(export(made, tmp_path / "out.jpg", columns=3, width=900)) as picture:
        assert (picture.format, picture.width) == ("JPEG", 900)
        assert not uniform(picture, (0, 0, 400, 40))
        half = picture.height // 2
        assert not uniform(picture, (0, half, 120, half - 20))
        pixels = np.asarray(picture.convert("RGB")).astype(int)
        red = (pixels[:, :, 0] - pixels[:, :, 1] > 100).any(axis=0)
        assert np.count_nonzero(np.diff(red.astype(int)) == 1) == 3


@pytest.mark.parametrize(("suffix", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("jpeg", "JPEG")])
def test_a_job_as_a_picture_is_its_first_frame(tmp_path: Path, suffix: str, kind: str) -> None:
    """In the clip's size, or as wide as is asked for."""
    job = ended("succeeded", paced(tmp_path / "a.mp4", size=(640, 360)))
    with Image.open(export(job, tmp_path / f"out.{suffix}")) as picture:
        assert (picture.format, picture.size) == (kind, (640, 360))
        assert number(picture, (0, 0, 640, 360)) == 0
    with Image.open(export(job, tmp_path / f"out.{suffix}", width=321)) as picture:
        assert picture.size == (321, 181)


def test_of_several_clips_the_first_that_can_be_read(tmp_path: Path) -> None:
    """One that is broken does not stop it."""
    paths = [plain(tmp_path / "a.mp4", (0, 0, 250)), plain(tmp_path / "b.mp4")]
    job = ended("succeeded", *paths)
    paths[0].write_bytes(b"broken")
    with Image.open(export(job, tmp_path / "out.png")) as picture:
        assert picture.getpixel((30, 40))[0] > 150  # type: ignore[index]
