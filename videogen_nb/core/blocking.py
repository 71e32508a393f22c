"""Block until a future is done, also where an event loop already runs in this thread."""

from __future__ import annotations

import asyncio
import concurrent.futures
import queue
from contextlib import suppress

__all__ = ["wait_for"]


def wait_for(future: concurrent.futures.Future[None], timeout: float | None) -> bool:
    """Block the calling thread until `future` is done, at most `timeout` seconds.

    In a kernel the cell runs inside the kernel's own loop. The wait then runs nested on that loop, so that
    its other tasks go on. On a loop that can't be nested (uvloop), and in a script, it is a plain wait.
    An interrupt leaves the future as it is.

    Returns:
        Whether the future is done.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = None
    if not future.done():
        if isinstance(loop, asyncio.BaseEventLoop):
            _wait_nested(future, timeout, loop)
        else:
            _wait_plainly(future, timeout)
    return future.done()


def _wait_plainly(future: concurrent.futures.Future[None], timeout: float | None) -> None:
    # Not `concurrent.futures.wait`: an interrupt in the middle of `Condition.wait` comes out of it as
    # "cannot release un-acquired lock". This queue waits in C, where no interrupt can fall between two steps.
    done: queue.SimpleQueue[object] = queue.SimpleQueue()
    future.add_done_callback(done.put)
    with suppress(queue.Empty):
        done.get(timeout=timeout)


def _wait_nested(future: concurrent.futures.Future[None], timeout: float | None, loop: asyncio.BaseEventLoop) -> None:
    # Applied only here, since it patches asyncio for the whole process. nest-asyncio, which it was forked from,
    # loses queued cells on ipykernel >= 7.1.
    import nest_asyncio2

    nest_asyncio2.apply(loop)
    woken = asyncio.Event()

    def wake(_: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(woken.set)

    future.add_done_callback(wake)

    async def until_woken() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await woken.wait()

    loop.run_until_complete(until_woken())
