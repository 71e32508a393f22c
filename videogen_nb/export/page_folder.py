"""The folder beside a page: copies of clips too large for it, and a list of which files are ours."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from videogen_nb.storage.atomic import temporary, write

__all__ = ["Folder"]

_LIST = "videogen-files.json"  # names and hashes of the files that we put there
_BLOCK = 2**20


class Folder:
    """Copies of clips beside a page; they replace those of an earlier page of that name.

    Args:
        path: The folder; made when something is copied.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = self._listed()
        self._now: dict[str, str] = {}
        self._new: list[Path] = []

    def copy(self, clips: Mapping[str, Path], on_bytes: Callable[[int], None]) -> dict[str, str]:
        """Copy clips, byte for byte.

        Args:
            clips: By any key.
            on_bytes: Called with the length of each block.

        Returns:
            The address of each as seen from the page, not quoted.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        links = {}
        for key, clip in clips.items():
            with temporary(self.path / clip.name, sole_writer=True) as part:
                self._new.append(part)
                digest = _copy(clip, part, on_bytes)
                name = self._free(clip, digest)
                target = self.path / name
                if not target.exists():
                    self._new.append(target)
                part.replace(target)
            self._now[name] = digest
            links[key] = f"{self.path.name}/{name}"
        # Until the new page is in place, the old one must stay complete.
        self._write({**self._before, **self._now})
        return links

    def undo(self) -> None:
        """Remove what this export wrote, after it has failed."""
        for path in self._new:
            path.unlink(missing_ok=True)
        if self._new:
            with suppress(OSError):  # the first error, such as a full disk, is the one to report
                self._write(self._before)

    def tidy(self) -> None:
        """Remove what only the earlier page needed; files that we did not write stay."""
        for name in self._before.keys() - self._now.keys():
            if self._is_ours(name):
                (self.path / name).unlink(missing_ok=True)
        if self._before or self._now:
            self._write(self._now)

    def _free(self, clip: Path, digest: str) -> str:
        """A name for these bytes that replaces no file of the earlier page, which still exists."""
        names = itertools.chain([clip.name], (f"{clip.stem}-{count}{clip.suffix}" for count in itertools.count(2)))
        return next(name for name in names if self._fits(name, digest))

    def _fits(self, name: str, digest: str) -> bool:
        if name in self._now:
            return self._now[name] == digest
        free = not os.path.lexists(self.path / name)
        return free or (self._before.get(name) == digest and self._is_ours(name))

    def _is_ours(self, name: str) -> bool:
        """Whether an earlier export wrote it and it has not changed since."""
        path = self.path / name
        with suppress(OSError):
            return name in self._before and not path.is_symlink() and _digest(path) == self._before[name]
        return False

    def _listed(self) -> dict[str, str]:
        try:
            listed = json.loads((self.path / _LIST).read_text("utf-8"))["files"]
            return {name: digest for name, digest in listed.items() if name == os.path.basename(name)}
        except (OSError, ValueError, LookupError, AttributeError, TypeError):
            return {}

    def _write(self, files: Mapping[str, str]) -> None:
        target = self.path / _LIST
        if files:
            write(target, json.dumps({"files": files}, indent=1, ensure_ascii=False) + "\n")
            return
        target.unlink(missing_ok=True)
        with suppress(OSError):  # it holds something else
            self.path.rmdir()


def _copy(clip: Path, target: Path, on_bytes: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with clip.open("rb") as source, target.open("wb") as copy:
        while block := source.read(_BLOCK):
            copy.write(block)
            digest.update(block)
            on_bytes(len(block))
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
