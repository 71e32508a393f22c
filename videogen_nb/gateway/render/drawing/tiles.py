"""Which tiles of the frame a layer shows something in, and the rectangles in which they are drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from videogen_nb.gateway.render.drawing.arrays import Array, Bytes, Mask
from videogen_nb.gateway.render.drawing.lens import Window
from videogen_nb.gateway.render.drawing.moment import TILE_COLUMNS, TILE_ROWS, Moment

Rectangle = tuple[int, int, int, int, bool]
"""First row of tiles and the one after the last, the same of columns, and whether nothing in it is clear."""

_BLOCK = 16
_MARGIN = 4  # texels around a tile out of which its chroma may be mixed
_EACH = 15  # what drawing a rectangle takes more than its tiles do
_GAP = 6  # tiles that are drawn in vain rather than in two rectangles


class Blocks:
    """What the blocks of a texture hold.

    Args:
        shown: Where there is anything, shape ``(rows, columns)``, uint8, 0 for nothing.
        solid: Alpha, of the same shape.
    """

    def __init__(self, shown: Bytes, solid: Bytes) -> None:
        self._rows = len(solid)
        self._some = _table(_reduced(np.maximum, shown) > 0)
        self._gaps = _table(_reduced(np.minimum, solid) < 255)

    def under(self, moment: Moment, seen: Window) -> tuple[Mask, Mask]:
        """Return in which tiles of the frame something is seen, and which nothing can be seen through."""
        lens, count = moment.lens, moment.nothing_hidden().shape
        y = seen.top + np.arange(0, lens.height + TILE_ROWS, TILE_ROWS) * seen.step
        x = seen.left + np.arange(0, lens.width + TILE_COLUMNS, TILE_COLUMNS) * seen.step
        y0, y1, x0, x1 = y[: count[0]], y[1 : count[0] + 1], x[: count[1]], x[1 : count[1] + 1]
        inside = (y0 >= 0) & (np.minimum(y1, seen.top + (lens.height - 1) * seen.step) <= self._rows - 1)
        full = (_ask(self._gaps, y0, y1, x0, x1) == 0) & inside[:, None]
        return _ask(self._some, y0, y1, x0, x1) > 0, full


def rectangles(some: Mask, full: Mask, hidden: Mask) -> list[Rectangle]:
    """Return rectangles of tiles that hold all that is to be drawn.

    Each costs as much as some tiles, so that neighbours are drawn together even where that draws more than is seen.
    """
    needed, filled = some & ~hidden, full | hidden
    # 0 nothing, 1 something, 2 full; what is hidden may be either.
    kind = np.where(needed, 1 + full, np.where(hidden, 3, 0))
    closed: list[Rectangle] = []
    open_: list[Rectangle] = []
    for row in np.flatnonzero(needed.any(axis=1)).tolist():
        above, open_ = open_, []
        for x0, x1, solid in _runs(kind[row].tolist()):
            new = (row, row + 1, x0, x1, solid)
            for last in above:
                both = (last[0], row + 1, min(last[2], x0), max(last[3], x1), last[4] and solid)
                if last[1] < row or _cost(both) >= _cost(last) + _cost(new):
                    continue
                if not both[4] or filled[both[0] : both[1], both[2] : both[3]].all():
                    above.remove(last)
                    new = both
                    break
            open_.append(new)
        closed += above
    return closed + open_


def _runs(kinds: list[int]) -> list[tuple[int, int, bool]]:
    """Return first and last column of what is to be drawn in a row of tiles, and whether all of it is full."""
    runs: list[tuple[int, int, bool]] = []
    first = last = 0
    full = True
    for column, kind in enumerate(kinds):
        if kind not in (1, 2):
            continue
        solid = kind == 2
        # A gap, or full tiles drawn as if they were not, may take less than a rectangle more.
        if last and column - last < _GAP and (full == solid or last - first < _GAP):
            full = full and solid and 0 not in kinds[last:column]
        else:
            if last:
                runs.append((first, last, full))
            first, full = column, solid
        last = column + 1
    runs.append((first, last, full))
    return runs


def _cost(part: Rectangle) -> int:
    """What a rectangle takes, in tiles of a full layer."""
    return (part[1] - part[0]) * (part[3] - part[2]) * (1 if part[4] else 3) + _EACH


def _reduced(reduce: np.ufunc, alpha: Bytes) -> Bytes:
    by_row = reduce.reduceat(alpha, np.arange(0, alpha.shape[0], _BLOCK), axis=0)
    return np.asarray(reduce.reduceat(by_row, np.arange(0, alpha.shape[1], _BLOCK), axis=1), np.uint8)


def _table(passed: Mask) -> NDArray[np.int32]:
    """Return running sums over blocks of those that passed."""
    table = np.zeros((passed.shape[0] + 1, passed.shape[1] + 1), np.int32)
    table[1:, 1:] = np.cumsum(np.cumsum(passed, axis=0, dtype=np.int32), axis=1)
    return table


def _ask(table: NDArray[np.int32], y0: Array, y1: Array, x0: Array, x1: Array) -> NDArray[np.int32]:
    """Return how many blocks pass under each tile, given the edges of its rows and columns in texels."""
    high, wide = table.shape[0] - 1, table.shape[1] - 1
    top = np.clip(np.floor((y0 - _MARGIN) / _BLOCK), 0, high).astype(int)
    bottom = np.clip(np.floor((y1 + _MARGIN) / _BLOCK) + 1, 0, high).astype(int)
    left = np.clip(np.floor((x0 - _MARGIN) / _BLOCK), 0, wide - 1).astype(int)
    right = np.clip(np.floor((x1 + _MARGIN) / _BLOCK) + 1, 1, wide).astype(int)
    top_row, bottom_row = table[top], table[bottom]
    return np.asarray(bottom_row[:, right] - top_row[:, right] - bottom_row[:, left] + top_row[:, left])
