"""``make bench``: every benchmark, or those named, as one table; a whole run is written to RESULTS.md.

Each runs in a process of its own, so that none warms another's caches or sees its environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from .environment import ROOT, machine, prepare, versions
from .row import Figures, Row, table

# In the order of the table; each is a module of this package with `run() -> Figures`.
BENCHMARKS = {
    "load_ext": "Loading the extension",
    "submit": "From the cell to the wire",
    "polling": "Finished to known",
    "following": "Thousands of jobs at once",
    "showing": "Known to the first frame",
    "download": "Downloading",
    "grid": "Grids in step",
    "rendering": "Rendering on this machine",
    "journal": "The journal",
    "lost": "Answers that are lost",
}
_WAITS, _BESIDE = "lost", "polling"  # one that counts and reads no clock, and one that leaves it the time to wait
_FOLDER = ROOT / ".bench"
_RESULTS = Path(__file__).with_name("RESULTS.md")


def main(names: list[str]) -> int:
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    python = prepare(_FOLDER)
    if Path(sys.prefix) != _FOLDER:
        os.execv(python, [str(python), "-m", "benchmarks", *names])
    found: dict[str, Figures] = {}
    failed = []
    with ThreadPoolExecutor() as beside:
        waiting = None
        for name in names or BENCHMARKS:
            if name == _BESIDE and _WAITS in (names or BENCHMARKS) and _WAITS not in found:
                waiting = beside.submit(_one, _WAITS)
            print(f"{BENCHMARKS[name]} …", file=sys.stderr, flush=True)
            start = time.monotonic()
            if figures := waiting.result() if waiting and name == _WAITS else _one(name):
                found[name] = figures
                print(f"  {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
            else:
                failed.append(name)
            if name == _BESIDE and waiting:
                waiting.exception()  # nothing that reads a clock runs beside it
    text = _report(found)
    print(text)
    if not names and not failed:
        _RESULTS.write_text(text + "\n", encoding="utf-8")
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return bool(failed)


def _one(name: str) -> Figures | None:
    """Run a benchmark; None where it fails, which it tells on the terminal."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "figures.json")
        if subprocess.run([sys.executable, "-m", "benchmarks.one", name, file], cwd=ROOT).returncode:
            return None
        read = json.loads(file.read_text(encoding="utf-8"))
    return Figures([Row(**row) for row in read["rows"]], read["notes"])


def _report(found: dict[str, Figures]) -> str:
    known = ", ".join(f"{name} {version}" for name, version in versions().items())
    parts = [
        "# Figures, each beside a baseline of the same run",
        f"{datetime.now(UTC):%Y-%m-%d}. {machine()}.\n{known}.",
        "Medians, with the least and the most of the run in brackets; ratio: ours to the baseline's. "
        "`make bench` makes this page anew; `make bench ARGS=NAME` runs one of: " + ", ".join(BENCHMARKS) + ".",
        table([row for figures in found.values() for row in figures.rows]),
    ]
    parts += [f"## {BENCHMARKS[name]}\n\n{figures.notes}" for name, figures in found.items() if figures.notes]
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
