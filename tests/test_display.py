from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher

from videogen_nb import live
from videogen_nb.display import JobOutput, bundle_of, close_all, show
from videogen_nb.errors import JobFailedError
from videogen_nb.job import Job, Phase, Status

from .gateways.scripted import make_clip
from .shown import a_job, ended

if TYPE_CHECKING:
    from .shell import Shell

pytest_plugins = ["tests.gateways.fixtures", "tests.shell"]


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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "boat.mp4"
    made.write_bytes(make_clip(frames=4))
    return made


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
    assert set(output["data"]) == {"text/html", "text/plain"}
    assert not output.get("update")
    assert "<video" in output["data"]["text/html"]
    assert "boat.mp4" in output["data"]["text/plain"]


def test_the_output_is_replaced_by_id_from_another_thread(collector: Any, path: Path) -> None:
    """What was shown first is updated with the player, and nothing more comes afterwards."""
    job = a_job()
    JobOutput(job, collector).open()
    threading.Thread(target=finish, args=(job, path)).start()
    job.wait(20)
    first, *_, last = published(collector)
    assert first["transient"]["display_id"] == last["transient"]["display_id"]
    assert (first.get("update", False), last["update"]) == (False, True)
    assert "<video" not in first["data"]["text/html"]
    assert "<video" in last["data"]["text/html"]
    assert set(last["data"]) == {"text/html", "text/plain"}
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
    assert collector.display_pub.replaced.wait(20)
    assert set(published(collector)[-1]["data"]) == {"text/html", "text/plain"}


def test_a_clip_that_no_server_reaches_is_embedded(collector: Any, path: Path, tmp_path: Path) -> None:
    """By default where it is small enough, always where it is asked for, never where a link does."""
    job = ended("succeeded", path)
    assert 'src="boat.mp4"' in bundle_of(job, collector)["text/html"]
    assert 'src="data:video/mp4' in bundle_of(job, collector, embed=True)["text/html"]
    collector.user_ns["__vsc_ipynb_file__"] = "a.ipynb"
    assert 'src="data:video/mp4' in bundle_of(job, collector)["text/html"]
    from videogen_nb import config

    config.settings().embed_limit = 100
    assert "<video" not in bundle_of(job, collector)["text/html"]
    config.settings().embed_limit = 0
    assert "data:video" not in bundle_of(job, collector)["text/html"]
