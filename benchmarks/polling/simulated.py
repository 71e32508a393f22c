"""Thousands of jobs on a virtual clock: ours in every case, the SDKs' rhythms, crowds, other prices, and the bound."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from videogen_nb.backend import poll_timing as polling

from .bound import best, keller, rule
from .durations import DURATIONS, PROGRESS, normal
from .simulator import LATENCY, SDKS, history, many, priced

__all__ = ["CROWDS", "HISTORIES", "PRICE", "SPREADS", "WRONG", "Found", "Simulated", "simulate"]

HISTORIES = (0, 3, 10, 50)
CROWDS = (1, 10, 100, 1000, 10_000)
SPREADS = (2, 4, 5, 6, 8, 10)  # seconds
WRONG = (3.0, 1 / 3)
PRICE = polling.COST
_JOBS = 200  # of each case
_PRICES = (0.0005, 0.002, 0.01, PRICE, 0.2, 1.0, 4.0)


@dataclass(frozen=True, slots=True)
class Found:
    """Lags in seconds, and requests, a job each."""

    lags: list[float]
    requests: list[int]

    @property
    def point(self) -> tuple[float, float]:
        """(mean requests, mean lag in seconds)."""
        return fmean(self.requests), fmean(self.lags)


@dataclass
class Simulated:
    """What was found.

    Attributes:
        ours: By durations, progress, and how many earlier jobs are known.
        sdks: By durations and SDK; they don't look at progress.
        wrong: Ours without progress, ten earlier jobs that took so many times as long: by durations and times.
        spreads: Ours without progress, ten earlier jobs known, by the spread of 60 s jobs.
        crowds: Ours among so many jobs: 60 s ± 4 s by progress, earlier jobs known and number.
        curves: (mean requests, mean lag) of ours by the price of a poll, free of limits: by durations, progress, known.
        best: The same of the best schedules for a known distribution, an answer's way included.
        kellers: Least lag x requests, in seconds, as Keller has it; by durations.
        excess: What our rule costs for a known distribution, lag and requests, in units of the best; by durations.
    """

    ours: dict[tuple[str, str, int], Found] = field(default_factory=dict)
    sdks: dict[tuple[str, str], Found] = field(default_factory=dict)
    wrong: dict[tuple[str, float], Found] = field(default_factory=dict)
    spreads: dict[int, Found] = field(default_factory=dict)
    crowds: dict[tuple[str, int, int], Found] = field(default_factory=dict)
    curves: dict[tuple[str, str, int], dict[float, tuple[float, float]]] = field(default_factory=dict)
    best: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    kellers: dict[str, float] = field(default_factory=dict)
    excess: dict[str, float] = field(default_factory=dict)

    def bound(self, name: str, requests: float) -> float:
        """The least mean lag, in seconds, at so many requests on average where only the distribution is known."""
        polls, lags = zip(*sorted(self.best[name]), strict=True)
        return float(np.exp(np.interp(np.log(requests), np.log(polls), np.log(lags))))

    @property
    def jobs(self) -> int:
        """How many jobs were played."""
        kinds = (self.ours, self.sdks, self.wrong, self.spreads, self.crowds)
        return sum(len(each.lags) for kind in kinds for each in kind.values())


def simulate() -> Simulated:
    found = Simulated()
    for name, durations in DURATIONS.items():
        for told, progress in PROGRESS.items():
            for known in HISTORIES:
                found.ours[name, told, known] = Found(*many(durations, progress, history(durations, known), _JOBS))
        for sdk, poller in SDKS.items():
            found.sdks[name, sdk] = Found(*many(durations, PROGRESS["none"], poller, _JOBS))
        for times in WRONG:
            played = many(durations, PROGRESS["none"], history(durations, 10, times=times), _JOBS)
            found.wrong[name, times] = Found(*played)
        found.kellers[name] = keller(durations)
        costs = [lag + PRICE * polls for polls, lag in (rule(durations, PRICE), best(durations, PRICE))]
        found.excess[name] = costs[0] / costs[1]
        schedules = [best(durations, price) for price in np.geomspace(0.002, 30, 12)]
        found.best[name] = [(polls, lag + LATENCY / 2) for polls, lag in schedules]
        for told, known in (("steady", 0), ("none", 10)):
            for price in _PRICES:
                with priced(price):
                    fewer = Found(*many(durations, PROGRESS[told], history(durations, known), _JOBS // 4))
                found.curves.setdefault((name, told, known), {})[price] = fewer.point
    minute = DURATIONS["60 s ± 4 s"]
    for told, known in (("steady", 0), ("steady", 10), ("none", 0), ("none", 10)):
        for among in CROWDS:
            found.crowds[told, known, among] = Found(
                *many(minute, PROGRESS[told], history(minute, known, among=among), _JOBS // 2)
            )
    for spread in SPREADS:
        found.spreads[spread] = Found(
            *many(normal(60, spread), PROGRESS["none"], history(normal(60, spread), 10), _JOBS)
        )
    return found
