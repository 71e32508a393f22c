"""The texels of a layer, in the planes of the frame, and how they are laid over it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array, Bytes
from videogen_nb.gateway.render.drawing.blending import chroma, halved, luma, mix
from videogen_nb.gateway.render.drawing.lens import Window
from videogen_nb.gateway.render.drawing.sampling import Sampler, Texels

_PIECE = 1 << 16  # pixels at a time, so that what lies between stays in the cache


@dataclass(frozen=True, slots=True)
class Sheet:
    """The texels of a layer's luma, or of its chroma.

    Args:
        colors: Values times alpha; None for a veil of one colour.
        alpha: None if nothing is clear, or if it is the last plane of `colors`.
        levels: The colour of a veil.
        opaque: Whether nothing is clear.
    """

    colors: Texels | None
    alpha: Texels | None
    levels: Sequence[int] = ()
    opaque: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        texels = self.colors or self.alpha
        assert texels is not None
        return texels.shape

    @property
    def solid(self) -> Bytes | None:
        """Alpha, 0 to 255, unless nothing is clear."""
        texels = self.alpha or self.colors
        return None if self.opaque or texels is None else texels.planes[-1]

    def lay(
        self,
        targets: Sequence[Bytes],
        seen: Window,
        rows: tuple[int, int],
        columns: tuple[int, int],
        full: bool,
    ) -> None:
        """Draw a rectangle of the frame; `full` says that nothing in it is clear."""
        height, width = targets[0].shape
        first = max(rows[0], math.ceil(-seen.top / seen.step))
        last = min(rows[1], height, math.floor((self.shape[0] - 1 - seen.top) / seen.step) + 1)
        left, right = columns[0], min(columns[1], width)
        if first >= last or left >= right:
            return
        sampler = Sampler(seen, self.shape, (first, last), (left, right))
        step = max(1, _PIECE // (right - left))
        for y0 in range(0, last - first, step):
            y1 = min(y0 + step, last - first)
            parts = [target[first + y0 : first + y1, left:right] for target in targets]
            if (full or self.opaque) and self.colors:
                for part, value in zip(parts, sampler.take(self.colors, y0, y1, len(parts)), strict=True):
                    part[:] = value
                continue
            values = sampler.take(self.colors, y0, y1) if self.colors else []
            alpha = sampler.take(self.alpha, y0, y1)[0] if self.alpha else values.pop()
            if self.levels:
                for part, level in zip(parts, self.levels, strict=True):
                    mix(part, alpha, level)
                continue
            # Of 256, though alpha ends at 255: what is clear stays as it is, and of what is not nothing is left.
            clear = np.subtract(np.uint16(256), alpha, out=alpha)
            for part, value in zip(parts, values, strict=True):
                kept = part.astype(np.uint16)
                kept *= clear
                kept >>= np.uint16(8)
                kept += value
                part[:] = kept


def plain_sheets(rgb: Array, alpha: Array | None, grain: Array) -> tuple[Sheet, Sheet]:
    """Return the sheets of luma and chroma of what `Layer` takes; `grain` spreads the rounding, 0 to 1."""
    fine, even = grain[: len(grain) // 2, : grain.shape[1] // 2], np.float32(0.5)
    if alpha is None:
        full, half = rgb * np.float32(255), halved(rgb) * np.float32(255)
        tones = [_bytes(part, fine) for part in chroma(half)]
        bright = _bytes(luma(full), grain)
        return Sheet(Texels(bright), None, opaque=True), Sheet(Texels(*tones), None, opaque=True)
    thin = halved(alpha)
    if rgb.ndim == 1:
        y, *c = (round(float(value)) for value in (luma(rgb * 255), *chroma(rgb * 255)))
        shares = Texels(_bytes(alpha * 255, grain)), Texels(_bytes(thin * 255, fine))
        return Sheet(None, shares[0], [y]), Sheet(None, shares[1], c)
    full = rgb * (alpha * np.float32(255))
    tones = [_bytes(part, fine, thin) for part in chroma(halved(full), thin)]
    bright = _bytes(luma(full, alpha), grain, alpha)
    return (
        Sheet(Texels(bright, _bytes(alpha * 255, even)), None),
        Sheet(Texels(*tones), Texels(_bytes(thin * 255, even))),
    )


def lit_sheets(rgb: Array, alpha: Array, glow: Array, grain: Array) -> tuple[Sheet, Sheet]:
    """Return the sheets of a layer that adds light; light hides what it outshines, so that nothing gets too bright."""
    full = (1 - (1 - rgb * alpha) * (1 - glow)) * np.float32(255)
    white = (luma(glow * np.float32(255)) - 16) * np.float32(1 / 219)
    hides = 1 - (1 - alpha) * (1 - white)
    fine, even = grain[: len(grain) // 2, : grain.shape[1] // 2], np.float32(0.5)
    tone = chroma(halved(full), 0.0)
    pull = np.minimum(np.maximum(halved(hides), np.abs(tone).max(axis=0) * np.float32(1 / 112)), 1)
    tones = [_bytes(part + pull * np.float32(128), fine, pull) for part in tone]
    bright = _bytes(luma(full, hides), grain, hides)
    return (
        Sheet(Texels(bright, _bytes(hides * 255, even)), None),
        Sheet(Texels(*tones), Texels(_bytes(pull * 255, even))),
    )


def _bytes(value: Array, grain: Array | np.float32, alpha: Array | None = None) -> Bytes:
    """Return values as bytes, none of them so great that it would not fit beside what is seen through it."""
    grained = value + grain
    return np.clip(grained, 0, 255 if alpha is None else alpha * np.float32(255), out=grained).astype(np.uint8)
