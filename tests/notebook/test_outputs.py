from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher

from tests.support.sample_jobs import Nobody, a_job, ended, together
from videogen_nb.core.job import Job, Phase, Status
from videogen_nb.errors import JobFailedError
from videogen_nb.notebook import live_output as live
from videogen_nb.notebook import outputs as display
from videogen_nb.notebook.outputs import GridOutput, JobOutput, bundle_of, close_all, show, show_grid
from videogen_nb.storage.journal import Journal
from videogen_nb.sweeps.comparison import Sweep

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]


class Publisher(CapturingDisplayPublisher):
    """Keeps what is published, and knows when something was replaced."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.replaced = threading.Event()

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **more: Any) -> None:
        super().publish(data, metadata, source, **more)  # type: ignore[no-untyped-call]
        if more.get("update"):
            self.replaced.set()


@pytest.fixture
def collector(bare_shell: Shell) -> Iterator[Any]:
    """The shell of a kernel whose other end only collects outputs, as nbclient does."""
    ip: Any = bare_shell.ip
    ip.kernel = SimpleNamespace(get_parent=lambda _: {"content": {"allow_stdin": False}})
    ip.display_pub = Publisher()
    yield ip
    close_all()
    del ip.kernel


def finish(job: Job, path: Path) -> None:
    """What the backend does at the end of a job, on its thread."""
    job.videos = ended("succeeded", path).videos
    with job.hold_trait_notifications():
        job.phase, job.status = Phase.ENDED, Status.SUCCEEDED
    job.settle()


def published(ip: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ip.display_pub.outputs
    return found


def test_a_terminal_gets_one_line(bare_shell: Shell, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No HTML, no widget."""
    show(ended("succeeded", path), bare_shell.ip)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "boat.mp4" in said


def test_a_job_that_has_ended_is_final_at_once(collector: Any, path: Path) -> None:
    """One output, HTML and text, no widget."""
    show(ended("succeeded", path), collector)
    (output,) = published(collector)
    assert set(output["data"]) == {"text/html", "image/jpeg", "text/plain"}
    assert not output.get("update")
    assert "<video" in output["data"]["text/html"]
    assert "boat.mp4" in output["data"]["text/plain"]


def test_the_output_is_replaced_by_id_from_another_thread(collector: Any, path: Path) -> None:
    """What was shown first is updated with the player, and nothing more comes afterwards."""
    job = a_job()
    JobOutput(job, collector).open()
    threading.Thread(target=finish, args=(job, path)).start()
    job.wait(60)
    first, *_, last = published(collector)
    assert first["transient"]["display_id"] == last["transient"]["display_id"]
    assert (first.get("update", False), last["update"]) == (False, True)
    assert "<video" not in first["data"]["text/html"]
    assert "<video" in last["data"]["text/html"]
    assert set(last["data"]) == {"text/html", "image/jpeg", "text/plain"}
    count = len(published(collector))
    job.notice = "late"
    close_all()
    assert len(published(collector)) == count


def test_a_collector_is_waited_for(collector: Any, path: Path) -> None:
    """It is gone before a clip can come; so showing lasts until the job has ended, however it ends."""
    job = a_job()
    threading.Timer(0.1, finish, [job, path]).start()
    show(job, collector)
    assert "<video" in published(collector)[-1]["data"]["text/html"]
    bad = a_job()

    def fail() -> None:
        bad.error = JobFailedError("no")
        bad.status = Status.FAILED
        bad.settle()

    threading.Timer(0.05, fail).start()
    show(bad, collector)
    assert "no" in published(collector)[-1]["data"]["text/plain"]


def test_a_collector_keeps_the_latest_line(collector: Any) -> None:
    """A notebook that is executed shows how far each job is, without a line more than changed."""
    job = a_job()
    JobOutput(job, collector).open()
    with job.hold_trait_notifications():
        job.status, job.phase, job.progress = Status.RUNNING, Phase.RUNNING, 0.5
    assert "50%" in published(collector)[-1]["data"]["text/plain"]


def test_what_is_open_when_the_kernel_ends_stands_alone(collector: Any) -> None:
    """And says how to go on; once."""
    JobOutput(a_job(), collector).open()
    close_all()
    close_all()
    last = published(collector)[-1]
    assert last["update"]
    assert "%videogen resume k3x9ab2c" in last["data"]["text/html"]
    assert len([each for each in published(collector) if each.get("update")]) == 1
    assert not live._open


def test_a_live_view_is_a_widget_and_its_end_is_none(collector: Any, path: Path) -> None:
    """Where somebody watches; the widget is in the first output only."""
    collector.kernel = SimpleNamespace(get_parent=lambda _: {"content": {"allow_stdin": True}})
    job = a_job()
    show(job, collector)
    assert "application/vnd.jupyter.widget-view+json" in published(collector)[0]["data"]
    finish(job, path)
    assert collector.display_pub.replaced.wait(60)
    assert set(published(collector)[-1]["data"]) == {"text/html", "image/jpeg", "text/plain"}


def test_a_clip_that_no_server_reaches_is_embedded(collector: Any, path: Path, tmp_path: Path) -> None:
    """By default where it is small enough, always where it is asked for, never where a link does."""
    job = ended("succeeded", path)
    assert 'src="videogen/boat.mp4"' in bundle_of(job, collector)["text/html"]
    assert 'src="data:video/mp4' in bundle_of(job, collector, embed=True)["text/html"]
    collector.user_ns["__vsc_ipynb_file__"] = "a.ipynb"
    assert 'src="data:video/mp4' in bundle_of(job, collector)["text/html"]
    from videogen_nb import config

    config.settings().embed_limit = 100
    assert "<video" not in bundle_of(job, collector)["text/html"]
    config.settings().embed_limit = 0
    assert "data:video" not in bundle_of(job, collector)["text/html"]


# -- grids --------------------------------------------------------------------------------


class Doer(Nobody):
    """A backend that does at once what it is asked to."""

    def retry(self, job: Job) -> Job:
        return running(f"{job.id}b")

    def post(self, work: Callable[[], object]) -> None:
        work()


def running(id: str) -> Job:  # noqa: A002
    made = a_job(id=id)
    made.control = Doer()
    return made


def fail(job: Job) -> None:
    """What the backend does at the end of a job that failed."""
    with job.hold_trait_notifications():
        job.error, job.ended_at = JobFailedError("The GPU caught fire."), datetime.now(UTC)
        job.phase, job.status = Phase.ENDED, Status.FAILED
    job.settle()


@pytest.fixture
def watched(collector: Any) -> Any:
    """The shell of a kernel at whose other end somebody watches."""
    collector.kernel = SimpleNamespace(get_parent=lambda _: {"content": {"allow_stdin": True}})
    return collector


@pytest.fixture
def book(home: Path) -> Iterator[Journal]:
    made = Journal(home / "journal.sqlite3")
    yield made
    close_all()
    made.close()


def opened(book: Journal, shell: Any, *jobs: Job, compared: bool = False) -> tuple[Sweep, GridOutput]:
    sweep = together(book, jobs, {"cat": range(len(jobs))})
    output = GridOutput(sweep, shell, compared=compared)
    output.open()
    return sweep, output


def final(shell: Any) -> str:
    """The HTML that was put in the place of the live view."""
    assert shell.display_pub.replaced.wait(60)
    data = published(shell)[-1]["data"]
    assert {*data} - {"image/jpeg"} == {"text/html", "text/plain"}
    return str(data["text/html"])


def say(output: GridOutput, kind: str, **content: Any) -> None:
    """A message of the page."""
    output.widget._dispatch(output.widget, {"kind": kind, **content}, [])


def test_a_sweep_nobody_touched_is_replaced_at_its_end(watched: Any, book: Journal, path: Path) -> None:
    """By players and the script that plays them in step; while one still runs it is a widget."""
    a, b = running("job0"), running("job1")
    _, output = opened(book, watched, a, b)
    (first,) = published(watched)
    assert "application/vnd.jupyter.widget-view+json" in first["data"]
    say(output, "hello")
    finish(a, path)
    assert not watched.display_pub.replaced.is_set()
    finish(b, path)
    text = final(watched)
    assert text.count("<video") == 2
    assert text.count("<script") == 2
    assert published(watched)[-1]["transient"] == first["transient"]
    assert not live._open


def test_a_sweep_that_is_used_stays(watched: Any, book: Journal, path: Path) -> None:
    """Until its user presses Done."""
    a = running("job0")
    sweep, output = opened(book, watched, a)
    say(output, "hello")
    say(output, "used")
    finish(a, path)
    assert not watched.display_pub.replaced.is_set()
    say(output, "pick", winner="job0", favourites=[])
    assert sweep.picks.winner
    assert not watched.display_pub.replaced.is_set()
    say(output, "done")
    assert "winner" in final(watched)


def test_a_sweep_that_was_used_long_ago_is_replaced(
    watched: Any, book: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to press Done."""
    monkeypatch.setattr(display, "IN_USE", 0.05)
    a = running("job0")
    _, output = opened(book, watched, a)
    say(output, "used")
    finish(a, path)
    assert "<video" in final(watched)


def test_a_comparison_stays_live_though_all_has_ended(watched: Any, book: Journal, path: Path) -> None:
    """Picks go to the journal; a program that only collects outputs gets what stands alone at once."""
    job = ended("succeeded", path, id="job0")
    job.control = Doer()
    sweep, output = opened(book, watched, job, compared=True)
    assert output.widget is not None
    assert not watched.display_pub.replaced.is_set()
    say(output, "pick", winner="job0", favourites=["job0"])
    assert sweep.picks.winner
    say(output, "done")
    assert "winner" in final(watched)
    count = len(published(watched))
    output.finish()
    say(output, "done")
    assert len(published(watched)) == count


def test_a_finished_sweep_shown_for_its_clips_is_final_at_once(watched: Any, book: Journal, path: Path) -> None:
    """As a cell shows one in which nothing was new."""
    _, output = opened(book, watched, ended("succeeded", path, id="job0"))
    assert output.widget is None
    (only,) = published(watched)
    assert set(only["data"]) == {"text/html", "image/jpeg", "text/plain"}
    assert not only.get("update")


def test_a_failure_keeps_its_kernel_for_a_while(
    watched: Any, book: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Retry needs it; after that the grid is replaced, reason and all."""
    a, b = running("job0"), running("job1")
    _, output = opened(book, watched, a, b)
    say(output, "hello")
    finish(a, path)
    fail(b)
    assert not watched.display_pub.replaced.is_set()
    monkeypatch.setattr(display, "SECOND_CHANCE", 0.05)
    output._check()
    text = final(watched)
    assert "The GPU caught fire." in text
    assert text.count("<video") == 1


def test_a_failure_no_page_shows_is_replaced_at_once(watched: Any, book: Journal) -> None:
    """Nobody could press Retry."""
    a = running("job0")
    opened(book, watched, a)
    fail(a)
    assert watched.display_pub.replaced.is_set()


def test_a_job_that_is_made_again_is_followed(watched: Any, book: Journal, path: Path) -> None:
    """The grid waits for it, and shows its clip; the old job is watched no more."""
    a = running("job0")
    sweep, output = opened(book, watched, a)
    say(output, "hello")
    fail(a)
    say(output, "retry", key="job0")
    (new,) = sweep.jobs
    assert new.id == "job0b"
    assert not watched.display_pub.replaced.is_set()
    finish(new, path)
    assert "<video" in final(watched)
    for job in (a, new):
        assert not job._trait_notifiers.get("status", {}).get("change")


def test_the_kernel_ends_under_a_grid(watched: Any, book: Journal, path: Path) -> None:
    """What ran says how to go on, what had ended is as it ended; nothing is left open."""
    a, b, c = running("job0"), running("job1"), running("job2")
    opened(book, watched, a, b, c)
    finish(a, path)
    fail(b)
    close_all()
    text = final(watched)
    assert "%videogen resume job2" in text
    assert "%videogen resume job1" not in text
    assert "The GPU caught fire." in text
    assert "<video" in text
    assert not live._open


def test_a_program_that_collects_outputs_waits_for_all(collector: Any, book: Journal, path: Path) -> None:
    """However each ends; a widget it gets none, and what stands alone at the end."""
    a, b = running("job0"), running("job1")
    sweep = together(book, [a, b], {"cat": [1, 2]})
    threading.Timer(0.05, fail, [a]).start()
    threading.Timer(0.1, finish, [b, path]).start()
    show_grid(sweep, collector)
    assert all("widget-view" not in kind for each in published(collector) for kind in each["data"])
    last = published(collector)[-1]["data"]
    assert "The GPU caught fire." in last["text/html"]
    assert "<video" in last["text/html"]
    assert last["text/plain"].count("\n") == 1


def test_a_grid_in_a_terminal_is_a_line_a_job(
    bare_shell: Shell, book: Journal, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No HTML, no widget."""
    show_grid(together(book, [ended("succeeded", path, id="job0"), running("job1")], {"cat": [1, 2]}), bare_shell.ip)
    said = capsys.readouterr().out
    assert said.count("\n") == 2
    assert "boat.mp4" in said.splitlines()[0]


def test_a_grid_that_no_server_reaches_is_embedded(watched: Any, book: Journal, path: Path) -> None:
    """Where it is asked for; else its clips are links."""
    job = ended("succeeded", path, id="job0")
    sweep = together(book, [job], {"cat": [1]})
    for embed, source in ((False, 'src="videogen/boat.mp4"'), (True, 'src="data:video/mp4')):
        GridOutput(sweep, watched, embed=embed, compared=False).open()
        assert source in published(watched)[-1]["data"]["text/html"]


def test_a_view_that_was_replaced_starts_nothing(watched: Any, book: Journal, path: Path) -> None:
    """A page that still has it may use it; no timer is left behind."""
    a = running("job0")
    _, output = opened(book, watched, a)
    finish(a, path)
    assert "<video" in final(watched)
    count = len(published(watched))
    before = threading.active_count()
    for kind in ("hello", "used", "done"):
        say(output, kind)
    assert threading.active_count() == before
    assert len(published(watched)) == count
