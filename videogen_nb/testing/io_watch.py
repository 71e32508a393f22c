"""Notices input and output, whichever library does it: Python reports both as audit events."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["recorded_io"]

_PREFIXES = ("open", "socket.", "subprocess.", "os.", "shutil.", "tempfile.", "sqlite3.")
_recording = threading.local()


@contextmanager
def recorded_io() -> Iterator[list[str]]:
    """Collect the names of this thread's input and output events, such as ``"socket.connect"``."""
    _install()
    events: list[str] = []
    _recording.events = events
    try:
        yield events
    finally:
        _recording.events = None


@functools.cache
def _install() -> None:
    sys.addaudithook(_record)  # once in a process, since a hook can't be removed


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    events = getattr(_recording, "events", None)
    if events is not None and event.startswith(_PREFIXES):
        events.append(event)
