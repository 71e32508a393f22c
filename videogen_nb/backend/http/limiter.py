"""Limits shared by all jobs of one gateway: requests at once, requests per second, and pauses it asked for."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

__all__ = ["JOBS_PER_POLL", "MANY_JOBS", "SLOT", "SLOT_POLLS", "Limiter", "Stopped"]

MANY_JOBS = 50  # from so many jobs on, polls are aligned to shared time slots
SLOT = 0.4  # seconds from one slot to the next
SLOT_POLLS = 16  # maximum polls in one slot
JOBS_PER_POLL = 150  # with very many jobs, one poll in each slot for so many of them


class Stopped(Exception):
    """The request was cancelled while it waited for its turn; it was not sent."""


class Limiter:
    """Decides when each request to one gateway may be sent.

    After a 429 requests are spaced out; each successful one reduces the gap again.

    Args:
        concurrency: Maximum number of requests at once.

    Attributes:
        job_count: How many jobs are being followed at the gateway.
    """

    def __init__(self, concurrency: int = 16) -> None:
        self.job_count = 0
        self._booked: Counter[int] = Counter()  # polls in each slot
        self._swept = 0.0
        self._concurrency = asyncio.Semaphore(concurrency)
        self._not_before = 0.0
        self._gap = 0.0

    def align(self, delay: float) -> float:
        """Seconds to wait for a poll that is due in `delay` seconds.

        With many jobs, polls are aligned to shared time slots of limited capacity: one wake-up of the thread then
        serves several polls, and a thousand resumed jobs do not poll all at once.
        """
        if self.job_count < MANY_JOBS:
            return delay
        now = asyncio.get_running_loop().time()
        if now > self._swept + 60:
            self._booked = Counter({slot: polls for slot, polls in self._booked.items() if slot * SLOT > now})
            self._swept = now
        slot, capacity = math.ceil((now + delay) / SLOT), max(SLOT_POLLS, self.job_count // JOBS_PER_POLL)
        while self._booked[slot] >= capacity:
            slot += 1
        self._booked[slot] += 1
        return slot * SLOT - now

    def slow_down(self, retry_after: float | None) -> None:
        """Space requests out further after a 429, and send none for the time that it asked for."""
        now = asyncio.get_running_loop().time()
        self._gap = min(10.0, max(0.25, self._gap * 2))
        self._not_before = max(self._not_before, now + (self._gap if retry_after is None else retry_after))

    def speed_up(self) -> None:
        """Reduce the gap between requests after a successful one."""
        self._gap = self._gap * 0.8 if self._gap > 0.02 else 0.0

    @asynccontextmanager
    async def turn(self, stop: asyncio.Event | None = None) -> AsyncIterator[None]:
        """Wait until a request may be sent; hold its place among the concurrent ones meanwhile.

        Raises:
            Stopped: `stop` was set while it waited.
        """
        now = asyncio.get_running_loop().time
        while True:
            while (pause := self._not_before - now()) > 0:
                await _sleep(pause, stop)
            async with self._concurrency:
                if self._not_before <= now():  # a 429 may have come meanwhile
                    if stop and stop.is_set():
                        raise Stopped
                    self._not_before = now() + self._gap
                    yield
                    return


async def _sleep(seconds: float, stop: asyncio.Event | None) -> None:
    if stop is None:
        await asyncio.sleep(seconds)
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
            raise Stopped
