"""One picture of a whole output, for hosts that show no HTML: posters with the caption below them."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Sequence

from PIL import Image

from videogen_nb.views.typesetting import Letters, write

__all__ = ["card"]

_PAPER, _INK, _GREY = (255, 255, 255), (32, 33, 36), (95, 99, 104)
_NONE = (226, 228, 231)  # in place of a poster that can't be read
_WIDTHS = (960, 800, 640, 480, 400, 320, 240, 160, 96)  # pixels, the best first
_QUALITIES = (80, 65, 50, 35)
_ABREAST = 3
_LINES = (12, 3, 1)  # of the caption, and per line that is too wide; fewer lines take fewer bytes


def card(shown: Sequence[tuple[bytes, str]], caption: str, *, most: int) -> bytes:
    """Draw posters and caption on white.

    Args:
        shown: Posters as encoded pictures, each with a short label; none for a job that has no clip.
        caption: Text below the posters, one or more lines.
        most: Bytes at most; the picture is made coarser and smaller, then the caption is cut, until it fits.

    Returns:
        A JPEG, 640 pixels wide for one poster or none, up to 960 for several.
    """
    posters = [(_opened(data), label) for data, label in shown]
    widest = 960 if len(posters) > 1 else 640
    for lines, width in itertools.product(_LINES, (width for width in _WIDTHS if width <= widest)):
        drawn = _drawn(posters, caption, width, lines)
        smallest = _encoded(drawn, _QUALITIES[-1])  # first: if it does not fit, no other quality does
        if len(smallest) <= most:
            better = (_encoded(drawn, quality) for quality in _QUALITIES[:-1])
            return next((data for data in better if len(data) <= most), smallest)
    return smallest


def _encoded(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def _opened(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Image.new("RGB", (320, 180), _NONE)


def _drawn(posters: Sequence[tuple[Image.Image, str]], caption: str, width: int, most: int) -> Image.Image:
    size = min(max(width // 40, 11), 16)
    gap = size // 2
    across = min(len(posters), _ABREAST) or 1
    if len(posters) == 4:
        across = 2
    wide = (width - gap * (across - 1)) // across
    high = max((math.ceil(min(wide * poster.height / poster.width, wide * 1.2)) for poster, _ in posters), default=0)
    below = Letters("", size).height + gap if any(label for _, label in posters) else gap
    caption_lines = [Letters(line, size) for line in caption.splitlines()[:most]]
    heights = [len(line.lines(width, most)) * line.height for line in caption_lines]
    top = math.ceil(len(posters) / across) * (high + below)
    picture = Image.new("RGB", (width, max(top + sum(heights) + gap, size)), _PAPER)
    for number, (poster, label) in enumerate(posters):
        row, column = divmod(number, across)
        left, start = column * (wide + gap), row * (high + below)
        scale = min(wide / poster.width, high / poster.height)
        small = poster.resize((max(round(poster.width * scale), 1), max(round(poster.height * scale), 1)))
        picture.paste(small, (left + (wide - small.width) // 2, start + (high - small.height) // 2))
        letters = Letters(label, size)
        write(picture, (left, start + high, wide, letters.height), letters, _GREY)
    for letters, height in zip(caption_lines, heights, strict=True):
        write(picture, (0, top, width, height), letters, _INK, most=most)
        top += height
    return picture
