"""What is left over in the folder of clips: files that no notebook and no journal row mentions."""

from __future__ import annotations

import html
import os
import re
import time
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from videogen_nb import config
from videogen_nb.core.image import SUFFIXES
from videogen_nb.errors import RequestError
from videogen_nb.storage import clip_rows, grids
from videogen_nb.storage.clips import CONTAINERS
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.sidecars import ID, Identity, identify

__all__ = ["Leftover", "leftovers", "remove"]

OURS = "videogen"  # in a folder of this name stands nothing but what was put there for a notebook
MAX_FOLDERS = 50_000  # looked through for notebooks
MAX_NOTEBOOKS = 5_000
MAX_BYTES = 2_000_000_000  # of notebooks in all, read one at a time
STALE = 3600.0  # seconds after which what nobody we know is writing counts as left behind

_CLIPS = tuple(CONTAINERS.values())
_NAME = re.compile(rf"(?:.*-)?({ID})(?:-\d{{1,2}})?")
_FIRST = re.compile(rf"(?:.*-)?({ID})\.first(?:{'|'.join(map(re.escape, SUFFIXES.values()))})")
_PART = re.compile(rf"\.({ID})-\d{{1,2}}\.(?:part|mark)")
_WRITTEN = re.compile(rf"\.(?:.*-)?({ID})(?:-\d{{1,2}})?(?:\.first)?\.\w{{3,4}}(?:\.[0-9a-f]{{8}})?\.part")
_WORD = re.compile(rf"(?<![a-z0-9])({ID})(?![a-z0-9])")
_BULK = re.compile(r"[A-Za-z0-9+/]{500,}")  # pictures in base64, in which no name stands
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file that can go.

    Attributes:
        path: The file.
        bytes: Its length.
        reason: Why it is left over, in a few words.
        changed: When it was last written, in nanoseconds: another file of that name is another leftover.
    """

    path: Path
    bytes: int
    reason: str
    changed: int = field(repr=False)


def leftovers(journal: Journal, folder: Path | None = None, *, loaded: Collection[str] = ()) -> list[Leftover]:
    """The files of the folder of clips that nothing mentions any more, by name.

    These are clips that no notebook below the folder's parent or the working directory names and no row
    of the journal knows, with what stands beside them; sidecars, posters and first frames whose clip is
    gone; and parts of downloads that nobody goes on with. In a folder that is not called ``videogen``, or
    that notebooks stand in, a file counts only where its name and a sidecar say that it is ours.

    Args:
        journal: The journal.
        folder: The folder, not those below it. None: where clips go now.
        loaded: Ids of jobs that are in use though the journal does not have them.

    Raises:
        RequestError: Not all notebooks there can be read, so nobody can say what they mention.
    """
    folder = folder or config.settings().output_folder()
    files = _files(folder)
    # The journal after the folder: a job that begins between the two has no file in the list.
    found = _Folder(folder, files, _Known(journal, loaded)).left()
    if any(each.names for each in found):
        names = {name for each in found for name in each.names}
        said = _said(_notebooks({folder.parent, Path.cwd()}), names)
        found = [each for each in found if not said & each.names]
    facts = {each.name: files[each.name] for each in found}
    return [
        Leftover(folder / each.name, facts[each.name].st_size, each.reason, facts[each.name].st_mtime_ns)
        for each in sorted(found, key=lambda each: each.name)
    ]


def remove(journal: Journal, found: Iterable[Leftover], *, loaded: Collection[str] = ()) -> int:
    """Remove leftovers and return the bytes freed; what has changed or is mentioned by now stays."""
    freed, found = 0, list(found)
    for folder in {each.path.parent for each in found}:
        still = set(leftovers(journal, folder, loaded=loaded))
        for each in found:
            if each in still:
                with suppress(OSError):
                    each.path.unlink()
                    freed += each.bytes
    return freed


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file that goes unless a notebook says one of `names`; without names, in any case."""

    name: str
    reason: str
    names: frozenset[str] = frozenset()


class _Known:
    """What is known beside the files: jobs of the journal, whether they have ended, their clips' names; other jobs."""

    def __init__(self, journal: Journal, loaded: Iterable[str]) -> None:
        self.ended = journal.has_ended()
        self._others = grids.jobs(journal) | {*loaded}
        self._clips = clip_rows.file_names(journal)

    def running(self, job: str | None) -> bool:
        return self.ended.get(job or "") is False

    def mentions(self, job: str | None, name: str) -> bool:
        return job in self.ended or job in self._others or name in self._clips


class _Folder:
    """One folder's files, told apart by what they are to us."""

    def __init__(self, folder: Path, files: Mapping[str, os.stat_result], known: _Known) -> None:
        self._files, self._known = files, known
        notebooks = any(name.endswith(".ipynb") for name in files)
        shared = folder.resolve() in (Path.cwd().resolve(), Path.home().resolve())
        self._own = folder.name == OURS and not notebooks and not shared
        seen = {name: identify(folder / name) for name in files if name.endswith(".json") and not name.startswith(".")}
        self._told: dict[str, Identity] = {name[:-5]: told for name, told in seen.items() if told}
        self._clips = {name: self._job(name) for name in files if name.endswith(_CLIPS) and not name.startswith(".")}
        self._stems = {Path(name).stem for name in self._clips}
        self._jobs = {each.job for each in self._told.values()}

    def left(self) -> list[_Candidate]:
        """All that neither the journal nor another file here holds on to."""
        strays = {name for name in self._clips if self._is_stray(name)}
        jobs, kept = {*self._clips.values()}, {job for name, job in self._clips.items() if name not in strays}
        found = [self._candidate(name, "no notebook and no journal row mentions it") for name in strays]
        for name in self._files:
            if name in self._clips:
                continue
            if name.startswith("."):
                found += self._unfinished(name)
                continue
            stem, job = Path(name).stem, self._job(name)
            first = _FIRST.fullmatch(name)
            if not first and not self._is_beside(name):
                continue
            if first:
                there, goes = job in jobs, job not in kept
            else:
                there = stem in self._stems
                goes = not there or any(f"{stem}{suffix}" in strays for suffix in _CLIPS)
            if goes and not self._known.running(job) and (there or self._is_ours(name)):
                found.append(self._candidate(name, "goes with its clip" if there else "its clip is gone"))
        return found

    def _is_stray(self, name: str) -> bool:
        return not self._known.mentions(self._clips[name], name) and self._is_ours(name)

    def _is_beside(self, name: str) -> bool:
        """Whether it is a sidecar or a poster."""
        stem = Path(name).stem
        poster = name.endswith(".webp") and (stem in self._told or _NAME.fullmatch(stem))
        return (name.endswith(".json") and stem in self._told) or bool(poster)

    def _is_ours(self, name: str) -> bool:
        if self._own:
            return True
        named = _FIRST.fullmatch(name) or _NAME.fullmatch(Path(name).stem)
        return named is not None and named[1] in self._jobs

    def _job(self, name: str) -> str | None:
        stem = Path(name).stem
        if stem in self._told:
            return self._told[stem].job
        named = _FIRST.fullmatch(name) or _NAME.fullmatch(stem)
        return named[1] if named else None

    def _candidate(self, name: str, why: str) -> _Candidate:
        stem, job = Path(name).stem, self._job(name)
        names = {job} if job else set()
        if not job or job not in name:  # else who says the name says the id
            names |= {unicodedata.normalize("NFC", each) for each in (name, *(f"{stem}{end}" for end in _CLIPS))}
        return _Candidate(name, why, frozenset(names))

    def _unfinished(self, name: str) -> Iterator[_Candidate]:
        part, written = _PART.fullmatch(name), _WRITTEN.fullmatch(name)
        named = part or written
        if named is None or self._known.running(named[1]):
            return
        stale = time.time() - self._files[name].st_mtime > STALE
        if named[1] in self._known.ended and (part or stale):
            yield _Candidate(name, "unfinished, of a job that has ended")
        elif stale and self._own:  # of another journal's job, which may be running
            yield _Candidate(name, "unfinished, of a job that nobody knows")


def _files(folder: Path) -> dict[str, os.stat_result]:
    """The regular files of a folder by name; none where there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            return {
                each.name: each.stat(follow_symlinks=False) for each in entries if each.is_file(follow_symlinks=False)
            }
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise RequestError(f"The folder {folder} can't be read: {error.strerror}.") from None


def _notebooks(roots: Iterable[Path]) -> set[Path]:
    found: set[Path] = set()
    folders = 0
    for root in roots:
        for here, below, names in os.walk(root):
            folders += 1
            packages = "pyvenv.cfg" in names or "conda-meta" in below
            below[:] = [] if packages else [name for name in below if not name.startswith((".", "node_modules"))]
            found |= {Path(here, name) for name in names if name.endswith(".ipynb")}
            if folders > MAX_FOLDERS or len(found) > MAX_NOTEBOOKS:
                raise RequestError(
                    f"There are too many folders below {root} to look through for notebooks, so what they mention "
                    f"is not known and nothing is tidied."
                )
    return found


def _said(notebooks: Iterable[Path], names: set[str]) -> set[str]:
    """Those of the names, and all ids, that stand in one of the notebooks."""
    said: set[str] = set()
    files = {name for name in names if not _WORD.fullmatch(name)}  # an id inside a longer word is none
    left = MAX_BYTES
    for path in notebooks:
        try:
            left -= path.stat().st_size
            if left < 0:
                raise RequestError("The notebooks here are too large to look through, so nothing is tidied.")
            text = _BULK.sub(" ", path.read_text("utf-8", "replace"))
        except OSError as error:
            raise RequestError(
                f"The notebook {path} can't be read ({error.strerror}), so what it mentions is not known and nothing "
                f"is tidied."
            ) from None
        text = unicodedata.normalize("NFC", f"{text}\n{_unescaped(text)}")
        said |= set(_WORD.findall(text))
        said |= {name for name in files - said if name in text}
    return said


def _unescaped(text: str) -> str:
    """What stands in a notebook's JSON, its HTML and its links, as it was before it was put there."""
    text = _UNICODE.sub(lambda found: chr(int(found[1], 16)), text).replace('\\"', '"').replace("\\n", "\n")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # halves of pairs come together
    return unquote(html.unescape(text))
