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
_EDGE = 30_000  # pixels of height: more than Pillow and most viewers open
_ENDED = 1.06  # times its duration: until then a clip that is a little shorter than the longest has not ended


@dataclass(frozen=True, slots=True)
class _Plan:
    """Pixels of the sheet's parts."""

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
    # The last moment is that of the last frame, not of the end behind it.
    last = max(duration - frame for _, duration, frame in known)
    times = [last * number / max(count - 1, 1) for number in range(count)]
    plan = _planned(count, total, [shape for shape, _, _ in known], labels)
    head = _head(board, plan, total, labels)
    step = plan.high + plan.size // 2
    height = head + step * len(board.tiles) - plan.size // 2 + plan.edge
    if plan.wide < 16 or height > _EDGE:
        raise RequestError(
            f"{len(board.tiles)} rows of {count} frames do not fit. Nothing was written.", option="width"
        )
    picture = ground((total, height))
    if labels:
        _write_head(picture, board, plan, head, times)
    for row, tile in enumerate(board.tiles):
        top = head + row * step
        if labels:
            box = (plan.edge, top, plan.side - plan.size, plan.high)
            write_text(picture, box, Letters(tile.name, plan.size), LIGHT, most=6)
        _write_row(picture, tile, plan, top, times)
        progress((row + 1) / len(board.tiles))
    save(picture, path, suffix)


def _facts(tile: Tile) -> tuple[tuple[float, float], float, float] | None:
    """Shape, duration and length of a frame in seconds; None where nothing can be read."""
    try:
        if tile.path is None:
            return None
        with Clip(tile.path) as clip:
            return clip.shape, clip.duration, float(1 / clip.rate)
    except OSError:
        return None


def _planned(count: int, total: int, shapes: list[tuple[float, float]], labels: bool) -> _Plan:
    size = min(max(total // 90, 13), 22)
    edge = size if labels else 0
    side = round(total * 0.14) if labels else 0
    wide = (total - 2 * edge - side - (count - 1) * (size // 2)) // count
    aspects = [width / height for width, height in shapes]
    return _Plan(size, edge, side, wide, round(wide / math.sqrt(min(aspects) * max(aspects))))


def _head(board: Board, plan: _Plan, total: int, labels: bool) -> int:
    """Pixels of title and times."""
    if not labels:
        return 0
    title = Letters(board.title, round(plan.size * 1.2), bold=True)
    line = Letters("", plan.size).height
    lines = len(title.lines(total - 2 * plan.edge, 2))
    return plan.edge + lines * title.height + (line if board.subtitle else 0) + plan.size // 2 + line + plan.size // 4


def _write_head(picture: Image.Image, board: Board, plan: _Plan, head: int, times: list[float]) -> None:
    inner = picture.width - 2 * plan.edge
    title = Letters(board.title, round(plan.size * 1.2), bold=True)
    down = write_text(picture, (plan.edge, plan.edge, inner, head), title, LIGHT, most=2)
    letters = Letters(board.subtitle, plan.size)
    write_text(picture, (plan.edge, plan.edge + down, inner, letters.height), letters, MUTED)
    top = head - letters.height - plan.size // 4
    for number, time in enumerate(times):
        write_text(
            picture, (plan.left(number), top, plan.wide, letters.height), Letters(f"{time:.1f} s", plan.size), MUTED
        )


def _write_row(picture: Image.Image, tile: Tile, plan: _Plan, top: int, times: list[float]) -> None:
    """The frames of one clip at these times; words where it has none."""
    row = (plan.left(0), top, plan.left(len(times)) - plan.size // 2 - plan.left(0), plan.high)
    if tile.path is None:
        say(picture, row, tile.words, plan.size)
        return
    try:
        clip = Clip(tile.path)
    except OSError:
        say(picture, row, f"can't be read: {tile.path.name}", plan.size)
        return
    with clip:
        scale = min(plan.wide / clip.shape[0], plan.high / clip.shape[1])
        wide, high = (max(round(side * scale), 1) for side in clip.shape)
        for number, time in enumerate(times):
            left = plan.left(number)
            if time > clip.duration * _ENDED:
                say(picture, (left, top, plan.wide, plan.high), f"ended at {clip.duration:.1f} s", plan.size)
                continue
            clip.seek(time)
            spot = (left + (plan.wide - wide) // 2, top + (plan.high - high) // 2)
            picture.paste(clip.picture(wide, high), spot)
