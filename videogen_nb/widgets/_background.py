"""Work that must block neither the kernel's main thread nor the backend's loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from traitlets.log import get_logger

from videogen_nb.backend.session import backend
from videogen_nb.errors import VideogenError

__all__ = ["Later", "aside", "settle"]

_idle = threading.Condition()
_running = 0


def aside(work: Callable[[], object]) -> None:
    """Do something on a thread beside the backend's; without a backend that can be had it is not done."""

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
    """Wait for what is being done, so many seconds at most: it must not ask for a backend that is being closed.

    Only the main thread waits; what is being done may need the others.
    """
    if threading.current_thread() is threading.main_thread():
        with _idle:
            _idle.wait_for(lambda: _running == 0, timeout)


class Later:
    """Does something aside once its causes have paused, for the last of them only.

    Args:
        work: Called with a function that tells whether a later cause has made this call needless.
        pause: Seconds without a cause.
    """

    def __init__(self, work: Callable[[Callable[[], bool]], object], pause: float = 0.25) -> None:
        self._work, self._pause = work, pause
        self._lock = threading.Lock()
        self._count = 0

    def touch(self) -> None:
        """There is a cause."""
        with self._lock:
            self._count += 1
            mine = self._count

        def stale() -> bool:
            return mine != self._count

        def due() -> None:
            if not stale():
                aside(lambda: self._work(stale))

        with suppress(VideogenError):
            backend().post(lambda: asyncio.get_running_loop().call_later(self._pause, due))

    def cancel(self) -> None:
        """Forget the last cause."""
        with self._lock:
            self._count += 1
