"""Measure a board and draw its static part once: headings, captions, and a box for each clip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from videogen_nb.errors import RequestError
from videogen_nb.export.board import Board, Heading, Tile
from videogen_nb.views.typesetting import Box, Letters, write

__all__ = ["LIGHT", "MUTED", "PANE", "Canvas", "canvas_of", "ground", "say"]

GROUND = (22, 23, 26)
PANE = (38, 40, 45)  # behind the words for a missing clip
LIGHT = (236, 237, 240)
MUTED = (160, 165, 173)

_LETTERS = (13, 24)  # pixels: legible at 100 %, and smaller than the clips
_SIDE = 0.18  # largest share of the width for headings at the left, unless a word needs more
_LEAST = 16  # pixels of a clip's width
_EDGE = 8192  # pixels, the most that players take


@dataclass(frozen=True, slots=True)
class Canvas:
    """The static picture, and where the clips go.

    Attributes:
        picture: RGB, both sides even.
        boxes: For each tile its clip's left, top, width and height, all even.
    """

    picture: Image.Image
    boxes: tuple[Box, ...]


def canvas_of(
    board: Board, shapes: Sequence[tuple[float, float]], *, width: int | None, most: tuple[int, int], labels: bool
) -> Canvas:
    """Measure a board and draw everything but the clips.

    Args:
        board: The grid.
        shapes: Width and height of the clips that are there, in pixels.
        width: Pixels in all; None: as the clips need, at most `most`.
        most: Largest width and height in pixels if `width` is None.
        labels: Whether headings and captions are drawn; a single clip has none.

    Raises:
        RequestError: The clips do not fit into the width, or the picture would be higher than players take.
    """
    across, down = board.size
    aspects = [wide / high for wide, high in shapes] or [tile.aspect for tile in board.tiles]
    aspect = math.sqrt(min(aspects) * max(aspects))  # the geometric mean favours neither landscape nor portrait
    labels = labels and len(board.tiles) > 1
    natural = max([wide for wide, high in shapes], default=480)
    total = width or min(round(max(natural, 320 if labels else 0) * across), most[0])
    size = min(max(total // 80, _LETTERS[0]), _LETTERS[1])
    gap = _even(size // 2) if len(board.tiles) > 1 else 0
    edge = 2 * gap if labels else 0
    side = _side(board, size, min(max(round(total * _SIDE), 10 * size), total // 3)) if labels else 0
    wide = _even((total - 2 * edge - side - gap * (across - 1)) / across)
    caption = _even(Letters("", size).height + gap) if labels and any(tile.label for tile in board.tiles) else 0

    def top(inner: int) -> int:
        return (
            _even(edge + _title(board, size, inner)[1] + _heads(board, size, wide) * size * 1.36 + gap) if labels else 0
        )

    def height(wide: int) -> int:
        row = _even(wide / aspect) + caption
        return top(total - 2 * edge) + row * down + gap * (down - 1) + edge

    if width is None and height(wide) > most[1]:
        wide = _even((wide / aspect - (height(wide) - most[1]) / down) * aspect)
        total = 2 * edge + side + wide * across + gap * (across - 1)
    if wide < _LEAST or height(wide) > _EDGE:
        raise RequestError(
            f"{across} × {down} clips do not fit into a picture {total} pixels wide and at most {_EDGE} high. "
            "Choose another width or number of columns. Nothing was written.",
            option="width",
        )
    high = _even(wide / aspect)
    full = (_even(total), _even(height(wide)))
    left, start = edge + side, top(total - 2 * edge)
    boxes = tuple(
        (left + tile.column * (wide + gap), start + tile.row * (high + caption + gap), wide, high)
        for tile in board.tiles
    )
    picture = ground(full)
    if labels:
        _draw_headings(picture, board, size, (edge, start, side, wide, high + caption, gap))
    for tile, box in zip(board.tiles, boxes, strict=True):
        _draw_tile(picture, tile, box, size, gap, labels)
    return Canvas(picture, boxes)


def ground(size: tuple[int, int]) -> Image.Image:
    """An empty picture in the background colour."""
    return Image.new("RGB", size, GROUND)


def say(picture: Image.Image, box: Box, words: str, size: int) -> None:
    """Draw words in place of a missing clip."""
    picture.paste(PANE, (box[0], box[1], box[0] + box[2], box[1] + box[3]))
    inner = (box[0] + size // 2, box[1] + size // 2, box[2] - size, box[3] - size)
    write(picture, inner, Letters(words, size), MUTED, most=6, middle=True)


def _draw_tile(picture: Image.Image, tile: Tile, box: Box, size: int, gap: int, labels: bool) -> None:
    left, top, width, height = box
    if tile.path is None:
        say(picture, box, tile.words, size)
    if labels and tile.label:
        letters = Letters(tile.label, size)
        write(picture, (left, top + height + gap // 2, width, letters.height), letters, MUTED)


def _draw_headings(picture: Image.Image, board: Board, size: int, metrics: tuple[int, int, int, int, int, int]) -> None:
    edge, start, side, wide, high, gap = metrics
    inner = picture.width - 2 * edge
    lines, height = _title(board, size, inner)
    title = Letters(board.title, _larger(size), bold=True)
    write(picture, (edge, edge, inner, height), title, LIGHT, most=lines)
    if board.subtitle and lines:
        letters = Letters(board.subtitle, size)
        write(picture, (edge, edge + lines * title.height, inner, letters.height), letters, MUTED)
    above = round(_heads(board, size, wide) * size * 1.36)
    for heading in board.columns:
        left = edge + side + heading.first * (wide + gap)
        _draw_heading(picture, heading, (left, start - gap // 2 - above, wide, above), size)
    for heading in board.rows:
        box = (edge, start + heading.first * (high + gap), side - 2 * gap, heading.count * (high + gap) - gap)
        _draw_heading(picture, heading, box, size)


def _draw_heading(picture: Image.Image, heading: Heading, box: Box, size: int) -> None:
    """Draw the parameter's name and its value: on one line if both fit, else below each other."""
    left, top, width, height = box
    name, value = Letters(heading.name, size), Letters(heading.value, size, bold=True)
    if heading.name:
        write(picture, (left, top, width, name.height), name, MUTED)
    space = name.width() + size // 2 if heading.name else 0
    if space + value.width() <= width:
        write(picture, (left + space, top, width - space, height), value, LIGHT)
    else:
        down = name.height if heading.name else 0
        write(picture, (left, top + down, width, height - down), value, LIGHT, most=8)


def _heads(board: Board, size: int, width: int) -> int:
    """Lines that the column headings need."""

    def lines(heading: Heading) -> int:
        name, value = Letters(heading.name, size), Letters(heading.value, size, bold=True)
        has_name = bool(heading.name)
        if (name.width() + size // 2 if has_name else 0) + value.width() <= width:
            return 1
        return has_name + len(value.lines(width, 3))

    return max(map(lines, board.columns), default=0)


def _side(board: Board, size: int, most: int) -> int:
    """Pixels for the row headings, with the gap after them."""
    words = [
        letters.width()
        for heading in board.rows
        for letters in (Letters(heading.name, size), Letters(heading.value, size, bold=True))
    ]
    return _even(min(max(words), most) + size) if words else 0


def _title(board: Board, size: int, width: int) -> tuple[int, int]:
    """Lines of the title (none if there is no room), and the height of title and subtitle."""
    if width < 12 * size or not board.title:
        return 0, 0
    letters = Letters(board.title, _larger(size), bold=True)
    lines = len(letters.lines(width, 2))
    return lines, lines * letters.height + (Letters("", size).height if board.subtitle else 0) + size // 2


def _larger(size: int) -> int:
    return round(size * 1.2)


def _even(number: float) -> int:
    return int(number) // 2 * 2
