"""From the call, and from a cell, to the first byte of the POST at a server; beside a raw httpx2 post of the same."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence

import httpx2

from ..disk import commit
from ..kernels import fresh
from ..row import Figures, Row
from .arrivals import Arrivals, serving

_CALLS, _CELLS, _WARM = 250, 200, 5
_ALLOWED = 15.0  # ms on top of the baseline
_MODEL = "veo-3-1-fast"
_BODY = {"model": _MODEL, "prompt": "a paper boat in the rain"}
_CELL = f"%%videogen job --provider infery --model {_MODEL}\n{_BODY['prompt']}"
_END = "import time\njob.cancel()\nwhile not job.ended: time.sleep(0.002)"
_Work = Callable[[], Callable[[], object]]  # sends a POST; what it returns ends what came of it
_NOTES = """
The server is a process of its own that notes the system's monotonic clock when the first byte of a POST
arrives. Ours and the baseline take turns, warm, over kept connections; the job is cancelled before the next one.
The baseline is one `httpx2` client that stays open (`httpx2.post` would make one anew: {anew:.0f} ms), in the same
process, with the same body. The rows of a cell begin when its client sends the request to execute it.

Ours includes all checks of the request and three synced commits, which are on the disk before the POST leaves: that
the job exists, that it is this kernel's, and that it is being sent. {synced}
In a cell the main thread goes on to make and send the bar, and shares the interpreter's lock with the thread that
sends the POST: one that were sent first would leave some milliseconds sooner, and a cancel right after it would come
too late.
"""


def run() -> Figures:
    with serving() as server:
        os.environ |= {"INFERY_BASE_URL": server.url, "INFERY_API_KEY": "inf_benchmark"}
        calls, raw = _calls(server)
        cells, plain = _cells(server)
        anew = statistics.median(_each(server, _post_anew(server), 10))
    with tempfile.TemporaryDirectory() as folder:
        synced = commit(folder)
    floor, worst = statistics.median(synced), _p99(synced)
    told = f"One synced commit of SQLite alone takes {floor:.2f} ms on this disk (p99 {worst:.1f})."
    rows = [
        *_rows("generate() to the POST", calls, "raw post", raw),
        *_rows("%%videogen to the POST", cells, "cell with a raw post", plain),
    ]
    return Figures(rows, _NOTES.format(anew=anew, synced=told).strip())


def _rows(what: str, ours: Sequence[float], baseline: str, theirs: Sequence[float]) -> list[Row]:
    target = f"baseline + {_ALLOWED:g} ms"
    middle = statistics.median(ours) <= statistics.median(theirs) + _ALLOWED
    tail = _p99(ours) <= _p99(theirs) + _ALLOWED
    return [
        Row(f"{what}, p50", ours, "ms", baseline, theirs, target, middle),
        Row(f"{what}, p99", [_p99(ours)], "ms", baseline, [_p99(theirs)], target, tail),
    ]


def _p99(figures: Sequence[float]) -> float:
    return statistics.quantiles(figures, n=100)[98]


def _calls(server: Arrivals) -> tuple[list[float], list[float]]:
    """Milliseconds from `generate`, and from a raw post, to the server, in turns."""
    import videogen_nb as vg
    from videogen_nb.backend import session

    def ours() -> Callable[[], object]:
        job = vg.generate(_BODY["prompt"], provider="infery", model=_MODEL)

        def end() -> None:
            job.cancel()
            while not job.ended:
                time.sleep(0.002)

        return end

    with tempfile.TemporaryDirectory() as home, asyncio.Runner() as runner:
        os.environ["VIDEOGEN_HOME"] = home
        client = httpx2.AsyncClient()

        def theirs() -> Callable[[], object]:
            runner.run(client.post(f"{server.url}/v1/videos/generations", json=_BODY))
            return lambda: None

        found = _turns(server, ours, theirs, _CALLS)
        runner.run(client.aclose())
        session.close()
    return found


def _cells(server: Arrivals) -> tuple[list[float], list[float]]:
    """Milliseconds from a cell's execution request to the server, in turns."""
    with fresh() as kernel:
        kernel.run(f"%load_ext videogen_nb\nimport httpx2\nclient, body = httpx2.Client(), {_BODY!r}")
        post = f"answer = client.post('{server.url}/v1/videos/generations', json=body)"

        def ours() -> Callable[[], object]:
            kernel.run(_CELL)
            return lambda: kernel.run(_END)

        def theirs() -> Callable[[], object]:
            kernel.run(post)
            return lambda: kernel.run("pass")

        return _turns(server, ours, theirs, _CELLS)


def _turns(server: Arrivals, ours: _Work, theirs: _Work, times: int) -> tuple[list[float], list[float]]:
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(times + _WARM):
        for work, into in zip((ours, theirs), found, strict=True):
            into.extend(_each(server, work, 1))
    return found[0][_WARM:], found[1][_WARM:]


def _each(server: Arrivals, work: _Work, times: int) -> list[float]:
    """Milliseconds from the start of some work to the POST that it sends; what it returns ends it."""
    found = []
    for _ in range(times):
        start = time.monotonic()
        end = work()
        found.append((server.next() - start) * 1000)
        end()
    return found


def _post_anew(server: Arrivals) -> _Work:
    def post() -> Callable[[], object]:
        httpx2.post(f"{server.url}/v1/videos/generations", json=_BODY)
        return lambda: None

    return post
