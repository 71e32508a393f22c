from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import videogen_nb as vg
from tests.support.scripted import Answer, Gateway, done, ranged
from videogen_nb.backend import session
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.locate import MAX_FILES, current_clips, jobs_in

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]


@pytest.fixture
def server(infery: Infery, clip: bytes) -> Gateway:
    """An Infery that makes a clip at once."""
    return infery(status=done(), routes={"GET /files/a.mp4": ranged(clip)})


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a notebook, whose clips go into ``videogen`` beside it."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.delenv("VIDEOGEN_OUTPUT_DIR")
    monkeypatch.chdir(folder)
    return folder


def made(**options: object) -> vg.Job:
    return vg.generate("a paper boat", provider="infery", **options).wait(60)  # type: ignore[arg-type]


def paths(job: vg.Job) -> list[Path]:
    """Where a fresh look at the journal finds a job's clips."""
    journal = session.backend().journal
    row = journal.row(job.id)
    assert row
    return [video.path for video in current_clips(journal, row)]


def test_a_folder_that_was_moved(
    server: Gateway, notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clips are found from its new place, without looking at more than those files, and written down."""
    job = made()
    assert job.path
    monkeypatch.chdir(tmp_path)
    moved = notebook.rename(tmp_path / "renamed")
    assert paths(job) == [job.path]
    monkeypatch.chdir(moved)
    assert paths(job) == [moved / "videogen" / job.path.name]
    monkeypatch.chdir(tmp_path)
    assert paths(job) == [moved / "videogen" / job.path.name]


def test_a_kernel_that_starts_in_the_new_place(
    server: Gateway, notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its jobs have their clips, and resuming fetches nothing anew."""
    job = made()
    assert job.path
    session.close()
    moved = notebook.rename(tmp_path / "renamed")
    monkeypatch.chdir(moved)
    again = session.find_job(job.id)
    assert again.path == moved / "videogen" / job.path.name
    asked = len(server.seen)
    assert vg.resume(job.id)[0].path == again.path
    assert len(server.seen) == asked


@pytest.mark.parametrize("named", [True, False], ids=["where clips go now", "the same place below"])
def test_the_places_that_are_looked_at(
    server: Gateway, notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """The folder that clips go to now, and the old one's place below the working directory, each without the other."""
    job = made()
    assert job.path
    new = tmp_path / "clips" if named else tmp_path / "moved" / "videogen"
    new.parent.mkdir(exist_ok=True)
    job.path.parent.rename(new)
    monkeypatch.setenv("VIDEOGEN_OUTPUT_DIR", str(new if named else tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path if named else new.parent)
    assert paths(job) == [new / job.path.name]


def test_another_file_of_that_name_is_not_it(
    server: Gateway, notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip: bytes
) -> None:
    """Neither one of another length nor one of the same: the path stays as it was, and it is missing."""
    job = made()
    assert job.path
    old = job.path
    (tmp_path / "other" / "videogen").mkdir(parents=True)
    old.unlink()
    monkeypatch.chdir(tmp_path / "other")
    for content in (clip[:-1], clip[:-1] + bytes([clip[-1] ^ 1])):
        (tmp_path / "other" / "videogen" / old.name).write_bytes(content)
        assert paths(job) == [old]
    (tmp_path / "other" / "videogen" / old.name).write_bytes(clip)
    assert paths(job) == [tmp_path / "other" / "videogen" / old.name]


def test_one_of_several_clips(
    infery: Infery, notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip: bytes, other_clip: bytes
) -> None:
    """Each is looked for alone; those that are where they were stay."""
    status = Answer({"id": "v1", "status": "succeeded", "results": [{"url": "/a.mp4"}, {"url": "/b.mp4"}]})
    infery(status=status, routes={"GET /a.mp4": ranged(clip), "GET /b.mp4": ranged(other_clip)})
    job = made(count=2)
    first, second = [video.path for video in job.videos]
    monkeypatch.setenv("VIDEOGEN_OUTPUT_DIR", str(tmp_path / "kept"))
    (tmp_path / "kept").mkdir()
    second.rename(tmp_path / "kept" / second.name)
    assert paths(job) == [first, tmp_path / "kept" / second.name]


def test_a_journal_that_can_not_be_written(
    server: Gateway, notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clip is found all the same, each time."""
    job = made()
    assert job.path
    session.close()
    journal = Journal(tmp_path / "home" / "journal.sqlite3")
    row = journal.row(job.id)
    assert row
    moved = notebook.rename(tmp_path / "renamed")
    monkeypatch.chdir(moved)
    with journal.read() as db:
        db.execute("PRAGMA query_only = TRUE")
    assert [video.path for video in current_clips(journal, row)] == [moved / "videogen" / job.path.name]
    assert journal.clips(job.id)[0].path == job.path
    journal.close()


def test_the_jobs_whose_clips_lie_in_a_folder(server: Gateway, notebook: Path, tmp_path: Path) -> None:
    """Newest first, though the journal knows another folder; only those that it has made itself."""
    jobs = [made(), made(), made()]
    folder = notebook / "videogen"
    journal = session.backend().journal
    assert jobs_in(journal, folder) == [job.id for job in reversed(jobs)]
    new = Path(shutil.move(folder, tmp_path / "sent"))
    assert jobs_in(journal, folder) == []
    told = json.loads((new / f"a-paper-boat-{jobs[0].id}.json").read_text())
    told["clip"]["sha256"] = "0f" * 32  # as in a folder of somebody else's, whose job has the same id
    (new / f"a-paper-boat-{jobs[0].id}.json").write_text(json.dumps(told))
    told["job"] = "k3x9ab2c"
    (new / "other.json").write_text(json.dumps(told))
    (new / "garbage.json").write_text("[" * 10_000)
    (new / "folder.json").mkdir()
    assert jobs_in(journal, new) == [jobs[2].id, jobs[1].id]


def test_a_full_folder_is_looked_through_soon(server: Gateway, notebook: Path) -> None:
    """A thousand sidecars in well under a second of this process's own time, and not without an end."""
    job = made()
    assert job.path
    text = job.path.with_suffix(".json").read_text()
    for number in range(1000):
        (job.path.parent / f"copy-{number}.json").write_text(text)
    journal = session.backend().journal
    start = time.process_time()
    assert jobs_in(journal, job.path.parent) == [job.id]
    assert time.process_time() - start < 1
    assert MAX_FILES <= 10_000
