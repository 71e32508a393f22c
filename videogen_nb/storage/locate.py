"""Find the clips of a job after their folder was moved or renamed with its notebook."""

from __future__ import annotations

import hashlib
import heapq
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from videogen_nb import config
from videogen_nb.core.job import Video
from videogen_nb.errors import JournalError
from videogen_nb.storage import clip_rows
from videogen_nb.storage.job_rows import Row
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.sidecars import MAX_BYTES, identify

__all__ = ["current_clips", "is_clip", "jobs_in", "record_paths"]

MAX_FILES = 5_000  # newest sidecars of a folder that are read
MAX_BYTES_IN_ALL = 64 * MAX_BYTES  # of those sidecars


def current_clips(journal: Journal, row: Row, clips: tuple[Video, ...] | None = None) -> tuple[Video, ...]:
    """The clips of a job with their current paths; one that can't be found keeps its old path.

    A clip that is missing is looked for in the current output folder, and under the working directory at the same
    relative path that it had under the directory it was made in. A file with its length and hash is taken for it,
    and its path is written to the journal.

    Args:
        journal: The journal.
        row: The job's row.
        clips: Its clips. None: read them from the journal.
    """
    clips = journal.clips(row.id) if clips is None else clips
    moved = {
        index: path
        for index, clip in enumerate(clips)
        if not clip.path.exists() and (path := _moved_to(clip, row)) is not None
    }
    if moved:
        record_paths(journal, row.id, moved)
    return tuple(replace(clip, path=moved.get(index, clip.path)) for index, clip in enumerate(clips))


def record_paths(journal: Journal, job: str, paths: dict[int, Path]) -> None:
    """Record the current paths of a job's clips, by index; without effect if the journal can't be written."""
    with suppress(JournalError):
        clip_rows.set_paths(journal, job, paths)


def jobs_in(journal: Journal, folder: Path) -> list[str]:
    """Ids of the journal's jobs that have a sidecar in a folder, newest first.

    Args:
        journal: The journal.
        folder: The folder, without its subfolders. It may be missing.
    """
    clips = [(sidecar.job, sidecar.sha256) for path in sidecars_in(folder) if (sidecar := identify(path))]
    return clip_rows.jobs_with(journal, clips)


def sidecars_in(folder: Path) -> Iterator[Path]:
    """Files of a folder that may be sidecars, newest first, as many as can be read quickly."""
    remaining = MAX_BYTES_IN_ALL
    for _, length, path in heapq.nlargest(MAX_FILES, _small_json(folder)):
        remaining -= length
        if remaining < 0:
            return
        yield Path(path)


def _small_json(folder: Path) -> Iterator[tuple[int, int, str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".json") and not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                facts = entry.stat(follow_symlinks=False)
                if facts.st_size <= MAX_BYTES:
                    yield facts.st_mtime_ns, facts.st_size, entry.path


def is_clip(path: Path, clip: Video) -> bool:
    """Whether a file has exactly the bytes of a clip."""
    try:
        if not path.is_file() or path.stat().st_size != clip.bytes:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == clip.sha256
    except OSError:
        return False


def _moved_to(clip: Video, row: Row) -> Path | None:
    return next((path for path in dict.fromkeys(_candidates(clip.path, row)) if is_clip(path, clip)), None)


def _candidates(path: Path, row: Row) -> Iterable[Path]:
    yield config.settings().output_folder() / path.name
    with suppress(ValueError, OSError):  # another drive, or a folder that no longer exists
        yield Path(os.path.normpath(Path.cwd() / os.path.relpath(path, row.folder)))
