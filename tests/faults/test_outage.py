from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults.matrix import clips
from tests.faults.outage import Gateway, Kind, play
from tests.faults.quick import backend_in, hurry, quickly, send
from tests.faults.raw import Site, Stage, Step, Talk
from tests.faults.steps import accept, done, going, mp4, say
from tests.faults.submitting import error
from tests.faults.wires import WIRES
from tests.support.scripted import when
from videogen_nb.backend import follow
from videogen_nb.backend import job_run as run
from videogen_nb.backend import poll_timing as polling
from videogen_nb.core.job import Job
from videogen_nb.errors import ConnectionLostError, JobCancelledError
from videogen_nb.providers.infery import Infery
from videogen_nb.providers.registry import provider
from videogen_nb.storage import journal


def line(wire: str, state: str) -> str:
    """The notice of a job in that state whose gateway can't be reached."""
    if state == "downloading":
        return "The download was interrupted and is being resumed."
    return f"No answer from {provider(wire).title}; still checking. Nothing is lost."


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as made:
        yield made


@pytest.mark.parametrize(
    ("kind", "wire"),
    [
        ("refused", "infery"),
        ("swallowed", "infinityblue"),
        pytest.param("refused", "infinityblue", marks=pytest.mark.slow),
        pytest.param("swallowed", "infery", marks=pytest.mark.slow),
    ],
)
def test_an_outage(kind: Kind, wire: str, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that are queued, made or fetched when the network goes each say one line, and finish when it is back."""
    quickly(monkeypatch)
    if kind == "swallowed":  # else no request waits for anything
        hurry(monkeypatch, 1.0)
    with backend_in(tmp_path) as backend:
        found = play(backend, Gateway(stage, wire), kind, 2, lambda: None)
    assert len(found) == 6
    for each in found:
        assert (each.status, each.posts, each.whole) == ("succeeded", 1, True), each
        assert each.notices == (line(wire, each.state),), each
        assert each.after == "", each


def test_a_long_outage_keeps_its_line(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the pauses between tries have grown long, nobody is said to have asked for them."""
    quickly(monkeypatch)
    reached = threading.Event()

    def longer(misses: int) -> float:
        if misses < 4:
            return 0.02
        reached.set()
        return 78.0

    monkeypatch.setattr(follow, "backoff", longer)
    gateway = Gateway(stage, "infery")
    told: list[str] = []
    with backend_in(tmp_path) as backend:
        job = send(backend, gateway.wire, gateway.site.url, "running 0")
        job.observe(lambda change: told.append(change["new"]), "notice")
        assert when(job, "progress", lambda progress: progress is not None).wait(60)
        gateway.go("refused")
        assert reached.wait(60)
        job.cancel()  # wakes the pause, so all that is said before it has been said
        with pytest.raises(JobCancelledError):
            job.wait(60)
    assert [words for words in told if words] == [line("infery", "running")]


def test_submitting_into_an_outage(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is submitted while the network is away fails as not charged, and is not sent when it comes back."""
    quickly(monkeypatch)
    gateway = Gateway(stage, "infery")
    with backend_in(tmp_path) as backend:
        gateway.go("refused")
        job = send(backend, gateway.wire, gateway.site.url)
        with pytest.raises(ConnectionLostError, match=r"can't be reached .*Nothing was charged"):
            job.wait(60)
        gateway.come_back()
    assert job.status == "failed"
    assert gateway.site.asked == []


class _Clock:
    """The wall clock that the modules see; `ahead` seconds off."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        seen = SimpleNamespace(time=lambda: time.time() + self.ahead, monotonic=time.monotonic)
        for module in (follow, journal, run):
            patch.setattr(module, "time", seen)

    def at(self, ahead: float, step: Step) -> Step:
        """A step before which the clock is set."""

        async def jump(talk: Talk) -> None:
            self.ahead = ahead
            await step(talk)

        return jump


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    return _Clock(monkeypatch)


@pytest.fixture
def made(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Job, Site]]]:
    """Runs one job against a script of status answers."""
    quickly(monkeypatch)

    def run(*status: Step) -> tuple[Job, Site]:
        wire = WIRES["infery"]
        scripts = {"submit": [accept()], "status": status, "file": [mp4()]}
        site = stage.open(Site(wire.route, scripts, {"wire": wire, "clip": clips()["mp4"]}))
        return send(backend, wire, site.url).wait(60), site

    with backend_in(tmp_path) as backend:
        yield run


@pytest.mark.parametrize("hours", [1, -1])
def test_the_clock_jumps_while_a_job_runs(
    hours: int, clock: _Clock, made: Callable[..., tuple[Job, Site]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that steps an hour and back makes a job be asked about neither madly nor hours later."""
    delays: list[float] = []

    def record(*args: Any, **options: Any) -> float:
        delays.append(polling.next_delay(*args, **options))
        return 0.02

    monkeypatch.setattr(Infery, "interval", 5.0)
    monkeypatch.setattr(polling, "FLOOR", 0.25)
    monkeypatch.setattr(follow, "next_delay", record)
    jump, back = hours * 3600.0, 0.0
    job, site = made(
        going(10), going(20), clock.at(jump, going(30)), going(40), clock.at(back, going(50)), going(60), done()
    )
    assert (job.status, len(site.requests("submit"))) == ("succeeded", 1)
    assert len(delays) == len(site.requests("status")) == 7
    assert all(0.25 <= delay <= 30 for delay in delays), delays


def test_the_clock_jumps_before_a_replica_knows_the_job(clock: _Clock, made: Callable[..., tuple[Job, Site]]) -> None:
    """A fresh job that a replica does not know yet stays fresh where the clock steps an hour ahead."""
    job, site = made(clock.at(3600, say(error("no such job"), 404)), clock.at(0, going(50)), done())
    assert (job.status, len(site.requests("submit"))) == ("succeeded", 1)


def test_the_clock_jumps_during_the_download(clock: _Clock, made: Callable[..., tuple[Job, Site]]) -> None:
    """A job whose clock is an hour back when it ends is recorded with its clip."""
    job, _ = made(clock.at(3600, going(50)), clock.at(-3600, done()))
    assert job.path is not None
    assert job.path.read_bytes() == clips()["mp4"]
