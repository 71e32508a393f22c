"""Layers: painted once, then moved under the frame at every depth with sub-pixel steps."""

from __future__ import annotations

import math

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.lens import Canvas, Window
from videogen_nb.gateway.render.drawing.moment import TILE_COLUMNS, TILE_ROWS, Moment
from videogen_nb.gateway.render.drawing.sheets import lit_sheets, plain_sheets
from videogen_nb.gateway.render.drawing.tiles import Blocks, rectangles


class Layer:
    """A painted plane at one depth.

    Args:
        canvas: The grid on which it was painted.
        depth: 0 (infinitely far) to 1 (nearest).
        rgb: Shape ``(3, rows, columns)``, sRGB 0 to 1, not multiplied by `alpha`; ``(3,)`` for a veil of one colour.
        alpha: Shape ``(rows, columns)``, 0 to 1; None if the layer hides everything.
        noise: Random numbers that spread the rounding to 8 bits.
        drift: Speed of its own, in units a second, to the right.
        glow: Light that is added to what is behind, shape ``(3, rows, columns)``, 0 to 1.
    """

    mirrors = False

    def __init__(
        self,
        canvas: Canvas,
        depth: float,
        rgb: Array,
        alpha: Array | None,
        noise: np.random.Generator,
        drift: float = 0.0,
        glow: Array | None = None,
    ) -> None:
        top, end, width = _used(canvas, alpha, glow)
        self.depth, self.drift = depth, drift
        self._canvas, self._top = canvas, canvas.top + top / canvas.density
        rgb = rgb if rgb.ndim == 1 else rgb[:, top:end, :width]
        alpha = None if alpha is None else np.clip(alpha[top:end, :width], 0, 1)
        grain = noise.random((min(end - top, 128), width), dtype=np.float32)
        grain = np.tile(grain, (math.ceil((end - top) / len(grain)), 1))[: end - top]
        if glow is not None and alpha is not None:
            self._luma, self._chroma = lit_sheets(rgb, alpha, glow[:, top:end, :width], grain)
        else:
            self._luma, self._chroma = plain_sheets(rgb, alpha, grain)
        solid = self._luma.solid
        if solid is None:
            solid = np.full((end - top, width), 255, np.uint8)
        shown = solid
        if glow is not None and (pull := self._chroma.solid) is not None:
            shown = np.maximum(solid, pull.repeat(2, 0).repeat(2, 1))
        self._blocks = Blocks(shown, solid)
        self._look: tuple[Window, Mask, Mask] | None = None

    def _looked_at(self, moment: Moment) -> tuple[Window, Mask, Mask]:
        """Return the window in texels, and which tiles show something of this layer or nothing else."""
        lens, d = moment.lens, self._canvas.density
        seen = lens.window(moment.view, self.depth)
        left = (seen.left - self._canvas.left - self.drift * lens.unit * moment.seconds) * d
        seen = Window(left, (seen.top - self._top) * d, seen.step * d)
        return seen, *self._blocks.under(moment, seen)

    def cover(self, moment: Moment, hidden: Mask) -> None:
        """Mark the tiles that this layer fills."""
        self._look = self._looked_at(moment)
        hidden |= self._look[2]

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Lay this layer over the frame."""
        seen, some, full = self._look or self._looked_at(moment)
        # A pixel of chroma stands in the middle of two by two of luma, here and in the texture.
        half = Window((seen.left + (seen.step - 1) / 2) / 2, (seen.top + (seen.step - 1) / 2) / 2, seen.step)
        for y0, y1, x0, x1, solid in rectangles(some, full, hidden):
            rows, columns = (y0 * TILE_ROWS, y1 * TILE_ROWS), (x0 * TILE_COLUMNS, x1 * TILE_COLUMNS)
            self._luma.lay([moment.luma], seen, rows, columns, solid)
            rows, columns = (rows[0] // 2, rows[1] // 2), (columns[0] // 2, columns[1] // 2)
            self._chroma.lay([*moment.chroma], half, rows, columns, solid)


def _used(canvas: Canvas, alpha: Array | None, glow: Array | None) -> tuple[int, int, int]:
    """Return first and last row that show anything, and the width; chroma needs even numbers of rows and columns."""
    rows, columns = canvas.shape
    top, end = 0, rows
    if alpha is not None:
        shown = alpha if glow is None else np.maximum(alpha, glow.max(axis=0))
        used = np.flatnonzero(shown.max(axis=1) > 0.004)
        top, end = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 2)
    if (end - top) % 2:
        if end < rows:
            end += 1
        elif top:
            top -= 1
        else:
            end -= 1
    return top, end, columns // 2 * 2
