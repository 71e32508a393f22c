"""Clips side by side as an animated picture, for a chat or a README."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image

from .reel import Reel
from .tiles import Board

__all__ = ["write_animation"]

WIDTHS = (480, 960)  # pixels of one clip, and of several together
_FPS = 12
_LOOKED_AT = 8  # frames from which the colours of a GIF are chosen
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.5
_STEP = 20.0  # levels between two neighbours among 256 colours, roughly


def write_animation(
    board: Board,
    path: Path,
    kind: str,
    *,
    width: int | None,
    fps: float | None,
    labels: bool,
    progress: Callable[[float], None],
) -> None:
    """Write a GIF or WebP that plays for ever.

    Args:
        board: What stands where.
        path: The file.
        kind: ``"GIF"`` or ``"WEBP"``.
        width: Pixels in all; None: at most 480 for one clip, 960 for several.
        fps: Frames a second; None: 12.
        labels: Whether headings and captions are drawn.
        progress: Called with 0 to 1.
    """
    most = (WIDTHS[len(board.tiles) > 1], 1080)
    opened = functools.partial(Reel, board, width=width, most=most, fps=fps or _FPS, labels=labels)
    palette = _palette(opened) if kind == "GIF" else None
    with opened() as reel:
        pictures = (_picture(frame) for frame in reel.frames(progress))
        film = pictures if palette is None else (_reduced(each, palette) for each in pictures)
        # A GIF counts hundredths of a second: rounded one by one they would drift away from the clip.
        ticks = [round(number * 100 / reel.rate) * 10 for number in range(reel.count + 1)]
        durations = [after - before for before, after in itertools.pairwise(ticks)]
        more = {"optimize": False, "disposal": 1} if palette is not None else {"quality": 72, "method": 3}
        next(film).save(path, kind, save_all=True, append_images=film, duration=durations, loop=0, **more)


def _palette(opened: Callable[[], Reel]) -> Image.Image:
    """256 colours for the whole of it: with some for each frame, what stands still would flicker."""
    with opened() as reel:
        step = max(reel.count // _LOOKED_AT, 1)
        some = [_picture(frame) for frame in itertools.islice(reel.frames(_nobody), 0, None, step)]
    small = [picture.resize((max(picture.width // 2, 1), max(picture.height // 2, 1))) for picture in some]
    strip = Image.new("RGB", (small[0].width, sum(picture.height for picture in small)))
    for number, picture in enumerate(small):
        strip.paste(picture, (0, number * picture.height))
    return strip.quantize(256, Image.Quantize.MEDIANCUT)


def _picture(frame: av.VideoFrame) -> Image.Image:
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return picture


def _reduced(picture: Image.Image, palette: Image.Image) -> Image.Image:
    """In the palette's colours; a pattern that stays in its place hides the steps between them, and never crawls."""
    pixels = np.asarray(picture, np.float32)
    rows, columns = pixels.shape[0] // 4 + 1, pixels.shape[1] // 4 + 1
    pattern = np.tile(_BAYER, (rows, columns))[: pixels.shape[0], : pixels.shape[1], None] * _STEP
    mixed = Image.fromarray((pixels + pattern).clip(0, 255).astype(np.uint8))
    return mixed.quantize(palette=palette, dither=Image.Dither.NONE)


def _nobody(_: float) -> None: ...
