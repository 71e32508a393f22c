from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import videogen_nb as vg
from tests.support.scripted import Answer, Gateway, done, going, ranged, when
from videogen_nb.notebook.commands import COMMANDS

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]

Infery = Callable[..., Gateway]


@pytest.fixture
def server(infery: Infery, clip: bytes) -> Gateway:
    """An Infery that makes a clip at once, for 80 credits."""
    return infery(status=done(credits_used=80), routes={"GET /files/a.mp4": ranged(clip)})


def made(**options: Any) -> vg.Job:
    return vg.generate("a paper boat", provider="infery", **options)


@pytest.mark.parametrize("line", ["", "-h", "--help", "help"])
def test_the_overview_names_every_command(shell: Shell, line: str) -> None:
    """In a line each, with the cell magic first."""
    said = shell(f"%videogen {line}")
    assert said.startswith("%%videogen")
    assert all(re.search(rf"^%videogen {name} +\S", said, re.M) for name in COMMANDS)
    assert set(COMMANDS) == {
        *("models", "providers", "jobs", "show", "compare", "panel", "cancel", "retry", "resume"),
        *("export", "cell", "tidy", "cost", "config"),
    }


def test_models(infery: Infery, shell: Shell) -> None:
    """What each takes, of all providers or of one; the gateway's own list counts."""
    listed = {"data": [{"id": "brand-new-9", "modality": "video", "allowed_params": {"duration": [4, 8]}}]}
    infery(routes={"GET /v1/models": Answer(listed)})
    said = shell("%videogen models")
    assert re.search(r"^brand-new-9 +infery +4, 8", said, re.M)
    assert "kling" in said
    assert "kling" not in shell("%videogen models infery")


def test_providers(server: Gateway, shell: Shell) -> None:
    """Which are ready, and what the others need; never a key."""
    said = shell("%videogen providers")
    assert re.search(rf"^infery +ready +{re.escape(server.url)}", said, re.M)
    assert re.search(r"^infinityblue +set INFINITYBLUE_API_KEY", said, re.M)
    assert re.search(r"^openai_videos +set OPENAI_VIDEOS_BASE_URL", said, re.M)
    assert re.search(r"^local +ready +on this machine", said, re.M)


def test_jobs(server: Gateway, shell: Shell) -> None:
    """Newest first, with status, cost, prompt and file; a file that is gone is told."""
    assert "No jobs yet" in shell("%videogen jobs")
    first, second = made().wait(60), made().wait(60)
    said = shell("%videogen jobs").splitlines()
    assert [line.split()[0] for line in said[1:]] == [second.id, first.id]
    assert "succeeded" in said[1]
    assert "80 credits" in said[1]
    assert "a paper boat" in said[1]
    assert second.path
    assert second.path.name in said[1]
    second.path.unlink()
    assert "missing" in shell("%videogen jobs").splitlines()[1]


def test_jobs_of_other_folders(server: Gateway, shell: Shell, tmp_path: Any, monkeypatch: Any) -> None:
    """Only where they are asked for."""
    job = made().wait(60)
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    assert job.id not in shell("%videogen jobs")
    assert job.id in shell("%videogen jobs --all")


def test_show(server: Gateway, shell: Shell) -> None:
    """One or several, by whole ids or their beginnings."""
    first, second = made().wait(60), made().wait(60)
    said = shell(f"%videogen show {first.id} {second.id[:6]}")
    assert first.path
    assert second.path
    assert first.path.name in said
    assert second.path.name in said


def test_cancel(infery: Infery, shell: Shell) -> None:
    """Tells the truth about what it can do, and about jobs that have ended."""
    infery(status=going())
    job = made()
    said = shell(f"%videogen cancel {job.id}")
    assert "may still be charged" in said
    with pytest.raises(vg.VideogenError):
        job.wait(60)
    assert "ended already (cancelled)" in shell(f"%videogen cancel {job.id}")


def test_retry(server: Gateway, shell: Shell) -> None:
    """Submits the same request as a new job, and shows that."""
    job = made().wait(60)
    said = shell(f"%videogen retry {job.id}")
    (second, first) = vg.jobs()
    assert first is job
    assert second.id in said
    assert second.wait(60).request == job.request
    assert len(server.posts) == 2


def test_resume(infery: Infery, clip: bytes, shell: Shell) -> None:
    """One job by its id, also a cancelled one; or all that were left, which here are none."""
    server = infery(status=going(), routes={"GET /files/a.mp4": ranged(clip)})
    job = made()
    assert when(job, "remote_id", bool).wait(60)
    job.cancel()
    with pytest.raises(vg.VideogenError):
        job.wait(60)
    assert "Nothing to resume" in shell("%videogen resume")
    server.scripts["GET /v1/videos/generations/v1"] = [done()]
    said = shell(f"%videogen resume {job.id}")
    assert job.id in said
    assert vg.jobs()[0].wait(60).path
    assert len(server.posts) == 1


def test_cost(server: Gateway, shell: Shell) -> None:
    """Sums of what providers reported, by model and unit."""
    assert "No provider has reported" in shell("%videogen cost")
    for _ in range(2):
        made().wait(60)
    assert re.search(r"infery +veo-3-1-fast +160 credits +2$", shell("%videogen cost"), re.M)


def test_config(server: Gateway, shell: Shell, home: Any) -> None:
    """The settings in force, where things are, and which keys are found, not what they are."""
    shell("%config VideogenMagics.max_cost = 12.5")
    said = shell("%videogen config")
    assert re.search(r"^max_cost +12\.5", said, re.M)
    assert re.search(r"^INFERY_API_KEY +found$", said, re.M)
    assert re.search(r"^INFINITYBLUE_API_KEY +not set$", said, re.M)
    assert str(home / "journal.sqlite3") in said


def test_hostile_text_stays_in_its_row(infery: Infery, shell: Shell) -> None:
    """A prompt of many lines or with control characters does not break the table or the terminal."""
    infery(submit=Answer("", 400))
    vg.generate("one\ntwo\x1b[31m\r three " + "x" * 300, provider="infery")
    said = shell("%videogen jobs")
    assert said.count("\n") == 2
    assert "\x1b" not in said
    assert "\r" not in said


def test_compare(server: Gateway, shell: Shell) -> None:
    """Jobs and sweeps by their ids, or the notebook's own by name; nothing twice, and not nothing."""
    first, second = made().wait(60), made(duration=2).wait(60)
    sweep = vg.sweep("a {cat}", cat=["owl", "fox"], provider="infery").wait(60)
    shell.ns.update(first=first, sweep=sweep)
    shell("pass")  # what the sweep itself said is taken
    for line, jobs in (
        (f"{first.id} {second.id[:6]}", [first, second]),
        (f"{{first}} {second.id}", [first, second]),
        (sweep.id, sweep.jobs),
        ("{sweep}", sweep.jobs),
        (f"{{first}} {sweep.id}", [first, *sweep.jobs]),
    ):
        said = shell(f"%videogen compare {line}")
        assert [each.split()[0] for each in said.splitlines()] == [job.id for job in jobs]
    assert "needs ids" in shell.refused("%videogen compare")
    assert "given twice" in shell.refused(f"%videogen compare {first.id} {first.id}")
    assert "No job 'gnothing'" in shell.refused("%videogen compare gnothing")
