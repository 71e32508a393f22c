"""How long jobs take, and what their progress says meanwhile: the cases on which polling is measured."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

__all__ = ["DURATIONS", "PROGRESS", "Durations", "Progress", "normal"]

_LONGEST = 3600.0  # seconds; both vendors give a job up after an hour, or sooner

Progress = Callable[[float], "float | None"]  # from seconds since the start to 0 to 1, as the gateway tells it


@dataclass(frozen=True, slots=True)
class Durations:
    """A distribution of how long jobs take, in seconds.

    Attributes:
        draw: From a number between 0 and 1, evenly drawn, to a duration (the inverse of `ended`).
        ended: The share of jobs that have ended by then.
        most: By then, all but 1 in 100,000 have.
    """

    draw: Callable[[float], float]
    ended: Callable[[float], float]
    most: float


def normal(middle: float, spread: float) -> Durations:
    """Normally distributed; both in seconds."""
    shape = NormalDist(middle, spread)
    return Durations(lambda u: max(shape.inv_cdf(u), 5.0), shape.cdf, middle + 4.3 * spread)


def _lognormal(middle: float, spread: float) -> Durations:
    shape = NormalDist(math.log(middle), spread)
    return Durations(
        lambda u: min(math.exp(shape.inv_cdf(u)), _LONGEST),
        lambda t: shape.cdf(math.log(t)) if t > 0 else 0.0,
        math.exp(shape.mean + 4.3 * spread),
    )


def _pareto(least: float, power: float) -> Durations:
    return Durations(
        lambda u: min(least * (1 - u) ** (-1 / power), _LONGEST),
        lambda t: 1 - (least / t) ** power if least < t < _LONGEST else float(t >= _LONGEST),
        _LONGEST,
    )


DURATIONS = {
    "60 s ± 4 s": normal(60, 4),
    "60 s ± 8 s": normal(60, 8),
    "30–90 s": Durations(lambda u: 30 + 60 * u, lambda t: min(max((t - 30) / 60, 0.0), 1.0), 90),
    "minutes": _lognormal(150, 0.5),
    "heavy tail": _pareto(30, 1.5),
}


def _none(end: float, chance: random.Random) -> Progress:
    return lambda now: None


def _steady(end: float, chance: random.Random) -> Progress:
    return lambda now: _per_cent(now / end)


def _queued(end: float, chance: random.Random) -> Progress:
    start = end * chance.uniform(0.1, 0.5)
    return lambda now: _per_cent((now - start) / (end - start))


def _s_curve(end: float, chance: random.Random) -> Progress:
    return lambda now: _per_cent(3 * (now / end) ** 2 - 2 * (now / end) ** 3)


def _stages(end: float, chance: random.Random) -> Progress:
    """10 submitted, 20 queued, 30 in progress, 100 (new-api, so Infinity Blue)."""
    first = chance.uniform(1, 3)
    running = first + 2 + end * chance.uniform(0.05, 0.3)
    return lambda now: 0.0 if now < first else 0.1 if now < first + 2 else 0.2 if now < running else 0.3


def _stuck(end: float, chance: random.Random) -> Progress:
    return lambda now: min(_per_cent(now / end / 0.6), 0.99)


def _slowing(end: float, chance: random.Random) -> Progress:
    return lambda now: _per_cent(1 - (1 - now / end) ** 2)


def _per_cent(share: float) -> float:
    return math.floor(100 * min(max(share, 0.0), 1.0)) / 100


# What a gateway may tell of a job that ends then; whole per cent where it tells any.
PROGRESS: dict[str, Callable[[float, random.Random], Progress]] = {
    "none": _none,
    "steady": _steady,
    "queued, then steady": _queued,
    "S-curve": _s_curve,
    "slowing down": _slowing,
    "stages 10/20/30/100": _stages,
    "stuck at 99": _stuck,
}
