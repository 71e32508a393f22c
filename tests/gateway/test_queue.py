"""The queue by itself: claims, leases and what happens to a dead owner's work."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from videogen_nb.gateway import queue as queue_module
from videogen_nb.gateway.plan import Plan
from videogen_nb.gateway.queue import Claim, Job, Queue

from .opening import open_all
from .support import ENV

PLAN = Plan(model="m", prompt="p", seed=1, width=64, height=64, fps=2, duration=0.5)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    queue = Queue(tmp_path / "queue.sqlite3")
    yield queue
    queue.close()


@pytest.fixture
def other(queue: Queue, tmp_path: Path) -> Iterator[Queue]:
    """The same queue, as another process has it."""
    other = Queue(tmp_path / "queue.sqlite3")
    yield other
    other.close()


def add(queue: Queue, job_id: str, n: int = 1) -> Job:
    plan = Plan(**{name: getattr(PLAN, name) for name in Plan.__slots__} | {"n": n})
    return queue.add(job_id, plan, wire="videos", account="", body_hash="")


def take(queue: Queue) -> Claim:
    claim = queue.claim()
    assert claim
    return claim


def found(queue: Queue, job_id: str) -> Job:
    job = queue.find(job_id)
    assert job
    return job


def test_oldest_first_and_each_once(queue: Queue, other: Queue) -> None:
    """Renders are claimed in the order of their jobs, each by one owner."""
    add(queue, "a", n=2)
    add(other, "b")
    claims = [take(queue), take(other), take(queue)]
    assert [(claim.job, claim.part) for claim in claims] == [("a", 0), ("a", 1), ("b", 0)]
    assert other.claim() is None


def test_a_job_is_the_sum_of_its_renders(queue: Queue) -> None:
    """It runs when one runs, its progress is their mean, and it is done when all are."""
    add(queue, "a", n=2)
    first = take(queue)
    queue.report(first.token, 0.5)
    assert (found(queue, "a").status, found(queue, "a").progress) == ("running", 0.25)
    assert queue.finish(first.token, lambda: None)
    assert (found(queue, "a").status, found(queue, "a").progress) == ("running", 0.5)
    queue.finish(take(queue).token, lambda: None)
    job = found(queue, "a")
    assert (job.status, job.progress, job.finished is not None) == ("succeeded", 1.0, True)
    assert not queue.unfinished()


def test_a_failure_takes_the_other_outputs_along(queue: Queue, other: Queue) -> None:
    """When one output fails the job fails, waiting outputs are not rendered and running ones lose their claim."""
    add(queue, "a", n=3)
    mine, theirs = take(queue), take(other)
    queue.fail(mine.token, "broken")
    assert (found(queue, "a").status, found(queue, "a").error) == ("failed", "broken")
    assert queue.claim() is None
    assert other.beat([theirs.token]) == {theirs.token}
    assert not other.finish(theirs.token, lambda: pytest.fail("published"))


def test_a_lost_lease(queue: Queue, other: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim without a sign of life is taken by another, and then its first owner can do no harm."""
    monkeypatch.setattr(queue_module, "LEASE", -1.0)
    add(queue, "a")
    late = take(queue)
    queue.report(late.token, 0.9)
    monkeypatch.undo()
    assert other.take_from_the_dead(()) == [late.token]
    again = take(other)
    assert found(other, "a").progress == 0
    queue.report(late.token, 0.95)
    queue.fail(late.token, "late")
    queue.give_back(late.token)
    assert not queue.finish(late.token, lambda: pytest.fail("published"))
    assert (found(queue, "a").status, found(queue, "a").progress) == ("running", 0)
    assert other.finish(again.token, lambda: None)


def test_the_living_keep_their_claims(queue: Queue, other: Queue) -> None:
    """A claim whose process lives and beats is left alone; one whose process ended is taken at once."""
    add(queue, "a")
    add(queue, "b")
    mine = take(queue)
    code = (
        "import sys; from pathlib import Path; from videogen_nb.gateway.queue import Queue\n"
        "print(Queue(Path(sys.argv[1])).claim().token)"
    )
    database = queue._db.execute("PRAGMA database_list").fetchone()[2]
    run = subprocess.run([sys.executable, "-c", code, database], env=ENV, capture_output=True, text=True, check=True)
    assert other.take_from_the_dead(()) == [run.stdout.strip()]
    assert other.beat([mine.token]) == set()


def test_a_file_that_cannot_be_published(queue: Queue) -> None:
    """When the clip cannot be put in place the render is not done."""
    add(queue, "a")
    claim = take(queue)

    def publish() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        queue.finish(claim.token, publish)
    assert found(queue, "a").status == "running"


def test_made_by_two_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that open a new home in the same moment all get it."""
    # A worker of the test run has a main module without a spec, which starting a process asks for.
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None, raising=False)
    context = multiprocessing.get_context("spawn")
    start, paths = context.Barrier(3), [tmp_path / f"{attempt}.db" for attempt in range(3)]
    processes = [context.Process(target=open_all, args=(paths, start)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert all(path.exists() for path in paths)
