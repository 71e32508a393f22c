from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import traitlets

import videogen_nb as vg
from tests.support.interrupts import interrupt_in
from tests.support.sample_jobs import Nobody
from tests.support.scripted import ACCEPTED, KEY, Answer, Ask, Gateway, done, failed, going, ranged, when
from videogen_nb import Job, Size, Status, Video
from videogen_nb.core.blocking import wait_for
from videogen_nb.core.job import Cost
from videogen_nb.errors import JobCancelledError, JobFailedError, WaitTimeoutError

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]


def generate(**options: Any) -> Job:
    return vg.generate("a paper boat", provider="infery", **options)


@pytest.fixture
def held(infery: Infery, clip: bytes) -> tuple[Gateway, threading.Event]:
    """A gateway whose job ends when the event is set."""
    end = threading.Event()
    status = Ask(make=lambda _: done() if end.is_set() else going())
    return infery(status=status, routes={"GET /files/a.mp4": ranged(clip)}), end


def loose() -> Job:
    return Job(Nobody(), id="k3x9ab2c", request=vg.VideoRequest("x" * 100), created_at=datetime.now(UTC))


def test_which_statuses_are_ends() -> None:
    """Six words, two of which go on."""
    assert {str(each): each.ended for each in Status} == {
        "queued": False,
        "running": False,
        "succeeded": True,
        "failed": True,
        "cancelled": True,
        "uncertain": True,
    }
    assert Status("running") == "running"


def test_waiting_returns_the_job(held: Any) -> None:
    """Succeeded, with its file."""
    held[1].set()
    made = generate()
    assert made.wait() is made
    assert made.path
    assert made.path.exists()
    assert made.wait(0) is made


def test_a_wait_that_is_over_says_that_the_job_goes_on(held: Any) -> None:
    """And it does."""
    made = generate()
    with pytest.raises(WaitTimeoutError, match="goes on") as caught:
        made.wait(0.05)
    assert caught.value.job is made
    held[1].set()
    assert made.wait(60).status is Status.SUCCEEDED


def test_awaiting_on_any_loop(held: Any) -> None:
    """On several loops at once, in several threads, also one that gave up before."""
    made = generate()
    found: list[Job] = []

    def wait() -> None:
        async def work() -> None:
            found.append(await made)

        asyncio.run(work())

    async def impatient() -> None:
        await asyncio.wait_for(_awaited(made), 0.05)

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    held[1].set()
    for thread in threads:
        thread.join(60)
    assert found == [made, made]


async def _awaited(made: Job) -> Job:
    return await made


def test_a_failure_raises_every_time(infery: Infery) -> None:
    """By `wait` and by `await`, the same error."""
    infery(status=failed("no"))
    made = generate()
    for _ in range(2):
        with pytest.raises(JobFailedError):
            made.wait(60)
        with pytest.raises(JobFailedError):
            asyncio.run(_awaited(made))
    assert made.error
    assert made.error.__traceback__ is None or len(_depth(made.error)) < 10


def _depth(error: BaseException) -> list[Any]:
    found, trace = [], error.__traceback__
    while trace:
        found.append(trace)
        trace = trace.tb_next
    return found


def test_waiting_in_a_thread_while_a_loop_runs_here(held: Any) -> None:
    """`asyncio.to_thread(job.wait)` does not block the loop."""
    made = generate()

    async def work() -> Job:
        waiting = asyncio.create_task(asyncio.to_thread(made.wait, 60))
        await asyncio.sleep(0.02)
        held[1].set()
        return await waiting

    assert asyncio.run(work()) is made


def test_an_interrupt_of_the_wait_leaves_the_job(held: Any) -> None:
    """Ctrl-C stops the waiting, not what is paid for."""
    made = generate()
    with interrupt_in(wait_for), pytest.raises(KeyboardInterrupt):
        made.wait(60)
    assert not made.ended
    held[1].set()
    assert made.wait(60).status is Status.SUCCEEDED


def test_observing_and_linking(held: Any) -> None:
    """Traits as any other; observers run on the backend's thread."""

    class Bar(traitlets.HasTraits):
        value = traitlets.Float(None, allow_none=True)

    made, bar = generate(), Bar()
    seen: list[Any] = []
    threads: set[str] = set()

    def note(change: Any) -> None:
        seen.append(change["new"])
        threads.add(threading.current_thread().name)

    made.observe(note, "status")
    traitlets.dlink((made, "progress"), (bar, "value"))
    held[1].set()
    made.wait(60)
    assert seen[-1] is Status.SUCCEEDED
    assert bar.value == 1.0
    assert threads == {"videogen-nb"}


def test_an_observer_that_fails_breaks_nothing(held: Any) -> None:
    """What is paid for is fetched, and the other observers are told."""
    made = generate()
    seen: list[Any] = []
    made.observe(lambda _: 1 / 0)
    made.observe(lambda change: seen.append(change["new"]), "status")
    held[1].set()
    assert made.wait(60).status is Status.SUCCEEDED
    assert seen[-1] is Status.SUCCEEDED


def test_an_observer_can_be_taken_away() -> None:
    """Functions and methods, by the same arguments; a stranger is an error as in traitlets."""
    made = loose()
    seen: list[Any] = []
    made.observe(seen.append, "progress")
    made.unobserve(seen.append, "progress")
    made.progress = 0.5
    assert seen == []
    with pytest.raises(ValueError):
        made.unobserve(seen.append, "progress")


def test_an_observer_may_submit_the_next(held: Any) -> None:
    """A chain of clips, made on the backend's own thread, does not wait for itself."""
    first = generate()
    second: list[Job] = []
    chained = threading.Event()

    def go_on(change: Any) -> None:
        if change["new"] is Status.SUCCEEDED:
            second.append(generate(seed=None, image="https://e.org/a.png"))
            chained.set()

    first.observe(go_on, "status")
    held[1].set()
    first.wait(60)
    assert chained.wait(60)
    assert second[0].wait(60).status is Status.SUCCEEDED


def test_a_cancel_after_the_end_changes_nothing(held: Any) -> None:
    """The clip is there."""
    held[1].set()
    made = generate().wait(60)
    made.cancel()
    assert made.wait(1).status is Status.SUCCEEDED


def test_a_retry_is_a_new_job(held: Any) -> None:
    """Of the same request, submitted again, with another id; the old one stays as it ended."""
    server, end = held
    first = generate()
    first.cancel()
    with pytest.raises(JobCancelledError):
        first.wait(60)
    posts = len(server.posts)
    end.set()
    second = first.retry()
    assert second.wait(60).status is Status.SUCCEEDED
    assert second.id != first.id
    assert second.request == first.request
    assert first.status is Status.CANCELLED
    assert len(server.posts) == posts + 1


def test_a_cancel_on_this_machine_stops_the_work(home: Path, quick: None) -> None:
    """The local renderer can stop, says so, and makes no file."""
    made = vg.generate("a paper boat", provider="local", size="320x180", duration=60)
    assert when(made, "progress", bool).wait(60)
    made.cancel()
    with pytest.raises(JobCancelledError, match="Nothing was charged"):
        made.wait(60)
    assert made.status is Status.CANCELLED
    assert not list((home.parent / "videogen").glob("*"))


def test_how_a_job_is_shown_as_text(infery: Infery) -> None:
    """Short, with how it stands, and without the key."""
    hold = threading.Event()
    infery(submit=Ask(make=lambda _: _held(hold)))
    made = generate()
    assert f"Job {made.id} queued veo-3-1-fast on infery: 'a paper boat'" in repr(made)
    assert KEY not in repr(made)
    hold.set()
    made.cancel()
    assert len(repr(loose())) < 120


def _held(hold: threading.Event) -> Answer:
    hold.wait(60)
    return ACCEPTED


def test_values_of_a_job() -> None:
    """A cost reads as people write it; a video does not spell out its hash."""
    assert str(Cost(1234.5, "credits")) == "1,234.5 credits"
    assert str(Cost(80, "credits")) == "80 credits"
    video = Video(Path("a.mp4"), Size(1, 2), 1.0, 24.0, "video/mp4", 9, "abc123")
    assert "abc123" not in repr(video)
    assert loose().path is None
