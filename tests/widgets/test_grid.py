from __future__ import annotations

import asyncio
import gc
import json
import threading
import weakref
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Self

import ipywidgets
import pytest

from tests.support.clips import make_clip
from tests.support.sample_jobs import Nobody, a_job, ended, together
from videogen_nb.core.job import Job, Status
from videogen_nb.errors import JobFailedError, MissingKeyError, VideogenError
from videogen_nb.storage.journal import Journal
from videogen_nb.views import job as view
from videogen_nb.views.grid import grid_of
from videogen_nb.widgets import _send_clip
from videogen_nb.widgets._base import PACE
from videogen_nb.widgets.grid import GridWidget


class Control(Nobody):
    """A backend that does at once what it is asked to, and counts what it submits."""

    def __init__(self) -> None:
        self.cancelled: list[str] = []
        self.submitted: list[str] = []
        self.refuse = False
        self.waiting: list[Callable[[], object]] | None = None

    def cancel(self, job: Job) -> None:
        self.cancelled.append(job.id)

    def retry(self, job: Job) -> Job:
        if self.refuse:
            raise MissingKeyError("infery", "INFERY_API_KEY")
        self.submitted.append(job.id)
        made = a_job(job.request.prompt, id=f"new{len(self.submitted)}")
        made.control = self
        return made

    def post(self, work: Callable[[], object]) -> None:
        if self.waiting is None:
            work()
        else:
            self.waiting.append(work)

    def run(self) -> None:
        """Do what was asked for meanwhile."""
        todo, self.waiting = self.waiting or [], None
        for work in todo:
            work()


class Sent(GridWidget):
    """A grid that keeps what it sends."""

    def __init__(self, comparison: Any) -> None:
        self.sent: list[tuple[Any, Any]] = []
        self.told: list[str] = []
        super().__init__(comparison, on_done=lambda: self.told.append("done"))
        self.on_used = lambda: self.told.append("used")

    def send(self, content: Any, buffers: Any = None) -> None:
        json.dumps(content)
        self.sent.append((content, buffers))

    def say(self, kind: Any, **content: Any) -> list[Any]:
        """A message of the page; what was sent in answer."""
        before = len(self.sent)
        self._dispatch(self, {"kind": kind, **content}, [])
        return [content for content, _ in self.sent[before:]]


@pytest.fixture
def control() -> Control:
    return Control()


@pytest.fixture
def grid(book: Journal, control: Control, tmp_path: Path) -> Iterator[Callable[..., Sent]]:
    """Makes grids of jobs in such states."""
    path = tmp_path / "boat.mp4"
    path.write_bytes(make_clip(frames=4))
    made: list[Sent] = []

    def make(*statuses: str, **facts: Any) -> Sent:
        jobs = []
        for n, status in enumerate(statuses):
            name = f"job{len(made)}{n}"
            error: dict[str, Any] = (
                {"error": JobFailedError("no")} if status in ("failed", "cancelled", "uncertain") else {}
            )
            paths = (path,) if status == "succeeded" else ()
            running = a_job(id=name, status=Status(status), **facts)
            job = running if status in ("queued", "running") else ended(status, *paths, id=name, **error, **facts)
            job.control = control
            jobs.append(job)
        made.append(Sent(together(book, jobs, {"cat": [str(n) for n in range(len(jobs))]})))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_page_that_says_hello_gets_all(grid: Callable[..., Sent]) -> None:
    """The grid as it is now, and it is counted."""
    made = grid("running", "succeeded")
    made.comparison.jobs[0].progress = 0.5
    (told,) = made.say("hello")
    assert told["kind"] == "grid"
    assert told["grid"]["cells"][0]["job"]["progress"] == 0.5
    assert [each["key"] for each in told["grid"]["cells"]] == ["job00", "job01"]
    assert made.pages == 1
    assert made.used is None


def test_a_change_is_sent_as_its_cell_alone(grid: Callable[..., Sent]) -> None:
    """With its place, which a later job may take."""
    made = grid("running", "running")
    made.sent.clear()
    made.comparison.jobs[1].progress = 0.25
    ((told, _),) = made.sent
    assert told["kind"] == "cells"
    ((place, cell),) = [(each["index"], each["cell"]) for each in told["cells"]]
    assert (place, cell["key"], cell["job"]["progress"]) == (1, "job01", 0.25)


def test_many_changes_are_one_message(grid: Callable[..., Sent]) -> None:
    """On the backend's loop, of any number of jobs."""
    made = grid(*["running"] * 6)
    made.sent.clear()

    async def change() -> None:
        for n in range(50):
            for job in made.comparison.jobs:
                job.progress = n / 50
        async with asyncio.timeout(60):
            while len([told for told, _ in made.sent if told["cells"][0]["cell"]["job"]["progress"] == 0.98]) < 1:
                await asyncio.sleep(0.005)

    asyncio.run(change())
    assert len(made.sent) <= 2
    assert len(made.sent[-1][0]["cells"]) == 6


def test_a_job_with_another_number_of_clips_than_asked_for(grid: Callable[..., Sent], tmp_path: Path) -> None:
    """Changes the places, so all is sent."""
    made = grid("running", options={"count": 2})
    assert len(made.grid["cells"]) == 2
    made.comparison.jobs[0].videos = ended("succeeded", tmp_path / "boat.mp4").videos
    told = made.sent[-1][0]
    assert told["kind"] == "grid"
    assert len(told["grid"]["cells"]) == 1


def test_a_clip_that_is_wanted(grid: Callable[..., Sent], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comes as bytes beside the message; one that is gone, too large or still to come says why it does not."""
    made = grid("succeeded", "running")
    (told,) = made.say("want", key="job00")
    assert told == {"kind": "clip", "key": "job00", "media_type": "video/mp4"}
    assert made.sent[-1][1] == [(tmp_path / "boat.mp4").read_bytes()]
    monkeypatch.setattr(_send_clip, "MAX_BYTES", 100)
    (told,) = made.say("want", key="job00")
    assert (told["kind"], told["key"]) == ("noclip", "job00")
    assert "too large" in told["why"]
    (tmp_path / "boat.mp4").unlink()
    (told,) = made.say("want", key="job00")
    assert "not where it was" in told["why"]
    assert str(tmp_path / "boat.mp4") in told["why"]
    (told,) = made.say("want", key="job01")
    assert told["kind"] == "noclip"


def test_picks_go_to_the_journal(grid: Callable[..., Sent]) -> None:
    """At once; what is no key of this grid is left out, and the rest is kept."""
    made = grid("succeeded", "succeeded")
    made.say("pick", winner="job01", favourites=["job00", "job01"])
    picks = made.comparison.picks
    assert picks.winner
    assert (picks.winner.key, [place.key for place in picks.favourites]) == ("job01", ["job00", "job01"])
    made.say("pick", winner="gone", favourites=["gone", "job00", {"a": 1}, None, ["job00"]])
    assert made.comparison.picks.winner is None
    assert [place.key for place in made.comparison.picks.favourites] == ["job00"]
    made.say("pick", winner="", favourites="job00")
    assert made.comparison.picks.favourites == ()
    assert made.used is not None


def test_cancelling_and_retrying_one(grid: Callable[..., Sent], control: Control) -> None:
    """The new job takes the place of the old one, with its own key."""
    made = grid("running", "failed", "uncertain")
    made.say("cancel", key="job00")
    assert control.cancelled == ["job00"]
    told = made.say("retry", key="job01")
    assert control.submitted == ["job01"]
    ((place, cell),) = [(each["index"], each["cell"]) for each in told[-1]["cells"]]
    assert (place, cell["key"], cell["job"]["status"]) == (1, "new1", "queued")
    made.say("retry", key="job02")  # somebody has looked into the account
    assert control.submitted == ["job01", "job02"]
    assert [job.id for job in made.comparison.jobs] == ["job00", "new1", "new2"]
    made.sent.clear()
    made.comparison.jobs[1].progress = 0.5
    assert made.sent[0][0]["cells"][0]["cell"]["key"] == "new1"


def test_pressing_retry_twice_submits_once(grid: Callable[..., Sent], control: Control) -> None:
    """Also where both clicks came before the first was acted upon; and what has a clip is never bought again."""
    made = grid("failed", "succeeded", "running")
    control.waiting = []
    for key in ("job00", "job00", "job01", "job02"):
        made.say("retry", key=key)
    made.say("retry_failed")
    made.say("retry_failed")
    control.run()
    assert control.submitted == ["job00"]
    made.say("retry", key="job00")
    assert control.submitted == ["job00"]


def test_retrying_all_that_failed(grid: Callable[..., Sent], control: Control) -> None:
    """Not what may have been charged."""
    made = grid("failed", "succeeded", "cancelled", "uncertain", "running", options={"count": 2})
    made.say("retry_failed")
    assert control.submitted == ["job00"]
    assert made.used is not None


@pytest.mark.parametrize("message", [{"kind": "retry", "key": "job00"}, {"kind": "retry_failed"}])
def test_a_retry_that_can_not_be_sent(grid: Callable[..., Sent], control: Control, message: dict[str, Any]) -> None:
    """Says why in its cell; the job stays what it was."""
    made = grid("failed", "succeeded")
    control.refuse = True
    told = made.say(**message)
    assert "INFERY_API_KEY" in told[-1]["cells"][0]["cell"]["job"]["notice"]
    assert [job.id for job in made.comparison.jobs] == ["job00", "job01"]


def test_used_and_done(grid: Callable[..., Sent]) -> None:
    """Tell whoever shows it."""
    made = grid("succeeded")
    made.say("used")
    made.say("done")
    made.say("pick", winner=None, favourites=[])
    assert made.told == ["used", "done", "used"]


@pytest.mark.parametrize(
    "content",
    [None, [], "x", {}, {"kind": None}, {"kind": "flush"}, {"kind": ["want"]}, {"kind": "want"}]
    + [{"kind": kind, "key": key} for kind in ("want", "cancel", "retry") for key in ("gone", None, 5, ["job00"])],
)
def test_messages_that_make_no_sense(grid: Callable[..., Sent], control: Control, content: Any) -> None:
    """Do nothing."""
    made = grid("failed", "running")
    made._dispatch(made, content, [])
    assert (made.sent, control.cancelled, control.submitted) == ([], [], [])


def test_a_page_that_is_loaded_later_finds_what_stands_there(
    grid: Callable[..., Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trait holds a whole grid."""

    class Noon(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2026, 1, 21, 12, tzinfo=tz)

    # Else the job has run for longer when it is looked at again.
    monkeypatch.setattr(view, "datetime", Noon)
    made = grid("running")
    assert made.grid == grid_of(made.comparison, can_finish=True)


def test_closing_leaves_nobody_watching(grid: Callable[..., Sent]) -> None:
    """Changes of the jobs, and jobs that take another's place, send nothing any more; closing twice is once."""
    made = grid("running", "failed")
    made.close()
    made.close()
    made.comparison.jobs[0].progress = 0.5
    made.comparison.replace(made.comparison.jobs[1], a_job(id="other"))
    assert made.sent == []
    for job in made.comparison.jobs:
        assert not any(job._trait_notifiers.get(name, {}).get("change") for name in ("progress", "All"))


def test_a_hundred_grids_leave_nothing_behind(book: Journal) -> None:
    """No widget, no comparison, no observer, nothing in line to be sent."""
    jobs = [a_job(id="job0"), a_job(id="job1")]
    held: list[weakref.ref[Any]] = []
    before = len(ipywidgets.widgets.widget._instances)
    for _ in range(100):
        made = GridWidget(together(book, jobs, {"cat": ["x", "y"]}))
        held += [weakref.ref(made), weakref.ref(made.comparison)]
        jobs[0].progress = 0.5 if jobs[0].progress != 0.5 else 0.6
        made.close()
        del made
    gc.collect()
    assert [ref for ref in held if ref() is not None] == []
    assert len(ipywidgets.widgets.widget._instances) == before
    assert not PACE._waiting


def test_an_unknown_keyword_or_handler_is_refused() -> None:
    """Every handler is a method."""
    assert all(callable(getattr(GridWidget, name)) for name in GridWidget.handlers.values())


def test_jobs_that_change_on_another_thread(grid: Callable[..., Sent]) -> None:
    """Lose no change: what was sent last is true."""
    made = grid(*["running"] * 4)

    def change(job: Job) -> None:
        for n in range(100):
            job.progress = n / 100

    threads = [threading.Thread(target=change, args=(job,)) for job in made.comparison.jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last: dict[int, float] = {}
    for told, _ in made.sent:
        last |= {each["index"]: each["cell"]["job"]["progress"] for each in told["cells"]}
    assert last == dict.fromkeys(range(4), 0.99)


def test_a_comparison_of_which_the_backend_is_gone(grid: Callable[..., Sent], control: Control) -> None:
    """A retired view that is touched then does nothing, and raises nothing that would be printed in a cell."""

    def closed(work: Callable[[], object]) -> None:
        raise VideogenError("This backend is closed.")

    made = grid("failed")
    control.post = closed  # type: ignore[method-assign]
    for kind in ("hello", "want", "retry", "retry_failed", "pick", "done"):
        made.say(kind, key="job00")
    assert made.sent == []
