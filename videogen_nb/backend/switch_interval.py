"""Shorten the GIL switch interval while the download thread competes with a running cell.

A thread that releases the GIL for a system call gets it back after the switch interval: 5 ms by default (see
``sys.setswitchinterval``). A download makes hundreds of such calls, and would take seconds longer.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["short_switch_interval"]

INTERVAL = 0.0005  # seconds

_lock = threading.Lock()
_users = 0
_original = _short = 0.0


@contextmanager
def short_switch_interval() -> Iterator[None]:
    """Switch threads ten times as often inside the context; the original interval is restored at the end.

    If other code changes the interval meanwhile, that change is kept.

    >>> with short_switch_interval():
    ...     sys.getswitchinterval()
    0.0005
    """
    global _users, _original, _short
    with _lock:
        if not _users:
            _original = sys.getswitchinterval()
            sys.setswitchinterval(min(_original, INTERVAL))
            _short = sys.getswitchinterval()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users and sys.getswitchinterval() == _short:
                sys.setswitchinterval(_original)
