"""A daemon thread with one asyncio loop, for work that must not depend on the caller's loop."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from videogen_nb.errors import VideogenError

__all__ = ["LoopThread"]

T = TypeVar("T")


class LoopThread:
    """Starts with the first work that is posted and ends with `close`.

    Args:
        shut_down: Awaited on the loop before it ends.
    """

    def __init__(self, shut_down: Callable[[], Awaitable[None]]) -> None:
        self._shut_down = shut_down
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._serving = threading.Lock()
        self._closed = False

    def post(self, work: Callable[[], object]) -> None:
        """Call a function on the loop, soon.

        Raises:
            VideogenError: The thread has been closed.
        """
        with self._lock:
            if self._closed:
                raise VideogenError("This backend is closed. Nothing was sent.")
            if self._loop is None:
                # Not the event loop policy's: uvloop can't start the renderer's processes from another thread.
                kind = "ProactorEventLoop" if sys.platform == "win32" else "SelectorEventLoop"
                self._loop = getattr(asyncio, kind)()
            if self._thread is None:
                # An interrupt can hit `start` before or after the thread exists. So the thread registers itself, and
                # if two were started the second one returns.
                threading.Thread(target=self._serve, args=(self._loop,), name="videogen-nb", daemon=True).start()
            # The loop must not inherit a cell's context: ipykernel would assign later displays to that cell, and drop
            # them once it has ended.
            self._loop.call_soon_threadsafe(work, context=contextvars.Context())

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], timeout: float | None = None) -> T:
        """Run a coroutine function on the loop, and block until it returns.

        Raises:
            TimeoutError: It took longer than `timeout` seconds and was cancelled.
        """
        done: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()

        async def bounded() -> None:
            try:
                async with asyncio.timeout(timeout):
                    done.put(([await work()], None))
            except BaseException as error:
                done.put(([], error))

        tasks: list[asyncio.Task[None]] = []  # the loop itself holds tasks only weakly
        self.post(lambda: tasks.append(asyncio.get_running_loop().create_task(bounded())))
        result, failed = done.get()  # unlike waiting for a future, safe to interrupt at any moment
        if failed is not None:
            raise failed
        return result[0]

    @property
    def is_here(self) -> bool:
        """Whether the caller runs on this thread."""
        return threading.current_thread() is self._thread

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the loop between two callbacks; gives up if a callback takes longer than a second."""
        stopped, resumed = threading.Event(), threading.Event()

        def stop() -> None:
            stopped.set()
            resumed.wait()

        if self._thread is None or self._closed or self.is_here:
            yield
            return
        try:
            self.post(stop)
            stopped.wait(1)
            yield
        finally:
            resumed.set()

    def close(self, timeout: float = 15) -> None:
        """Shut down and end the thread; waits `timeout` seconds at most."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
            if loop and thread is None:
                loop.close()
        if loop and thread and thread.is_alive():
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout)

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._serving.acquire(blocking=False):
            return
        with self._lock:
            if self._closed:
                return
            self._thread = threading.current_thread()
        try:
            loop.run_forever()
            loop.run_until_complete(self._shut_down())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()
