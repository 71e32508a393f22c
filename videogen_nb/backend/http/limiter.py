"""What all jobs of one gateway share: how many requests at once and a second, and a pause it asked for."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

__all__ = ["JOBS_PER_POLL", "MANY_JOBS", "SLOT", "SLOT_POLLS", "Limiter", "Stopped"]

MANY_JOBS = 50  # jobs from which on their polls go out together
SLOT = 0.4  # seconds from one such time to the next
SLOT_POLLS, JOBS_PER_POLL = 16, 150  # polls on a beat at most, or one for so many jobs of a large job_count


class Stopped(Exception):
    """The request was called off before its turn came; it was not sent."""


class Limiter:
    """What all jobs of one gateway share: how many requests at once and a second, and a pause it asked for.

    After a 429 requests are spaced out; each good answer lets them come a little closer again.

    Attributes:
        job_count: How many jobs are followed at the gateway just now.
    """

    def __init__(self, concurrency: int = 16) -> None:
        self.job_count = 0
        self._booked: Counter[int] = Counter()
        self._swept = 0.0
        self._slots = asyncio.Semaphore(concurrency)
        self._not_before = 0.0
        self._gap = 0.0

    def align(self, delay: float) -> float:
        """Seconds to wait for a poll that is due in `delay`: a crowd's go out some at a time, on a beat that has room.

        So what wakes the thread wakes it for several, and a thousand that come back at once are spread out.
        """
        if self.job_count < MANY_JOBS:
            return delay
        now = asyncio.get_running_loop().time()
        if now > self._swept + 60:
            self._booked = Counter({beat: count for beat, count in self._booked.items() if beat * SLOT > now})
            self._swept = now
        beat, room = math.ceil((now + delay) / SLOT), max(SLOT_POLLS, self.job_count // JOBS_PER_POLL)
        while self._booked[beat] >= room:
            beat += 1
        self._booked[beat] += 1
        return beat * SLOT - now

    def slow_down(self, retry_after: float | None) -> None:
        now = asyncio.get_running_loop().time()
        self._gap = min(10.0, max(0.25, self._gap * 2))
        self._not_before = max(self._not_before, now + (self._gap if retry_after is None else retry_after))

    def speed_up(self) -> None:
        self._gap = self._gap * 0.8 if self._gap > 0.02 else 0.0

    @asynccontextmanager
    async def turn(self, stop: asyncio.Event | None = None) -> AsyncIterator[None]:
        """Wait for a turn, and hold it.

        Raises:
            Stopped: `stop` was set before the turn came.
        """
        now = asyncio.get_running_loop().time
        while True:
            while (pause := self._not_before - now()) > 0:
                await _sleep(pause, stop)
            async with self._slots:
                if self._not_before <= now():  # it may have been put off while this waited for a slot
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
