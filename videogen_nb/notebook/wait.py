"""A cell that waits for what it submitted, or for an answer; interrupting it loses nothing."""

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
from videogen_nb.views.job import elapsed_of, line_of, short_path
from videogen_nb.views.progress_bar import bar

__all__ = ["confirm", "follow", "wait", "wait_with_bar"]

OFTEN = 30.0  # seconds between two lines of a log while nothing changes; the longer it takes, the more


def confirm(shell: Any, question: str) -> bool:
    """Whether somebody is there and says yes."""
    if not (front_end_answers(shell) if has_kernel(shell) else sys.stdin.isatty()):
        return False
    try:
        return input(f"{plain(question, lines=True)} [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


def wait(what: Job | Comparison, seconds: float) -> None:
    """Wait so long at most; what was interrupted or takes longer goes on."""
    try:
        what.wait(None if seconds == float("inf") else seconds)
    except WaitTimeoutError as still_running:
        print(still_running)  # noqa: T201
    except KeyboardInterrupt:
        raise _interrupted(what) from None


def wait_with_bar(what: Job | Comparison, seconds: float) -> None:
    """A bar of text, redrawn in place, until all have ended."""
    jobs = [what] if isinstance(what, Job) else what.jobs
    end, width = time.monotonic() + seconds, 0
    tty = sys.stdout.isatty()
    try:
        while not all(job.ended for job in jobs) and time.monotonic() < end:
            done = sum(1.0 if job.ended else job.progress or 0.0 for job in jobs) / len(jobs)
            told = f"{bar(done)} {_told(jobs)}"[:110]
            if tty:
                sys.stdout.write(f"\r{told:<{width}}")
                sys.stdout.flush()
            width = len(told)
            try:
                next(job for job in jobs if not job.ended).wait(min(0.1, max(end - time.monotonic(), 0.0)))
            except (VideogenError, StopIteration):
                continue
    except KeyboardInterrupt:
        raise _interrupted(what) from None
    finally:
        if tty:
            sys.stdout.write("\r" + " " * width + "\r")


def follow(what: Job | Comparison) -> None:
    """Wait until all have ended, with a line printed where something has changed: a bar for who only reads a log.

    A line comes with each phase and each quarter of a job, or as clips of a grid are done, and now and
    then while nothing changes: some thirty in an hour.

    Raises:
        VideogenError: As the `wait` of what is followed.
    """
    jobs = [what] if isinstance(what, Job) else what.jobs
    bell: Future[None] = Future()

    def ring(_: object) -> None:
        with suppress(InvalidStateError):
            bell.set_result(None)

    for job in jobs:
        job.observe(ring)
        job.control.follow(job)
    began, due, told = time.monotonic(), 0.0, None
    try:
        while True:
            bell = Future()  # before the look: what changes after it rings, or is in the next line
            over = all(job.status.ended or job.ended for job in jobs)
            step, now = _step(jobs), time.monotonic()
            if step != told or now >= due:
                print(f"{datetime.now():%H:%M:%S}  {_log_line(what, jobs)}", flush=True)  # noqa: T201
                told, due = step, now + max(OFTEN, (now - began) / 8)
            if over:
                break
            wait_for(bell, due - now)
        what.wait()
    except KeyboardInterrupt:
        raise _interrupted(what) from None
    finally:
        for job in jobs:
            job.unobserve(ring)


def _step(jobs: Sequence[Job]) -> tuple[object, ...]:
    """What is worth a line when it changes."""
    if len(jobs) == 1:
        return jobs[0].status, jobs[0].phase, int(4 * (jobs[0].progress or 0))
    done = sum(job.status.ended for job in jobs)
    return (done * min(len(jobs), 20) // len(jobs),)


def _log_line(what: Job | Comparison, jobs: Sequence[Job]) -> str:
    if len(jobs) > 1:
        done = sum(job.status.ended for job in jobs)
        without = done - sum(job.status is Status.SUCCEEDED for job in jobs)
        name = "" if isinstance(what, Job) else f"{what.id}  "
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
    told = str(job.phase)
    if job.phase is Phase.RUNNING and job.progress is not None:
        told += f" {100 * job.progress:.0f} %"
    if job.phase is Phase.QUEUED and job.position is not None:
        told += f", {job.position} before it"
    return told if job.remaining is None else f"{told}, about {max(job.remaining, 1):.0f} s left"


def _told(jobs: Sequence[Job]) -> str:
    if len(jobs) == 1:
        return line_of(jobs[0]).split("  ", 3)[-1]
    return f"{sum(job.ended for job in jobs)} of {len(jobs)} done"


def _interrupted(what: Job | Comparison) -> UsageError:
    if isinstance(what, Job):
        return UsageError(f"Interrupted the wait only: job {what.id} goes on. `%videogen show {what.id}`")
    return UsageError(f"Interrupted the wait only: {what.kind} {what.id} goes on. `%videogen compare {what.id}`")
