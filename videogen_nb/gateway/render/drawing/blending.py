"""Light and small things laid over a frame's planes: in whole numbers, where 256 is all."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from videogen_nb.gateway.render.drawing.arrays import Array, Bytes
from videogen_nb.gateway.render.drawing.moment import Moment

Share = NDArray[np.uint16]
"""How much of something new there is at each pixel, 0 to 256."""

# BT.709 from RGB 0 to 255 to luma 16 to 235 and chroma 16 to 240.
_LUMA = np.array((0.2126, 0.7152, 0.0722), np.float32)
_TO_PLANES = np.array(
    [
        _LUMA * (219 / 255),
        (np.array((0, 0, 1)) - _LUMA) / 1.8556 * (224 / 255),
        (np.array((1, 0, 0)) - _LUMA) / 1.5748 * (224 / 255),
    ],
    np.float32,
)
_ZERO = np.array((16, 128, 128), np.float32)
_EIGHT = np.uint16(8)
_own = threading.local()  # one scaler a thread: it keeps what it worked out for the last sizes
_PIECE = 1 << 15  # pixels at a time, so that what lies between stays in the cache


def luma(rgb: Array, alpha: Array | float = 1.0) -> Array:
    """Convert RGB, shape ``(3, …)``, 0 to 255 times `alpha`, to luma times `alpha`, shape ``(…)``."""
    return np.asarray(_weighed(rgb, _TO_PLANES[0]) + np.float32(16) * alpha, np.float32)


def chroma(rgb: Array, alpha: Array | float = 1.0) -> Array:
    """Convert RGB, shape ``(3, …)``, 0 to 255 times `alpha`, to Cb and Cr times `alpha`, shape ``(2, …)``."""
    chroma_planes = [_weighed(rgb, row) + np.float32(128) * alpha for row in _TO_PLANES[1:]]
    return np.stack(chroma_planes).astype(np.float32, copy=False)


def planes(rgb: Array, alpha: Array | float = 1.0) -> Array:
    """Convert RGB, shape ``(3, …)``, 0 to 255 times `alpha`, to luma and chroma times `alpha`, of that shape."""
    return np.concatenate([luma(rgb, alpha)[None], chroma(rgb, alpha)])


def _weighed(rgb: Array, weights: Array) -> Array:
    weighed = rgb[0] * weights[0]
    weighed += rgb[1] * weights[1]
    weighed += rgb[2] * weights[2]
    return np.asarray(weighed, np.float32)


def halved(full: Array) -> Array:
    """Return the means of two by two pixels; the last two sides are even."""
    rows = full[..., ::2, :] + full[..., 1::2, :]
    return np.asarray((rows[..., ::2] + rows[..., 1::2]) * np.float32(0.25))


def mix(target: Bytes, share: Share, level: int) -> None:
    """Let `share` of `level` take the place of what stands in `target`; both have the shape ``(rows, columns)``."""
    step = max(1, _PIECE // target.shape[1])
    for first in range(0, len(target), step):
        rows = slice(first, first + step)
        kept = np.uint16(256) - share[rows]
        kept *= target[rows].astype(np.uint16)
        kept += share[rows] * np.uint16(level)
        kept += np.uint16(128)
        kept >>= np.uint16(8)
        target[rows] = kept


def veil(moment: Moment, top: int, left: int, share: Share, color: Sequence[float] | Array) -> None:
    """Lay a colour over a part of the frame.

    Args:
        moment: The frame.
        top: First row, inside the frame.
        left: First column.
        share: Shape ``(rows, columns)``, as much of it as there is room for in the frame.
        color: RGB, 0 to 255.
    """
    levels = _levels(color)
    rows, columns = share.shape
    mix(moment.luma[top : top + rows, left : left + columns], share, levels[0])
    # A soft veil may be thinned out for the chroma.
    half = share[top & 1 :: 2, left & 1 :: 2]
    y, x = (top + 1) // 2, (left + 1) // 2
    for plane, level in zip(moment.chroma, levels[1:], strict=True):
        part = plane[y : y + half.shape[0], x : x + half.shape[1]]
        mix(part, half[: part.shape[0], : part.shape[1]], level)


class Glow:
    """Light that is added to what is there; whites stay whites.

    Args:
        light: Shape ``(rows, columns)``, 0 to 1.
        color: RGB, 0 to 255.
    """

    def __init__(self, light: Array, color: Sequence[float] | Array) -> None:
        white, blue, red = (
            float(value) / step
            for value, step in zip(planes(np.array(color, np.float32)) - _ZERO, (219, 224, 224), strict=True)
        )
        # As much as it takes to bring the chroma there, and no less than the whiteness takes away.
        pull = max(white, 2 * abs(blue), 2 * abs(red), 1e-6)
        full = np.clip(light, 0, 1) * np.float32(256)
        self._luma = (full * np.float32(white)).astype(np.uint16)
        self._chroma = (full * np.float32(pull)).astype(np.uint16)
        self._levels = round(128 + 224 * blue / pull), round(128 + 224 * red / pull)
        self.shape: tuple[int, int] = self._luma.shape[0], self._luma.shape[1]

    def add(self, moment: Moment, x: float, y: float, strength: float = 1.0) -> None:
        """Add it with its upper left corner at the nearest pixel to (x, y); `strength` is 0 to 1."""
        height, width = moment.luma.shape
        left, top, amount = round(x), round(y), np.uint16(round(255 * strength))
        x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + self.shape[1], width), min(top + self.shape[0], height)
        if x0 >= x1 or y0 >= y1 or not amount:
            return
        mix(moment.luma[y0:y1, x0:x1], self._luma[y0 - top : y1 - top, x0 - left : x1 - left] * amount >> _EIGHT, 235)
        x0, y0 = x0 + (x0 & 1), y0 + (y0 & 1)
        share = self._chroma[y0 - top : y1 - top : 2, x0 - left : x1 - left : 2] * amount >> _EIGHT
        for plane, level in zip(moment.chroma, self._levels, strict=True):
            region = plane[y0 // 2 : y0 // 2 + len(share), x0 // 2 : x0 // 2 + share.shape[1]]
            if region.size:
                mix(region, share[: region.shape[0], : region.shape[1]], level)


def lay(moment: Moment, top: int, light: Array, size: tuple[int, int]) -> None:
    """Add soft light that was drawn small; what is white already stays white.

    Args:
        moment: The frame.
        top: Where its first row comes to stand; it may be outside the frame.
        light: Shape ``(3, rows, columns)``, RGB 0 to 1.
        size: Width and height, in pixels of the frame, to which it is widened; as wide as the frame.
    """
    width, height = size
    top -= top & 1
    first, last = max(0, top), min(top + height - height % 2, len(moment.luma))
    if first >= last:
        return
    white = (luma(light * np.float32(255)) - 16) * np.float32(255 / 219)
    share = widened(white.astype(np.uint8), width, height)[first - top : last - top].astype(np.uint16)
    mix(moment.luma[first:last], share, 235)
    tone = chroma(light * np.float32(255), 0.0)
    pull = np.maximum(np.abs(tone).max(axis=0) * np.float32(1 / 112), white * np.float32(1 / 255))
    hides = widened((pull * 255).astype(np.uint8), width // 2, height // 2)[(first - top) // 2 : (last - top) // 2]
    for plane, part in zip(moment.chroma, tone, strict=True):
        color = widened((part + np.float32(128) * pull).astype(np.uint8), width // 2, height // 2)
        region = plane[first // 2 : last // 2]
        kept = (np.uint16(256) - hides) * region
        kept >>= np.uint16(8)
        kept += color[(first - top) // 2 : (last - top) // 2]
        region[:] = np.minimum(kept, np.uint16(240))


def widened(small: Bytes, width: int, height: int) -> Bytes:
    """Return a plane at another size, smoothly."""
    if (scaler := getattr(_own, "scaler", None)) is None:
        scaler = _own.scaler = VideoReformatter()
    given = av.VideoFrame.from_ndarray(np.ascontiguousarray(small), format="gray")
    return np.asarray(scaler.reformat(given, width, height, interpolation=Interpolation.BILINEAR).to_ndarray())


def put(moment: Moment, sprite: Array, x: float, y: float, strength: float = 1.0) -> None:
    """Lay a sprite of `Sketch.done` over the frame, its upper left corner at (x, y), which may be between pixels."""
    height, width = moment.luma.shape
    rows, columns = sprite.shape[1:]
    left, top = math.floor(x), math.floor(y)
    fx, fy = np.float32(x - left), np.float32(y - top)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + columns + (fx > 0), width), min(top + rows + (fy > 0), height)
    if x0 >= x1 or y0 >= y1:
        return
    if fx or fy:
        padded = np.zeros((4, rows + 2, columns + 2), np.float32)
        padded[:, 1:-1, 1:-1] = sprite
        across = padded[:, :, 1:] * (1 - fx) + padded[:, :, :-1] * fx
        sprite = across[:, 1:] * (1 - fy) + across[:, :-1] * fy
    part = sprite[:, y0 - top : y1 - top, x0 - left : x1 - left] * np.float32(strength)
    part[3] *= np.float32(1 / 255)
    _lay(moment.luma[y0:y1, x0:x1], part[0], part[3])
    # Whole pairs of rows and columns for the chroma; what is missing of them is clear.
    whole = np.zeros((3, y1 + (y1 & 1) - y0 + (y0 & 1), x1 + (x1 & 1) - x0 + (x0 & 1)), np.float32)
    whole[:, y0 & 1 :, x0 & 1 :][:, : y1 - y0, : x1 - x0] = part[1:]
    half = halved(whole)
    for plane, color in zip(moment.chroma, half[:2], strict=True):
        _lay(plane[y0 // 2 : -(-y1 // 2), x0 // 2 : -(-x1 // 2)], color, half[2])


def _lay(target: Bytes, color: Array, alpha: Array) -> None:
    blended = target * (1 - alpha)
    blended += color
    blended += np.float32(0.5)
    np.copyto(target, np.minimum(blended, 255), casting="unsafe")


def _levels(color: Sequence[float] | Array) -> tuple[int, int, int]:
    y, blue, red = planes(np.clip(np.asarray(color, np.float32), 0, 255))
    return round(float(y)), round(float(blue)), round(float(red))
