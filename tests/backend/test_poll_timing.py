from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence

import pytest

from videogen_nb.backend import poll_timing as polling
from videogen_nb.backend.poll_timing import FLOOR, PollHistory, backoff, next_delay, remaining


def follow(
    finish: float,
    progress: Callable[[float], float | None],
    *,
    history: Sequence[float] = (),
    interval: float = 5.0,
    latency: float = 0.05,
    job_count: int = 1,
) -> tuple[float, int]:
    """Poll a job that ends at `finish`, without waiting: (seconds from its end to knowing it, polls)."""
    past, now = PollHistory(0.0), 0.0
    while True:
        now += next_delay(past, history, interval=interval, job_count=job_count) + latency
        if now >= finish:
            return now - finish, past.count + 1
        past = past.with_poll(now, progress(now))
        assert past.count < 100_000


def ends(seed: int = 1, number: int = 200, middle: float = 60.0, spread: float = 4.0) -> list[float]:
    chance = random.Random(seed)
    return [max(5.0, chance.gauss(middle, spread)) for _ in range(number)]


@pytest.mark.parametrize("step", [0.001, 0.01])
def test_linear_progress_is_followed_closely(step: float) -> None:
    """60 s jobs with steady progress, in per cent or finer: known within 0.3 s after at most 12 requests (medians)."""
    runs = [follow(end, lambda now, end=end: now / end // step * step) for end in ends()]  # type: ignore[misc]
    assert statistics.median(lag for lag, _ in runs) <= 0.3
    assert statistics.median(polls for _, polls in runs) <= 12


def test_ten_jobs_of_history_stand_in_for_progress() -> None:
    """60 s jobs without progress, ten earlier ones known: within 0.6 s, at most 20 requests (medians)."""
    lags, polls = [], []
    for seed in range(10):
        earlier = ends(seed + 100, 10)
        for end in ends(seed, 30):
            lag, made = follow(end, lambda _: None, history=earlier)
            lags.append(lag)
            polls.append(made)
    assert statistics.median(lags) <= 0.6
    assert statistics.median(polls) <= 20


@pytest.mark.parametrize("history", [(), (60.0, 56.0, 63.0, 58.0, 61.0)])
@pytest.mark.parametrize(
    ("progress", "most", "within"),
    [
        (lambda share: max(share - 0.4, 0) / 0.6, 15, 0.4),  # a queue first
        (lambda share: 3 * share**2 - 2 * share**3, 16, 1.2),
        (lambda share: 1 - (1 - share) ** 2, 16, 1.2),
        (lambda share: 0.1 if share < 0.05 else 0.2 if share < 0.2 else 0.3, 18, 3.5),  # stages
        (lambda share: min(share / 0.6, 0.99), 18, 3.5),
    ],
)
def test_progress_that_is_not_steady_is_understood_or_left_aside(
    progress: Callable[[float], float], most: int, within: float, history: Sequence[float]
) -> None:
    """Queues, curves, stages and bars that stick at 99: about as many requests, and an end known in time (medians)."""

    def run(end: float) -> tuple[float, int]:
        return follow(end, lambda now: math.floor(100 * progress(now / end)) / 100, history=history)

    runs = [run(end) for end in ends(number=60)]
    assert statistics.median(lag for lag, _ in runs) <= within
    assert statistics.median(polls for _, polls in runs) <= most


@pytest.mark.parametrize(("job_count", "least", "most"), [(1, 6, 10), (1000, 2, 4), (10_000, 1, 2)])
def test_a_crowd_shares_what_it_may_ask(job_count: int, least: float, most: float) -> None:
    """60 s jobs with steady progress: fewer requests each the more there are, and never fewer than it takes."""
    runs = [
        follow(end, lambda now, end=end: math.floor(100 * now / end) / 100, job_count=job_count)  # type: ignore[misc]
        for end in ends(number=60)
    ]
    assert least <= statistics.fmean(polls for _, polls in runs) <= most


@pytest.mark.parametrize("interval", [5.0, 0.5], ids=["a gateway", "our own server"])
def test_the_more_there_are_the_less_each_is_asked_about(interval: float) -> None:
    """The first jobs of a person are followed nearly as if alone."""
    near = PollHistory(54.0, 7, ((10.0, 0.16), (54.0, 0.9)))
    delays = [next_delay(near, interval=interval, job_count=job_count) for job_count in (1, 2, 100, 1000)]
    assert delays == sorted(set(delays))
    assert delays[1] < 1.3 * delays[0]


def test_a_poll_comes_when_the_lag_to_expect_is_its_price() -> None:
    """By a plain sum over jobs that are still running, for beliefs of several shapes."""
    beliefs = [(0.6, 60.0, 2.0), (0.3, 75.0, 6.0), (0.1, 200.0, 50.0)]
    chance = random.Random(5)
    drawn = [
        (chance.choices(beliefs, [weight for weight, _, _ in beliefs])[0], chance.random()) for _ in range(100_000)
    ]
    jobs = [middle + width * math.log(u / (1 - u)) for (_, middle, width), u in drawn]
    for now, price in ((0.0, 0.05), (55.0, 0.05), (62.0, 0.5), (150.0, 3.0)):
        then = now + polling._delay_at_price(price, now, beliefs, 1000.0)
        lags = [max(then - end, 0.0) for end in jobs if end > now]
        assert statistics.fmean(lags) == pytest.approx(price, rel=0.15)


def test_the_first_look_is_an_early_one() -> None:
    """What is refused is refused within seconds, whatever earlier jobs took; after it there is time."""
    assert next_delay(PollHistory(0.0), [600.0] * 10) == 5.0
    assert next_delay(PollHistory(5.0, 1), [600.0] * 10) == 15.0


@pytest.mark.parametrize(
    "past",
    [
        PollHistory(-30.0, 1, ((-30.0, 0.3),)),
        PollHistory(5.0, 2, ((7.0, 0.1), (5.0, 0.3))),
        PollHistory(9.0, 2, ((9.0, 0.1), (9.0, 0.3))),
        PollHistory(0.0, 1, ((0.0, 0.5),)),
        PollHistory(60.0, 3, ((1.0, 0.5), (59.0, 0.996), (60.0, 0.999))),
        PollHistory(1e6, 3, ((1.0, 0.01), (1e6, 0.02))),
        PollHistory(1e6, 50_000),
    ],
)
@pytest.mark.parametrize("history", [(), (60.0,) * 12, (0.0, -1.0), (1e-9,), (1e9,)])
def test_odd_trails_still_give_a_delay(past: PollHistory, history: Sequence[float]) -> None:
    """Clocks that were set, progress to the last per mille, ages, and jobs of no time or endless ones."""
    assert FLOOR <= next_delay(past, history) <= max(15.0, past.elapsed / 4)


@pytest.mark.parametrize(
    "progress",
    [
        lambda now: None,
        lambda now: 0.0,
        lambda now: 0.99,
        lambda now: 1.0,
        lambda now: min(0.99, now / 20),
        lambda now: 0.5 if now % 2 < 1 else 0.2,
        lambda now: math.floor(100 - 100 / (1 + now / 60)) / 100,
        lambda now: round(now / 3600, 1),
    ],
)
@pytest.mark.parametrize("history", [(), (60.0,), (60.0, 61.0, 62.0), (0.001,) * 10, (3600.0,) * 10])
@pytest.mark.parametrize("finish", [1.0, 60.0, 3600.0])
def test_no_progress_and_no_history_makes_it_ask_too_often(
    progress: Callable[[float], float | None], history: Sequence[float], finish: float
) -> None:
    """However progress behaves, requests stay within the advised rate and a few, and an end is known in time."""
    lag, polls = follow(finish, progress, history=history)
    assert polls <= finish / 5.0 + 8
    assert lag <= max(15.0, finish / 6) + 1


def test_a_delay_is_never_below_the_floor_and_never_endless() -> None:
    """For any polls, durations and interval."""
    chance = random.Random(7)
    for _ in range(3000):
        marks: list[tuple[float, float]] = []
        for _ in range(chance.randrange(5)):
            last = marks[-1] if marks else (0.0, 0.0)
            marks.append((last[0] + chance.random() * 30, min(1.0, last[1] + chance.random() * 0.4)))
        elapsed = (marks[-1][0] if marks else 0.0) + chance.random() * 100
        history = [chance.random() * 10 ** chance.randrange(-2, 5) for _ in range(chance.randrange(12))]
        past = PollHistory(elapsed, len(marks) + chance.randrange(20), tuple(marks))
        interval = chance.choice([1.5, 5.0, 15.0])
        assert FLOOR <= next_delay(past, history, interval=interval) <= max(interval * 3, elapsed, 60)


def test_advice_is_kept_to() -> None:
    """It is never asked sooner than the answer says; asking later, where more is known, is no breach of it."""
    near, far = PollHistory(59.0, 5, ((10.0, 0.2), (59.0, 0.99))), PollHistory(10.0, 2, ((5.0, 0.05), (10.0, 0.1)))
    assert next_delay(near, [60.0] * 10, interval=5, advice=30) == 30
    assert next_delay(far, interval=5, advice=1) == next_delay(far, interval=5) > 1
    assert next_delay(near, advice=0) >= FLOOR


def test_our_own_server_is_asked_at_its_own_pace() -> None:
    """Where asking costs nothing a lively bar is worth more."""
    assert next_delay(PollHistory(3.0, 40), interval=0.5) == 0.5


def test_only_rising_progress_leaves_a_mark() -> None:
    """A value that falls, stays, or is missing tells nothing about the rate."""
    past = PollHistory(0.0)
    for elapsed, progress in ((1, 0.1), (2, None), (3, 0.1), (4, 0.05), (5, 0.3)):
        past = past.with_poll(elapsed, progress)
    assert past == PollHistory(5, 5, ((1, 0.1), (5, 0.3)))


def test_what_remains_is_told_only_where_something_tells_it() -> None:
    """By the rate of the progress, else by the median of earlier jobs that took longer."""
    assert remaining(PollHistory(30.0, 2, ((10.0, 0.21), (30.0, 0.61)))) == pytest.approx(19.5, abs=0.5)
    assert remaining(PollHistory(30.0, 2)) is None
    assert remaining(PollHistory(30.0, 2), [50.0, 60.0, 70.0]) == 30.0
    assert remaining(PollHistory(99.0, 2), [50.0, 60.0, 70.0]) is None


def test_backoff_doubles_to_about_a_minute() -> None:
    """With a third of jitter, and no overflow after a weekend without network."""
    for misses in (0, 1, 2, 6, 7, 8, 10_000):
        middle = min(60.0, 0.5 * 2.0 ** min(misses, 8))
        waits = [backoff(misses) for _ in range(50)]
        assert 0.7 * middle <= min(waits) <= max(waits) <= 1.3 * middle
        assert len(set(waits)) > 1
