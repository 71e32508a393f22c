"""A SQLite file that several threads and processes read and write; the journal's and the gateway queue's.

It uses WAL mode, except where WAL can't work: the processes of two hosts that share a network drive have no
common memory. There a rollback journal is kept, which needs file locks only; see sqlite.org/wal.html.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from videogen_nb.storage.network_drives import on_network

__all__ = ["PATIENCE", "Database", "NewerSchemaError"]

PATIENCE = 20.0  # seconds to wait for another process's transaction


class NewerSchemaError(sqlite3.DatabaseError):
    """The file was written by a newer version; it is left as it is."""


class Database:
    """One connection to a SQLite file, usable from any thread.

    Args:
        path: The file; created with its folder if missing.
        migrations: SQL scripts; the first ones that the file has not had yet are run in order. They are
            append-only: ``user_version`` of the file counts them.
        synchronous: SQLite's setting; ``"FULL"`` syncs each commit to the disk.

    Raises:
        sqlite3.Error, OSError: It can't be opened.
        NewerSchemaError: It has had more migrations than are known here.
    """

    def __init__(self, path: Path, migrations: Sequence[str], *, synchronous: Literal["FULL", "NORMAL"]) -> None:
        self.path = path
        self._migrations = migrations
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
        try:
            self._refuse_newer()
            self._choose_mode()
            self._db.execute(f"PRAGMA synchronous = {synchronous}")
            self._migrate()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone."""
        with self._lock:
            yield self._db

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction, committed when the block ends and rolled back when it raises."""
        with self.change() as db, self._transaction():
            yield db

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """As `write`, for one statement, which is a transaction by itself: a third of the calls."""
        with self._lock:
            yield self._db

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException:  # an interrupt can come between any two of these
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _refuse_newer(self) -> int:
        version: int = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(self._migrations):
            raise NewerSchemaError(f"{self.path} was written by a newer version")
        return version

    def _choose_mode(self) -> None:
        modes = ["TRUNCATE"] if on_network(self.path) else ["WAL", "TRUNCATE"]
        # SQLite's own wait for locks does not cover this one statement, which two processes that
        # create the file at the same moment both run.
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._db.execute(f"PRAGMA journal_mode = {modes[0]}")
                return
            except sqlite3.OperationalError as error:
                if "locked" in str(error) and time.monotonic() < deadline:
                    time.sleep(0.02)
                elif len(modes) == 1:
                    raise
                else:
                    modes.pop(0)

    def _migrate(self) -> None:
        with self._transaction():
            version = self._refuse_newer()
            for number, script in enumerate(self._migrations[version:], version + 1):
                for statement in script.split(";"):
                    if statement.strip():
                        self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {number}")
