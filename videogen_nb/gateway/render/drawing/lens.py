"""From the camera's views to what a layer at some depth shows of itself, in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array
from videogen_nb.gateway.render.scene.camera import Move, View, view_at


@dataclass(frozen=True, slots=True)
class Window:
    """What is seen of a layer: pixel ``(i, j)`` of the frame shows ``(left + i * step, top + j * step)`` of it."""

    left: float
    top: float
    step: float


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where a layer is painted: its grid, larger than the frame by what the camera will uncover.

    Args:
        left: Position of the first column in pixels of the frame, as the camera stands at rest.
        top: Position of the first row.
        density: Texels a pixel of the frame, at least 1.
        x: Shape ``(columns,)``, in units, 0 in the middle of the frame.
        y: Shape ``(rows,)``, in units, 0 in the middle of the frame, downwards.
    """

    left: float
    top: float
    density: float
    unit: float
    x: Array
    y: Array

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.y), len(self.x)


class Lens:
    """The camera of one clip. A unit is the height of a 16:9 frame of the same area."""

    def __init__(self, width: int, height: int, move: Move, pivot: tuple[float, float] = (0.5, 0.5)) -> None:
        self.width, self.height, self.move = width, height, move
        self.unit = 0.75 * math.sqrt(width * height)
        self.pivot = (pivot[0] * width, pivot[1] * height)

    @property
    def half(self) -> tuple[float, float]:
        """Half the width and half the height of the frame, in units."""
        return self.width / 2 / self.unit, self.height / 2 / self.unit

    def room(self, horizon: float) -> float:
        """Return how much taller than in a 16:9 frame the land below `horizon` is; upright frames have more of it."""
        return max(0.6, (self.half[1] - horizon) / (0.5 - horizon))

    def window(self, view: View, depth: float) -> Window:
        """Return what `view` shows of the layer at `depth`: 0 is infinitely far, 1 is nearest."""
        # What is as far as the horizon does not grow as the camera goes forward, and then needs no resampling.
        step = 1 / (view.zoom * (1 + view.dolly * max(0.0, depth - 0.06) / 0.94))
        (px, py) = self.pivot
        return Window(
            left=px * (1 - step) + (view.turn + view.x * depth) * self.width,
            top=py * (1 - step) + (view.tilt + view.y * depth) * self.height,
            step=step,
        )

    def canvas(self, depth: float, top: float | None = None, bottom: float | None = None, margin: float = 0) -> Canvas:
        """Return the canvas for a layer at `depth` that only covers the rows from `top` to `bottom`, in units.

        `margin` is how many pixels more are needed at the left and right, for layers that drift.
        """
        windows = [self.window(view_at(self.move, t), depth) for t in np.linspace(0, 1, 17)]
        left = min(w.left for w in windows) - 2 - margin
        right = max(w.left + w.step * self.width for w in windows) + 3 + margin
        first = min(w.top for w in windows) - 2
        last = max(w.top + w.step * self.height for w in windows) + 3
        if top is not None:
            first = max(first, top * self.unit + self.height / 2)
        if bottom is not None:
            last = min(last, bottom * self.unit + self.height / 2)
        density = max(1.0, math.sqrt(max(1 / w.step for w in windows)))
        columns = max(8, math.ceil((right - left) * density))
        rows = max(8, math.ceil((last - first) * density))
        x = ((np.arange(columns) / density + left - self.width / 2) / self.unit).astype(np.float32)
        y = ((np.arange(rows) / density + first - self.height / 2) / self.unit).astype(np.float32)
        return Canvas(left, first, density, self.unit, x, y)
