"""Layers: painted once, then moved under the frame at every depth with sub-pixel steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .arrays import Array, Bytes, Mask
from .camera import View
from .lens import Canvas, Lens, Window

# The frame is drawn by tiles, in strips of them: what is empty or hidden is skipped, and a strip stays in the cache.
TILE_ROWS, TILE_COLUMNS = 32, 64
_BLOCK = 16


class Moment:
    """One frame in the making.

    Args:
        lens: The camera's geometry.

    Attributes:
        pixels: Shape ``(3, height, width)``, float32, sRGB 0 to 255.
        view: The camera.
        seconds: Time since the first frame.
    """

    def __init__(self, lens: Lens) -> None:
        self.lens = lens
        self.pixels: Array = np.zeros((3, lens.height, lens.width), np.float32)
        self.view = View()
        self.seconds = 0.0

    def nothing_hidden(self) -> Mask:
        """Return a mask of tiles, shape ``(tile rows, tile columns)``, all False."""
        return np.zeros((-(-self.lens.height // TILE_ROWS), -(-self.lens.width // TILE_COLUMNS)), np.bool_)


class Item(Protocol):
    """Something that is drawn on a frame, over what was drawn before."""

    @property
    def mirrors(self) -> bool:
        """Whether it shows what was drawn before elsewhere, so that nothing behind it may be left out."""
        ...

    def cover(self, moment: Moment, hidden: Mask) -> None:
        """Mark in `hidden` the tiles in which nothing behind this can be seen."""
        ...

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw on ``moment.pixels``; tiles that are `hidden` by something nearer may be left out."""
        ...


class Airy:
    """The part of an `Item` that light and small things share: they hide nothing."""

    mirrors = False

    def cover(self, moment: Moment, hidden: Mask) -> None:
        """Mark no tile."""


def compose(items: list[Item], moment: Moment) -> None:
    """Draw all items, far to near."""
    hidden = moment.nothing_hidden()
    masks = []
    for item in reversed(items):
        masks.append(hidden.copy())
        if item.mirrors:
            hidden[:] = False
        item.cover(moment, hidden)
    for item, mask in zip(items, reversed(masks), strict=True):
        item.draw(moment, mask)


@dataclass(slots=True)
class _Look:
    """How a layer lies under the frame at one moment: window in texels, first and last row, tiles by what they hold."""

    seen: Window
    first: int
    last: int
    some: Mask
    full: Mask


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
        top = 0
        if alpha is not None:
            shown = alpha if glow is None else np.maximum(alpha, glow.max(axis=0))
            used = np.flatnonzero(shown.max(axis=1) > 0.004)
            top, end = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 2)
            rgb, alpha = rgb if rgb.ndim == 1 else rgb[:, top:end], alpha[top:end]
            glow = None if glow is None else glow[:, top:end]
        self.depth, self.drift = depth, drift
        self._canvas, self._top = canvas, canvas.top + top / canvas.density
        rows, columns = rgb.shape[1:] if alpha is None else alpha.shape
        self._veil: Array | None = None
        if rgb.ndim == 1:
            self._veil, rgb = (rgb[:, None, None] * 255).astype(np.float32), rgb[:0, None, None]
        grain = noise.random((min(rows, 128), columns), dtype=np.float32)
        grain = np.tile(grain, (math.ceil(rows / len(grain)), 1))[:rows]
        self._texels = np.empty((len(rgb) + (alpha is not None), rows, columns), np.uint8)
        for channel, (color, plane) in enumerate(zip(rgb, self._texels, strict=False)):
            value = color * np.float32(255) if alpha is None else color * alpha * np.float32(255)
            if glow is not None:
                value += glow[channel] * np.float32(255)
            value += grain
            plane[:] = np.clip(value, 0, 255, out=value).astype(np.uint8)
        solid = np.full((rows, columns), 255, np.uint8)
        if alpha is not None:
            solid = self._texels[-1]
            spread = grain if self._veil is not None else np.float32(0.5)
            solid[:] = np.minimum(np.clip(alpha, 0, 1) * np.float32(255) + spread, 255).astype(np.uint8)
        lit = solid if glow is None else np.maximum(solid, (glow.max(axis=0) * 255).astype(np.uint8))
        self._some = _table(lit, np.maximum, lambda most: most > 0)
        self._gaps = _table(solid, np.minimum, lambda least: least < 255)
        self._look: _Look | None = None

    def _looked_at(self, moment: Moment) -> _Look:
        lens, d = moment.lens, self._canvas.density
        seen = lens.window(moment.view, self.depth)
        left = (seen.left - self._canvas.left - self.drift * lens.unit * moment.seconds) * d
        seen = Window(left, (seen.top - self._top) * d, seen.step * d)
        rows = self._texels.shape[1]
        first = max(0, math.ceil(-seen.top / seen.step))
        last = min(lens.height, math.floor((rows - 1 - seen.top) / seen.step) + 1)
        y = seen.top + np.arange(0, lens.height + TILE_ROWS, TILE_ROWS) * seen.step
        x = seen.left + np.arange(0, lens.width + TILE_COLUMNS, TILE_COLUMNS) * seen.step
        count = moment.nothing_hidden().shape
        y0, y1 = y[: count[0]], y[1 : count[0] + 1]
        x0, x1 = x[: count[1]], x[1 : count[1] + 1]
        inside = (y0 >= 0) & (np.minimum(y1, seen.top + (lens.height - 1) * seen.step) <= rows - 1)
        return _Look(
            seen,
            first,
            last,
            some=_ask(self._some, y0, y1, x0, x1) > 0,
            full=(_ask(self._gaps, y0, y1, x0, x1) == 0) & inside[:, None],
        )

    def cover(self, moment: Moment, hidden: Mask) -> None:
        """Mark the tiles that this layer fills."""
        self._look = self._looked_at(moment)
        hidden |= self._look.full

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Lay this layer over the frame."""
        look = self._look or self._looked_at(moment)
        rows, columns = self._texels.shape[1:]
        width, seen = moment.lens.width, look.seen
        x = np.clip(seen.left + np.arange(width) * seen.step, 0, columns - 1.001)
        column = x.astype(np.intp)
        fx = (x - column).astype(np.float32)
        kind = np.where(hidden, 0, look.some.astype(np.int8) + look.full)
        for tile_row in range(look.first // TILE_ROWS, -(-look.last // TILE_ROWS)):
            y0, y1 = max(look.first, tile_row * TILE_ROWS), min(look.last, (tile_row + 1) * TILE_ROWS)
            y = seen.top + np.arange(y0, y1) * seen.step
            row = np.minimum(y.astype(np.intp), rows - 1)
            fy = (y - row).astype(np.float32)
            edges = np.flatnonzero(np.diff(kind[tile_row])) + 1
            for start, end in zip([0, *edges], [*edges, kind.shape[1]], strict=True):
                what = kind[tile_row, start]
                x0, x1 = start * TILE_COLUMNS, min(end * TILE_COLUMNS, width)
                if not what or y0 >= y1:
                    continue
                target = moment.pixels[:, y0:y1, x0:x1]
                texels = self._texels[:3] if what == 2 and self._veil is None else self._texels
                color = _sample(texels, row, fy, column[x0:x1], fx[x0:x1], plain=abs(seen.step - 1) < 1e-9)
                if self._veil is not None:
                    color *= np.float32(1 / 255)
                    target += (self._veil - target) * color
                elif what == 1 and len(color) == 4:
                    clear = color[3]
                    clear *= np.float32(-1 / 255)
                    clear += 1
                    target *= clear
                    target += color[:3]
                else:
                    target[:] = color


def _sample(texels: Bytes, row: NDArray[np.intp], fy: Array, column: NDArray[np.intp], fx: Array, plain: bool) -> Array:
    """Return texels at rows and columns plus fractions of them, shape ``(planes, len(row), len(column))``."""
    last_row, last_column = texels.shape[1] - 1, texels.shape[2] - 1
    c0, c1 = int(column[0]), int(column[-1]) + 2
    if plain:
        c1 = c0 + len(column) + 1  # rounding may put the last column elsewhere
    if plain and int(row[-1]) < last_row and c1 <= last_column + 1:
        # No zoom: all fractions are equal and neighbours are slices.
        y, sy, sx = int(row[0]), fy[0], fx[0]
        block = texels[:, y : y + len(row) + (sy > 1e-4), c0 : c1 - (sx <= 1e-4)].astype(np.float32)
        if sy > 1e-4:
            block = block[:, :-1] * (1 - sy) + block[:, 1:] * sy
        if sx > 1e-4:
            block = block[:, :, :-1] * (1 - sx) + block[:, :, 1:] * sx
        return block
    upper = texels[:, row, c0:c1].astype(np.float32)
    lower = texels[:, np.minimum(row + 1, last_row), c0:c1].astype(np.float32)
    lower -= upper
    lower *= fy[:, None]
    upper += lower
    left = upper[:, :, column - c0]
    right = upper[:, :, np.minimum(column - c0 + 1, upper.shape[2] - 1)]
    right -= left
    right *= fx
    left += right
    return left


def _table(alpha: Bytes, reduce: np.ufunc, test: object) -> NDArray[np.int32]:
    """Return running sums, over blocks of the texture, of those whose reduced alpha passes the test."""
    rows, columns = alpha.shape
    by_row = reduce.reduceat(alpha, np.arange(0, rows, _BLOCK), axis=0)
    blocks = reduce.reduceat(by_row, np.arange(0, columns, _BLOCK), axis=1)
    passed = test(blocks) if callable(test) else blocks
    table = np.zeros((blocks.shape[0] + 1, blocks.shape[1] + 1), np.int32)
    table[1:, 1:] = np.cumsum(np.cumsum(passed, axis=0, dtype=np.int32), axis=1)
    return table


def _ask(table: NDArray[np.int32], y0: Array, y1: Array, x0: Array, x1: Array) -> NDArray[np.int32]:
    """Return how many blocks pass under each tile, given the edges of its rows and columns in texels."""
    high, wide = table.shape[0] - 1, table.shape[1] - 1
    top = np.clip(np.floor(y0 / _BLOCK), 0, high).astype(int)
    bottom = np.clip(np.floor((y1 + 1) / _BLOCK) + 1, 0, high).astype(int)
    left = np.clip(np.floor(x0 / _BLOCK), 0, wide - 1).astype(int)
    right = np.clip(np.floor((x1 + 1) / _BLOCK) + 1, 1, wide).astype(int)
    top_row, bottom_row = table[top], table[bottom]
    return np.asarray(bottom_row[:, right] - top_row[:, right] - bottom_row[:, left] + top_row[:, left])
