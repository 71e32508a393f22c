"""Getting the interpreter soon while a cell's own loop has it, where somebody waits for what another thread does.

A thread that has let it go for a call of the system gets it back after the switch interval: 5 ms by default
(``sys.setswitchinterval``). What makes hundreds of such calls, as a download does, would take seconds longer.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["short_switch_interval"]

INTERVAL = 0.0005  # seconds

_lock = threading.Lock()
_inside = 0
_usual = _short = 0.0


@contextmanager
def short_switch_interval() -> Iterator[None]:
    """Have threads change places ten times as often; at the end what held before does again.

    A choice that somebody else makes meanwhile stays.

    >>> with short_switch_interval():
    ...     sys.getswitchinterval()
    0.0005
    """
    global _inside, _usual, _short
    with _lock:
        if not _inside:
            _usual = sys.getswitchinterval()
            sys.setswitchinterval(min(_usual, INTERVAL))
            _short = sys.getswitchinterval()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and sys.getswitchinterval() == _short:
                sys.setswitchinterval(_usual)
