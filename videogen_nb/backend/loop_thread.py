"""A daemon thread that runs one asyncio loop, for work that must not depend on the caller's."""

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
    """The thread starts with the first piece of work and ends with `close`.

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
        """Have something done on the loop, soon.

        Raises:
            VideogenError: The thread has been ended.
        """
        with self._lock:
            if self._closed:
                raise VideogenError("This backend is closed. Nothing was sent.")
            if self._loop is None:
                # Not what a policy makes: uvloop can't start the renderer's processes from here.
                kind = "ProactorEventLoop" if sys.platform == "win32" else "SelectorEventLoop"
                self._loop = getattr(asyncio, kind)()
            if self._thread is None:
                # An interrupt can come into `start`, and the thread be there or not: it takes its place itself, and
                # where two were started the second goes.
                threading.Thread(target=self._serve, args=(self._loop,), name="videogen-nb", daemon=True).start()
            # A cell's context must not reach the loop: what a task displays later would be taken
            # for that cell's, and dropped once the cell has ended.
            self._loop.call_soon_threadsafe(work, context=contextvars.Context())

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], timeout: float | None = None) -> T:
        """Run a coroutine function on the loop and wait for it here.

        Raises:
            TimeoutError: It took longer than `timeout` seconds; it is cancelled.
        """
        done: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()

        async def bounded() -> None:
            try:
                async with asyncio.timeout(timeout):
                    done.put(([await work()], None))
            except BaseException as error:
                done.put(([], error))

        tasks: list[asyncio.Task[None]] = []  # a loop holds its tasks weakly
        self.post(lambda: tasks.append(asyncio.get_running_loop().create_task(bounded())))
        result, failed = done.get()  # which, unlike a future's, an interrupt may come into at any moment
        if failed is not None:
            raise failed
        return result[0]

    @property
    def is_here(self) -> bool:
        """Whether the caller runs on this thread."""
        return threading.current_thread() is self._thread

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hold the loop between two of its callbacks, unless one of them takes longer than a second."""
        held, go = threading.Event(), threading.Event()

        def hold() -> None:
            held.set()
            go.wait()

        if self._thread is None or self._closed or self.is_here:
            yield
            return
        try:
            self.post(hold)
            held.wait(1)
            yield
        finally:
            go.set()

    def close(self, timeout: float = 15) -> None:
        """Wind up and end the thread; waits for it so many seconds at most."""
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
