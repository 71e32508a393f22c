"""The simulator held against the clock: real pollers and ours, on the same jobs, at a gateway on loopback."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from ..programs import start
from .durations import PROGRESS
from .pollers import POLLERS
from .simulator import LATENCY, SDKS, Poller, followed, ours
from .timed import Timed

__all__ = ["Real", "in_real_time"]

# Seconds that the jobs take: no two at the same place of anybody's rhythm.
SECONDS = [round(20.3 + 4.87 * place, 2) for place in range(8)]


@dataclass(frozen=True, slots=True)
class Real:
    """What one poller did, by the clock and by the simulator.

    Attributes:
        lags: From a job's end until the answer that says so had left, in seconds; a job each.
        requests: Status requests until then.
        played: The same of the same jobs by the simulator, (lag, requests), without the answer's way back.
    """

    lags: list[float]
    requests: list[int]
    played: list[tuple[float, int]]


def in_real_time() -> dict[str, Real]:
    """Have every poller follow the same jobs, all at once; takes as long as the longest job."""
    with Timed(LATENCY) as gateway, tempfile.TemporaryDirectory() as home:
        running = {
            name: start("benchmarks.polling.pollers", name, [gateway.url, SECONDS], f"{home}/{name}")
            for name in POLLERS
        }
        try:
            if failed := [name for name, process in running.items() if process.wait(120)]:
                raise RuntimeError(f"The benchmark of {', '.join(failed)} failed.")
        finally:
            for process in running.values():
                process.kill()
        return {
            name: Real(
                [gateway.told[name, each] for each in SECONDS],
                [gateway.asked[name, each] for each in SECONDS],
                [_played(name, each) for each in SECONDS],
            )
            for name in POLLERS
        }


def _played(name: str, seconds: float) -> tuple[float, int]:
    chance = random.Random(seconds)
    pollers: dict[str, Callable[[random.Random], Poller]] = SDKS
    poller = pollers[name](chance) if name in pollers else ours(among=len(SECONDS))
    progress = PROGRESS["none" if name == "silent" else "steady"](seconds, chance)
    return followed(seconds, progress, poller)
