"""Texels between texels: what a frame's pixels see of planes that lie under them at any place and size."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videogen_nb.gateway.render.drawing.arrays import Bytes, Index
from videogen_nb.gateway.render.drawing.lens import Window

_HALF = np.uint16(128)
_EIGHT = np.uint16(8)
_LOW = np.uint16(255)
_FINE = 4
_SHARED = 2048  # a layer is drawn in many rectangles, for which its places are worked out once


class Texels:
    """One plane of texels, or two that are always looked at together, such as a colour and its alpha.

    Args:
        planes: Of one shape, ``(rows, columns)``, uint8.
    """

    def __init__(self, *planes: Bytes) -> None:
        self.planes = planes
        self.shape: tuple[int, int] = planes[0].shape[0], planes[0].shape[1]

    @cached_property
    def fine(self) -> NDArray[np.unsignedinteger[Any]]:
        """The planes at each quarter of the way to the texel at the right, shape ``(rows, 4 * columns)``.

        One plane is uint8; the second of two is in the upper eight bits of uint16. So one look into memory takes the
        place of four, and of what mixes them; most of zooming is that.
        """
        rows, columns = self.shape
        texels = np.zeros((rows, columns, _FINE), np.uint8 if len(self.planes) == 1 else np.uint16)
        for number, plane in enumerate(self.planes):
            here = plane.astype(np.uint16)
            right: NDArray[np.uint16] = np.concatenate([here[:, 1:], here[:, -1:]], axis=1)
            for part in range(_FINE):
                value = (here * np.uint16(_FINE - part) + right * np.uint16(part) + np.uint16(2)) >> np.uint16(2)
                texels[:, :, part] |= (value << np.uint16(8 * number)).astype(texels.dtype, copy=False)
        return texels.reshape(rows, _FINE * columns)


class Sampler:
    """A rectangle of the frame, as places between the texels of planes of one size.

    Weights are in 256ths, so that sixteen bits are enough and rounding is all that is lost.

    Args:
        seen: Where the frame lies over the planes.
        shape: Rows and columns of the planes.
        rows: First row of the rectangle, and the one after its last; all of them lie on the planes.
        columns: The same across; what lies beside the planes shows their edges.
    """

    def __init__(self, seen: Window, shape: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]) -> None:
        self._width = columns[1] - columns[0]
        # No zoom: all fractions are equal and neighbours are slices.
        self._top, self._down = divmod(round((seen.top + rows[0]) * 256), 256)
        self._left, self._right = divmod(round((seen.left + columns[0]) * 256), 256)
        self._plain = (
            math.isclose(seen.step, 1, abs_tol=1e-9)
            and 0 <= self._top <= shape[0] - (rows[1] - rows[0]) - (self._down > 0)
            and 0 <= self._left <= shape[1] - self._width - (self._right > 0)
        )
        if not self._plain:
            y = _places(seen.top, seen.step, _whole(rows[1]), shape[0], 256)[slice(*rows)]
            self._y, self._fy = y >> 8, (y & 255).astype(np.uint16)[:, None]
            x = _places(seen.left, seen.step, _whole(columns[1]), shape[1], _FINE)[slice(*columns)]
            self._over, self._x = slice(int(x[0]), int(x[-1]) + 1), x - x[0]

    def take(self, texels: Texels, first: int, last: int, count: int = 2) -> list[NDArray[np.uint16]]:
        """Return the values of the first `count` planes in the rectangle's rows from `first` to before `last`."""
        if self._plain:
            return [self._slices(plane, first, last) for plane in texels.planes[:count]]
        y, fy = self._y[first:last], self._fy[first:last]
        top = int(y[0])
        # Only the columns that are seen: memory is then read from end to end, and what is looked up is near already.
        part = texels.fine[top : int(y[-1]) + 2, self._over]
        # Not by an index, whose result lies in memory column by column and makes all that follows slow.
        across = part.take(self._x, axis=1)
        upper, lower = across.take(y - top, axis=0), across.take(np.minimum(y + 1 - top, len(across) - 1), axis=0)
        if len(texels.planes) == 1:
            return [_between(upper.astype(np.uint16), lower.astype(np.uint16), fy)]
        if count == 1:
            return [_between(upper & _LOW, lower & _LOW, fy)]
        return [_between(upper & _LOW, lower & _LOW, fy), _between(upper >> _EIGHT, lower >> _EIGHT, fy)]

    def _slices(self, plane: Bytes, first: int, last: int) -> NDArray[np.uint16]:
        down, right, rows = self._down, self._right, last - first
        top, left, wide = self._top + first, self._left, self._width + (self._right > 0)
        block = plane[top : top + rows + (down > 0), left : left + wide].astype(np.uint16)
        if not down and not right:
            return block
        # Four weights that add up to 256, so that an even surface stays as it is. All rows are mixed as one, which
        # is a third faster than row by row; what their ends take from the next row is a column that is left out.
        both, texels = down * right + 128 >> 8, block.reshape(-1)
        rows_mixed = np.empty((rows, wide), np.uint16)
        mixed = rows_mixed.reshape(-1)[: rows * wide - (right > 0)]
        np.multiply(texels[: len(mixed)], np.uint16(256 - down - right + both), out=mixed)
        for start, weight in ((1, right - both), (wide, down - both), (wide + 1, both)):
            if weight:
                mixed += texels[start : start + len(mixed)] * np.uint16(weight)
        mixed += _HALF
        mixed >>= _EIGHT
        return rows_mixed[:, : self._width]


def _between(upper: NDArray[np.uint16], lower: NDArray[np.uint16], share: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return the values so many 256ths of the way from `upper` to `lower`, which are lost."""
    upper *= np.uint16(256) - share
    lower *= share
    upper += lower
    upper += _HALF
    upper >>= _EIGHT
    return upper


def _whole(count: int) -> int:
    """Return a number of pixels that is one for all rectangles of a frame, or few."""
    return -(-count // _SHARED) * _SHARED


@lru_cache(maxsize=16)
def _places(start: float, step: float, count: int, size: int, parts: int) -> Index:
    """Return the places of so many pixels on the plane, in so many parts of a texel; not to be written to."""
    at = np.arange(count) * (step * parts) + (start * parts + 0.5)
    return np.asarray(np.minimum(np.maximum(at, 0), (size - 1) * parts), np.intp)
