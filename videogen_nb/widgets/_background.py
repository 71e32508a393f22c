"""Run work on a thread of its own, so that it blocks neither the kernel's main thread nor the backend's loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from traitlets.log import get_logger

from videogen_nb.backend.session import backend
from videogen_nb.errors import VideogenError

__all__ = ["Debounced", "run_in_background", "settle"]

_idle = threading.Condition()
_running = 0


def run_in_background(work: Callable[[], object]) -> None:
    """Run work on a worker thread of the backend's loop; it is dropped if there is no backend."""

    def guarded() -> None:
        global _running
        with _idle:
            _running += 1
        try:
            work()
        except Exception:
            get_logger().exception("A part of the panel failed.")
        finally:
            with _idle:
                _running -= 1
                _idle.notify_all()

    with suppress(VideogenError):
        backend().post(lambda: asyncio.get_running_loop().run_in_executor(None, guarded))


def settle(timeout: float = 5) -> None:
    """Wait for running work, `timeout` seconds at most, since it must not use a backend that is being closed.

    Only the main thread waits; the work may need the others.
    """
    if threading.current_thread() is threading.main_thread():
        with _idle:
            _idle.wait_for(lambda: _running == 0, timeout)


class Debounced:
    """Runs work in the background once no trigger has come for a while.

    Args:
        work: Called with a function that returns whether a later trigger has made this call obsolete.
        pause: Seconds without a trigger.
    """

    def __init__(self, work: Callable[[Callable[[], bool]], object], pause: float = 0.25) -> None:
        self._work, self._pause = work, pause
        self._lock = threading.Lock()
        self._count = 0

    def trigger(self) -> None:
        """Run the work after the pause, unless triggered again before."""
        with self._lock:
            self._count += 1
            mine = self._count

        def stale() -> bool:
            return mine != self._count

        def due() -> None:
            if not stale():
                run_in_background(lambda: self._work(stale))

        with suppress(VideogenError):
            backend().post(lambda: asyncio.get_running_loop().call_later(self._pause, due))

    def cancel(self) -> None:
        """Drop the pending call."""
        with self._lock:
            self._count += 1
