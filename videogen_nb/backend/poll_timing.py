"""When to poll next: pure functions of earlier polls, of the durations of earlier jobs, and of limits.

A poll costs a request; waiting costs lag. A poll is given a price in seconds of lag, and the next poll comes when the
expected lag of waiting longer reaches that price. At a constant rate of finishing that is the square-root rule of
inspection: interval = sqrt(2 x price / rate); see Keller, "Optimum checking schedules for systems subject to random
failure", Management Science 21, 1974. `benchmarks/polling` compares it with the optimum. The distribution of a job's
duration starts from the durations of earlier jobs, or from a guess, and is updated with its progress.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["PollHistory", "backoff", "next_delay", "remaining"]

COST = 0.05  # seconds of lag that one poll is worth
FLOOR = 0.25  # minimum seconds between polls; the response to a poll takes about as long
# Clips take from half a minute to several (one provider states 30 to 90 s), and few servers are much faster or slower.
# The guess is wide on purpose.
_LIKELY, _RARE, _VERY_RARE = (30, 45, 60, 75, 90, 120, 180, 300, 600), (10, 18), (1800, 3600)
_GUESS = [(weight, end) for weight, ends in ((0.1, _LIKELY), (0.05, _RARE), (0.01, _VERY_RARE)) for end in ends]
_BURST = 8  # polls that a job may make beyond the provider's advised rate
_SIGMA = math.pi / math.sqrt(3)  # the standard deviation of a logistic distribution of scale 1

# The duration of a job, in seconds, is distributed as a mixture of logistic distributions.
_Component = tuple[float, float, float]  # weight, mean, scale
_Forecast = tuple[float, float, float]  # mean and scale of the duration by the job's progress, and its weight


@dataclass(frozen=True, slots=True)
class PollHistory:
    """The polls of one job so far.

    Attributes:
        elapsed: Seconds from its submission to the last poll.
        count: Number of polls.
        progress: (elapsed seconds, progress 0 to 1) of each poll in which progress rose, oldest first.
    """

    elapsed: float
    count: int = 0
    progress: tuple[tuple[float, float], ...] = ()

    def with_poll(self, elapsed: float, progress: float | None) -> PollHistory:
        """The history with one more poll."""
        rising = progress is not None and (not self.progress or progress > self.progress[-1][1])
        mark = ((elapsed, progress),) if rising and progress is not None else ()
        return PollHistory(elapsed, self.count + 1, self.progress + mark)


def next_delay(
    polls: PollHistory,
    durations: Sequence[float] = (),
    *,
    interval: float = 5.0,
    advice: float | None = None,
    job_count: int = 1,
) -> float:
    """Seconds to wait before the next poll.

    Args:
        polls: The polls so far.
        durations: Seconds that earlier jobs of the model took, newest first; the last twelve are used.
        interval: Seconds between polls that the provider advises; kept on average.
        advice: Seconds that the last response asked to wait; the delay is never shorter.
        job_count: How many jobs this process follows at the same gateway; with many, each is polled less often.

    >>> near = PollHistory(54.0, 7, ((10, 0.16), (30, 0.5), (54, 0.9)))
    >>> 5 < next_delay(near) < 6.1
    True
    >>> next_delay(near, job_count=1000) > next_delay(near)
    True
    """
    # Every request delays all others, so the harm of load grows with its square, and the price of a poll with the
    # load. The load itself falls with the price; solved for the price, that gives the power 2/3.
    load = max(1.0, job_count) ** (2 / 3)
    slowdown = math.sqrt(load)
    if interval <= 1:  # polling costs nothing, as with our own server: a smooth progress bar is worth more
        delay = interval * slowdown
    else:
        delay = _computed_delay(polls, _prior(tuple(durations[:12])), interval, COST * load, slowdown)
    return max(delay, advice or 0.0, FLOOR)


def _computed_delay(
    polls: PollHistory, mixture: Sequence[_Component], interval: float, price: float, slowdown: float
) -> float:
    forecast = _forecast(polls)
    if forecast:
        # The progress bar should not stand still for long, even if the end is known.
        longest = max(interval * 2, min(forecast[0] / 5, polls.elapsed / 4))
        mixture = _posterior(mixture, forecast)
    elif polls.count:
        longest = max(interval * 3, polls.elapsed / 8)
    else:  # a job that fails at once does so within seconds
        longest = interval
    longest *= slowdown
    delay = _delay_at_price(price, polls.elapsed, mixture, longest)
    # Polls that the advised rate allows but that were not made yet may be made near the end, at a price that rises as
    # they run out. The delay is never shorter than that rate allows.
    spare = _BURST + polls.elapsed / interval - polls.count
    if spare < _BURST:
        higher = _delay_at_price(price * _BURST / max(spare, 0.5), polls.elapsed, mixture, longest)
        delay = max(delay, min(higher, interval))
    return delay if spare + delay / interval >= 1 else max(delay, interval)


def remaining(polls: PollHistory, durations: Sequence[float] = ()) -> float | None:
    """Seconds that the job probably still takes; None if nothing says so."""
    forecast = _forecast(polls) if len(polls.progress) > 1 else None
    if forecast and forecast[2] > 0.5 and forecast[0] > polls.elapsed:
        return forecast[0] - polls.elapsed
    if len(durations) < 3:
        return None
    longer = sorted(seconds for seconds in durations if seconds > polls.elapsed)
    return longer[len(longer) // 2] - polls.elapsed if longer else None


def backoff(failures: int) -> float:
    """Seconds before the next attempt after so many failures: doubling, at most about a minute, with jitter."""
    return min(60.0, 0.5 * 2.0 ** min(failures, 8)) * random.uniform(0.7, 1.3)  # noqa: S311


def _forecast(polls: PollHistory) -> _Forecast | None:
    """The job's duration by the rate of its progress; None if progress is missing or has long stood still."""
    marks = polls.progress
    if not marks or not 0 < marks[-1][1] < 1:
        return None
    error = 0.03 + 0.5 / len(marks) ** 2  # relative; this and all numbers below are fitted in `benchmarks/polling`
    if len(marks) == 1:
        marks = ((0.0, 0.0), *marks)
    last, high = marks[-1]
    if last <= marks[-2][0]:  # the system clock was changed while nobody followed the job
        return None
    # If all values are multiples of a tenth, progress comes in such steps, or names stages.
    step = 0.1 if all(abs(10 * value - round(10 * value)) < 1e-6 for _, value in marks) else 0.01
    rest, rate, (since, low) = _extrapolated(marks, step)
    if len(marks) > 2:
        # If the forecast has moved from mark to mark, as when progress slows down, it will go on to do so.
        count = max((k for k in range(2, len(marks)) if last - marks[k - 1][0] >= rest), default=2)
        earlier = marks[count - 1][0]
        drift = (last + rest - earlier - _extrapolated(marks[:count], step)[0]) / (last - earlier)
        drift = min(max(drift, -1.0), 0.6)
        rest /= 1 - drift
        error += 0.4 * abs(drift)
    # If progress should have risen since the last mark, it is slower than it was, or meaningless.
    weight = 0.9 * min(1.0, 1.5 * step / rate / max(polls.elapsed - last, 1e-9)) ** 2
    current = min(rate, (high + step - low) / (polls.elapsed - since))
    rest *= rate / current
    if weight < 0.02:
        return None
    return last + rest, max(0.03, math.hypot(0.3 * step / current, error * rest) / _SIGMA), weight


def _extrapolated(marks: Sequence[tuple[float, float]], step: float) -> tuple[float, float, tuple[float, float]]:
    """Seconds from the last mark to the end, the rate, and the mark from which the rate was measured.

    It is measured over as much progress as is still to come, if there is as much: long enough to be exact, and recent.
    """
    last, high = marks[-1]
    base = next((mark for mark in reversed(marks[:-1]) if high - mark[1] >= 1 - high), marks[0])
    rate = (high - base[1]) / (last - base[0])
    return (1 - high - step / 2) / rate, rate, base


@lru_cache(maxsize=64)
def _prior(durations: tuple[float, ...]) -> tuple[_Component, ...]:
    """The distribution by earlier jobs: a kernel density estimate of the log durations, with heavy tails."""
    logs = [math.log(seconds) for seconds in durations if seconds > 0]
    if not logs:
        return tuple((weight, mean, 0.15 * mean) for weight, mean in _GUESS)
    number, median = len(logs), sorted(logs)[len(logs) // 2]
    spread = math.sqrt((sum((log - median) ** 2 for log in logs) + 0.015) / number)
    bandwidth = 0.9 * spread * number**-0.2 / _SIGMA
    tails = 0.5 / (number + 1) + 0.02
    kernels = [((1 - tails) / number, math.exp(log), bandwidth * math.exp(log)) for log in logs]
    outliers = [math.exp(median) * factor for factor in (0.4, 0.75, 1.25, 1.6, 3, 8, 25)]
    return (*kernels, *((tails / len(outliers), mean, 0.25 * mean) for mean in outliers))


def _posterior(mixture: Sequence[_Component], forecast: _Forecast) -> list[_Component]:
    """The mixture multiplied by the forecast, with components taken as normal; and the mixture itself, in case the
    forecast is wrong."""
    end, error, certainty = forecast
    products = [(1e-12, end, error)]  # if no earlier job ended anywhere near
    for weight, mean, scale in mixture:
        variance = scale**2 + error**2
        fit = weight * math.exp(-((mean - end) ** 2) / (2 * _SIGMA**2 * variance)) / math.sqrt(variance)
        products.append((fit, (mean * error**2 + end * scale**2) / variance, scale * error / math.sqrt(variance)))
    total = sum(fit for fit, _, _ in products)
    kept = [(certainty * fit / total, mean, scale) for fit, mean, scale in products if fit > total / 10_000]
    return kept + [((1 - certainty) * weight, mean, scale) for weight, mean, scale in mixture]


def _delay_at_price(price: float, now: float, mixture: Sequence[_Component], longest: float) -> float:
    """The delay whose expected lag is `price`, given that the job has not ended by now."""
    parts = [(*part, *_cumulative(now, *part)) for part in mixture if now - part[1] < 30 * part[2]]
    running = sum(weight - ended for weight, _, _, ended, _ in parts)
    if running < 1e-9:
        return longest
    delay = longest
    # The expected lag is convex in the delay, so Newton's method from the longest delay approaches it from above.
    for _ in range(20):
        probability, lag = 0.0, -price * running
        for weight, mean, scale, ended, integral in parts:
            ended_then, integral_then = _cumulative(now + delay, weight, mean, scale)
            probability += ended_then - ended
            lag += integral_then - integral - ended * delay
        if lag <= 0.01 * price * running:
            break
        delay -= lag / probability
    return delay


def _cumulative(now: float, weight: float, mean: float, scale: float) -> tuple[float, float]:
    """A component's cumulative distribution function, and its integral up to now."""
    z = (now - mean) / scale
    if z > 30:
        return weight, weight * (now - mean)
    power = math.exp(z)
    return weight * power / (1 + power), weight * scale * math.log1p(power)
