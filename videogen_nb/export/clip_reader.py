"""Read a clip's frames by time, rotated upright, from a file that may be truncated or damaged."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from PIL import Image

from videogen_nb.storage.frame_times import timing

__all__ = ["Clip", "Planes"]

Planes = tuple[npt.NDArray[np.uint8], ...]  # Y, U and V of yuv420p

_SOON = 0.001  # seconds of tolerance: WebM rounds times to milliseconds
_NEAR = 0.002  # relative error of a short clip's rate, from times rounded to milliseconds
_UNTAGGED_HD = 720  # rows from which players assume BT.709 for an untagged clip


class Clip:
    """A clip, read once from start to end.

    Attributes:
        shape: Width and height as displayed: rotated, and with square pixels.
        duration: Seconds from its first frame to its end.
        rate: Frames a second, on average.
        matrix: Its colour matrix, BT.709 or BT.601.

    Raises:
        OSError: The file can't be read, or has no frame.
    """

    def __init__(self, path: Path) -> None:
        times = timing(path)
        self.duration = times.duration - times.start
        try:
            self._container = av.open(str(path))
        except av.FFmpegError as error:
            raise OSError(f"{path} can't be read ({type(error).__name__}).") from None
        stream = self._container.streams.video[0]
        # Each decoder thread holds frames; with a hundred clips open they would fill the memory.
        stream.codec_context.thread_count = 1
        self._next: av.VideoFrame | None = None
        self._frames = self._decoded(stream)
        first = next(self._frames, None)
        if first is None:
            self.close()
            raise OSError(f"{path} has no frame that can be decoded.")
        self.frame = first
        self._start = self._time(self.frame)
        self._next = next(self._frames, None)
        self.rate = _rate(times.fps)
        self.matrix = _matrix(self.frame)
        width, height = self.frame.width * float(stream.sample_aspect_ratio or 1), float(self.frame.height)
        self._turns = round(self.frame.rotation / 90) % 4  # counterclockwise
        self.shape = (height, width) if self._turns % 2 else (width, height)

    def seek(self, time: float) -> bool:
        """Advance to the frame shown at `time`, which must not decrease; the last good frame is held.

        Returns:
            Whether the frame changed.
        """
        before = self.frame
        while self._next is not None and self._time(self._next) - self._start <= time + _SOON:
            self.frame = self._next
            self._next = next(self._frames, None)
        return self.frame is not before

    def planes(self, width: int, height: int, matrix: Colorspace) -> Planes:
        """The frame scaled to a size, both sides even, as yuv420p in limited range."""
        if self._turns % 2:
            width, height = height, width
        frame = self.frame
        smaller = width * height <= frame.width * frame.height
        whole = frame.reformat(
            width,
            height,
            "yuv420p",
            src_colorspace=self.matrix if matrix != self.matrix else None,
            dst_colorspace=matrix if matrix != self.matrix else None,
            interpolation=Interpolation.AREA if smaller else Interpolation.BICUBIC,
            dst_color_range=ColorRange.MPEG,
        ).to_ndarray()
        half, quarter = height // 2, width * height // 4
        flat: npt.NDArray[np.uint8] = whole.reshape(-1).view(np.uint8)
        luma, rest = flat[: width * height].reshape(height, width), flat[width * height :]
        planes = (luma, rest[:quarter].reshape(half, -1), rest[quarter:].reshape(half, -1))
        return tuple(np.rot90(plane, self._turns) for plane in planes) if self._turns else planes

    def picture(self, width: int, height: int) -> Image.Image:
        """The frame scaled to a size, as RGB."""
        if self._turns % 2:
            width, height = height, width
        frame = self.frame.reformat(
            width, height, "rgb24", src_colorspace=self.matrix, interpolation=Interpolation.AREA
        )
        return Image.fromarray(np.rot90(frame.to_ndarray(), self._turns))

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _decoded(self, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
        """Frames up to the first that can't be decoded."""
        try:
            for frame in self._container.decode(stream):
                if frame.pts is not None and not frame.is_corrupt:
                    yield frame
        except av.FFmpegError:
            return

    def _time(self, frame: av.VideoFrame) -> float:
        assert frame.pts is not None
        assert frame.time_base is not None
        return float(frame.pts * frame.time_base)


def _rate(fps: float) -> Fraction:
    """The nominal rate: files round the times of their frames."""
    whole = Fraction(max(round(fps), 1))
    nominal = min((whole, whole * 1000 / 1001), key=lambda rate: abs(rate - fps))
    return nominal if abs(nominal - fps) < _NEAR * fps else Fraction(fps).limit_denominator(1001)


def _matrix(frame: av.VideoFrame) -> Colorspace:
    """The matrix the clip is tagged with, else the one that players assume."""
    tagged = int(frame.colorspace)
    if tagged in (int(Colorspace.ITU709), int(Colorspace.ITU601), int(Colorspace.SMPTE170M)):
        return Colorspace.ITU709 if tagged == int(Colorspace.ITU709) else Colorspace.ITU601
    return Colorspace.ITU709 if frame.height >= _UNTAGGED_HD else Colorspace.ITU601
