"""``python -m benchmarks.download.fetching URL FILE [busy]``: a job whose clip is that file; prints what it took.

A small clip is fetched first, so that what is measured is not the loading of modules. "busy": while a loop of the main
thread runs, as a cell's would.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["WARM"]

WARM = "warm.mp4"


def _memory(name: str) -> float:
    """A line of this process's status, in MiB: ``VmRSS`` as it is, ``VmHWM`` at its highest since `_settle`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def _settle() -> float:
    """Forget the peak so far; returns what is in memory."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def main(url: str, name: str, busy: str = "") -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as home:
        os.environ |= {"VIDEOGEN_HOME": home, "INFERY_BASE_URL": url, "INFERY_API_KEY": "inf_benchmark"}
        from videogen_nb.providers.infery import Infery

        Infery.interval = 0.1  # how soon it is known to be done is another benchmark's
        _bring(WARM)
        print(json.dumps(_bring(name, busy=bool(busy))))


def _bring(name: str, *, busy: bool = False) -> dict[str, float]:
    import videogen_nb as vg

    marks: dict[str, float] = {}
    peaks: list[float] = []
    before = _settle()

    def see(change: Any) -> None:
        if change["name"] == "phase":
            marks[str(change["new"])] = time.perf_counter()
        elif change["name"] == "received" and change["new"][0] == change["new"][1]:
            marks["whole"] = time.perf_counter()
            peaks.append(_memory("VmHWM"))

    job = vg.generate(name, provider="infery", model="veo-3-1-fast")
    job.observe(see)
    number = 0
    while busy and not job.ended:
        number = (number * number + 1) % 7
    path = job.wait(120).path
    assert path is not None
    found = {"whole": marks["whole"] - marks["downloading"]}
    path.unlink()
    found["known"] = marks["ended"] - marks["downloading"]
    return {**found, "receiving": peaks[-1] - before, "checking": _memory("VmHWM") - before}


if __name__ == "__main__":
    main(*sys.argv[1:])
