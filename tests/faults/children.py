"""What runs in the processes that are killed: work, resume, and the points at which they kill themselves.

They are forked from a process that has imported everything and started no thread, so each is as
good as a fresh interpreter and there within milliseconds.
"""

from __future__ import annotations

import faulthandler
import itertools
import multiprocessing
import multiprocessing.process
import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import av
import psutil

import videogen_nb
from tests.faults.counting import MOMENTS, order
from videogen_nb import api, providers
from videogen_nb.backend import download as fetch
from videogen_nb.backend import follow, session, submit
from videogen_nb.backend import job_run as run
from videogen_nb.backend import poll_timing as polling
from videogen_nb.backend import supervisor as runs
from videogen_nb.core.job import Job
from videogen_nb.errors import VideogenError
from videogen_nb.providers import infery, infinityblue
from videogen_nb.storage import clips as artifacts
from videogen_nb.storage import database, journal
from videogen_nb.storage.journal import Journal

__all__ = ["POINTS", "Place", "bare", "enter", "fork", "hanging", "plant", "resume", "until_killed", "wait", "work"]

HANGS = 120  # seconds after which a child says where it stands, and ends
_STEPS = ("add", "claim", "sending", "accepted", "finished", "ended")
_FILES = ("clip", "sidecar")
POINTS = (
    *(f"{when}-{step}" for step in _STEPS for when in ("before", "in", "after") if (when, step) != ("in", "claim")),
    *(f"{when}-{file}" for file in _FILES for when in ("before", "after")),
    *MOMENTS,
)
_WARM = (api, artifacts, av, providers)  # what a child would import otherwise

_inside = threading.local()


@dataclass(frozen=True)
class Place:
    """Where a child works, and what it takes itself for.

    Attributes:
        folder: Holds the journal's folder ``home`` and the clips' folder ``videogen``.
        url: The gateway's.
        client: Its API key, by which the gateway tells clients apart.
        lease: Seconds that a lease lasts.
        host: Name of the machine it believes to be on; "" is the real one.
        network: Whether it believes that the journal is on a network file system.
    """

    folder: Path
    url: str
    client: str = "client-0-0123456789"
    lease: float = 30.0
    host: str = ""
    network: bool = False

    @property
    def journal(self) -> Path:
        return self.folder / "home" / "journal.sqlite3"


def fork(target: Callable[..., None], *args: Any) -> multiprocessing.process.BaseProcess:
    """Start a child; its `exitcode` is -9 if it was killed, and 0 if it came to its end."""
    # The server's own working directory and path are those of whoever starts it first.
    root = str(Path(__file__).parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([root, *os.environ.get("PYTHONPATH", "").split(":")]))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    child = context.Process(target=target, args=args, daemon=True)
    child.start()
    return child


def hanging(child: multiprocessing.process.BaseProcess) -> bool:
    """Wait for a child to end; whether it does not."""
    child.join(HANGS + 10)
    return child.exitcode is None


def enter(place: Place) -> None:
    """Become a client of that place: its environment, and waits so short that hundreds of kills take minutes."""
    faulthandler.dump_traceback_later(HANGS, exit=True)
    for name in [name for name in os.environ if name.startswith(("INFERY_", "INFINITYBLUE_", "VIDEOGEN_"))]:
        del os.environ[name]
    os.environ.update(
        VIDEOGEN_HOME=str(place.folder / "home"), VIDEOGEN_OUTPUT_DIR=str(place.folder / "videogen"), NO_PROXY="*"
    )
    for name in ("INFERY", "INFINITYBLUE"):
        os.environ[f"{name}_BASE_URL"], os.environ[f"{name}_API_KEY"] = place.url, place.client
    os.chdir(place.folder)
    infery.Infery.interval = infinityblue.InfinityBlue.interval = 0.02
    polling.FLOOR = 0.01
    for module in (follow, fetch, submit):
        setattr(module, "backoff", lambda misses: 0.02)  # noqa: B010
    for module in (journal, run, runs):
        setattr(module, "LEASE", place.lease)  # noqa: B010
    if place.host:
        socket.gethostname = lambda: place.host
    if place.network:
        setattr(database, "on_network", lambda *_: True)  # noqa: B010


def plant(point: str | None, place: Place, number: int = signal.SIGKILL) -> None:
    """Send this process a signal when it first comes to one of `POINTS`, or in a resume to "in-claim".

    A job's own process has it from the start: there a claim writes nothing.
    """
    if point is None:
        return
    if point in MOMENTS:
        order(place.url, point, place.client, number)
        return
    due = [number]

    def strike(name: str) -> None:
        if name == point and due:
            # To this thread: a signal to the process leaves it a moment to go on, where it only stops it.
            signal.pthread_kill(threading.get_ident(), due.pop())

    _watch(strike)


def _watch(passing: Callable[[str], None]) -> None:
    """Have this process call `passing` with the name of each of its own `POINTS` that it comes to."""
    for step in _STEPS:
        _watch_step(step, passing)
    _watch_commits(passing)
    _watch_renames(passing)


def _watch_step(step: str, passing: Callable[[str], None]) -> None:
    """Before a step of the journal, and right after it."""
    real = getattr(Journal, step)

    def stepping(self: Journal, *args: Any, **facts: Any) -> Any:
        passing(f"before-{step}")
        _inside.step = step
        try:
            result = real(self, *args, **facts)
        finally:
            _inside.step = None
        passing(f"after-{step}")
        return result

    setattr(Journal, step, stepping)


def _watch_commits(passing: Callable[[str], None]) -> None:
    """Between the last write of a journal's step and its COMMIT."""
    connect = sqlite3.connect

    def traced(*args: Any, **options: Any) -> sqlite3.Connection:
        def trace(statement: str) -> None:
            if statement == "COMMIT" and (step := getattr(_inside, "step", None)):
                passing(f"in-{step}")

        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(trace)
        return connection

    setattr(sqlite3, "connect", traced)  # noqa: B010


def _watch_renames(passing: Callable[[str], None]) -> None:
    """Before a clip or its sidecar gets its final name, and right after it."""
    real = os.replace

    def replace(source: Any, target: Any, **options: Any) -> None:
        file = {".mp4": "clip", ".json": "sidecar"}.get(Path(target).suffix)
        if file:
            passing(f"before-{file}")
        real(source, target, **options)
        if file:
            passing(f"after-{file}")

    setattr(os, "replace", replace)  # noqa: B010


# -- what children do ---------------------------------------------------------------------


def bare() -> None:
    """Check that what this was forked from runs one thread: else locks might be held here for ever."""
    assert psutil.Process(os.getppid()).num_threads() == 1


def work(place: Place, prompts: Sequence[tuple[str, str]], point: str | None = None) -> None:
    """Submit (provider, prompt) each, see all to their end, and close."""
    enter(place)
    plant(point, place)
    # Larger than what two sockets can hold, so that most of it is not yet sent half-way.
    params = {"padding": "x" * 8_000_000} if point in ("post-head", "post-body") else {}
    wait([videogen_nb.generate(prompt, provider=provider, params=params) for provider, prompt in prompts])
    session.close()


def resume(place: Place, point: str | None = None) -> None:
    """Resume what this folder's journal has open, see it to its end, and close."""
    enter(place)
    plant(point, place)
    wait(videogen_nb.resume())
    session.close()


def until_killed(task: Callable[..., None], place: Place, count: int, reached: Connection, *args: Any) -> None:
    """Run a task and never end by itself; tell when it comes to the `count`-th of its points, or to its end.

    So a kill surely meets it, whatever the machine's speed.
    """
    passed = itertools.count(1)

    def passing(_: str) -> None:
        if next(passed) == count:
            reached.send(True)

    _watch(passing)
    task(place, *args)
    reached.send(False)
    signal.pause()


def wait(jobs: Iterable[Job]) -> None:
    for job in jobs:
        with suppress(VideogenError):
            job.wait()
