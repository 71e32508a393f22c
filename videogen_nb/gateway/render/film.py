"""The last step of a frame: vignette, grain against banding, and 8-bit pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .layers import Moment

_TILE = 512
_STRIP = 32  # rows at a time, so that they stay in the cache


class Film:
    """Turns the floats of a `Moment` into the bytes of a frame.

    Args:
        width: Pixels.
        height: Pixels.
        noise: Random numbers of the grain.
        vignette: How much darker the corners are, 0 to 1.
        grain: Strength of the grain in steps of 1/255; about 1 hides banding.
    """

    def __init__(
        self, width: int, height: int, noise: np.random.Generator, vignette: float = 0.2, grain: float = 0.9
    ) -> None:
        y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        distance = (x * x * 0.9 + y * y * 0.8) / 1.7
        self._vignette = (1 - vignette * distance**1.4).astype(np.float32)
        triangular = noise.random((_TILE, _TILE), np.float32) - noise.random((_TILE, _TILE), np.float32)
        repeat = (-(-height // _TILE) + 1, -(-width // _TILE) + 1)
        self._grain = np.tile(triangular * np.float32(grain) + np.float32(0.5), repeat)
        self._noise = noise
        self._shape = (height, width)

    def develop(self, moment: Moment) -> NDArray[np.uint8]:
        """Return a new array of shape ``(height, width, 3)``, uint8."""
        height, width = self._shape
        dy, dx = (int(v) for v in self._noise.integers(0, _TILE, 2))
        grain = self._grain[dy : dy + height, dx : dx + width]
        frame = np.empty((height, width, 3), np.uint8)
        for first in range(0, height, _STRIP):
            rows = slice(first, min(first + _STRIP, height))
            for channel, plane in enumerate(moment.pixels):
                strip = plane[rows]
                np.multiply(strip, self._vignette[rows], out=strip)
                np.add(strip, grain[rows], out=strip)
                np.clip(strip, 0, 255, out=strip)
                frame[rows, :, channel] = strip.astype(np.uint8)
        return frame
