"""Write files so that a reader sees the old content or all of the new content, whenever the writer is killed.

The content goes to a temporary neighbour, which then replaces the file.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["replacing", "sync_and_rename", "temporary", "write"]


@contextmanager
def replacing(path: Path, *, sole_writer: bool = False) -> Iterator[Path]:
    """A temporary path to write to; it replaces `path` when the block ends, and is removed when the block raises.

    Args:
        path: The file.
        sole_writer: As for `temporary`.
    """
    with temporary(path, sole_writer=sole_writer) as part:
        yield part
        part.replace(path)


@contextmanager
def temporary(path: Path, *, sole_writer: bool = False) -> Iterator[Path]:
    """A temporary path beside `path`; what is still there when the block ends is removed.

    Its name is hidden, starts with that of `path` and ends in ``.part``. No other writer has the same one, so
    several processes may write one file at the same moment.

    Args:
        path: The file.
        sole_writer: Nobody else writes the file now, so temporary files of earlier writers, which were killed,
            are removed first.
    """
    # Most file systems limit a name to 255 bytes.
    name = f".{path.name.encode()[:200].decode('utf-8', 'ignore')}."
    if sole_writer:
        _remove_parts(path.parent, name)
    part = path.with_name(f"{name}{secrets.token_hex(4)}.part")
    try:
        yield part
    finally:
        with suppress(OSError):  # the error of the block is the one to report
            part.unlink(missing_ok=True)


def write(path: Path, data: bytes | str, *, sole_writer: bool = False) -> None:
    """Replace the content of a file; text is written as UTF-8.

    Args:
        path: The file.
        data: The new content.
        sole_writer: As for `temporary`.
    """
    with replacing(path, sole_writer=sole_writer) as part:
        part.write_bytes(data.encode() if isinstance(data, str) else data)


def sync_and_rename(part: Path, path: Path) -> None:
    """Give a complete file its final name; content and name are on the disk when this returns."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    _sync_folder(path.parent)


def _remove_parts(folder: Path, prefix: str) -> None:
    length = len(f"{prefix}01234567.part")
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.name.endswith(".part") and len(entry.name) == length:
                os.unlink(entry)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # there a folder can't be opened, and needs no sync
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
