"""Ink and silk: noise that is bent by noise as time goes on, lit as if it had folds."""

from __future__ import annotations

import math

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.blending import planes, widened
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Airy, Item, Moment
from videogen_nb.gateway.render.drawing.noise import cloud
from videogen_nb.gateway.render.parts.life import Glows
from videogen_nb.gateway.render.scene.palette import Palette, from_lch, gradient, mix, pure, rgb
from videogen_nb.gateway.render.scene.scene import Scene

_SIZE = 1024


def build(scene: Scene, palette: Palette, lens: Lens) -> list[Item]:
    """Return the items of an abstract scene."""
    rng = scene.rng("abstract")
    stops = _stops(scene, rng)
    return [
        Ink(scene, lens, stops),
        Glows(
            rng, lens, mix(stops[-1], rgb("ffffff"), 0.3), (-lens.half[1], lens.half[1]), 46, 0.010, 0.55, rise=0.015
        ),
    ]


def _stops(scene: Scene, rng: np.random.Generator) -> Array:
    """Return the colours from the deepest to the brightest, shape ``(5, 3)``."""
    if scene.colors:
        named = [pure(name) for name in scene.colors]
        first, last = named[0], named[-1]
        middle = named[len(named) // 2] if len(named) > 1 else mix(first, rgb("ffffff"), 0.12)
        return np.stack(
            [
                mix(first, rgb("05030a"), 0.88),
                mix(first, rgb("0a0610"), 0.50),
                first,
                middle,
                mix(last, rgb("fff2e4"), 0.62),
            ]
        )
    hue = float(rng.uniform(0, 2 * math.pi))
    turn = float(rng.choice((-1, 1))) * float(rng.uniform(0.9, 2.6))
    chroma = 0.10 if "pastel" in scene.styles else 0.17
    tones = ((0.16, 0.5), (0.36, 0.9), (0.56, 1.0), (0.76, 0.9), (0.94, 0.35))
    if "pastel" in scene.styles:
        tones = ((0.55, 0.8), (0.68, 1.0), (0.79, 1.0), (0.88, 0.8), (0.97, 0.4))
    channels = [
        from_lch(np.array([light, chroma * c, hue + turn * i / 4], np.float32)) for i, (light, c) in enumerate(tones)
    ]
    return np.stack(channels)


class Ink(Airy):
    """The flow itself. It is drawn at half the size of the frame: its shapes are soft, and time is better spent."""

    def __init__(self, scene: Scene, lens: Lens, stops: Array) -> None:
        rng = scene.rng("ink")
        self._fields = [
            cloud(rng, _SIZE, _SIZE, slope, low=low) for slope, low in ((4.2, 2), (4.2, 2), (3.4, 2), (2.6, 6))
        ]
        self._ramp = planes(gradient(stops, 1024).T * np.float32(255))
        self._rows, self._columns = max(32, lens.height // 2), max(32, lens.width // 2)
        scale = 480 / lens.unit * 2
        self._y = ((np.arange(self._rows, dtype=np.float32) - self._rows / 2) * scale * 0.5)[:, None]
        self._x = ((np.arange(self._columns, dtype=np.float32) - self._columns / 2) * scale * 0.5)[None]
        turn = float(rng.uniform(0, 2 * math.pi))
        self._way = (math.cos(turn), math.sin(turn))
        self._light = float(rng.choice((-1, 1)))
        self._fold = float(rng.uniform(75, 120))

    def cover(self, moment: Moment, hidden: Mask) -> None:
        """Mark the whole frame."""
        hidden[:] = True

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw the flow as it is now."""
        lens, t = moment.lens, moment.seconds
        seen = lens.window(moment.view, 0.5)
        # The camera moves over the ink as over a wide sheet.
        grow = np.float32(seen.step)
        oy = np.float32((seen.top + (seen.step - 1) * lens.height / 2) * 480 / lens.unit + 300)
        ox = np.float32((seen.left + (seen.step - 1) * lens.width / 2) * 480 / lens.unit + 300)
        y, x = self._y * grow + oy, self._x * grow + ox
        a, b, c, d = self._fields
        wx, wy = self._way
        first = _soft(a, y * 0.55 + 15 * t * wy, x * 0.55 + 15 * t * wx)
        second = _soft(b, y * 0.55 - 11 * t * wx, x * 0.55 + 11 * t * wy)
        bent_y, bent_x = y + first * self._fold, x + second * self._fold
        third = _soft(c, bent_y * 0.8 + 9 * t, bent_x * 0.8)
        value = _soft(c, bent_y * 0.6 + third * self._fold * 0.75, bent_x * 0.6 - first * 40 + 400)
        silk = _soft(d, bent_y * 0.5 + third * 60, bent_x * 0.5 + value * 30)
        height = value + 0.22 * silk + 0.3 * third
        slope = np.empty_like(height)
        slope[:, 1:-1] = height[:, 2:] - height[:, :-2]
        slope[:, 0], slope[:, -1] = slope[:, 1], slope[:, -2]
        slope *= self._light
        slope[1:-1] += height[2:] - height[:-2]
        shade = np.clip(slope * (2.2 * lens.unit / 720), -1, 1)
        level = np.clip(0.42 + 0.25 * height + 0.17 * shade, 0, 1)
        at = (level * 1023).astype(np.intp)
        gleam = np.clip(shade - 0.35, 0, 1) ** 2 * 100
        bright = np.minimum(self._ramp[0][at] + gleam, 235).astype(np.uint8)
        moment.luma[:] = widened(bright, lens.width, lens.height)
        for plane, ramp in zip(moment.chroma, self._ramp[1:], strict=True):
            plane[:] = widened(ramp[at].astype(np.uint8), lens.width // 2, lens.height // 2)


def _soft(field: Array, y: Array, x: Array) -> Array:
    """Return a tileable field between its texels, at any real position."""
    y0, x0 = np.floor(y), np.floor(x)
    fy, fx = y - y0, x - x0
    row, column = y0.astype(np.int32) & (_SIZE - 1), x0.astype(np.int32) & (_SIZE - 1)
    below, right = (row + 1) & (_SIZE - 1), (column + 1) & (_SIZE - 1)
    flat = field.reshape(-1)
    row, below = row * _SIZE, below * _SIZE
    top = flat[row + column]
    top = top + (flat[row + right] - top) * fx
    low = flat[below + column]
    low = low + (flat[below + right] - low) * fx
    return np.asarray(top + (low - top) * fy, np.float32)
