"""Write clips side by side as an animated GIF or WebP, for a chat or a README."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image

from videogen_nb.core.job import Job
from videogen_nb.export.board import board_of
from videogen_nb.export.frames import Reel
from videogen_nb.export.still import pillow_format
from videogen_nb.sweeps.comparison import Comparison

__all__ = ["write"]

WIDTHS = (480, 960)  # pixels of one clip, and of several together
_FPS = 12
_SAMPLED = 8  # frames from which the palette of a GIF is computed
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.5
_STEPS = 4.0  # times the mean error of the palette: about the distance between neighbouring colours


def write(
    source: Job | Comparison,
    path: Path,
    progress: Callable[[float], None],
    *,
    suffix: str,
    width: int | None = None,
    fps: float | None = None,
    columns: int | None = None,
    labels: bool = True,
) -> None:
    """Write a GIF or WebP that repeats for ever.

    Args:
        source: The clips.
        path: The file.
        progress: Called with 0 to 1.
        suffix: ``".gif"`` or ``".webp"``.
        width: Pixels in all; None: at most 480 for one clip, 960 for several.
        fps: Frames a second; None: 12.
        columns: How many stand side by side; None: as in the notebook.
        labels: Whether headings and captions are drawn.
    """
    board, kind = board_of(source, columns), pillow_format(suffix)
    most = (WIDTHS[len(board.tiles) > 1], 1080)
    opened = functools.partial(Reel, board, width=width, most=most, fps=fps or _FPS, labels=labels)
    palette, step = _palette(opened) if kind == "GIF" else (None, 0.0)
    with opened() as reel:
        pictures = (_picture(frame, reel) for frame in reel.frames(progress))
        film = pictures if palette is None else (_reduced(picture, palette, step) for picture in pictures)
        # A GIF counts hundredths of a second; rounding each duration by itself would drift away from the clip.
        ticks = [round(number * 100 / reel.rate) * 10 for number in range(reel.count + 1)]
        durations = [after - before for before, after in itertools.pairwise(ticks)]
        more = {"optimize": False, "disposal": 1} if palette is not None else {"quality": 72, "method": 3}
        next(film).save(path, kind, save_all=True, append_images=film, duration=durations, loop=0, **more)


def _palette(opened: Callable[[], Reel]) -> tuple[Image.Image, float]:
    """One palette of 256 colours for all frames, since one a frame would flicker, and its dithering step."""
    with opened() as reel:
        step = max(reel.count // _SAMPLED, 1)
        some = [_picture(frame, reel) for frame in itertools.islice(reel.frames(_nobody), 0, None, step)]
    small = [picture.resize((max(picture.width // 2, 1), max(picture.height // 2, 1))) for picture in some]
    pixels = np.concatenate([np.asarray(picture).reshape(-1, 3) for picture in small])
    near = (pixels >> 3).astype(np.uint32) @ np.array([1 << 10, 1 << 5, 1], np.uint32)
    _, first, count = np.unique(near, return_index=True, return_counts=True)
    # Weighted by the root of the frequency: a large grey ground must not outweigh a small bright clip.
    strip = Image.fromarray(np.repeat(pixels[first], np.sqrt(count).astype(int), axis=0)[None])
    palette = strip.quantize(256, Image.Quantize.MEDIANCUT)
    whole = Image.fromarray(pixels[:: max(len(pixels) // 100_000, 1)][None])
    quantized = whole.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")
    error = np.abs(np.asarray(whole, np.float32) - np.asarray(quantized, np.float32)).mean()
    return palette, min(float(error) * _STEPS, 32.0)


def _picture(frame: av.VideoFrame, reel: Reel) -> Image.Image:
    return Image.fromarray(frame.reformat(format="rgb24", src_colorspace=reel.matrix).to_ndarray())


def _reduced(picture: Image.Image, palette: Image.Image, step: float) -> Image.Image:
    """Quantize with ordered dithering: its pattern is fixed in place, so that it does not crawl between frames."""
    pixels = np.asarray(picture, np.float32)
    rows, columns = pixels.shape[0] // 4 + 1, pixels.shape[1] // 4 + 1
    pattern = np.tile(_BAYER, (rows, columns))[: pixels.shape[0], : pixels.shape[1], None] * step
    mixed = Image.fromarray((pixels + pattern).clip(0, 255).astype(np.uint8))
    return mixed.quantize(palette=palette, dither=Image.Dither.NONE)


def _nobody(_: float) -> None: ...
