"""Clips and grids to export, and how to read back what came of them."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.browser.clips import BITS, write
from tests.support.sample_jobs import ended, together
from videogen_nb.core.job import Job
from videogen_nb.export.board import board_of
from videogen_nb.export.canvas import canvas_of
from videogen_nb.storage.journal import Journal
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.views.typesetting import Box

__all__ = ["boxes", "frames", "grid", "number", "paced", "plain", "uniform"]

Pixels = npt.NDArray[np.uint8]


def paced(path: Path, fps: float = 24, seconds: float = 1, size: tuple[int, int] = (320, 180), seed: int = 0) -> Path:
    """A clip whose frames carry their numbers."""
    path.write_bytes(_paced(fps, seconds, size, seed))
    return path


@functools.cache
def _paced(fps: float, seconds: float, size: tuple[int, int], seed: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        times = [place / fps for place in range(round(seconds * fps))]
        return write(Path(folder) / "clip.mp4", times, size, seed).read_bytes()


def plain(
    path: Path,
    colour: tuple[int, int, int] = (200, 40, 40),
    size: tuple[int, int] = (64, 48),
    *,
    codec: str = "libx264",
    sound: bool = False,
    layout: str = "yuv420p",
    frames: int = 6,
) -> Path:
    """A clip of one colour, its upper half black."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=12)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, layout
        tone = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        pixels = np.empty((size[1], size[0], 3), np.uint8)
        pixels[:] = colour
        pixels[: size[1] // 2] = 0
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
        if isinstance(tone, av.AudioStream):
            quiet = av.AudioFrame.from_ndarray(np.zeros((1, 24000), np.float32), "fltp", "mono")
            quiet.sample_rate, quiet.pts, quiet.time_base = 48000, 0, Fraction(1, 48000)
            container.mux(tone.encode(quiet))
            container.mux(tone.encode())
    return path


def grid(book: Journal, paths: Sequence[Path], prompt: str = "a paper boat", **axes: Sequence[object]) -> Comparison:
    """Finished clips side by side."""
    jobs = [ended("succeeded", path, id=f"job{place}") for place, path in enumerate(paths)]
    return together(book, jobs, axes or {"cat": [f"c{place}" for place in range(len(paths))]}, prompt=prompt)


def boxes(what: Job | Comparison, shape: tuple[int, int], width: int | None = None, labels: bool = True) -> list[Box]:
    """Where each clip stands, if all have this shape."""
    board = board_of(what)
    return list(canvas_of(board, [shape] * len(board.tiles), width=width, most=(1920, 2160), labels=labels).boxes)


def frames(path: Path) -> Iterator[Pixels]:
    """A video's frames as RGB."""
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            yield frame.to_ndarray(format="rgb24").view(np.uint8)


def number(picture: Pixels | Image.Image, box: Box) -> int:
    """The number that a clip's frame carries."""
    left, top, width, height = box
    pixels = np.asarray(picture)[:, :, 0]
    row = top + height - height // 12
    read = 0
    for bit in range(BITS):
        read = read << 1 | int(pixels[row, left + (2 * bit + 1) * width // (2 * BITS)] > 128)
    return read


def uniform(picture: Pixels | Image.Image, box: Box) -> bool:
    """Whether a part of a picture is of one colour, but for what a codec does to it."""
    left, top, width, height = box
    part = np.asarray(picture)[top : top + height, left : left + width].astype(int)
    return bool((np.ptp(part.reshape(-1, part.shape[-1]), axis=0) < 12).all())
