"""A text progress bar for work that takes longer than a second; it is erased at the end."""

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
    """Shows progress on standard output, if a person sees it; erased when its ``with`` block ends.

    Args:
        label: What is being done, in a few words.

    >>> with Meter("Writing clip.mp4") as meter:
    ...     meter(0.5)  # nothing shows within the first second
    """

    def __init__(self, label: str = "") -> None:
        self._label = label
        self._stream = sys.stdout if _is_seen(sys.stdout) else None
        self._due = time.monotonic() + _FIRST
        self._width = 0

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if self._stream is None or now < self._due:
            return
        self._due = now + _NEXT
        text = f"{bar(fraction)} {fraction:4.0%} {self._label}"[:79].rstrip()
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
    """Whether a stream is a terminal or a kernel's page, and not a file or a program that collects output."""
    if type(stream).__module__.partition(".")[0] == "ipykernel":
        return _asks()
    return bool(getattr(stream, "isatty", bool)())


def _asks() -> bool:
    """Whether the kernel's front end allows stdin, which it does where a person sits."""
    try:
        kernel = sys.modules["IPython"].get_ipython().kernel
        return bool(kernel.get_parent("shell")["content"].get("allow_stdin", True))
    except (AttributeError, KeyError, LookupError, TypeError):
        return True
