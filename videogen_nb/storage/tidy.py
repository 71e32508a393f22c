"""Find the files in the output folder that no notebook and no row of the journal mentions."""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from videogen_nb import config
from videogen_nb.core.image import SUFFIXES
from videogen_nb.errors import RequestError
from videogen_nb.storage import clip_rows, grids
from videogen_nb.storage.clips import CONTAINERS
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.notebook_mentions import mentioned
from videogen_nb.storage.sidecars import ID, Identity, identify

__all__ = ["Leftover", "leftovers", "remove"]

OURS = "videogen"  # a folder of this name contains only files that belong to notebooks
STALE = 3600.0  # seconds after which an unfinished file of an unknown job counts as abandoned

_CLIPS = tuple(CONTAINERS.values())
_NAME = re.compile(rf"(?:.*-)?({ID})(?:-\d{{1,2}})?")
_FIRST = re.compile(rf"(?:.*-)?({ID})\.first(?:{'|'.join(map(re.escape, SUFFIXES.values()))})")
_DOWNLOAD = re.compile(rf"\.({ID})-\d{{1,2}}\.(?:part|mark)")
# A temporary file of `atomic`; earlier versions had no random digits in the name.
_TEMPORARY = re.compile(rf"\.(?:.*-)?({ID})(?:-\d{{1,2}})?(?:\.first)?\.\w{{3,4}}(?:\.[0-9a-f]{{8}})?\.part")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file that can be removed.

    Attributes:
        path: The file.
        bytes: Its length.
        reason: Why it is left over, in a few words.
        changed: When it was last written, in nanoseconds, so that a file that replaces it is not the same leftover.
    """

    path: Path
    bytes: int
    reason: str
    changed: int = field(repr=False)


def leftovers(journal: Journal, folder: Path | None = None, *, loaded: Collection[str] = ()) -> list[Leftover]:
    """The files of the output folder that nothing mentions any more, by name.

    These are clips that the journal does not have and that no notebook below the folder's parent or the working
    directory mentions, with the files beside them; sidecars, posters and first frames whose clip is gone; and
    abandoned parts of downloads. In a folder that is not called ``videogen``, or that contains notebooks, a file
    counts only if its name and a sidecar show that videogen-nb wrote it.

    Args:
        journal: The journal.
        folder: The folder, without its subfolders. None: the current output folder.
        loaded: Ids of jobs that are in use though the journal does not have them.

    Raises:
        RequestError: Not all notebooks can be read, so what they mention is not known.
    """
    folder = folder or config.settings().output_folder()
    files = _files(folder)
    # The journal is read after the folder: a job that starts in between has no file in the list.
    candidates = _Folder(folder, files, _Known(journal, loaded)).candidates()
    if any(candidate.names for candidate in candidates):
        names = {name for candidate in candidates for name in candidate.names}
        kept = mentioned({folder.parent, Path.cwd()}, names)
        candidates = [candidate for candidate in candidates if not kept & candidate.names]
    return [
        Leftover(folder / name, files[name].st_size, reason, files[name].st_mtime_ns)
        for name, reason in sorted((candidate.name, candidate.reason) for candidate in candidates)
    ]


def remove(journal: Journal, files: Iterable[Leftover], *, loaded: Collection[str] = ()) -> int:
    """Remove leftovers and return the bytes freed; a file that has changed or is mentioned by now is kept."""
    freed, files = 0, list(files)
    for folder in {file.path.parent for file in files}:
        current = set(leftovers(journal, folder, loaded=loaded))
        for file in files:
            if file in current:
                with suppress(OSError):
                    file.path.unlink()
                    freed += file.bytes
    return freed


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file that is left over unless a notebook mentions one of `names`; with no names, in any case."""

    name: str
    reason: str
    names: frozenset[str] = frozenset()


class _Known:
    """The jobs and the clips that the journal and this process know."""

    def __init__(self, journal: Journal, loaded: Iterable[str]) -> None:
        self.ended = journal.has_ended()
        self._others = grids.jobs(journal) | {*loaded}
        self._clips = clip_rows.file_names(journal)

    def running(self, job: str | None) -> bool:
        return self.ended.get(job or "") is False

    def mentions(self, job: str | None, name: str) -> bool:
        return job in self.ended or job in self._others or name in self._clips


class _Folder:
    """The files of one folder, sorted into clips, files beside clips, and unfinished files."""

    def __init__(self, folder: Path, files: Mapping[str, os.stat_result], known: _Known) -> None:
        self._files, self._known = files, known
        notebooks = any(name.endswith(".ipynb") for name in files)
        shared = folder.resolve() in (Path.cwd().resolve(), Path.home().resolve())
        self._own = folder.name == OURS and not notebooks and not shared
        visible = [name for name in files if not name.startswith(".")]
        sidecars = {name[:-5]: identify(folder / name) for name in visible if name.endswith(".json")}
        self._sidecars: dict[str, Identity] = {stem: sidecar for stem, sidecar in sidecars.items() if sidecar}
        self._clips = {name: self._job(name) for name in visible if name.endswith(_CLIPS)}
        self._clip_jobs = {*self._clips.values()}
        self._stems = {Path(name).stem for name in self._clips}
        self._jobs = {sidecar.job for sidecar in self._sidecars.values()}

    def candidates(self) -> list[_Candidate]:
        """The files that neither the journal nor another file here needs."""
        strays = {name for name in self._clips if self._is_stray(name)}
        kept = {job for name, job in self._clips.items() if name not in strays}
        candidates = [self._candidate(name, "no notebook and no journal row mentions it") for name in strays]
        for name in self._files:
            if name.startswith("."):
                candidates += self._unfinished(name)
            elif name not in self._clips:
                candidates += self._beside(name, strays, kept)
        return candidates

    def _is_stray(self, name: str) -> bool:
        return not self._known.mentions(self._clips[name], name) and self._is_ours(name)

    def _beside(self, name: str, strays: set[str], kept: set[str | None]) -> Iterator[_Candidate]:
        """A sidecar, poster or first frame whose clips are gone or strays themselves.

        Args:
            name: The file.
            strays: The clips that are left over.
            kept: The jobs that have a clip which is not.
        """
        stem, job = Path(name).stem, self._job(name)
        if _FIRST.fullmatch(name):
            has_clip, needed = job in self._clip_jobs, job in kept
        elif self._is_sidecar_or_poster(name):
            has_clip = stem in self._stems
            needed = has_clip and not any(f"{stem}{suffix}" in strays for suffix in _CLIPS)
        else:
            return
        if not needed and not self._known.running(job) and (has_clip or self._is_ours(name)):
            yield self._candidate(name, "goes with its clip" if has_clip else "its clip is gone")

    def _is_sidecar_or_poster(self, name: str) -> bool:
        stem = Path(name).stem
        poster = name.endswith(".webp") and (stem in self._sidecars or _NAME.fullmatch(stem))
        return (name.endswith(".json") and stem in self._sidecars) or bool(poster)

    def _is_ours(self, name: str) -> bool:
        if self._own:
            return True
        match = _FIRST.fullmatch(name) or _NAME.fullmatch(Path(name).stem)
        return match is not None and match[1] in self._jobs

    def _job(self, name: str) -> str | None:
        """Id of the job that a file belongs to, from its sidecar or its name."""
        stem = Path(name).stem
        if stem in self._sidecars:
            return self._sidecars[stem].job
        match = _FIRST.fullmatch(name) or _NAME.fullmatch(stem)
        return match[1] if match else None

    def _candidate(self, name: str, reason: str) -> _Candidate:
        stem, job = Path(name).stem, self._job(name)
        names = {job} if job else set()
        if not job or job not in name:  # else a notebook that mentions the name mentions the id
            names |= {unicodedata.normalize("NFC", file) for file in (name, *(f"{stem}{suffix}" for suffix in _CLIPS))}
        return _Candidate(name, reason, frozenset(names))

    def _unfinished(self, name: str) -> Iterator[_Candidate]:
        download, temporary = _DOWNLOAD.fullmatch(name), _TEMPORARY.fullmatch(name)
        match = download or temporary
        if match is None or self._known.running(match[1]):
            return
        stale = time.time() - self._files[name].st_mtime > STALE
        if match[1] in self._known.ended and (download or stale):
            yield _Candidate(name, "unfinished, of a job that has ended")
        elif stale and self._own:  # of another journal's job, which may be running
            yield _Candidate(name, "unfinished, of an unknown job")


def _files(folder: Path) -> dict[str, os.stat_result]:
    """The regular files of a folder by name; empty if there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            return {
                entry.name: entry.stat(follow_symlinks=False)
                for entry in entries
                if entry.is_file(follow_symlinks=False)
            }
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise RequestError(f"The folder {folder} can't be read: {error.strerror}.") from None
