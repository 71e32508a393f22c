"""The journal's table of clips: a row for each clip of a job that succeeded.

Its columns are the fields of `Video`, so that a new field needs a migration in `schema` and nothing here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from videogen_nb.core.job import Video
from videogen_nb.core.request import Size
from videogen_nb.storage.journal_file import JournalFile

__all__ = ["add", "file_names", "find_job", "jobs_with", "of_job", "remove", "set_paths"]

# A size is two columns.
_COLUMNS = [
    column for field in fields(Video) for column in (("width", "height") if field.name == "size" else (field.name,))
]
_BATCH = 500  # parameters of one statement; SQLite allows 999 at least


def add(db: sqlite3.Connection, job: str, videos: Sequence[Video]) -> None:
    """Insert the clips of a job, within its caller's transaction."""
    marks = ", ".join("?" * (2 + len(_COLUMNS)))
    db.executemany(
        f"INSERT INTO clips (job, place, {', '.join(_COLUMNS)}) VALUES ({marks})",
        [[job, index, *_values(video)] for index, video in enumerate(videos)],
    )


def remove(db: sqlite3.Connection, job: str) -> None:
    """Delete the clips of a job, within its caller's transaction."""
    db.execute("DELETE FROM clips WHERE job = ?", [job])


def of_job(journal: JournalFile, job: str) -> tuple[Video, ...]:
    """The clips of a job, in order."""
    with journal.read() as db:
        rows = db.execute(f"SELECT {', '.join(_COLUMNS)} FROM clips WHERE job = ? ORDER BY place", [job]).fetchall()
    return tuple(map(_video, rows))


def set_paths(journal: JournalFile, job: str, paths: Mapping[int, Path]) -> None:
    """Record where clips of a job are now, by their index."""
    with journal.write() as db:
        db.executemany(
            "UPDATE clips SET path = ? WHERE job = ? AND place = ?",
            [(str(path), job, index) for index, path in paths.items()],
        )


def find_job(journal: JournalFile, sha256: str, job: str | None = None) -> str | None:
    """Id of the newest job that has a clip of that hash, or of `job` if it has one; None if there is none."""
    with journal.read() as db:
        row = db.execute(
            "SELECT jobs.id FROM clips JOIN jobs ON jobs.id = job WHERE sha256 = ? AND (? IS NULL OR jobs.id = ?) "
            "ORDER BY created DESC LIMIT 1",
            [sha256, job, job],
        ).fetchone()
    return row[0] if row else None


def jobs_with(journal: JournalFile, clips: Iterable[tuple[str, str]]) -> list[str]:
    """Ids of the jobs that have one of these clips, given as (job id, hash), newest first."""
    wanted = set(clips)
    ids = sorted({job for job, _ in wanted})
    created: dict[str, float] = {}
    with journal.read() as db:
        for batch in (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)):
            rows = db.execute(
                "SELECT job, sha256, created FROM clips JOIN jobs ON jobs.id = job "
                f"WHERE job IN ({', '.join('?' * len(batch))})",
                batch,
            )
            created |= {job: when for job, sha256, when in rows if (job, sha256) in wanted}
    return sorted(created, key=lambda job: created[job], reverse=True)


def file_names(journal: JournalFile) -> set[str]:
    """The names of all clips' files, without their folders."""
    with journal.read() as db:
        return {Path(path).name for (path,) in db.execute("SELECT path FROM clips")}


def _values(video: Video) -> list[Any]:
    values = {field.name: getattr(video, field.name) for field in fields(Video)}
    values |= {"path": str(video.path), "width": video.size.width, "height": video.size.height}
    return [values[column] for column in _COLUMNS]


def _video(row: Sequence[Any]) -> Video:
    values = dict(zip(_COLUMNS, row, strict=True))
    size = Size(values.pop("width"), values.pop("height"))
    return Video(**{**values, "path": Path(values["path"]), "size": size})
