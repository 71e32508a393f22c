"""Ten to ten thousand jobs followed at once: what a cell of the same kernel loses by it, and what a job costs."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from videogen_nb.backend.http.limiter import JOBS_PER_POLL, SLOT, SLOT_POLLS
from videogen_nb.storage.journal import Journal

from ..environment import ROOT
from ..row import Figures, Row, spread
from .crowd_server import DELAY, LENGTHS, Crowd, crowd, remote_id
from .live_kernel import LiveKernel, live_kernel

__all__ = ["run"]

_LEVELS = ((10, 3.0), (100, 5.0), (1_000, 75.0), (10_000, 25.0))  # how many, and seconds until they are under way
_NAIVE = (1_000,)
_WINDOW, _LONG = 3.0, 6.0  # seconds; of a thousand jobs and more, whose polls are what is counted
_TURNS = 10
_SHOWN = 100  # jobs in view, for the messages to the page


@dataclass
class Level:
    """What was measured with so many jobs.

    Attributes:
        jobs: How many were followed just then.
        slower: Per cent that a cell's loop took longer; see `inside.turn`.
        latency: Milliseconds of an empty cell.
        busy: Per cent of a core that the process used while no cell ran.
        asked: Requests a second.
        meanwhile: Requests a second while the cell's loop ran.
        price: Microseconds of CPU a request; 0 where there were few.
        memory: kB that the process grew by, a job.
        told: Messages to the page a second: with no view, and with some of the jobs in view.
    """

    jobs: int
    slower: list[float] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)
    busy: float = 0.0
    asked: float = 0.0
    meanwhile: float = 0.0
    price: float = 0.0
    memory: float = 0.0
    told: tuple[float, float] | None = None


def run() -> Figures:
    """Follow more and more jobs in one kernel, then some with a plain loop."""
    with ExitStack() as stack:
        server = stack.enter_context(crowd())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        journal = Journal(folder / "home" / "journal.sqlite3")
        stack.callback(journal.close)
        env = {
            "VIDEOGEN_HOME": str(folder / "home"),
            "INFERY_BASE_URL": server.url,
            "INFERY_API_KEY": "inf_benchmark",
            "PYTHONPATH": str(ROOT),
        }
        kernel = stack.enter_context(live_kernel(folder, env))
        bench = _Bench(kernel, server)
        ours = [bench.ours(journal, folder, jobs, seconds) for jobs, seconds in _LEVELS]
        kernel.run("inside.let_go()")
        return _figures(bench.none, ours, [bench.naive(jobs) for jobs in _NAIVE])


class _Bench:
    """The kernel that follows, and the server that it asks.

    Attributes:
        none: What was measured before any job was followed.
    """

    def __init__(self, kernel: LiveKernel, server: Crowd) -> None:
        self.kernel, self.server = kernel, server
        kernel.run("from benchmarks.following import inside\nimport videogen_nb.widgets.grid\ninside.follow()")
        self.none = self._measured(0)

    def ours(self, journal: Journal, folder: Path, jobs: int, seconds: float) -> Level:
        """Have so many followed, by resuming what the journal has open, and measure once they are under way."""
        before = self.kernel.process.memory_info().rss
        known = self.kernel.run("", "inside.followed()")
        _plant(journal, folder, self.server.url, jobs - known)
        self.kernel.run("inside.follow()")
        settled = time.monotonic() + seconds
        while time.monotonic() < settled:
            time.sleep(1)
            self.kernel.run(f"inside.submit({jobs} - inside.followed())")
        grown = self.kernel.process.memory_info().rss - before
        level = self._measured(self.kernel.run("", "inside.followed()"))
        level.memory = grown / 1000 / (level.jobs - known)
        if jobs == 1_000:
            level.told = self._told(), self._told(_SHOWN)
        return level

    def naive(self, jobs: int) -> Level:
        """The same with a plain loop."""
        self.kernel.run(f"inside.naive({self.server.url!r}, {[remote_id(*_life()) for _ in range(jobs)]})")
        time.sleep(3)
        level = self._measured(jobs)
        self.kernel.run("inside.let_go()")
        return level

    def _measured(self, jobs: int) -> Level:
        asked, used, start = self.server.asked, self.kernel.run("", "inside.cpu()"), time.monotonic()
        time.sleep(_LONG if jobs > 500 else _WINDOW)
        used = self.kernel.run("", "inside.cpu()") - used
        asked, seconds = self.server.asked - asked, time.monotonic() - start
        price = 1e6 * used / asked if asked >= 40 else 0
        level = Level(jobs, busy=100 * used / seconds, asked=asked / seconds, price=price)
        asked, start = self.server.asked, time.monotonic()
        level.slower = [self.kernel.run("", "inside.turn()") for _ in range(_TURNS)]
        level.meanwhile = (self.server.asked - asked) / (time.monotonic() - start)
        level.latency = [self.kernel.latency() for _ in range(20)]
        return level

    def _told(self, shown: int = 0) -> float:
        if shown:
            self.kernel.run(f"inside.show({shown})")
        self.kernel.said("comm_msg")
        time.sleep(_WINDOW)
        return self.kernel.said("comm_msg") / _WINDOW


def _plant(journal: Journal, folder: Path, url: str, count: int) -> None:
    """Leave jobs in the journal as a kernel does that was killed with them under way."""
    facts = {
        "folder": str(folder),
        "output": str(folder / "videogen"),
        "provider": "infery",
        "base_url": url,
        "model": "veo-3-1-fast",
        "family": "",
        "digest": "benchmark",
    }
    with journal.write() as db:
        for number in range(count):
            age, length = _life()
            request = {"prompt": f"a paper boat in the rain, take {number}", "duration": 4}
            row = journal._add(db, {**facts, "request": json.dumps(request)})
            db.execute(
                "UPDATE jobs SET stage = 'sent', remote_id = ?, sent = created - ?, owner = NULL WHERE id = ?",
                [remote_id(age, length), age, row.id],
            )


def _life() -> tuple[float, float]:
    """How old a job is and how long it takes, in seconds."""
    length = random.uniform(*LENGTHS)
    return random.uniform(0, length), length


def _figures(none: Level, ours: Sequence[Level], naive: Sequence[Level]) -> Figures:
    many, most = ours[2], ours[3]
    plain = naive[-1]
    # What the kernel's own threads take of a loop while nothing is followed is not the followed jobs'.
    itself = statistics.median(none.slower)
    slower, slowest, plainly = ([each - itself for each in level.slower] for level in (many, most, plain))
    rows = [
        Row(
            f"a cell's loop slowed, {many.jobs:,} jobs followed",
            slower,
            "%",
            "a GET a second each",
            plainly,
            "at most 5 %",
            statistics.median(slower) <= 5,
        ),
        Row(f"the same, {most.jobs:,} jobs", slowest, "%"),
        Row("memory a job, 1,000", [many.memory], "kB", target="at most 60 kB", reached=many.memory <= 60),
        Row("memory a job, 10,000", [most.memory], "kB", target="at most 60 kB", reached=most.memory <= 60),
        Row(
            "CPU of a job, 10,000 : 1,000",
            [most.busy / most.jobs / (many.busy / many.jobs)],
            "",
            target="at most 1.2, as linear",
            reached=most.busy / most.jobs <= 1.2 * many.busy / many.jobs,
        ),
        Row("CPU a request, 1,000 jobs", [many.price], "µs", "a GET a second each", [plain.price]),
        Row("an empty cell, 1,000 jobs followed", many.latency, "ms", "none followed", none.latency),
    ]
    return Figures(rows, _notes([none, *ours], naive))


def _notes(ours: Sequence[Level], naive: Sequence[Level]) -> str:
    names = (
        "jobs",
        "slowed",
        "empty cell",
        "CPU",
        "requests/s, idle",
        "with the loop",
        "CPU a request",
        "memory a job",
    )
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    for name, levels in (("", ours), ("plain loop, ", naive)):
        for each in levels:
            cells = [
                f"{name}{each.jobs:,}",
                spread(each.slower, "%"),
                spread(each.latency, "ms"),
                f"{each.busy:.1f} %",
                f"{each.asked:.0f}",
                f"{each.meanwhile:.0f}",
                f"{each.price:.0f} µs" if each.price else "–",
                f"{each.memory:.0f} kB" if each.memory else "–",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    unseen, seen = ours[3].told or (0, 0)
    told = f"""
Messages to the page a second, 1,000 jobs followed: {unseen:.0f} with no view, {seen:.0f} with {_SHOWN} jobs in view.

Slowed: how much longer a loop of a cell takes, because its thread stands still while another has the interpreter, by
the accounts of Linux's scheduler (time that is neither run nor waited for a core), so that what else the machine does
is not in it; {_TURNS} turns of half a second. The table above has it less the median with none followed, which is what
the kernel's own threads take. Jobs take {LENGTHS[0]:g} to {LENGTHS[1]:g} s, report their progress in
per cent, and are resumed from the journal at any age; until the measurement as many are submitted as end. They end
without a clip, so that what a clip costs is not in these figures. The server is a process of its own that answers
after {1000 * DELAY:.0f} ms, without TLS.
"Plain loop": as many jobs, each asked for once a second over one `httpx2.AsyncClient` on a thread. Memory: what the
process grew by, for each job still followed then; of ten jobs that is the connections. CPU a request holds all that
the process does, also writing down the ends, synced: of 10,000 such jobs some 70 end a second. From fifty jobs on
polls go out together every {SLOT:g} s, at most {SLOT_POLLS} a time, of a large crowd one for {JOBS_PER_POLL} jobs; a
thousand that are resumed are all known within 25 s, and ask up to 40 times a second for the first minute. With a
loop running, a request needs the interpreter several times and waits up to 5 ms for it each time.

**What limits it.** The interpreter changes hands at the calls of the system, some five times a poll: in this
virtual machine that costs a thread about 0.2 ms each time that a cell's loop is running, several times what the
call itself takes. Of what a poll costs then, asking (h11, sending, the loop's waits) is a good half, reading the
answer and deciding when to ask next a fifth, and writing down the jobs that end, one for each three polls here, a
quarter. At 5 %, a thousand jobs could be asked about some 35 times a second in all; each asks three or four times in
its life as it is, and a thousand jobs of 60 s ask some 30 times a second."""
    return "\n".join([*lines, told])
