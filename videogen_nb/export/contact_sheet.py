"""A contact sheet: one row a clip, its frames over time, so that motion can be compared on paper."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from videogen_nb.core.job import Job
from videogen_nb.errors import RequestError
from videogen_nb.export.board import Board, Tile, board_of
from videogen_nb.export.canvas import LIGHT, MUTED, ground, say
from videogen_nb.export.clip_reader import Clip
from videogen_nb.export.still import save
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.views.typesetting import Letters
from videogen_nb.views.typesetting import write as write_text

__all__ = ["write"]

_FRAMES = 5
_WIDTH = 1920  # pixels
_EDGE = 30_000  # pixels of height, the most that Pillow and viewers open
_ENDED = 1.06  # times a clip's duration after which it counts as ended, though the longest goes on


@dataclass(frozen=True, slots=True)
class _Metrics:
    """Measures of the sheet, in pixels."""

    size: int
    edge: int
    side: int
    wide: int
    high: int

    def left(self, number: int) -> int:
        return self.edge + self.side + number * (self.wide + self.size // 2)


def write(
    source: Job | Comparison,
    path: Path,
    progress: Callable[[float], None],
    *,
    suffix: str,
    width: int | None = None,
    columns: int | None = None,
    labels: bool = True,
) -> None:
    """Write the sheet.

    Args:
        source: The clips.
        path: The file.
        progress: Called with 0 to 1.
        suffix: ``".png"``, ``".jpg"`` or ``".jpeg"``.
        width: Pixels in all; None: 1920.
        columns: How many frames of each clip; None: 5.
        labels: Whether title, times and names are drawn.
    """
    board = board_of(source)
    count, total = columns or _FRAMES, width or _WIDTH
    facts = [_facts(tile) for tile in board.tiles]
    known = [fact for fact in facts if fact]
    if not known:
        raise RequestError("None of the clips can be read. Nothing was written.")
    # The last column shows the last frame, which begins before the clip ends.
    last = max(duration - frame for _, duration, frame in known)
    times = [last * number / max(count - 1, 1) for number in range(count)]
    metrics = _measure(count, total, [shape for shape, _, _ in known], labels)
    head = _head(board, metrics, total, labels)
    step = metrics.high + metrics.size // 2
    height = head + step * len(board.tiles) - metrics.size // 2 + metrics.edge
    if metrics.wide < 16 or height > _EDGE:
        raise RequestError(
            f"{len(board.tiles)} rows of {count} frames do not fit. Nothing was written.", option="width"
        )
    picture = ground((total, height))
    if labels:
        _write_head(picture, board, metrics, head, times)
    for row, tile in enumerate(board.tiles):
        top = head + row * step
        if labels:
            box = (metrics.edge, top, metrics.side - metrics.size, metrics.high)
            write_text(picture, box, Letters(tile.name, metrics.size), LIGHT, most=6)
        _write_row(picture, tile, metrics, top, times)
        progress((row + 1) / len(board.tiles))
    save(picture, path, suffix)


def _facts(tile: Tile) -> tuple[tuple[float, float], float, float] | None:
    """Shape, and seconds of the clip and of one frame; None if it can't be read."""
    try:
        if tile.path is None:
            return None
        with Clip(tile.path) as clip:
            return clip.shape, clip.duration, float(1 / clip.rate)
    except OSError:
        return None


def _measure(count: int, total: int, shapes: list[tuple[float, float]], labels: bool) -> _Metrics:
    size = min(max(total // 90, 13), 22)
    edge = size if labels else 0
    side = round(total * 0.14) if labels else 0
    wide = (total - 2 * edge - side - (count - 1) * (size // 2)) // count
    aspects = [width / height for width, height in shapes]
    return _Metrics(size, edge, side, wide, round(wide / math.sqrt(min(aspects) * max(aspects))))


def _head(board: Board, metrics: _Metrics, total: int, labels: bool) -> int:
    """Pixels of title and times."""
    if not labels:
        return 0
    title = Letters(board.title, round(metrics.size * 1.2), bold=True)
    line = Letters("", metrics.size).height
    lines = len(title.lines(total - 2 * metrics.edge, 2))
    return (
        metrics.edge
        + lines * title.height
        + (line if board.subtitle else 0)
        + metrics.size // 2
        + line
        + metrics.size // 4
    )


def _write_head(picture: Image.Image, board: Board, metrics: _Metrics, head: int, times: list[float]) -> None:
    inner = picture.width - 2 * metrics.edge
    title = Letters(board.title, round(metrics.size * 1.2), bold=True)
    down = write_text(picture, (metrics.edge, metrics.edge, inner, head), title, LIGHT, most=2)
    letters = Letters(board.subtitle, metrics.size)
    write_text(picture, (metrics.edge, metrics.edge + down, inner, letters.height), letters, MUTED)
    top = head - letters.height - metrics.size // 4
    for number, time in enumerate(times):
        write_text(
            picture,
            (metrics.left(number), top, metrics.wide, letters.height),
            Letters(f"{time:.1f} s", metrics.size),
            MUTED,
        )


def _write_row(picture: Image.Image, tile: Tile, metrics: _Metrics, top: int, times: list[float]) -> None:
    """Draw one clip's frames at these times, or words if it has none."""
    row = (metrics.left(0), top, metrics.left(len(times)) - metrics.size // 2 - metrics.left(0), metrics.high)
    if tile.path is None:
        say(picture, row, tile.words, metrics.size)
        return
    try:
        clip = Clip(tile.path)
    except OSError:
        say(picture, row, f"can't be read: {tile.path.name}", metrics.size)
        return
    with clip:
        scale = min(metrics.wide / clip.shape[0], metrics.high / clip.shape[1])
        wide, high = (max(round(side * scale), 1) for side in clip.shape)
        for number, time in enumerate(times):
            left = metrics.left(number)
            if time > clip.duration * _ENDED:
                say(picture, (left, top, metrics.wide, metrics.high), f"ended at {clip.duration:.1f} s", metrics.size)
                continue
            clip.seek(time)
            spot = (left + (metrics.wide - wide) // 2, top + (metrics.high - high) // 2)
            picture.paste(clip.picture(wide, high), spot)
