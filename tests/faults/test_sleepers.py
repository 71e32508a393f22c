"""Processes that stand still (a lid that is closed, Ctrl-Z) until others have acted for them, and wake."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from tests.faults.children import Place, fork, hanging, resume
from tests.faults.counting import Counting
from tests.faults.killing import judge, rows_of
from tests.faults.sharing import stopping, told_of

LEASE = 0.7  # seconds, which they sleep out


@contextmanager
def _asleep(place: Place, point: str) -> Iterator[BaseProcess]:
    """A child that stands still at a point, with one job, and whose lease has run out."""
    child = fork(stopping, place, point)
    assert child.pid is not None
    try:
        _wait_until_still(child.pid)
        while _writes(place):  # its heartbeat, on another thread: who stops in a transaction stops everybody
            os.kill(child.pid, signal.SIGCONT)
            time.sleep(0.002)
            os.kill(child.pid, signal.SIGSTOP)
            _wait_until_still(child.pid)
        time.sleep(place.lease)
        yield child
    finally:
        child.kill()  # what stands still can't be ended in any other way


def _wait_until_still(pid: int) -> None:
    process, end = psutil.Process(pid), time.monotonic() + 60
    while process.status() != psutil.STATUS_STOPPED and time.monotonic() < end:
        time.sleep(0.01)
    assert process.status() == psutil.STATUS_STOPPED


def _writes(place: Place) -> bool:
    db = sqlite3.connect(place.journal, timeout=0, isolation_level=None)
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        db.close()
    return False


def _another_resumes(place: Place) -> None:
    other = fork(resume, Place(place.folder, place.url, "client-1-0123456789", 30.0))
    assert not hanging(other)
    assert other.exitcode == 0


def _goes_on(place: Place, child: BaseProcess) -> str:
    assert child.pid is not None
    os.kill(child.pid, signal.SIGCONT)
    assert not hanging(child)
    assert child.exitcode == 0
    told: str = json.loads(told_of(place).read_text())
    return told


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after-add", "before-claim", "after-claim", "before-sending"])
def test_who_slept_before_sending_sends_nothing(gateway: Counting, tmp_path: Path, point: str) -> None:
    """A process that wakes after another has ended its job as never sent does not send it."""
    place = Place(tmp_path, gateway.url, lease=LEASE)
    with _asleep(place, point) as child:
        _another_resumes(place)
        told = _goes_on(place, child)
    verdict = judge(place, gateway.record())
    assert verdict.accepted == 0
    assert verdict.unsent == 1
    assert not verdict.faults
    assert "was not sent" in told


@pytest.mark.parametrize(
    "point",
    ["post-accepted", *(pytest.param(point, marks=pytest.mark.slow) for point in ("after-sending", "before-accepted"))],
)
def test_who_slept_while_sending_recovers_what_was_bought(gateway: Counting, tmp_path: Path, point: str) -> None:
    """A process that wakes with the answer to a submission that another called uncertain brings its clip home."""
    place = Place(tmp_path, gateway.url, lease=LEASE)
    with _asleep(place, point) as child:
        _another_resumes(place)
        assert [row.status for row in rows_of(place)] == ["uncertain"]
        _goes_on(place, child)
    verdict = judge(place, gateway.record())
    assert not verdict.faults
    assert (verdict.accepted, verdict.recovered) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after-accepted", "between-polls", "download-half", "before-clip", "before-ended"])
def test_who_slept_while_following_changes_no_end(gateway: Counting, tmp_path: Path, point: str) -> None:
    """A process that wakes after another has finished its job leaves the row succeeded and the clip whole."""
    place = Place(tmp_path, gateway.url, lease=LEASE)
    with _asleep(place, point) as child:
        _another_resumes(place)
        assert [row.status for row in rows_of(place)] == ["succeeded"]
        told = _goes_on(place, child)
    verdict = judge(place, gateway.record())
    assert not verdict.faults
    assert (verdict.accepted, verdict.recovered) == (1, 1)
    assert told.startswith("succeeded")
