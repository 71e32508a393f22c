"""Wait in a cell: for jobs, with a bar or a log, or for an answer. An interrupt ends the wait, never the job."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from datetime import datetime
from typing import Any

from IPython.core.error import UsageError

from videogen_nb.core.blocking import wait_for
from videogen_nb.core.job import Job, Phase, Status
from videogen_nb.errors import VideogenError, WaitTimeoutError
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.text import plain, redact
from videogen_nb.views.front_end import front_end_answers, has_kernel
from videogen_nb.views.job import elapsed_of, line_of, queue_position, short_path
from videogen_nb.views.progress_bar import bar

__all__ = ["confirm", "follow", "wait", "wait_with_bar"]

INTERVAL = 30.0  # seconds between two lines of a log while nothing changes; grows with the time waited


def confirm(shell: Any, question: str) -> bool:
    """Ask a yes/no question; False if nobody can answer."""
    if not (front_end_answers(shell) if has_kernel(shell) else sys.stdin.isatty()):
        return False
    try:
        return input(f"{plain(question, lines=True)} [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


def wait(source: Job | Comparison, seconds: float) -> None:
    """Wait `seconds` at most; jobs that take longer, or whose wait is interrupted, go on."""
    try:
        source.wait(None if seconds == float("inf") else seconds)
    except WaitTimeoutError as still_running:
        print(still_running)  # noqa: T201
    except KeyboardInterrupt:
        raise _interrupted(source) from None


def wait_with_bar(source: Job | Comparison, seconds: float) -> None:
    """Show a text bar, redrawn in place, until all jobs have ended."""
    jobs = [source] if isinstance(source, Job) else source.jobs
    end, width = time.monotonic() + seconds, 0
    tty = sys.stdout.isatty()
    try:
        while not all(job.ended for job in jobs) and time.monotonic() < end:
            done = sum(1.0 if job.ended else job.progress or 0.0 for job in jobs) / len(jobs)
            line = f"{bar(done)} {_summary(jobs)}"[:110]
            if tty:
                sys.stdout.write(f"\r{line:<{width}}")
                sys.stdout.flush()
            width = len(line)
            try:
                next(job for job in jobs if not job.ended).wait(min(0.1, max(end - time.monotonic(), 0.0)))
            except (VideogenError, StopIteration):
                continue
    except KeyboardInterrupt:
        raise _interrupted(source) from None
    finally:
        if tty:
            sys.stdout.write("\r" + " " * width + "\r")


def follow(source: Job | Comparison) -> None:
    """Wait until all jobs have ended, and print progress as log lines for runs without a front end.

    A line is printed at each phase and quarter of a job, or as clips of a grid are done, and now and then
    while nothing changes: about thirty in an hour.

    Raises:
        VideogenError: As the `wait` of the job or comparison does.
    """
    jobs = [source] if isinstance(source, Job) else source.jobs
    bell: Future[None] = Future()

    def ring(_: object) -> None:
        with suppress(InvalidStateError):
            bell.set_result(None)

    for job in jobs:
        job.observe(ring)
        job.control.follow(job)
    began, due, printed = time.monotonic(), 0.0, None
    try:
        while True:
            bell = Future()  # before reading the state: a later change sets it, or is in the next line
            over = all(job.status.ended or job.ended for job in jobs)
            step, now = _step(jobs), time.monotonic()
            if step != printed or now >= due:
                print(f"{datetime.now():%H:%M:%S}  {_log_line(source, jobs)}", flush=True)  # noqa: T201
                printed, due = step, now + max(INTERVAL, (now - began) / 8)
            if over:
                break
            wait_for(bell, due - now)
        source.wait()
    except KeyboardInterrupt:
        raise _interrupted(source) from None
    finally:
        for job in jobs:
            job.unobserve(ring)


def _step(jobs: Sequence[Job]) -> tuple[object, ...]:
    """The state whose change is worth a line."""
    if len(jobs) == 1:
        return jobs[0].status, jobs[0].phase, int(4 * (jobs[0].progress or 0))
    done = sum(job.status.ended for job in jobs)
    return (done * min(len(jobs), 20) // len(jobs),)


def _log_line(source: Job | Comparison, jobs: Sequence[Job]) -> str:
    if len(jobs) > 1:
        done = sum(job.status.ended for job in jobs)
        without = done - sum(job.status is Status.SUCCEEDED for job in jobs)
        name = "" if isinstance(source, Job) else f"{source.id}  "
        return f"{name}{done} of {len(jobs)} done{f', {without} without a clip' if without else ''}"
    (job,) = jobs
    notice = f"  ({plain(redact(job.notice), 200)})" if job.notice else ""
    return f"{job.id}  {_state(job)}{notice}"


def _state(job: Job) -> str:
    if job.videos:
        where = ", ".join(short_path(video.path) for video in job.videos)
        return f"done in {elapsed_of(job):.0f} s: {plain(where)}"
    if job.error:
        return f"{job.status}: {plain(redact(str(job.error)), 300)}"
    state = str(job.phase)
    if job.phase is Phase.RUNNING and job.progress is not None:
        state += f" {100 * job.progress:.0f} %"
    if job.phase is Phase.QUEUED and job.position is not None:
        state += f", {queue_position(job.position)}"
    return state if job.remaining is None else f"{state}, about {max(job.remaining, 1):.0f} s left"


def _summary(jobs: Sequence[Job]) -> str:
    if len(jobs) == 1:
        return line_of(jobs[0]).split("  ", 3)[-1]
    return f"{sum(job.ended for job in jobs)} of {len(jobs)} done"


def _interrupted(source: Job | Comparison) -> UsageError:
    if isinstance(source, Job):
        return UsageError(f"Interrupted the wait only: job {source.id} goes on. `%videogen show {source.id}`")
    return UsageError(f"Interrupted the wait only: {source.kind} {source.id} goes on. `%videogen compare {source.id}`")
