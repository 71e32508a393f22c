"""The journal's SQLite file: its errors say what to do, and a file that was moved away is not written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videogen_nb.errors import JournalError
from videogen_nb.storage import database
from videogen_nb.storage.database import Database, NewerSchemaError
from videogen_nb.storage.schema import MIGRATIONS

__all__ = ["JournalFile"]


class JournalFile(Database):
    """The file; see `Database`. Each commit is synced: a row must be on the disk before its POST leaves.

    Raises:
        JournalError: It can't be opened, is not a journal, or was written by a newer version. It is left as it
            is. Later: it can't be read, or it can't be written, and nothing was.
    """

    def __init__(self, path: Path) -> None:
        try:
            super().__init__(path, MIGRATIONS, synchronous="FULL")
            self._file = os.stat(path).st_ino
        except NewerSchemaError:
            raise JournalError(
                f"The journal {path} was written by a newer videogen-nb. Nothing was changed or sent.",
                advice="Update videogen-nb, or set VIDEOGEN_HOME to another folder.",
            ) from None
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"The journal {path} can't be used ({error}). Nothing was sent.",
                advice="Repair or move that file, or set VIDEOGEN_HOME to another folder.",
            ) from None
        self._db.create_function("folded", 1, str.casefold, deterministic=True)  # SQLite's lower knows ASCII only

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with super().read() as db, self._errors("read"):
            yield db

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        with super().change() as db, self._errors("written"):
            self._refuse_moved()
            yield db

    @contextmanager
    def _errors(self, done: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(f"The journal {self.path} can't be {done} ({error}).", advice=_advice(error)) from error

    def _refuse_moved(self) -> None:
        """Refuse a file that was deleted or replaced: SQLite would go on writing to it, and nobody could read it."""
        try:
            same = os.stat(self.path).st_ino == self._file
        except OSError:
            same = False
        if not same:
            raise JournalError(
                f"The journal {self.path} was moved or deleted while it was in use.",
                advice="Put it back, or restart the kernel to start a new one.",
            )


def _advice(error: sqlite3.Error) -> str:
    text = str(error)
    if "full" in text:
        return "Make room on that disk and try again."
    if "locked" in text or "busy" in text:
        return f"Another program has kept it locked for {database.PATIENCE:g} s; try again."
    if "malformed" in text or "not a database" in text:
        return "Copy the file, then `sqlite3 FILE .recover` reads what is left, or set VIDEOGEN_HOME to another folder."
    return "Check that its folder can be written, or set VIDEOGEN_HOME to another one."
