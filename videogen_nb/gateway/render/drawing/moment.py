"""One frame in the making, and what is drawn on it, far to near."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Bytes, Mask
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.scene.camera import View

# The frame is drawn by tiles: what is empty or hidden is skipped.
TILE_ROWS, TILE_COLUMNS = 32, 64


class Moment:
    """One frame in the making, in the planes that the encoder takes, so that nothing has to be converted.

    Args:
        lens: The camera's geometry.

    Attributes:
        luma: Shape ``(height, width)``, uint8, BT.709, 16 to 235.
        chroma: Cb and Cr, shape ``(2, height // 2, width // 2)``, uint8, 16 to 240.
        view: The camera.
        seconds: Time since the first frame.
    """

    def __init__(self, lens: Lens) -> None:
        self.lens = lens
        self.luma: Bytes = np.full((lens.height, lens.width), 16, np.uint8)
        self.chroma: Bytes = np.full((2, lens.height // 2, lens.width // 2), 128, np.uint8)
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
        """Draw on the planes of `moment`; tiles that are `hidden` by something nearer may be left out."""
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
