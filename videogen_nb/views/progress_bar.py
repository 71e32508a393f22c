"""A bar of text for what takes longer than a second, drawn only where somebody sees it, and taken away again."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

__all__ = ["Meter", "bar"]

_FIRST = 1.0  # seconds until it shows
_NEXT = 0.2  # seconds between two drawings


def bar(fraction: float, width: int = 24) -> str:
    """A bar of so many characters, filled up to `fraction`, which is taken as 0 to 1.

    >>> bar(0.5, 8)
    '████░░░░'
    """
    full = round(width * min(max(fraction, 0.0), 1.0))
    return "█" * full + "░" * (width - full)


class Meter:
    """How far a piece of work is, on standard output; called with 0 to 1, gone when its ``with`` ends.

    Args:
        told: What is being done, in a few words.

    >>> with Meter("Writing clip.mp4") as meter:
    ...     meter(0.5)  # nothing shows within the first second
    """

    def __init__(self, told: str = "") -> None:
        self._told = told
        self._stream = sys.stdout if _is_seen(sys.stdout) else None
        self._due = time.monotonic() + _FIRST
        self._width = 0

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if self._stream is None or now < self._due:
            return
        self._due = now + _NEXT
        text = f"{bar(fraction)} {fraction:4.0%} {self._told}"[:79].rstrip()
        self._stream.write(f"\r{text:<{self._width}}")
        self._stream.flush()
        self._width = len(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._stream is not None and self._width:
            self._stream.write(f"\r{'':<{self._width}}\r")
            self._stream.flush()
            self._width = 0


def _is_seen(stream: Any) -> bool:
    """A terminal, or the page of a kernel; not a file, and not a program that only collects what is printed."""
    if type(stream).__module__.partition(".")[0] == "ipykernel":
        return _asks()
    return bool(getattr(stream, "isatty", bool)())


def _asks() -> bool:
    """Whether the kernel's front end has a person in front of it, whom it can ask for input."""
    try:
        kernel = sys.modules["IPython"].get_ipython().kernel
        return bool(kernel.get_parent("shell")["content"].get("allow_stdin", True))
    except (AttributeError, KeyError, LookupError, TypeError):
        return True
