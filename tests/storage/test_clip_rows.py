from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from tests.storage.facts import FACTS
from videogen_nb.core.job import Video
from videogen_nb.core.request import Size
from videogen_nb.storage import clip_rows
from videogen_nb.storage.journal import Journal

VIDEO = Video(Path("/here/videogen/ä.mp4"), Size(640, 360), 2.5, 23.976, "video/mp4", 9, "f" * 64, "aac")


def ended(journal: Journal, *videos: Video) -> str:
    """A job that has ended with these clips."""
    row = journal.add(**FACTS)
    assert journal.ended(row.id, "succeeded", error=None, notice="", cost=None, videos=videos)
    return row.id


def test_each_field_of_a_video_has_its_column(book: Journal) -> None:
    """A field that is added to `Video` and has no migration fails here; a size is two columns."""
    columns = {name for _, name, *_ in book._db.execute("PRAGMA table_info(clips)")}
    names = {field.name for field in fields(Video)}
    assert columns == {"job", "place", "width", "height"} | names - {"size"}


def test_clips_come_back_as_they_were(book: Journal) -> None:
    """In their order, each fact in its own column, and none of another job."""
    silent = replace(VIDEO, size=Size(360, 640), audio=None)
    job = ended(book, VIDEO, silent)
    ended(book, silent)
    assert clip_rows.of_job(book, job) == (VIDEO, silent)
    assert book._db.execute("SELECT width, height, audio FROM clips WHERE job = ?", [job]).fetchall() == [
        (640, 360, "aac"),
        (360, 640, None),
    ]


def test_a_clip_that_was_moved(book: Journal) -> None:
    """Its row has the new path; the other's is as it was."""
    job = ended(book, VIDEO, VIDEO)
    clip_rows.set_paths(book, job, {1: Path("/there/b.mp4")})
    assert [str(clip.path) for clip in clip_rows.of_job(book, job)] == ["/here/videogen/ä.mp4", "/there/b.mp4"]
    assert clip_rows.file_names(book) == {"ä.mp4", "b.mp4"}


def test_jobs_are_found_by_their_clips(book: Journal) -> None:
    """The newest one with such a clip, or the one that is named; many at once, newest first."""
    first, second = ended(book, VIDEO), ended(book, VIDEO)
    other = ended(book, replace(VIDEO, sha256="0" * 64))
    assert clip_rows.find_job(book, "f" * 64) == second
    assert clip_rows.find_job(book, "f" * 64, first) == first
    assert clip_rows.find_job(book, "f" * 64, other) is None
    many = [(f"unknown-{number}", "f" * 64) for number in range(1200)]
    assert clip_rows.jobs_with(book, [(first, "f" * 64), (other, "f" * 64), *many, (second, "f" * 64)]) == [
        second,
        first,
    ]
