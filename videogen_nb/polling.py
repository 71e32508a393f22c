"""When to ask next: pure functions of what was seen, of how long such jobs took, and of limits.

A poll costs a request, waiting costs lag. With a price `COST` on a poll, in seconds of lag, the
next poll should come when *waiting x chance that it finishes meanwhile* has grown to twice that
price; for a steady rate of finishing this is the classic square-root rule of inspection
(interval = sqrt(2 x cost / rate); Barlow, Hunter & Proschan, "Optimum checking procedures", 1963).
The chance comes from the server's own progress where that tells something, else from the
durations of earlier jobs of the model, else from a broad guess.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Trail", "backoff", "next_delay", "remaining"]

COST = 0.05  # seconds of lag that one poll is worth
FLOOR = 0.25  # seconds; below this a poll would meet its own answer
# Clips take half a minute to several (wire.md 1.5, 2.1); the guess is wide on purpose.
_GUESS = (20.0, 45.0, 75.0, 120.0, 240.0, 600.0)
_BURST = 6  # polls a job may make beyond the provider's advised rate


@dataclass(frozen=True, slots=True)
class Trail:
    """What the polls of one job have shown.

    Attributes:
        elapsed: Seconds since it was submitted.
        polls: How many polls were made.
        progress: (elapsed seconds, progress 0 to 1) where progress rose, oldest first.
    """

    elapsed: float
    polls: int = 0
    progress: tuple[tuple[float, float], ...] = ()

    def seen(self, elapsed: float, progress: float | None) -> Trail:
        """The trail after one more answer."""
        rising = progress is not None and (not self.progress or progress > self.progress[-1][1])
        mark = ((elapsed, progress),) if rising and progress is not None else ()
        return Trail(elapsed, self.polls + 1, self.progress + mark)


def next_delay(
    trail: Trail, history: Sequence[float] = (), *, interval: float = 5.0, advice: float | None = None
) -> float:
    """Seconds to wait before the next poll.

    Args:
        trail: What was seen so far.
        history: Seconds that earlier jobs of the model took.
        interval: Seconds between polls that the provider advises; kept to on average.
        advice: Seconds the last answer asked to wait; never less, but more where more is known.

    >>> next_delay(Trail(54.0, 7, ((10, 0.2), (30, 0.5), (54, 0.9))), interval=5) < 6
    True
    """
    return max(_own_delay(trail, history, interval), advice or 0.0, FLOOR)


def _own_delay(trail: Trail, history: Sequence[float], interval: float) -> float:
    if interval <= 1:  # asking costs nothing (our own server): a lively bar is worth more
        return interval
    left = _left_by_progress(trail)
    if left is not None:
        # A steady rate is extrapolated well, and better the nearer the end is.
        delay = min(left * 0.8 + 0.1, max(interval, (trail.elapsed + left) / 7))
        if len(history) >= 3:
            delay = min(delay, max(interval / 2, _by_chance(trail.elapsed, history)))
    else:
        delay = min(_by_chance(trail.elapsed, history or _GUESS), max(interval * 3, trail.elapsed / 8))
    # What the advised rate has not used up yet may be spent near the end; no more.
    spare = _BURST + (trail.elapsed + delay) / interval - trail.polls
    return delay if spare >= 1 else max(delay, interval)


def remaining(trail: Trail, history: Sequence[float] = ()) -> float | None:
    """Seconds the job probably still takes; None where nothing tells."""
    left = _left_by_progress(trail)
    if left is not None:
        return left
    if len(history) < 3:
        return None
    later = sorted(seconds for seconds in history if seconds > trail.elapsed)
    return later[len(later) // 2] - trail.elapsed if later else None


def backoff(misses: int) -> float:
    """Seconds before the next try after so many errors: doubling, capped at a minute, jittered."""
    return min(60.0, 0.5 * 2.0 ** min(misses, 8)) * random.uniform(0.7, 1.3)  # noqa: S311


def _left_by_progress(trail: Trail) -> float | None:
    """Seconds left by the rate of the progress; None where progress is missing, coarse or stuck."""
    marks = trail.progress
    if len(marks) < 2 or marks[-1][1] >= 1:
        return None
    (then, low), (now, high) = marks[max(0, len(marks) - 4)], marks[-1]
    if now <= then:
        return None
    rate = (high - low) / (now - then)
    left = (1 - high) / rate - (trail.elapsed - now)
    # Progress that most polls find unchanged goes by stages and not by time.
    coarse = len(marks) < 0.6 * trail.polls
    return None if coarse or left <= 0 else left


def _by_chance(elapsed: float, durations: Sequence[float]) -> float:
    """The delay at which delay x (chance of finishing in it) reaches twice the price of a poll."""
    alive = 1 - _finished_by(elapsed, durations)
    low, high = FLOOR, 3600.0
    for _ in range(24):
        middle = math.sqrt(low * high)
        chance = (_finished_by(elapsed + middle, durations) - (1 - alive)) / max(alive, 1e-9)
        low, high = (middle, high) if middle * chance < 2 * COST else (low, middle)
    return low


def _finished_by(seconds: float, durations: Sequence[float]) -> float:
    """Share of jobs done by then: earlier ones smoothed on a log scale, with a heavy tail mixed in."""
    if seconds <= 0:
        return 0.0
    logs = [math.log(each) for each in durations if each > 0]
    if not logs:
        logs = [math.log(each) for each in _GUESS]
    middle = sorted(logs)[len(logs) // 2]
    spread = math.sqrt(sum((each - middle) ** 2 for each in logs) / len(logs))
    width = max(0.05, spread * len(logs) ** -0.2)
    near = sum(_below((math.log(seconds) - each) / width) for each in logs) / len(logs)
    tail = _below((math.log(seconds) - middle) / (spread + 1.0))
    return 0.9 * near + 0.1 * tail


def _below(z: float) -> float:
    """The normal distribution function."""
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))
