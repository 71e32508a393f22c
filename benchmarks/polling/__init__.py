"""From a job's end to knowing it, and the requests that takes: against four SDKs' pollers, and the best there is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import fmean, median

from ..environment import ROOT
from ..row import Figures, Row
from .chart import Series, draw
from .durations import DURATIONS, PROGRESS
from .realtime import Real, in_real_time
from .simulated import CROWDS, HISTORIES, PRICE, SPREADS, WRONG, Found, Simulated, simulate
from .simulator import LATENCY, SDKS

__all__ = ["run"]

_PICTURE = ROOT / "benchmarks" / "polling.svg"


def run() -> Figures:
    """Simulate in one process, meanwhile check against the clock; draws the picture beside this file."""
    with ProcessPoolExecutor(1, get_context("spawn"), os.nice, (19,)) as pool:
        simulating = pool.submit(simulate)
        real = in_real_time()
        found = simulating.result()
    _PICTURE.write_text(_picture(found), encoding="utf-8")
    return Figures(list(_rows(found, real)), _notes(found, real))


def _rows(found: Simulated, real: dict[str, Real]) -> Iterator[Row]:
    for name in ("60 s ± 4 s", "60 s ± 8 s"):
        for told, known, seconds, most in (("steady", 0, 0.3, 12), ("none", 10, 0.6, 20)):
            ours, theirs = found.ours[name, told, known], found.sdks[name, "openai"]
            case = f"{name}, {'steady progress' if known == 0 else 'no progress, ten known'}"
            near = median(ours.lags) <= seconds
            yield Row(f"finished → known, {case}", ours.lags, "s", "openai", theirs.lags, f"at most {seconds} s", near)
            few = median(ours.requests) <= most
            yield Row(f"requests, {case}", ours.requests, "", "openai", theirs.requests, f"at most {most}", few)
    for name, case in (("ours", "steady progress"), ("silent", "no progress, none known")):
        theirs_too = real["openai"]
        yield Row(f"by the clock: 20–54 s, {case}", real[name].lags, "s", "openai", theirs_too.lags)
        yield Row(f"by the clock: requests, {case}", real[name].requests, "", "openai", theirs_too.requests)


def _picture(found: Simulated) -> str:
    colours = {"openai": "#8250df", "replicate": "#bf3989", "fal": "#cf222e", "runwayml": "#9a6700"}
    steady, known = "#1a7f64", "#2f81f7"
    panels = {
        name: [
            *(Series(sdk, [found.sdks[name, sdk].point], colours[sdk]) for sdk in SDKS),
            Series("ours, steady progress", [found.ours[name, "steady", 0].point], steady),
            Series("ours, no progress, ten known", [found.ours[name, "none", 10].point], known),
            Series("ours at other prices", list(found.curves[name, "steady", 0].values()), steady, "solid"),
            Series("likewise", list(found.curves[name, "none", 10].values()), known, "solid"),
            Series("the least for a known distribution", found.best[name], "#8b949e", "dashed"),
        ]
        for name in DURATIONS
    }
    return draw(panels, "requests a job (mean)", "finished → known, seconds (mean)", (1, 2000), (0.03, 10))


def _notes(found: Simulated, real: dict[str, Real]) -> str:
    excess = max(abs(each - 1) for each in found.excess.values())
    clock = max(
        abs(fmean(each.lags) - fmean(lag for lag, _ in each.played))
        for name, each in real.items()
        if name != "runwayml"  # which throws dice
    )
    steady, openai = found.ours["60 s ± 4 s", "steady", 0].point, found.sdks["60 s ± 4 s", "openai"].point
    return f"""\
![Lag against requests](polling.svg)

{found.jobs:,} jobs on a virtual clock, followed by `videogen_nb.backend.poll_timing` itself and in the rhythms of the
SDKs' own helpers; a request takes {1000 * LATENCY:.0f} ms, the gateway advises 5 s.
Cells: median lag / median requests.
"minutes": lognormal around 150 s; "heavy tail": Pareto from 30 s; progress in whole per cent.

{_cases(found)}

Without progress, by how many earlier jobs of the model are known (the newest dozen count):

{_known(found)}

**Below and left.** With steady progress ours lies below and left of openai, replicate and runwayml (60 s ± 4 s, means:
{steady[1]:.2f} s with {steady[0]:.1f} requests, openai {openai[1]:.2f} s with {openai[0]:.0f}). fal asks ten times a
second: less lag than ours, fifty times the requests; no point of ours lies below it, only our curve does (ours at
other prices of a poll, without a shortest wait and the advised rate). Without progress ours makes a quarter to a
twentieth of the requests of openai, replicate and fal, and is as near as openai only where earlier jobs tell (± 4 s);
where nothing but the guess tells it is left of these three and above them, and below runwayml.

**Theory.** With a price on a poll the best schedule for a known distribution follows by dynamic programming (the
problem of Barlow, Hunter and Proschan, "Optimum checking procedures", J. SIAM 11, 1963, 1078-1095); where polls are
many, lag × requests comes to ½ (∫ √(f (1 - F)))² (from Keller, Management Science 21 (3), 1974, 256-260). Our rule
(wait until the expected lag is the price) costs the same to {100 * excess:.1f} %. That bound is for no progress;
progress beats it. What separates ours without progress from it: ten jobs are not the distribution, a look after 5 s
and every 15 s shows that the job lives, and the advised rate is kept (5 s, and 8 requests more; "unbounded": without
that and without a shortest wait).

{_bounds(found)}

Normally distributed around 60 s, 20 requests could give 0.6 s up to a spread of about 11 s if it were known
(Keller: 1.04 × spread). Ours, with ten jobs known (target 0.6 s with 20):

{_spreads(found)}

**Crowds**: so many jobs of 60 s ± 4 s followed at once (mean lag / requests a job / a second in all), without the
beat on which more than fifty ask.

{_crowds(found)}

**By the clock**, eight jobs of 20 to 54 s a poller at a gateway on loopback, all pollers in processes of their own, and
the simulator on the same jobs: mean lags differ by {clock:.2f} s at most. (runwayml throws dice; the fixed rhythms
drift, as a real round takes some milliseconds more.)

{_clock(real)}"""


def _cases(found: Simulated) -> str:
    lines = [["", *DURATIONS]]
    for told in PROGRESS:
        for known in (0, 10):
            case = f"{told if told != 'none' else 'no progress'}, {known or 'none'} known"
            lines.append([case, *(_both(found.ours[name, told, known]) for name in DURATIONS)])
    lines += [[sdk, *(_both(found.sdks[name, sdk]) for name in DURATIONS)] for sdk in SDKS]
    return _markdown(lines)


def _known(found: Simulated) -> str:
    lines = [["", *DURATIONS]]
    lines += [[str(known), *(_both(found.ours[name, "none", known]) for name in DURATIONS)] for known in HISTORIES]
    for times in WRONG:
        what = f"10, {times:g} times as long" if times > 1 else f"10, 1/{1 / times:.0f} as long"
        lines.append([what, *(_both(found.wrong[name, times]) for name in DURATIONS)])
    return _markdown(lines)


def _bounds(found: Simulated) -> str:
    lines = [["", "Keller", "ours, ten known: mean lag / requests", "least lag at as many", "ratio", "unbounded"]]
    for name in DURATIONS:
        requests, lag = found.ours[name, "none", 10].point
        least = found.bound(name, requests)
        free = found.curves[name, "none", 10][PRICE]
        cells = [f"{found.kellers[name]:.1f} s", f"{lag:.2f} s / {requests:.1f}", f"{least:.2f} s"]
        lines.append([name, *cells, f"{lag / least:.2f}", f"{free[1] / found.bound(name, free[0]):.2f}"])
    return _markdown(lines)


def _spreads(found: Simulated) -> str:
    heads = ["spread", *(f"{spread} s" for spread in SPREADS)]
    return _markdown([heads, ["ours", *(_both(found.spreads[spread]) for spread in SPREADS)]])


def _crowds(found: Simulated) -> str:
    cases = [("steady", 0), ("steady", 10), ("none", 0), ("none", 10)]
    lines = [["jobs at once", *(f"{told} progress, {known or 'none'} known" for told, known in cases)]]
    lines[0] = [head.replace("none progress", "no progress") for head in lines[0]]
    for among in CROWDS:
        cells = []
        for told, known in cases:
            requests, lag = found.crowds[told, known, among].point
            cells.append(f"{lag:.2f} s / {requests:.1f} / {among * requests / (60 + lag):.1f}")
        lines.append([f"{among:,}", *cells])
    return _markdown(lines)


def _clock(real: dict[str, Real]) -> str:
    lines = [["", "mean lag", "simulated", "mean requests", "simulated"]]
    for name, found in real.items():
        lags, requests = zip(*found.played, strict=True)
        lines.append(
            [
                {"ours": "ours, steady progress", "silent": "ours, no progress, none known"}.get(name, name),
                f"{fmean(found.lags):.2f} s",
                f"{fmean(lags):.2f} s",
                f"{fmean(found.requests):.1f}",
                f"{fmean(requests):.1f}",
            ]
        )
    return _markdown(lines)


def _both(found: Found) -> str:
    return f"{median(found.lags):.2f} s / {median(found.requests):.0f}"


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    head, *rest = ("| " + " | ".join(line) + " |" for line in lines)
    return "\n".join([head, "|" + "---|" * len(lines[0]), *rest])
