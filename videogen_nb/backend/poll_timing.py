"""When to ask next: pure functions of what was seen, of how long such jobs took, and of limits.

A poll costs a request, waiting costs lag. With a price on a poll, in seconds of lag, the next poll comes when
the lag to be expected from waiting has grown to that price: at a steady rate of finishing, the square-root rule
of inspection (interval = sqrt(2 x price / rate); Keller, "Optimum checking schedules for systems subject to
random failure", Management Science 21, 1974). How near that is to the best there is: `benchmarks/polling.py`.
When a job ends is believed from how long earlier ones took, else guessed, and narrowed by its progress.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["PollHistory", "backoff", "next_delay", "remaining"]

COST = 0.05  # seconds of lag that one poll is worth
FLOOR = 0.25  # seconds; below this a poll would meet its own answer
# Clips take half a minute to several (30-90 s by one vendor's word), few servers are much quicker or slower; the
# guess is wide on purpose.
_LIKELY, _RARE, _ODD = (30, 45, 60, 75, 90, 120, 180, 300, 600), (10, 18), (1800, 3600)
_GUESS = [(share, each) for share, ends in ((0.1, _LIKELY), (0.05, _RARE), (0.01, _ODD)) for each in ends]
_BURST = 8  # polls a job may make beyond the provider's advised rate
_SIGMA = math.pi / math.sqrt(3)  # the standard deviation of a logistic of width 1

_Belief = tuple[float, float, float]  # weight, middle, width: a logistic share of when the job ends, in its seconds
_Forecast = tuple[float, float, float]  # the end by the progress, its width, and the weight it is given


@dataclass(frozen=True, slots=True)
class PollHistory:
    """What the polls of one job have shown.

    Attributes:
        elapsed: Seconds since it was submitted.
        polls: How many polls were made.
        progress: (elapsed seconds, progress 0 to 1) where progress rose, oldest first.
    """

    elapsed: float
    polls: int = 0
    progress: tuple[tuple[float, float], ...] = ()

    def seen(self, elapsed: float, progress: float | None) -> PollHistory:
        """The trail after one more answer."""
        rising = progress is not None and (not self.progress or progress > self.progress[-1][1])
        mark = ((elapsed, progress),) if rising and progress is not None else ()
        return PollHistory(elapsed, self.polls + 1, self.progress + mark)


def next_delay(
    trail: PollHistory,
    history: Sequence[float] = (),
    *,
    interval: float = 5.0,
    advice: float | None = None,
    job_count: int = 1,
) -> float:
    """Seconds to wait before the next poll.

    Args:
        trail: What was seen so far.
        history: Seconds that earlier jobs of the model took, newest first; the last dozen count.
        interval: Seconds between polls that the provider advises; kept to on average.
        advice: Seconds the last answer asked to wait; never less, but more where more is known.
        job_count: How many jobs this process follows at the same gateway; a crowd asks less often, each.

    >>> near = PollHistory(54.0, 7, ((10, 0.16), (30, 0.5), (54, 0.9)))
    >>> 5 < next_delay(near) < 6.1
    True
    >>> next_delay(near, job_count=1000) > next_delay(near)
    True
    """
    # Load hurts by its square (others wait for it), so that a poll's price grows with the load that
    # it meets; solved for the price, which itself thins the load, that is the power 2/3.
    crowd = max(1.0, job_count) ** (2 / 3)
    patience = math.sqrt(crowd)
    if interval <= 1:  # asking costs nothing (our own server): a lively bar is worth more
        delay = interval * patience
    else:
        delay = _own_delay(trail, _by_history(tuple(history[:12])), interval, COST * crowd, patience)
    return max(delay, advice or 0.0, FLOOR)


def _own_delay(trail: PollHistory, beliefs: Sequence[_Belief], interval: float, price: float, patience: float) -> float:
    forecast = _by_progress(trail)
    if forecast:
        # No bar should stand still for long, even where its end is known.
        longest = max(interval * 2, min(forecast[0] / 5, trail.elapsed / 4))
        beliefs = _narrowed(beliefs, forecast)
    elif trail.polls:
        longest = max(interval * 3, trail.elapsed / 8)
    else:  # what is refused is refused within seconds
        longest = interval
    longest *= patience
    delay = _worth(price, trail.elapsed, beliefs, longest)
    # What the advised rate has not used up yet may be spent near the end, dearer as it runs out; never less than it.
    spare = _BURST + trail.elapsed / interval - trail.polls
    if spare < _BURST:
        dearer = _worth(price * _BURST / max(spare, 0.5), trail.elapsed, beliefs, longest)
        delay = max(delay, min(dearer, interval))
    return delay if spare + delay / interval >= 1 else max(delay, interval)


def remaining(trail: PollHistory, history: Sequence[float] = ()) -> float | None:
    """Seconds the job probably still takes; None where nothing tells."""
    forecast = _by_progress(trail) if len(trail.progress) > 1 else None
    if forecast and forecast[2] > 0.5 and forecast[0] > trail.elapsed:
        return forecast[0] - trail.elapsed
    if len(history) < 3:
        return None
    later = sorted(seconds for seconds in history if seconds > trail.elapsed)
    return later[len(later) // 2] - trail.elapsed if later else None


def backoff(misses: int) -> float:
    """Seconds before the next try after so many errors: doubling, capped at a minute, jittered."""
    return min(60.0, 0.5 * 2.0 ** min(misses, 8)) * random.uniform(0.7, 1.3)  # noqa: S311


def _by_progress(trail: PollHistory) -> _Forecast | None:
    """What the rate of the progress says; None where progress is missing or has long stood still."""
    marks = trail.progress
    if not marks or not 0 < marks[-1][1] < 1:
        return None
    doubt = 0.03 + 0.5 / len(marks) ** 2  # of what is left; this and all numbers below by `benchmarks/polling.py`
    if len(marks) == 1:
        marks = ((0.0, 0.0), *marks)
    last, high = marks[-1]
    if last <= marks[-2][0]:  # the clock was set while nobody followed
        return None
    # Values that are all whole tenths come in such steps, or name stages.
    step = 0.1 if all(abs(10 * value - round(10 * value)) < 1e-6 for _, value in marks) else 0.01
    left, rate, (since, low) = _extrapolated(marks, step)
    if len(marks) > 2:
        # Where the forecasts slip from mark to mark, as when progress slows down, the end does so too.
        count = max((k for k in range(2, len(marks)) if last - marks[k - 1][0] >= left), default=2)
        earlier = marks[count - 1][0]
        slip = (last + left - earlier - _extrapolated(marks[:count], step)[0]) / (last - earlier)
        slip = min(max(slip, -1.0), 0.6)
        left /= 1 - slip
        doubt += 0.4 * abs(slip)
    # Progress that should have risen since is slower than it was, or means nothing.
    trust = 0.9 * min(1.0, 1.5 * step / rate / max(trail.elapsed - last, 1e-9)) ** 2
    now = min(rate, (high + step - low) / (trail.elapsed - since))
    left *= rate / now
    if trust < 0.02:
        return None
    return last + left, max(0.03, math.hypot(0.3 * step / now, doubt * left) / _SIGMA), trust


def _extrapolated(marks: Sequence[tuple[float, float]], step: float) -> tuple[float, float, tuple[float, float]]:
    """Seconds from the last mark to the end, the rate, and the mark from which on it was measured.

    That is over as much progress as is still to come, if there was as much: exact, and still true.
    """
    last, high = marks[-1]
    base = next((mark for mark in reversed(marks[:-1]) if high - mark[1] >= 1 - high), marks[0])
    rate = (high - base[1]) / (last - base[0])
    return (1 - high - step / 2) / rate, rate, base


@lru_cache(maxsize=64)
def _by_history(durations: tuple[float, ...]) -> tuple[_Belief, ...]:
    """What earlier jobs say: each smoothed by how far they lie apart, and some share for the unheard-of."""
    logs = [math.log(seconds) for seconds in durations if seconds > 0]
    if not logs:
        return tuple((weight, middle, 0.15 * middle) for weight, middle in _GUESS)
    number, median = len(logs), sorted(logs)[len(logs) // 2]
    spread = math.sqrt((sum((each - median) ** 2 for each in logs) + 0.015) / number)
    width = 0.9 * spread * number**-0.2 / _SIGMA
    odd = 0.5 / (number + 1) + 0.02
    near = [((1 - odd) / number, math.exp(each), width * math.exp(each)) for each in logs]
    strange = [math.exp(median) * times for times in (0.4, 0.75, 1.25, 1.6, 3, 8, 25)]
    return (*near, *((odd / len(strange), middle, 0.25 * middle) for middle in strange))


def _narrowed(beliefs: Sequence[_Belief], forecast: _Forecast) -> list[_Belief]:
    """The beliefs times the forecast, each taken for a bell, beside what remains of them if it is wrong."""
    end, exact, trust = forecast
    found = [(1e-12, end, exact)]  # where no job ever ended anywhere near
    for weight, middle, width in beliefs:
        both = width**2 + exact**2
        fit = weight * math.exp(-((middle - end) ** 2) / (2 * _SIGMA**2 * both)) / math.sqrt(both)
        found.append((fit, (middle * exact**2 + end * width**2) / both, width * exact / math.sqrt(both)))
    total = sum(fit for fit, _, _ in found)
    narrowed = [(trust * fit / total, middle, width) for fit, middle, width in found if fit > total / 10_000]
    return narrowed + [((1 - trust) * weight, middle, width) for weight, middle, width in beliefs]


def _worth(price: float, now: float, beliefs: Sequence[_Belief], longest: float) -> float:
    """The wait from which a lag of `price` is to be expected, given that the job had not ended by now."""
    parts = [(*each, *_ended(now, *each)) for each in beliefs if now - each[1] < 30 * each[2]]
    alive = sum(weight - done for weight, _, _, done, _ in parts)
    if alive < 1e-9:
        return longest
    delay = longest
    # The expected lag is convex in the wait, so Newton's steps from the far end come down to it and never pass it.
    for _ in range(20):
        chance, lag = 0.0, -price * alive
        for weight, middle, width, done, before in parts:
            by_then, since_ever = _ended(now + delay, weight, middle, width)
            chance += by_then - done
            lag += since_ever - before - done * delay
        if lag <= 0.01 * price * alive:
            break
        delay -= lag / chance
    return delay


def _ended(now: float, weight: float, middle: float, width: float) -> tuple[float, float]:
    """The share of a belief that has ended by now, and its integral over time until now."""
    z = (now - middle) / width
    if z > 30:
        return weight, weight * (now - middle)
    power = math.exp(z)
    return weight * power / (1 + power), weight * width * math.log1p(power)
