"""Draw text on pictures: choose a font that has the characters, break lines to fit, clip to the box."""

from __future__ import annotations

import functools
import importlib.util
import unicodedata
from bisect import bisect
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from videogen_nb.text import plain

__all__ = ["Box", "Letters", "write"]

Box = tuple[int, int, int, int]  # left, top, width, height
Colour = tuple[int, int, int]

LONGEST = 600  # characters; more never fit, and measuring them takes time

# Regular and bold faces: good ones of each system first, then those with scripts that the others lack.
_FACES = (
    ("segoeui.ttf", "segoeuib.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("Roboto-Regular.ttf", "Roboto-Bold.ttf"),
    ("Ubuntu-R.ttf", "Ubuntu-B.ttf"),
    ("FreeSans.ttf", "FreeSansBold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
    ("Helvetica.ttc", "Helvetica.ttc"),
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf"),
    ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"),
    ("msyh.ttc", "msyhbd.ttc"),
    ("YuGothM.ttc", "YuGothB.ttc"),
    ("malgun.ttf", "malgunbd.ttf"),
    ("PingFang.ttc", "PingFang.ttc"),
    ("Hiragino Sans GB.ttc", "Hiragino Sans GB.ttc"),
    ("AppleSDGothicNeo.ttc", "AppleSDGothicNeo.ttc"),
    ("wqy-microhei.ttc", "wqy-microhei.ttc"),
    ("wqy-zenhei.ttc", "wqy-zenhei.ttc"),
    ("DroidSansFallbackFull.ttf", "DroidSansFallbackFull.ttf"),
    ("DroidSansFallback.ttf", "DroidSansFallback.ttf"),
    ("NotoSansArabic-Regular.ttf", "NotoSansArabic-Bold.ttf"),
    ("NotoSansHebrew-Regular.ttf", "NotoSansHebrew-Bold.ttf"),
    ("NotoSansDevanagari-Regular.ttf", "NotoSansDevanagari-Bold.ttf"),
    ("NotoSansThai-Regular.ttf", "NotoSansThai-Bold.ttf"),
    ("Nirmala.ttc", "Nirmala.ttc"),
    ("Nirmala.ttf", "NirmalaB.ttf"),
    ("LeelawUI.ttf", "LeelaUIb.ttf"),
    ("Arial Unicode.ttf", "Arial Unicode.ttf"),
    ("NotoSansSymbols2-Regular.ttf", "NotoSansSymbols2-Regular.ttf"),
    ("seguisym.ttf", "seguisym.ttf"),
)
_OWN = ""  # Pillow's built-in face, always available


class Letters:
    """A text set in one size.

    Args:
        text: Any text; invisible characters are written out.
        size: Height of the letters in pixels.
        bold: Whether to use the bold face, if there is one.

    Attributes:
        text: The text as it is drawn, in one line.
        height: Pixels from one line to the next.
    """

    def __init__(self, text: str, size: int, *, bold: bool = False) -> None:
        self.text = plain(text, LONGEST)
        self.height = round(size * 1.36)
        self.rise = round(size * 1.04)  # from a line's top to its base
        self._size, self._bold = size, bold
        self._face = _face(self.text, bold)
        self._dots = "…" if _has(self._face, "…") else "..."

    def runs(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        """A piece of the text, cut where the characters need another font."""
        runs: list[tuple[str, str]] = []
        for char in text:
            before = runs[-1][0] if runs else self._face
            face = before if char.isspace() or _follows(char) else _face_of(char, self._face, self._bold)
            if runs and face == before:
                runs[-1] = (face, runs[-1][1] + char)
            else:
                runs.append((face, char))
        return [(_font(face, self._size), piece) for face, piece in runs]

    def width(self, text: str | None = None) -> int:
        """Pixels that the text takes in one line, or a piece of it."""
        return round(sum(font.getlength(piece) for font, piece in self.runs(self.text if text is None else text)))

    def lines(self, width: int, most: int = 1) -> list[str]:
        """The text broken into at most `most` lines of a width in pixels; "…" marks what does not fit."""
        rest = self.text.strip()
        lines: list[str] = []
        while rest and len(lines) < most:
            if self.width(rest) <= width:
                return [*lines, rest]
            if len(lines) == most - 1:
                return [*lines, self._cut(rest, width)]
            end = max(self._fits(rest, width), 1)
            gap = max(rest.rfind(" ", 0, end + 1), *(rest.rfind(mark, 0, end) + 1 for mark in "-/_"))
            end = gap if gap > 0 else _whole(rest, end)
            lines.append(rest[:end].rstrip())
            rest = rest[end:].lstrip()
        return lines

    def _fits(self, text: str, width: int) -> int:
        """How many of the first characters stay within a width."""
        return bisect(range(1, len(text) + 1), width, key=lambda end: self.width(text[:end]))

    def _cut(self, text: str, width: int) -> str:
        end = self._fits(text, width - self.width(self._dots))
        return text[: _whole(text, end)].rstrip() + self._dots


def write(
    picture: Image.Image, box: Box, letters: Letters, colour: Colour, *, most: int = 1, middle: bool = False
) -> int:
    """Draw a text into a box of a picture and nowhere else.

    Args:
        picture: An RGB picture.
        box: Where to; lines that are wider are broken.
        letters: The text.
        colour: Red, green and blue, 0 to 255.
        most: How many lines at most.
        middle: Whether it stands in the middle of the box; else at its top left.

    Returns:
        Height of what was drawn, in pixels.
    """
    left, top, width, height = box
    if width < 1 or height < 1:
        return 0
    lines = letters.lines(width, min(most, max(height // letters.height, 1)))
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    tall = len(lines) * letters.height
    base = letters.rise + (max(height - tall, 0) // 2 if middle else 0)
    for number, line in enumerate(lines):
        across = max(width - letters.width(line), 0) // 2 if middle else 0
        for font, piece in letters.runs(line):
            draw.text((across, base + number * letters.height), piece, 255, font, anchor="ls")
            across += round(font.getlength(piece))
    picture.paste(colour, (left, top), mask)
    return min(tall, height)


def _whole(text: str, end: int) -> int:
    """The nearest end before `end` that separates no combining mark from its letter and splits no emoji."""
    while 0 < end < len(text) and (_follows(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return end


def _follows(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me", "Cf") or "\U0001f3fb" <= char <= "\U0001f3ff"


@functools.lru_cache(maxsize=1024)
def _face(text: str, bold: bool) -> str:
    """The first face that has all characters of a text, else the one that has the most."""
    wanted = {char for char in text if not char.isspace() and not _follows(char)}
    best, fewest = _OWN, len(wanted) + 1
    for face in (*_faces(bold), _OWN):
        lacks = sum(not _has(face, char) for char in wanted)
        if lacks < fewest:
            best, fewest = face, lacks
        if not lacks:
            break
    return best


@functools.lru_cache(maxsize=4096)
def _face_of(char: str, face: str, bold: bool) -> str:
    """The face for a character of a text set in `face`, which is preferred."""
    return next((option for option in (face, *_faces(bold), _OWN) if _has(option, char)), face)


def _faces(bold: bool) -> Iterator[str]:
    """Paths of the installed faces, the best first; each is looked up only when it is reached."""
    for pair in _FACES:
        for name in reversed(pair) if bold else pair[:1]:
            if path := _path(name):
                yield path
                break


@functools.cache
def _path(name: str) -> str | None:
    """Path at which Pillow finds a font of this name; Matplotlib ships DejaVu."""
    try:
        return str(ImageFont.truetype(name, 16).path)
    except OSError:
        plots = importlib.util.find_spec("matplotlib") if name.startswith("DejaVu") else None
        file = Path(plots.origin).with_name("mpl-data") / "fonts" / "ttf" / name if plots and plots.origin else None
        return str(file) if file and file.is_file() else None


@functools.lru_cache(maxsize=256)
def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    if face != _OWN:
        return ImageFont.truetype(face, size)
    own = ImageFont.load_default(size)
    assert isinstance(own, ImageFont.FreeTypeFont)
    return own


@functools.lru_cache(maxsize=16384)
def _has(face: str, char: str) -> bool:
    """Whether a face has a glyph for a character, by what it draws: Pillow does not list a font's glyphs."""
    return bytes(_font(face, 24).getmask(char)) not in (_nothing(face), b"")


@functools.lru_cache(maxsize=64)
def _nothing(face: str) -> bytes:
    """What a face draws for a character that it lacks, as every font lacks U+EFFFF."""
    return bytes(_font(face, 24).getmask("\U000effff"))
