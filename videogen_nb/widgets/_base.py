"""What all widgets share: bundles read on first use, no silent keywords, messages by kind, a pace."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import anywidget

__all__ = ["PACE", "Base", "Flushable", "bundle"]

_STATIC = Path(__file__).parent.parent / "static"


@functools.cache
def bundle(name: str) -> str:
    """A built bundle's text.

    Raises:
        RuntimeError: It is missing: this is a checkout whose js/ was never built.
    """
    try:
        return (_STATIC / name).read_text("utf-8")
    except OSError:
        raise RuntimeError(f"{name} is missing; build it with `make build`.") from None


class Base(anywidget.AnyWidget):
    """An anywidget that refuses keywords it does not know and hands messages on by their kind.

    Attributes:
        handlers: For each kind of message from the page, the name of the method it calls.
    """

    handlers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **values: Any) -> None:
        unknown = [name for name in values if not self.has_trait(name)]
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {', '.join(map(repr, unknown))}.")
        super().__init__(**values)
        self.on_msg(self._dispatch)

    def _dispatch(self, _: Any, content: Any, buffers: Any) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if isinstance(kind, str) and kind in self.handlers:
            getattr(self, self.handlers[kind])()


class Flushable(Protocol):
    """Something that sends its latest state when it is its turn."""

    def flush(self) -> None: ...


class Pace:
    """Lets each widget send ten times a second at most, and all of them 300 times.

    A kernel's output channel drops messages above 1,000 a second (notebook-facts: IOPub limit).
    """

    def __init__(self, interval: float = 0.1, most: int = 30) -> None:
        self._interval, self._most = interval, most
        self._waiting: dict[Flushable, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0

    def touch(self, widget: Flushable) -> None:
        """Call after a change, on the backend's loop; elsewhere the widget is flushed at once."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            widget.flush()
            return
        self._waiting[widget] = None
        if self._timer is None:
            self._timer = loop.call_at(max(loop.time(), self._last + self._interval), self._flush, loop)

    def forget(self, widget: Flushable) -> None:
        self._waiting.pop(widget, None)

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer, self._last = None, loop.time()
        for widget in list(self._waiting)[: self._most]:
            del self._waiting[widget]
            widget.flush()
        if self._waiting:
            self._timer = loop.call_at(self._last + self._interval, self._flush, loop)


PACE = Pace()
