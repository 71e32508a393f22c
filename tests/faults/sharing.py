"""What processes do that share one journal: see every job of it to its end, hold still, be interrupted."""

from __future__ import annotations

import itertools
import json
import random
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import videogen_nb
from tests.faults.children import Place, enter, plant, wait
from tests.faults.counting import PATHS
from videogen_nb.backend import session
from videogen_nb.core.job import Job
from videogen_nb.errors import VideogenError

__all__ = ["hammer", "share", "startled", "stopping", "told_of"]

_OURS = str(Path(videogen_nb.__file__).parent)
ALONE = 8  # of so many submissions one is not interrupted


def told_of(place: Place) -> Path:
    """The file in which a child writes what it told its user, one text a line, as JSON."""
    return place.folder / f"told-{place.client}.jsonl"


def share(place: Place, prompts: Sequence[tuple[str, str]], point: str | None) -> None:
    """Submit (provider, prompt) each, then resume every job of the journal until none is open, and close."""
    enter(place)
    plant(point, place)
    with told_of(place).open("w", buffering=1, encoding="utf-8") as told:
        jobs = [videogen_nb.generate(prompt, provider=provider) for provider, prompt in prompts]
        while open_rows := [row for row in session.backend().journal.rows(limit=-1) if row.stage != "ended"]:
            for row in open_rows:
                try:
                    jobs += videogen_nb.resume(row.id)
                except VideogenError as error:  # another is just submitting it
                    told.write(json.dumps(str(error)) + "\n")
            # Not to hold the journal's lock all the time: the others have work to do.
            time.sleep(0.1)
        for job in jobs:
            with suppress(VideogenError):
                job.wait()
            told.write(json.dumps(f"{job.error or ''} {job.notice}") + "\n")
    session.close()


def stopping(place: Place, point: str) -> None:
    """Submit one job, and stand still (SIGSTOP) at a point until somebody lets it go on; see it to its end."""
    enter(place)
    plant(point, place, signal.SIGSTOP)
    job = videogen_nb.generate("a paper boat", provider="infery")
    wait([job])
    told_of(place).write_text(json.dumps(f"{job.status} {job.error or ''}"))
    session.close()


def hammer(place: Place, most: int, seed: int) -> None:
    """Submit one job after another until so many interrupts have met it; then see to it that all have ended.

    An interrupt counts where it meets the package's own code, however deep; elsewhere it would only
    test this loop. Some submissions are left alone: they say how long one takes on this machine now,
    and within that time the next ones are interrupted.
    """
    enter(place)
    dice, met, span = random.Random(seed), 0, 0.0

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal met
        while frame and not frame.f_code.co_filename.startswith(_OURS):
            frame = frame.f_back
        if frame:
            met += 1
            raise KeyboardInterrupt

    jobs: list[Job] = []
    signal.signal(signal.SIGALRM, interrupt)
    names = itertools.cycle(PATHS)
    for turn in itertools.count():
        if met >= most:
            break
        alone, began = turn % ALONE == 0, time.monotonic()
        with suppress(KeyboardInterrupt):
            if not alone:
                signal.setitimer(signal.ITIMER_REAL, dice.uniform(0.0001, span))
            jobs.append(videogen_nb.generate(f"boat {len(jobs)}", provider=next(names)))
        signal.setitimer(signal.ITIMER_REAL, 0)
        if alone:
            span = time.monotonic() - began
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    wait(jobs)
    # What was interrupted between its row and its return: nobody holds a job of it, so resume has to find it.
    wait(videogen_nb.resume())
    after = videogen_nb.generate("a last boat", provider="infery").wait()
    told = {
        "returned": len(jobs),
        "interrupts": met,
        "unfinished": [job.id for job in jobs if not job.ended],
        "unpaid": [str(job.error) for job in jobs if job.status != "succeeded"],
        "open": [row.id for row in session.backend().journal.rows(limit=-1) if row.stage != "ended"],
        "last": after.status,
        "following": len(session.backend().following()),
    }
    told_of(place).write_text(json.dumps(told))
    session.close()


def startled(place: Place) -> None:
    """Be interrupted just when the backend's thread is to start; then submit one job, and see it to its end."""
    enter(place)
    start = threading.Thread.start

    def interrupted(self: threading.Thread) -> None:
        setattr(threading.Thread, "start", start)  # noqa: B010
        raise KeyboardInterrupt

    setattr(threading.Thread, "start", interrupted)  # noqa: B010
    with suppress(KeyboardInterrupt):
        videogen_nb.generate("a paper boat", provider="infery")
    videogen_nb.generate("a paper boat", provider="infery").wait()
    session.close()
