"""The soak: many jobs through one backend, one answer in ten spoilt, and nothing left when it is over.

``python -m tests.faults.soak --jobs 2000`` runs it and prints the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.quick import backend_in, quickly, send
from tests.faults.soakserver import numbered
from tests.faults.wires import WIRES
from tests.support.clips import make_tiny
from videogen_nb.backend.backend import Backend
from videogen_nb.core.job import Job
from videogen_nb.errors import VideogenError

__all__ = ["Figures", "soak"]

ABREAST = 40  # jobs that are followed at a time
GROWTH = 2000  # bytes a job may leave behind in memory
ROOT = Path(__file__).parents[2]


@dataclass
class Figures:
    """What a soak found.

    Attributes:
        jobs: How many there were.
        seconds: How long it took.
        answers: What the gateway answered, by route, and how much of it was spoilt.
        ends: Jobs by how they ended.
        wrong: What did not end as the gateway's account says it has to, one line each.
        rss: Resident bytes of the process after a quarter of the jobs, and after all.
        traced: Bytes that Python objects held then.
        left: Threads, tasks and open files that outlived the backend.
    """

    jobs: int
    seconds: float
    answers: dict[str, int]
    ends: dict[str, int]
    wrong: list[str]
    rss: tuple[int, int]
    traced: tuple[int, int]
    left: list[str]

    @property
    def growth(self) -> float:
        """Bytes that each job after the first quarter left behind."""
        return (self.traced[1] - self.traced[0]) / (self.jobs - self.jobs // 4)

    def lines(self) -> list[str]:
        spoilt = sum(count for name, count in self.answers.items() if name.endswith("spoilt"))
        whole = sum(count for name, count in self.answers.items() if not name.endswith("spoilt"))
        per_job = (self.rss[1] - self.rss[0]) / (self.jobs - self.jobs // 4)
        return [
            f"{self.jobs} jobs in {self.seconds:.0f} s, {self.jobs / self.seconds:.0f} a second",
            f"answers: {whole}, spoilt: {spoilt} ({spoilt / whole:.1%})  {self.answers}",
            f"ends: {self.ends}",
            f"not as the gateway's account says: {len(self.wrong)}",
            *self.wrong[:20],
            f"resident: {self.rss[0] / 2**20:.1f} MiB after {self.jobs // 4} jobs, {self.rss[1] / 2**20:.1f} MiB after "
            f"{self.jobs}: {per_job:.0f} bytes a job",
            f"Python objects: {self.traced[0] / 2**20:.2f} MiB, then {self.traced[1] / 2**20:.2f} MiB: "
            f"{self.growth:.0f} bytes a job",
            f"left when it was over: {', '.join(self.left) or 'nothing'}",
        ]


def soak(jobs: int, seed: int, folder: Path) -> Figures:
    """Run so many jobs, and compare their ends with the gateway's own account."""
    with pytest.MonkeyPatch.context() as patch, _gateway(seed) as url:
        quickly(patch)
        before = _alive()
        tracemalloc.start(1)
        began = time.monotonic()
        try:
            with backend_in(folder) as backend:
                wrong, marks = _run(backend, jobs, url)
        finally:
            tracemalloc.stop()
        seconds = time.monotonic() - began
        gc.collect()
        left = sorted(_alive() - before)
        told = json.load(urllib.request.urlopen(f"{url}/account"))
    return _judge(jobs, seconds, told, wrong, marks, left)


def _run(backend: Backend, jobs: int, url: str) -> tuple[dict[int, tuple[str, str]], list[tuple[int, int]]]:
    """(status, what is wrong with the file) of each job, and the memory after a quarter and after all."""
    ended: dict[int, tuple[str, str]] = {}
    marks, clip = [], make_tiny()
    going: list[tuple[int, Job]] = []

    def end(most: int) -> None:
        while len(going) > most:
            number, job = going.pop(0)
            with suppress(VideogenError):
                job.wait(120)
            row = backend.journal.row(job.id)
            same = job.path is None or job.path.read_bytes() == numbered(clip, number)
            recorded = row is not None and row.stage == "ended" and row.status == str(job.status)
            flaws = ("", "another clip")[not same] or ("", "the journal differs")[not recorded]
            ended[number] = (str(job.status) if job.ended else f"{job.status}, without end", flaws)

    for number in range(jobs):
        name = ("infery", "infinityblue")[number % 2]
        going.append((number, send(backend, WIRES[name], url, f"boat {number}")))
        end(ABREAST - 1)
        if number == jobs // 4:
            end(0)
            marks.append(_memory())
    end(0)
    marks.append(_memory())
    return ended, marks


def _judge(
    jobs: int,
    seconds: float,
    told: Any,
    ended: dict[int, tuple[str, str]],
    marks: list[tuple[int, int]],
    left: list[str],
) -> Figures:
    wrong = []
    for number in range(jobs):
        entry = told["account"].get(str(number), {"posts": 0, "taken": 0, "waits": 0, "end": "", "spoilt": []})
        status, flaw = ended[number]
        if status != entry["end"] or flaw or entry["posts"] != 1 + entry["waits"] or entry["taken"] > 1:
            wrong.append(f"job {number} ended {status} {flaw}; the gateway: {entry}")
    (first_rss, first_traced), (last_rss, last_traced) = marks
    ends = dict(Counter(status for status, _ in ended.values()))
    return Figures(
        jobs, seconds, told["answers"], ends, wrong, (first_rss, last_rss), (first_traced, last_traced), left
    )


def _memory() -> tuple[int, int]:
    """(resident, traced) bytes of this process."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resident, tracemalloc.get_traced_memory()[0]


def _alive() -> set[str]:
    """Names of the threads, unfinished tasks and open files of this process."""
    threads = {f"thread {thread.name}" for thread in threading.enumerate()}
    tasks = {f"task {each!r}" for each in gc.get_objects() if isinstance(each, asyncio.Task) and not each.done()}
    files = set()
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            files.add(f"file {handle.name} {os.readlink(handle)}")
    own = {each for each in files if "/proc/" in each}
    return threads | tasks | files - own


@contextmanager
def _gateway(seed: int) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.faults.soakserver", str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(60)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = soak(given.jobs, given.seed, Path(folder))
    print("\n".join(figures.lines()))
    return 1 if figures.wrong or figures.left or figures.growth > GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
