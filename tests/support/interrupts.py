"""Ctrl-C for the main thread, at a place that it surely comes to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["interrupt_in"]


@contextmanager
def interrupt_in(function: Callable[..., Any]) -> Iterator[None]:
    """Raise KeyboardInterrupt once in the main thread, while it is in `function` or in what that calls.

    SIGINT is sent until it was taken there: Python acts on a signal between two instructions, so one that comes
    just before a lock is waited for lies until the next one ends that wait.
    """
    main = threading.main_thread().ident
    assert main
    over = threading.Event()

    def handle(_: int, frame: FrameType | None) -> None:
        while frame and frame.f_code is not function.__code__:
            frame = frame.f_back
        if frame and not over.is_set():
            over.set()
            raise KeyboardInterrupt

    def press() -> None:
        while not over.wait(0.05):
            signal.pthread_kill(main, signal.SIGINT)

    before = signal.signal(signal.SIGINT, handle)
    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        signal.signal(signal.SIGINT, before)
