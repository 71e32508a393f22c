"""What all jobs of one gateway share: how many requests at once, and a pause it asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

__all__ = ["Limiter", "Stopped"]

OPENINGS = 30.0  # jobs a second that are asked about for the first time
CROWD_OPENINGS = 1 / 40  # of a large crowd, a second


class Stopped(Exception):
    """The request was called off before its turn came; it was not sent."""


class Limiter:
    """What all jobs of one gateway share: how many requests at once, and a pause it asked for.

    After a 429 requests are spaced out; each good answer lets them come a little closer again.

    Attributes:
        crowd: How many jobs are followed at the gateway just now.
    """

    def __init__(self, concurrency: int = 16) -> None:
        self.crowd = 0
        self._opens = 0.0
        self._slots = asyncio.Semaphore(concurrency)
        self._not_before = 0.0
        self._gap = 0.0

    def opening(self) -> float:
        """Seconds until a job that comes back may be asked about: a crowd that comes at once is spread out."""
        now = asyncio.get_running_loop().time()
        self._opens = max(self._opens + 1 / max(OPENINGS, self.crowd * CROWD_OPENINGS), now)
        return self._opens - now

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
