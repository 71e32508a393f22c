"""The least lag that any schedule of polls can reach when only the distribution of durations is known."""

from __future__ import annotations

import numpy as np

from .durations import Durations

__all__ = ["best", "keller", "rule"]

_POINTS = 1200


def keller(durations: Durations) -> float:
    """Expected lag x expected polls where polls are many: (integral of sqrt(density x surviving))² / 2, in seconds.

    Keller, "Optimum checking schedules for systems subject to random failure", Management Science 21 (3), 256-260,
    1974: polls of a density n(t) leave a lag of 1 / (2 n), and n(t) = sqrt(hazard / (2 price)) costs least.
    """
    times, ended, _ = _grid(durations, 20_000)
    density = np.maximum(np.gradient(ended, times), 0)
    return float(np.trapezoid(np.sqrt(density * np.maximum(1 - ended, 0)), times) ** 2 / 2)


def best(durations: Durations, price: float) -> tuple[float, float]:
    """(expected polls, expected lag in seconds) of the cheapest schedule, a poll being worth `price` seconds of lag.

    Exact but for the grid: dynamic programming over the time of the last poll that found the job running
    (the problem of Barlow, Hunter and Proschan, "Optimum checking procedures", J. SIAM 11, 1078-1095, 1963).
    """
    times, ended, lag = _grid(durations, _POINTS)
    alive = 1 - ended
    cost, polls = np.zeros(_POINTS), np.zeros(_POINTS)
    for last in range(_POINTS - 2, -1, -1):
        later = slice(last + 1, None)
        waits = lag[later] - lag[last] - ended[last] * (times[later] - times[last])
        choices = price * alive[last] + waits + cost[later]
        chosen = int(np.argmin(choices))
        cost[last] = choices[chosen]
        polls[last] = alive[last] + polls[last + 1 + chosen]
    return float(polls[0]), float(cost[0] - price * polls[0])


def rule(durations: Durations, price: float) -> tuple[float, float]:
    """The same where each poll comes when the lag expected from waiting has grown to the price, as ours do."""
    times, ended, lag = _grid(durations, 10 * _POINTS)
    last, polls, lags = 0, 0.0, 0.0
    while last < len(times) - 1 and ended[last] < 1 - 1e-6:
        waits = lag[last + 1 :] - lag[last] - ended[last] * (times[last + 1 :] - times[last])
        chosen = min(int(np.searchsorted(waits, price * (1 - ended[last]))), len(waits) - 1)
        polls += 1 - ended[last]
        lags += waits[chosen]
        last += 1 + chosen
    return float(polls), float(lags)


def _grid(durations: Durations, points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, half of them even and half where jobs end; the share that has ended by each; and its integral."""
    even = np.linspace(0, durations.most, points // 2)
    drawn = [durations.draw(u) for u in np.linspace(1e-5, 1 - 1e-5, points - len(even))]
    times = np.sort(np.minimum([*even, *drawn], durations.most)) + np.arange(points) * 1e-9  # no two the same
    ended = np.array([durations.ended(float(t)) for t in times])
    return times, ended, np.concatenate([[0.0], np.cumsum((ended[1:] + ended[:-1]) / 2 * np.diff(times))])
