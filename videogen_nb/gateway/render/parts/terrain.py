"""Land as strips of a height field: lit, shadowed, hazed, and projected with what hides what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array
from videogen_nb.gateway.render.drawing.lens import Canvas


@dataclass(frozen=True, slots=True)
class Light:
    """How land is lit: where from, and the colours; each colour has the shape ``(3,)``.

    Args:
        x: Direction to the light: -1 left, 1 right.
        height: Its height above the land, as the tangent of its angle.
        sun: Colour of what it lights.
        ambient: Colour of what it does not.
        haze: Colour of the air.
    """

    x: float
    height: float
    sun: Array
    ambient: Array
    haze: Array


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip of land, front to back.

    Args:
        front: Where its front edge stands, in units from the middle of the frame, downwards.
        rise: How much higher its flat back edge stands, in units.
        height: Shape ``(depth, columns)``, in units; row 0 is the front.
        steepness: How strongly slopes show in the light.
        haze: Share of haze at the front edge.
        haze_back: Share of haze at the back.
        mist: Share of haze that lies in the low ground.
    """

    front: float
    rise: float
    height: Array
    steepness: float
    haze: float
    haze_back: float
    mist: float = 0.0


Material = Callable[[Array, Array, Array], Array]
"""From height (0 to 1), slope aside (-1 to 1) and steepness (0 to 1) to colours ``(3, depth, columns)``."""


def paint(canvas: Canvas, strip: Strip, light: Light, material: Material) -> tuple[Array, Array]:
    """Return colours ``(3, rows, columns)`` and alpha ``(rows, columns)`` of a strip as seen from the front."""
    height = strip.height
    depth = len(height)
    scale = canvas.unit * canvas.density
    dx = np.gradient(height, axis=1) * scale * strip.steepness
    dz = np.gradient(height, axis=0) * depth * strip.steepness * 1.6
    norm = 1 / np.sqrt(1 + dx * dx + dz * dz)
    toward = np.array([light.x, light.height, -0.35], np.float32)
    toward /= np.linalg.norm(toward)
    facing = np.clip((-dx * toward[0] + toward[1] - dz * toward[2]) * norm, 0, 1)
    facing *= _unshadowed(height, light, scale)
    span = float(height.max() - height.min()) + 1e-6
    relative = (height - height.min()) / span
    albedo = material(relative, dx * norm, 1 - norm)
    sky_open = 0.62 + 0.38 * norm
    color = albedo * (light.sun[:, None, None] * facing * 1.25 + light.ambient[:, None, None] * (sky_open * 0.62))
    back = np.linspace(0, 1, depth, dtype=np.float32)[:, None]
    haze = strip.haze + (strip.haze_back - strip.haze) * back
    haze = haze + strip.mist * (1 - relative) ** 2 * (1 - haze)
    color += (light.haze[:, None, None] - color) * np.clip(haze, 0, 1)
    return project(canvas, strip, color)


def project(canvas: Canvas, strip: Strip, color: Array) -> tuple[Array, Array]:
    """Return what is seen from the front of a strip whose points have these colours."""
    rows, columns = canvas.shape
    depth = strip.height.shape[0]
    z = np.arange(depth, dtype=np.float32)[:, None] / (depth - 1)
    level = (strip.front - strip.rise * z - strip.height - canvas.y[0]) * (canvas.unit * canvas.density)
    row = np.clip(np.ceil(level), 0, rows - 1).astype(np.intp)
    nearest = np.full((rows, columns), depth, np.int32)
    all_columns = np.broadcast_to(np.arange(columns), (depth, columns))
    # Written far to near, so that the nearest point of each pixel stays.
    for_z = np.broadcast_to(np.arange(depth, dtype=np.int32)[:, None], (depth, columns))
    below = level < rows
    flat = (row * columns + all_columns)[::-1][below[::-1]]
    nearest.reshape(-1)[flat] = for_z[::-1][below[::-1]]
    np.minimum.accumulate(nearest, axis=0, out=nearest)
    seen = np.minimum(nearest, depth - 1)
    rgb = np.take_along_axis(color.reshape(3, -1), (seen * columns + np.arange(columns)).reshape(1, -1), axis=1)
    crest = level.min(axis=0)
    alpha = np.clip(np.arange(rows, dtype=np.float32)[:, None] - crest[None] + 1, 0, 1)
    rgb = rgb.reshape(3, rows, columns).astype(np.float32)
    first = np.clip(np.ceil(crest).astype(np.intp), 0, rows - 1)
    across = np.arange(columns)
    # On a sharp crest neighbours would show now the one side, now the other: the edge takes the near side's colour.
    inner = rgb[:, np.clip(first + 2, 0, rows - 1), across]
    for row in (first + 1, first, first - 1):
        rgb[:, np.clip(row, 0, rows - 1), across] = inner
    return rgb, alpha.astype(np.float32)


def _unshadowed(height: Array, light: Light, scale: float) -> Array:
    """Return where the light is not hidden by land to its side, with soft edges."""
    seen = height if light.x < 0 else height[:, ::-1]
    fall = np.arange(height.shape[1], dtype=np.float32) * np.float32(max(light.height, 0.05) / scale)
    ray = np.maximum.accumulate(seen + fall, axis=1) - fall
    lit = 1 - 0.85 * np.clip((ray - seen) * scale * 0.12, 0, 1)
    return np.asarray(lit if light.x < 0 else lit[:, ::-1])
