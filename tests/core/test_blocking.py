from __future__ import annotations

import asyncio
import concurrent.futures
import subprocess
import sys
import threading

import pytest

from tests.support.interrupts import interrupt_in
from videogen_nb.core.blocking import wait_for

Future = concurrent.futures.Future


def test_a_plain_wait() -> None:
    """Where no loop runs: until it is done, or the time is over."""
    future: Future[None] = Future()
    assert not wait_for(future, 0)
    threading.Timer(0.05, future.set_result, [None]).start()
    assert wait_for(future, None)
    assert wait_for(future, 0)


def test_a_wait_inside_a_running_loop() -> None:
    """The loop's other tasks go on meanwhile, and after it."""
    script = """
import asyncio, concurrent.futures, threading
from videogen_nb.core.blocking import wait_for

async def main():
    ticks, future = 0, concurrent.futures.Future()
    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            if ticks == 100:
                future.set_result(None)
            await asyncio.sleep(0.002)
    ticking = asyncio.create_task(tick())
    assert not wait_for(concurrent.futures.Future(), 0.02)
    assert wait_for(future, 60)  # which a tick ends
    seen = ticks
    while ticks == seen:
        await asyncio.sleep(0)
    ticking.cancel()
asyncio.run(main())
print("well")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout == "well\n", done.stderr


def test_asyncio_is_not_patched_for_those_who_never_block() -> None:
    """Importing, and waiting without a loop, leave asyncio as it is."""
    script = """
import asyncio, concurrent.futures, sys
before = asyncio.run
import videogen_nb.core.job
from videogen_nb.core.blocking import wait_for
wait_for(concurrent.futures.Future(), 0.01)
assert asyncio.run is before and "nest_asyncio2" not in sys.modules
print("well")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout == "well\n", done.stderr


def test_an_interrupt_leaves_the_future() -> None:
    """It is still to come, and can be waited for again."""
    future: Future[None] = Future()
    with interrupt_in(wait_for), pytest.raises(KeyboardInterrupt):
        wait_for(future, 60)
    assert not future.done()
    future.set_result(None)
    assert wait_for(future, 0)


def test_a_done_future_needs_no_loop() -> None:
    """Nothing is nested for it."""
    future: Future[None] = Future()
    future.set_result(None)

    async def work() -> bool:
        return wait_for(future, 0)

    assert asyncio.run(work())
