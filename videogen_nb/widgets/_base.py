"""What all widgets share: bundles read on first use, no silent keywords, messages by kind, a pace."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import anywidget

__all__ = ["MAX_BLOB", "PACE", "Base", "Flushable"]

MAX_BLOB = 100_000_000  # bytes of a clip that a page is handed whole


class Base(anywidget.AnyWidget):
    """An anywidget that refuses keywords it does not know and hands messages on by their kind.

    Attributes:
        handlers: For each kind of message from the page, the name of the method it calls, with the
            message and its buffers.
    """

    handlers: ClassVar[Mapping[str, str]] = {}
    _alone: dict[str, Any] | None = None

    def __init__(self, **values: Any) -> None:
        unknown = [name for name in values if not self.has_trait(name)]
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {', '.join(map(repr, unknown))}.")
        super().__init__(**values)
        self.on_msg(self._dispatch)

    def stand_alone(self, data: Mapping[str, str], model_id: str | None = None) -> None:
        """What stands alone has taken this view's place by its display id: let pages that do not know that id do it.

        A page that loads the notebook as it was saved in mid-run has the view, and greets it: it is told then.

        Args:
            data: The final HTML and its like, by MIME type.
            model_id: The widget that was displayed, where this one is a part of it.
        """
        self._alone = {"kind": "alone", "model": model_id or self.model_id, "data": dict(data)}
        self.greet()

    def greet(self) -> None:
        """Answer a page that has loaded this view."""
        if self._alone:
            self.send(self._alone)

    def close(self) -> None:
        """Leave the page, with the layout that came along."""
        self.layout.close()
        super().close()

    def _dispatch(self, _: Any, content: Any, buffers: Any) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if isinstance(kind, str) and kind in self.handlers:
            getattr(self, self.handlers[kind])(content, buffers)


class Flushable(Protocol):
    """Something that sends its latest state when it is its turn."""

    def flush(self) -> None: ...


class Pace:
    """Lets each widget send ten times a second at most, and all of them 300 times.

    A kernel's output channel drops messages above 1,000 a second (notebook-facts: IOPub limit).
    """

    def __init__(self, interval: float = 0.1, most: int = 30) -> None:
        self._interval, self._most = interval, most
        self._lock = threading.Lock()
        self._waiting: dict[Flushable, None] = {}
        self._due_on: asyncio.AbstractEventLoop | None = None
        self._last = 0.0

    def touch(self, widget: Flushable) -> None:
        """Call after a change, on the backend's loop; where no loop runs the widget is flushed at once."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            widget.flush()
            return
        with self._lock:
            self._waiting[widget] = None
            # What is due on another loop may never come: that loop can be closed, or blocked by a cell.
            if self._due_on is not loop:
                self._schedule(loop, max(loop.time(), self._last + self._interval))

    def forget(self, widget: Flushable) -> None:
        with self._lock:
            self._waiting.pop(widget, None)

    def _schedule(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        self._due_on = loop
        loop.call_at(when, self._flush, loop)

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            self._last = loop.time()
            if self._due_on is loop:
                self._due_on = None
            turn = list(self._waiting)[: self._most]
            for widget in turn:
                del self._waiting[widget]
            if self._waiting and self._due_on is None:
                self._schedule(loop, self._last + self._interval)
        for widget in turn:
            widget.flush()


PACE = Pace()
