"""What the benchmark of many jobs runs inside its kernel: a cell's work, following as ours does and as a loop does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx2

__all__ = ["cpu", "follow", "followed", "let_go", "naive", "show", "submit", "turn"]

_ended: list[Callable[[], None]] = []
_shown: list[object] = []


def turn(rounds: int = 5_000_000) -> float:
    """Per cent that a pure-Python loop takes longer for standing still while another thread has the interpreter.

    The kernel of the system tells how long a thread ran and how long it waited for a core (sched-stats(5)); what is
    left of the time is neither. So what else runs on the machine is not in it.
    """
    start, before, total = time.perf_counter(), _accounts(), 0
    for number in range(rounds):
        total += number * number % 7
    ran, queued = (now - then for now, then in zip(_accounts(), before, strict=True))
    return 100 * max(0.0, time.perf_counter() - start - ran - queued) / ran


def _accounts() -> tuple[float, float]:
    """Seconds that this thread has run, and has waited for a core."""
    ran, queued, _ = Path("/proc/thread-self/schedstat").read_text().split()
    return int(ran) / 1e9, int(queued) / 1e9


def follow() -> int:
    """Follow what the journal of this folder has open, besides what is followed already."""
    import videogen_nb as vg

    return len(vg.resume())


def submit(count: int) -> None:
    """Submit so many jobs."""
    import videogen_nb as vg

    for number in range(count):
        vg.generate(f"a paper boat in the sun, take {number}", provider="infery", model="veo-3-1-fast")


def let_go() -> None:
    """Follow nothing any more, whoever does."""
    from videogen_nb.backend import session

    _shown.clear()
    session.close()
    while _ended:
        _ended.pop()()


def cpu() -> float:
    """Seconds of CPU that this process has used."""
    return time.process_time()


def followed() -> int:
    """How many jobs ours follows just now."""
    from videogen_nb.backend import session

    return len(session.backend().following())


def show(count: int) -> int:
    """Show so many of the jobs side by side, live, as if a page had loaded the view."""
    import videogen_nb as vg
    from videogen_nb.backend import session
    from videogen_nb.widgets.grid import GridWidget

    jobs = [job for job in session.backend().following() if not job.ended][:count]
    widget = GridWidget(vg.compare(*jobs))
    widget.pages = 1
    _shown.append(widget)
    return len(jobs)


def naive(url: str, ids: Sequence[str]) -> None:
    """Follow jobs as one would by hand: on a thread's loop, each asked for once a second over one client."""

    async def one(client: httpx2.AsyncClient, job: str) -> None:
        while True:
            answer = await client.get(f"{url}/v1/videos/generations/{job}")
            if answer.json()["status"] not in ("queued", "processing"):
                return
            await asyncio.sleep(1)

    async def crowd() -> None:
        async with httpx2.AsyncClient(timeout=60) as client:
            await asyncio.gather(*(one(client, job) for job in ids))

    loop = asyncio.new_event_loop()
    task = loop.create_task(crowd())
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait([task])), daemon=True)
    thread.start()

    def end() -> None:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()

    _ended.append(end)
