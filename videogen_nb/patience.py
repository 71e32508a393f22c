"""A cell that waits for what it submitted, or for an answer; interrupting it loses nothing."""

from __future__ import annotations

import sys
import time
from typing import Any

from IPython.core.error import UsageError

from .comparison import Comparison
from .errors import VideogenError, WaitTimeoutError
from .hosts import front_end_answers, has_kernel
from .job import Job
from .view import line_of

__all__ = ["confirm", "wait", "wait_with_bar"]


def confirm(shell: Any, question: str) -> bool:
    """Whether somebody is there and says yes."""
    if not (front_end_answers(shell) if has_kernel(shell) else sys.stdin.isatty()):
        return False
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
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
            bar = "█" * round(24 * done) + "░" * (24 - round(24 * done))
            told = f"{bar} {_told(jobs)}"[:110]
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


def _told(jobs: Any) -> str:
    if len(jobs) == 1:
        return line_of(jobs[0]).split("  ", 3)[-1]
    return f"{sum(job.ended for job in jobs)} of {len(jobs)} done"


def _interrupted(what: Job | Comparison) -> UsageError:
    if isinstance(what, Job):
        return UsageError(f"Interrupted the wait only: job {what.id} goes on. `%videogen show {what.id}`")
    return UsageError(f"Interrupted the wait only: {what.kind} {what.id} goes on. `%videogen compare {what.id}`")
