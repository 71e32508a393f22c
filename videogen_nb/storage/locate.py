"""Where a job's clips are by now: a folder that was moved or renamed with its notebook takes them along."""

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

MAX_FILES = 5_000  # sidecars of a folder that are looked into, the newest ones
MAX_BYTES_IN_ALL = 64 * MAX_BYTES  # of them in all


def current_clips(journal: Journal, row: Row, clips: tuple[Video, ...] | None = None) -> tuple[Video, ...]:
    """The clips of a job with the paths they have now; one that is nowhere keeps the path it had.

    A clip that is not where it was is looked for in the folder that clips go to now, and in the place
    below the working directory that it had below the one it was made in. What is found, by its length
    and hash, is written to the journal.

    Args:
        journal: The journal.
        row: The job's row.
        clips: What is known of them. None: what the journal has.
    """
    clips = journal.clips(row.id) if clips is None else clips
    moved = {
        place: path
        for place, clip in enumerate(clips)
        if not clip.path.exists() and (path := _elsewhere(clip, row)) is not None
    }
    if moved:
        record_paths(journal, row.id, moved)
    return tuple(replace(clip, path=moved.get(place, clip.path)) for place, clip in enumerate(clips))


def record_paths(journal: Journal, job: str, paths: dict[int, Path]) -> None:
    """Write down where clips of a job are now, by their places; a journal that can't be written stays as it is."""
    with suppress(JournalError):
        clip_rows.set_paths(journal, job, paths)


def jobs_in(journal: Journal, folder: Path) -> list[str]:
    """Ids of the journal's jobs whose clips' sidecars lie in a folder, newest first.

    Args:
        journal: The journal.
        folder: The folder; not those below it. One that is not there has none.
    """
    clips = [(sidecar.job, sidecar.sha256) for path in sidecars_in(folder) if (sidecar := identify(path))]
    return clip_rows.jobs_with(journal, clips)


def sidecars_in(folder: Path) -> Iterator[Path]:
    """The files of a folder that may be sidecars, newest first, no more than can be read soon."""
    left = MAX_BYTES_IN_ALL
    for _, length, path in heapq.nlargest(MAX_FILES, _small_json(folder)):
        left -= length
        if left < 0:
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
    """Whether a file is that very clip, byte for byte."""
    try:
        if not path.is_file() or path.stat().st_size != clip.bytes:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == clip.sha256
    except OSError:
        return False


def _elsewhere(clip: Video, row: Row) -> Path | None:
    return next((path for path in dict.fromkeys(_places(clip.path, row)) if is_clip(path, clip)), None)


def _places(path: Path, row: Row) -> Iterable[Path]:
    yield config.settings().output_folder() / path.name
    with suppress(ValueError, OSError):  # on another drive; in a folder that is gone
        yield Path(os.path.normpath(Path.cwd() / os.path.relpath(path, row.folder)))
