"""Items that are painted side by side: numpy and Pillow leave the other cores free meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable

from videogen_nb.gateway.render.drawing.arrays import Mask
from videogen_nb.gateway.render.drawing.moment import Item, Moment


class Later:
    """An item that a thread of its own paints, from random numbers that no other item draws from.

    Args:
        paint: Makes the item; what it raises is raised by whoever needs the item first.
    """

    def __init__(self, paint: Callable[[], Item]) -> None:
        self._made: Item | BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(paint,), name="videogen-paint", daemon=True)
        self._thread.start()

    def _run(self, paint: Callable[[], Item]) -> None:
        try:
            self._made = paint()
        except BaseException as error:
            self._made = error

    def _item(self) -> Item:
        self._thread.join()
        if self._made is None or isinstance(self._made, BaseException):
            raise self._made or RuntimeError("nothing was painted")
        return self._made

    @property
    def mirrors(self) -> bool:
        """As of the item."""
        return self._item().mirrors

    def cover(self, moment: Moment, hidden: Mask) -> None:
        """As of the item."""
        self._item().cover(moment, hidden)

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """As of the item."""
        self._item().draw(moment, hidden)
