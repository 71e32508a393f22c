"""The base of all widgets: refuses unknown keywords, dispatches messages by kind, limits the rate of updates."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import anywidget

__all__ = ["KEEP_ALIVE", "PACE", "Base", "Flushable"]

KEEP_ALIVE = 20.0  # seconds between updates of a running job; a page that hears nothing for 60 assumes a lost kernel


class Base(anywidget.AnyWidget):
    """An anywidget that refuses unknown keywords and dispatches messages by their kind.

    Attributes:
        handlers: For each kind of message from the page, the name of the method that takes the message
            and its buffers.
    """

    handlers: ClassVar[Mapping[str, str]] = {}
    _standalone: dict[str, Any] | None = None

    def __init__(self, **values: Any) -> None:
        unknown = [name for name in values if not self.has_trait(name)]
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {', '.join(map(repr, unknown))}.")
        super().__init__(**values)
        self.on_msg(self._dispatch)

    def stand_alone(self, data: Mapping[str, str], model_id: str | None = None) -> None:
        """Have pages that don't know this view's display id replace it by its final output themselves.

        A page that loads a notebook saved in mid-run has the view and greets it; it gets the output then.

        Args:
            data: The final output by MIME type.
            model_id: The widget that was displayed, if this one is only a part of it.
        """
        self._standalone = {"kind": "standalone", "model": model_id or self.model_id, "data": dict(data)}
        self.greet()

    def greet(self) -> None:
        """Answer a page that has loaded this view."""
        if self._standalone:
            self.send(self._standalone)

    def close(self) -> None:
        """Close the widget and its layout."""
        self.layout.close()
        super().close()

    def _dispatch(self, _: Any, content: Any, buffers: Any) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if isinstance(kind, str) and kind in self.handlers:
            getattr(self, self.handlers[kind])(content, buffers)


class Flushable(Protocol):
    """Sends its latest state when `Pace` gives it a turn."""

    def flush(self) -> None: ...


class Pace:
    """Limits updates to ten a second for each widget and 300 for all of them.

    A Jupyter server drops a kernel's output messages above 1,000 a second (its `iopub_msg_rate_limit`).
    """

    def __init__(self, interval: float = 0.1, most: int = 30) -> None:
        self._interval, self._most = interval, most
        self._lock = threading.Lock()
        self._waiting: dict[Flushable, None] = {}
        self._due_on: asyncio.AbstractEventLoop | None = None
        self._last = 0.0

    def touch(self, widget: Flushable) -> None:
        """Schedule a flush after a change, on the backend's loop; without a running loop flush at once."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            widget.flush()
            return
        with self._lock:
            self._waiting[widget] = None
            # A flush scheduled on another loop may never run: that loop can be closed, or blocked by a cell.
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
