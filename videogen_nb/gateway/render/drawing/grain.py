"""The last step of a frame: vignette, and grain against banding."""

from __future__ import annotations

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Bytes
from videogen_nb.gateway.render.drawing.moment import Moment

_TILE = 512
_STRIP = 48  # rows at a time, so that they stay in the cache


class Film:
    """Turns a `Moment` into the bytes of a frame.

    Args:
        width: Pixels, even.
        height: Pixels, even.
        noise: Random numbers of the grain.
        vignette: How much darker the corners are, 0 to 1.
        grain: Strength of the grain in steps of luma; about 1 hides banding.
    """

    def __init__(
        self, width: int, height: int, noise: np.random.Generator, vignette: float = 0.2, grain: float = 0.78
    ) -> None:
        y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        distance = ((x * x * 0.9 + y * y * 0.8) / 1.7).astype(np.float32)
        light = np.round((1 - vignette * distance ** np.float32(1.4)) * 256).astype(np.uint16)
        # What black and grey need to stay where they are, in 256ths; the sum with the grain may wrap around in between.
        self._luma = light, (256 - light) * np.uint16(16)
        thin = light[::2, ::2]
        self._chroma = thin, (256 - thin) * np.uint16(128) + np.uint16(128)
        triangular = noise.random((_TILE, _TILE), np.float32) - noise.random((_TILE, _TILE), np.float32)
        steps = np.round(triangular * np.float32(grain * 256) + 128).astype(np.int16).view(np.uint16)
        self._grain = np.tile(steps, (2, -(-width // _TILE) + 1))[: _TILE + _STRIP]
        self._noise = noise
        self._shape = (height, width)

    def develop(self, moment: Moment) -> Bytes:
        """Return the planes of `moment`, one below another: a new array, ``(height * 3 // 2, width)``, uint8."""
        height, width = self._shape
        dy, dx = (int(v) for v in self._noise.integers(0, _TILE, 2))
        frame = np.empty((height * 3 // 2, width), np.uint8)
        light, lift = self._luma
        for first in range(0, height, _STRIP):
            rows = slice(first, min(first + _STRIP, height))
            strip = moment.luma[rows].astype(np.uint16)
            strip *= light[rows]
            strip += lift[rows]
            row = (first + dy) % _TILE
            strip += self._grain[row : row + len(strip), dx : dx + width]
            strip >>= np.uint16(8)
            frame[rows] = strip
        light, lift = self._chroma
        below = frame[height:].reshape(2, height // 2, width // 2)
        for plane, target in zip(moment.chroma, below, strict=True):
            for first in range(0, height // 2, 2 * _STRIP):
                rows = slice(first, first + 2 * _STRIP)
                strip = plane[rows].astype(np.uint16)
                strip *= light[rows]
                strip += lift[rows]
                strip >>= np.uint16(8)
                target[rows] = strip
        return frame
