"""Compose the frames of clips side by side: all start together, and one that has ended holds its last frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from types import TracebackType
from typing import Self

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Colorspace

from videogen_nb.errors import RequestError
from videogen_nb.export.board import Board
from videogen_nb.export.canvas import Canvas, canvas_of
from videogen_nb.export.clip_reader import Clip, Planes
from videogen_nb.views.typesetting import Box

__all__ = ["Reel"]

_RATES = (1, 60)  # frames a second of the output


class Reel:
    """Clips side by side as one video, with one frame at a time in memory.

    Args:
        board: The grid.
        width: Pixels in all; None: as the clips need, at most `most`.
        most: See `canvas_of`.
        fps: Frames a second; None: those of the quickest clip, at most 60.
        labels: Whether headings and captions are drawn.

    Attributes:
        size: Width and height, both even.
        rate: Frames a second.
        count: How many frames.
        matrix: The colour matrix.

    Raises:
        RequestError: None of the clips can be read, or they don't fit.
    """

    def __init__(
        self, board: Board, *, width: int | None, most: tuple[int, int], fps: float | None, labels: bool
    ) -> None:
        self._open = ExitStack()
        try:
            board, self._clips = self._opened(board)
            clips = list(self._clips.values())
            if not clips:
                raise RequestError("None of the clips can be read. Nothing was written.")
            quickest = min(max(clip.rate for clip in clips), Fraction(_RATES[1]))
            self.rate = max(Fraction(fps).limit_denominator(1001) if fps else quickest, Fraction(_RATES[0]))
            self.count = max(math.ceil(round(max(clip.duration for clip in clips) * self.rate, 3)), 1)
            matrices = [clip.matrix for clip in clips]
            self.matrix = max(set(matrices), key=matrices.count)
            canvas = canvas_of(board, [clip.shape for clip in clips], width=width, most=most, labels=labels)
        except BaseException:
            self._open.close()
            raise
        self.size = canvas.picture.size
        self._boxes = {number: _inside(canvas.boxes[number], clip.shape) for number, clip in self._clips.items()}
        self._whole = _drawn(canvas, self.matrix)

    def frames(self, progress: Callable[[float], None]) -> Iterator[av.VideoFrame]:
        """Each frame as yuv420p."""
        width, height = self.size
        luma, rest = self._whole[: width * height], self._whole[width * height :]
        quarter = width * height // 4
        planes = (
            luma.reshape(height, width),
            rest[:quarter].reshape(height // 2, -1),
            rest[quarter:].reshape(height // 2, -1),
        )
        for number in range(self.count):
            time = float(number / self.rate)
            for tile, clip in self._clips.items():
                # A held frame, and one that a slow clip shows for several of ours, is drawn already.
                if clip.seek(time) or number == 0:
                    box = self._boxes[tile]
                    _put(planes, clip.planes(box[2], box[3], self.matrix), box)
            yield av.VideoFrame.from_ndarray(self._whole.reshape(-1, width), format="yuv420p")
            progress((number + 1) / self.count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._open.close()

    def _opened(self, board: Board) -> tuple[Board, dict[int, Clip]]:
        """Open the clips, by tile number; a tile whose clip can't be read gets words in its place."""
        clips: dict[int, Clip] = {}
        tiles = list(board.tiles)
        for number, tile in enumerate(tiles):
            if tile.path is None:
                continue
            try:
                clips[number] = self._open.enter_context(Clip(tile.path))
            except OSError:
                tiles[number] = replace(tile, path=None, words=f"can't be read: {tile.path.name}")
        return replace(board, tiles=tuple(tiles)), clips


def _inside(box: Box, shape: tuple[float, float]) -> Box:
    """Where a clip of this shape goes inside its box."""
    left, top, width, height = box
    scale = min(width / shape[0], height / shape[1])
    # If only a pixel or two are missing, fill the box: a black line would be more visible.
    wide, high = (
        full if full - side * scale < 3 else max(int(side * scale) // 2 * 2, 2)
        for full, side in zip((width, height), shape, strict=True)
    )
    return left + (width - wide) // 4 * 2, top + (height - high) // 4 * 2, wide, high


def _drawn(canvas: Canvas, matrix: Colorspace) -> npt.NDArray[np.uint8]:
    """The static picture as the three planes of yuv420p, one after another."""
    frame = av.VideoFrame.from_ndarray(np.asarray(canvas.picture), format="rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace=matrix).to_ndarray().reshape(-1).view(np.uint8)


def _put(planes: Planes, parts: Planes, box: Box) -> None:
    for scale, plane, part in zip((1, 2, 2), planes, parts, strict=True):
        left, top, width, height = (side // scale for side in box)
        plane[top : top + height, left : left + width] = part
