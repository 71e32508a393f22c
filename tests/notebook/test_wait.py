from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.sample_jobs import a_job, together
from videogen_nb.core.job import Job, Phase, Status
from videogen_nb.errors import JobFailedError
from videogen_nb.notebook import wait as patience
from videogen_nb.notebook.wait import follow
from videogen_nb.storage.journal import Journal


class Log:
    """A standard output on which each line that is printed has the next thing happen."""

    def __init__(self, *events: Callable[[], object]) -> None:
        self.text = ""
        self._events = iter(events)

    def write(self, text: str) -> int:
        self.text += text
        if text == "\n":
            next(self._events, lambda: None)()
        return len(text)

    def flush(self) -> None: ...

    @property
    def lines(self) -> list[str]:
        """What was printed, without the times of day that each line begins with."""
        lines = self.text.splitlines()
        assert all(re.match(r"\d\d:\d\d:\d\d  ", line) for line in lines), lines
        return [line[10:] for line in lines]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Log]:
    def made(*events: Callable[[], object]) -> Log:
        fresh = Log(*events)
        monkeypatch.setattr(sys, "stdout", fresh)
        return fresh

    return made


def change(job: Job, **traits: Any) -> Callable[[], object]:
    """Sets traits of a job, all at once."""

    def act() -> None:
        with job.hold_trait_notifications():
            for name, value in traits.items():
                setattr(job, name, value)
        if job.status.ended:
            job.settle()

    return act


def test_each_phase_and_each_quarter_is_a_line(log: Callable[..., Log]) -> None:
    """And what lies between them is none; the last line says how it ended, and the error is raised."""
    job = a_job(id="k3x9ab2c")
    error = JobFailedError("The GPU \x1b[31m caught fire.", job=job)
    said = log(
        change(job, phase=Phase.QUEUED, position=2),
        change(job, phase=Phase.RUNNING, status=Status.RUNNING, position=None, progress=0.1),
        lambda: (change(job, progress=0.2)(), change(job, progress=0.3, remaining=40.0)()),
        change(job, progress=0.8, notice="the network is away"),
        change(job, status=Status.FAILED, phase=Phase.ENDED, error=error),
    )
    with pytest.raises(JobFailedError):
        follow(job)
    assert said.lines == [
        "k3x9ab2c  submitting",
        "k3x9ab2c  queued, 3rd in line",
        "k3x9ab2c  running 10 %",
        "k3x9ab2c  running 30 %, about 40 s left",
        "k3x9ab2c  running 80 %, about 40 s left  (the network is away)",
        r"k3x9ab2c  failed: The GPU \x1b[31m caught fire.  (the network is away)",
    ]


def test_nothing_observes_a_job_afterwards(log: Callable[..., Log]) -> None:
    """Nor does one that has ended take more than its line."""
    job = a_job()
    said = log(change(job, status=Status.SUCCEEDED, phase=Phase.ENDED))
    follow(job)
    follow(job)
    assert len(said.lines) == 3
    assert not job.trait_values()["notice"]
    assert not [each for names in job._trait_notifiers.values() for each in names["change"]]


@pytest.mark.parametrize("count", [3, 100])
def test_a_sweep_counts(book: Journal, log: Callable[..., Log], count: int) -> None:
    """A line for each that is done, and not more than some twenty for a large one."""
    jobs = [a_job(id=f"job{n}") for n in range(count)]
    sweep = together(book, jobs, {"cat": range(count)})

    def end_next() -> None:
        """As many as it takes to be worth a line."""
        for job in [each for each in jobs if not each.status.ended][: max(1, count // 20)]:
            bad = job.id == "job1"
            error = JobFailedError("no", job=job) if bad else None
            change(job, status=Status.FAILED if bad else Status.SUCCEEDED, phase=Phase.ENDED, error=error)()

    said = log(*[end_next] * count)
    follow(sweep)
    assert said.lines[0] == f"{sweep.id}  0 of {count} done"
    assert said.lines[-1] == f"{sweep.id}  {count} of {count} done, 1 without a clip"
    assert len(said.lines) == min(count, 20) + 1


def test_an_hour_is_some_thirty_lines(log: Callable[..., Log], monkeypatch: pytest.MonkeyPatch) -> None:
    """One after half a minute, then ever fewer, though nothing else is to be told."""
    job = a_job(phase=Phase.RUNNING, status=Status.RUNNING)
    now = 1000.0
    times: list[float] = []

    def pass_by(_: object, seconds: float) -> bool:
        nonlocal now
        now += seconds
        times.append(now - 1000)
        if now > 4600:
            change(job, status=Status.SUCCEEDED, phase=Phase.ENDED)()
        return False

    monkeypatch.setattr(patience, "wait_for", pass_by)
    monkeypatch.setattr("time.monotonic", lambda: now)
    said = log()
    follow(job)
    assert times[0] == 30
    assert 20 <= len(said.lines) <= 40
