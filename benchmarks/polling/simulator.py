"""Pollers on a virtual clock: ours, by the very functions that run in a kernel, and the fixed rhythms of the SDKs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from videogen_nb.backend import poll_timing as polling
from videogen_nb.backend.poll_timing import PollHistory, next_delay

from .durations import Durations, Progress

__all__ = ["LATENCY", "SDKS", "Poller", "followed", "history", "many", "ours", "priced"]

LATENCY = 0.05  # seconds a request takes; the gateway looks at the job halfway

# Seconds until a request leaves, given how many were made, how long the job has run and what progress it showed.
Poller = Callable[[PollHistory], float]


def _fixed(first: float, then: float, jitter: float = 0.0) -> Callable[[random.Random], Poller]:
    return lambda chance: lambda trail: (then if trail.count else first) + chance.uniform(-jitter, jitter)


# As each SDK's own helper waits (their versions stand on the page of the figures): before the first poll, between two.
SDKS: dict[str, Callable[[random.Random], Poller]] = {
    "openai": _fixed(0.0, 1.0),
    "replicate": _fixed(0.5, 0.5),
    "fal": _fixed(0.0, 0.1),
    "runwayml": _fixed(6.0, 6.0, 1.5),
}


def ours(earlier: Sequence[float] = (), among: int = 1) -> Poller:
    """Ours, with what is known of earlier jobs, at the interval of five seconds that both vendors advise."""
    return lambda trail: next_delay(trail, earlier, interval=5.0, job_count=among)


def followed(end: float, progress: Progress, poller: Poller) -> tuple[float, int]:
    """Poll a job until its end is known: (seconds from its end to the answer that says so, requests)."""
    trail, now = PollHistory(0.0), 0.0
    while True:
        looked = now + poller(trail) + LATENCY / 2
        now = looked + LATENCY / 2
        if looked >= end:
            return now - end, trail.count + 1
        trail = trail.with_poll(now, progress(looked))


def many(
    durations: Durations,
    progress: Callable[[float, random.Random], Progress],
    poller: Callable[[random.Random], Poller],
    jobs: int,
) -> tuple[list[float], list[int]]:
    """The lags and the requests of so many jobs, the same ones for every poller."""
    drawn = random.Random(6)
    found = []
    for _ in range(jobs):
        end = durations.draw(drawn.random())
        chance = random.Random(drawn.random())
        found.append(followed(end, progress(end, chance), poller(chance)))
    return [lag for lag, _ in found], [requests for _, requests in found]


def history(
    durations: Durations, number: int, *, times: float = 1.0, among: int = 1
) -> Callable[[random.Random], Poller]:
    """Ours, each job with the durations of so many earlier ones of its own; `times` makes them wrong by that factor."""
    return lambda chance: ours([times * durations.draw(chance.random()) for _ in range(number)], among)


@contextmanager
def priced(price: float) -> Iterator[None]:
    """Our poller with another price on a poll, and without what keeps it polite: shortest wait, advised rate."""
    kept = polling.COST, polling.FLOOR, polling._BURST
    polling.COST, polling.FLOOR, polling._BURST = price, min(kept[1], price), 10**9
    try:
        yield
    finally:
        polling.COST, polling.FLOOR, polling._BURST = kept
