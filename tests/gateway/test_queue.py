"""The queue by itself: claims, leases and what happens to a dead owner's work."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.gateway.opening import open_all
from tests.gateway.support import ENV
from videogen_nb.gateway.jobs import queue as queue_module
from videogen_nb.gateway.jobs.plan import RenderPlan
from videogen_nb.gateway.jobs.queue import Claim, Queue, QueuedJob
from videogen_nb.storage import database

PLAN = RenderPlan(model="m", prompt="p", seed=1, width=64, height=64, fps=2, duration=0.5)


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


def add(queue: Queue, job_id: str, n: int = 1) -> QueuedJob:
    plan = RenderPlan(**{name: getattr(PLAN, name) for name in RenderPlan.__slots__} | {"n": n})
    return queue.add(job_id, plan, wire="videos", account="", body_hash="")


def take(queue: Queue) -> Claim:
    claim = queue.claim()
    assert claim
    return claim


def found(queue: Queue, job_id: str) -> QueuedJob:
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
    assert other.renew([theirs.token]) == {theirs.token}
    assert not other.finish(theirs.token, lambda: pytest.fail("published"))


def test_a_lost_lease(queue: Queue, other: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim without a sign of life is taken by another, and then its first owner can do no harm."""
    monkeypatch.setattr(queue_module, "LEASE", -1.0)
    add(queue, "a")
    late = take(queue)
    queue.report(late.token, 0.9)
    monkeypatch.undo()
    assert other.requeue_abandoned(()) == [late.token]
    again = take(other)
    assert found(other, "a").progress == 0
    queue.report(late.token, 0.95)
    queue.fail(late.token, "late")
    queue.requeue(late.token)
    assert not queue.finish(late.token, lambda: pytest.fail("published"))
    assert (found(queue, "a").status, found(queue, "a").progress) == ("running", 0)
    assert other.finish(again.token, lambda: None)


def test_the_living_keep_their_claims(queue: Queue, other: Queue) -> None:
    """A claim whose process lives and beats is left alone; one whose process ended is taken at once."""
    add(queue, "a")
    add(queue, "b")
    mine = take(queue)
    code = (
        "import sys; from pathlib import Path; from videogen_nb.gateway.jobs.queue import Queue\n"
        "print(Queue(Path(sys.argv[1])).claim().token)"
    )
    database = queue._db.execute("PRAGMA database_list").fetchone()[2]
    run = subprocess.run([sys.executable, "-c", code, database], env=ENV, capture_output=True, text=True, check=True)
    assert other.requeue_abandoned(()) == [run.stdout.strip()]
    assert other.renew([mine.token]) == set()


CONTAINER = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
# As a container's processes are numbered: each from 1, so that one's number says nothing to the other.
CLAIM_AS = """
echo $1 > /proc/sys/kernel/ns_last_pid && "$2" -c '
import os, sys
from pathlib import Path
from videogen_nb.gateway.jobs.queue import Queue
print(os.getpid(), Queue(Path(sys.argv[1])).claim().token, flush=True)
sys.stdin.read()' "$3"
"""


@contextmanager
def claimed_in_a_container(path: Path, pid: int) -> Iterator[str]:
    """The token of a render that a process of that number in another PID namespace claims, which lives meanwhile."""
    command = [*CONTAINER, "sh", "-c", CLAIM_AS, "sh", str(pid - 1), sys.executable, str(path)]
    with subprocess.Popen(command, env=ENV, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        number, _, token = process.stdout.readline().strip().partition(" ")
        assert int(number) == pid
        yield token


def test_a_render_of_another_container_is_left_alone(queue: Queue, tmp_path: Path) -> None:
    """Of one host name, but with processes that cannot be seen from here: only the lease tells whether it lives."""
    probe = [*CONTAINER, "sh", "-c", "echo 99 > /proc/sys/kernel/ns_last_pid"]
    if not shutil.which("unshare") or subprocess.run(probe).returncode:
        pytest.skip("this user can make no PID namespace")
    add(queue, "a")
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    with claimed_in_a_container(tmp_path / "queue.sqlite3", gone.pid) as token:
        assert queue.requeue_abandoned(()) == []
        assert queue.renew([token]) == set()


def test_on_a_network_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps no shared memory beside the file, which other hosts would not see; what it has is brought over."""
    near = Queue(tmp_path / "queue.sqlite3")
    add(near, "a")
    assert near._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    near.close()
    monkeypatch.setattr(database, "on_network", lambda path: True)
    far = Queue(tmp_path / "queue.sqlite3")
    assert far._db.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
    assert take(far).job == "a"
    far.close()


FIRST_VERSION = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, wire TEXT NOT NULL, account TEXT NOT NULL, plan TEXT NOT NULL, created REAL NOT NULL,
    repeat_key TEXT UNIQUE, body_hash TEXT NOT NULL
);
CREATE TABLE renders (
    seq INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, part INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued', progress REAL NOT NULL DEFAULT 0, error TEXT,
    token TEXT UNIQUE, host TEXT, pid INTEGER, lease REAL, started REAL, finished REAL,
    UNIQUE (job, part)
);
CREATE INDEX renders_by_state ON renders (state, seq);
"""


def test_a_queue_of_the_first_version_goes_on(tmp_path: Path) -> None:
    """Its file has no version number; what waits in it is rendered."""
    with closing(sqlite3.connect(tmp_path / "queue.sqlite3")) as old, old:
        old.executescript(FIRST_VERSION)
        old.execute("INSERT INTO jobs VALUES ('a', 'videos', '', ?, 1.0, NULL, '')", [PLAN.to_json()])
        old.execute("INSERT INTO renders (job, part) VALUES ('a', 0)")
    queue = Queue(tmp_path / "queue.sqlite3")
    assert take(queue).job == "a"
    queue.close()


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
