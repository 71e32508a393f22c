"""The file behind the journal: opened, brought up to date, read and written by one thread at a time."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videogen_nb.errors import JournalError
from videogen_nb.storage.network_drives import on_network

__all__ = ["Database"]

_MIGRATIONS = (
    """
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY, created REAL NOT NULL, folder TEXT NOT NULL, output TEXT NOT NULL,
        provider TEXT NOT NULL, base_url TEXT NOT NULL, model TEXT NOT NULL, family TEXT NOT NULL,
        request TEXT NOT NULL, digest TEXT NOT NULL, retry_of TEXT,
        stage TEXT NOT NULL DEFAULT 'waiting', status TEXT NOT NULL DEFAULT 'queued',
        remote_id TEXT, request_id TEXT, sent REAL, finished REAL, ended REAL,
        error_kind TEXT, error TEXT, notice TEXT NOT NULL DEFAULT '', cost REAL, cost_unit TEXT,
        owner TEXT, lease REAL
    );
    CREATE INDEX jobs_by_folder ON jobs (folder, created);
    CREATE INDEX jobs_open ON jobs (stage) WHERE stage != 'ended';
    CREATE INDEX jobs_by_model ON jobs (provider, model, finished) WHERE status = 'succeeded';
    CREATE TABLE clips (
        job TEXT NOT NULL REFERENCES jobs (id), place INTEGER NOT NULL, path TEXT NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL, duration REAL NOT NULL, fps REAL NOT NULL,
        media_type TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
        PRIMARY KEY (job, place)
    );
    """,
    """
    CREATE TABLE grids (
        id TEXT PRIMARY KEY, created REAL NOT NULL, folder TEXT NOT NULL, kind TEXT NOT NULL,
        prompt TEXT NOT NULL, axes TEXT NOT NULL
    );
    CREATE TABLE grid_cells (
        grid TEXT NOT NULL REFERENCES grids (id), place INTEGER NOT NULL, job TEXT NOT NULL, point TEXT NOT NULL,
        PRIMARY KEY (grid, place)
    );
    CREATE TABLE picks (
        grid TEXT NOT NULL, mark TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (grid, mark, key)
    );
    """,
    """
    ALTER TABLE jobs ADD COLUMN session TEXT;
    ALTER TABLE jobs ADD COLUMN price REAL;
    ALTER TABLE jobs ADD COLUMN price_unit TEXT;
    CREATE INDEX jobs_by_session ON jobs (session) WHERE session IS NOT NULL;
    """,
    """
    ALTER TABLE jobs ADD COLUMN notebook TEXT;
    ALTER TABLE jobs ADD COLUMN cell TEXT;
    ALTER TABLE jobs ADD COLUMN execution TEXT;
    ALTER TABLE clips ADD COLUMN audio TEXT;
    CREATE INDEX jobs_by_notebook ON jobs (notebook, created) WHERE notebook IS NOT NULL;
    """,
    """
    CREATE INDEX jobs_by_time ON jobs (created);
    DROP INDEX jobs_open;
    CREATE INDEX jobs_open ON jobs (created) WHERE stage != 'ended';
    CREATE INDEX jobs_by_day ON jobs (CAST(created / 86400 AS INTEGER), provider, model, cost_unit, cost)
        WHERE cost IS NOT NULL;
    CREATE INDEX jobs_owned ON jobs (owner) WHERE owner IS NOT NULL;
    CREATE INDEX jobs_retried ON jobs (retry_of) WHERE retry_of IS NOT NULL;
    """,
)
PATIENCE = 20.0  # seconds to wait for another process's transaction


class Database:
    """A SQLite file that several threads and processes write, each commit synced to the disk.

    It is in WAL mode, or where that can't be (network file systems: the processes of two hosts share
    no memory) keeps a rollback journal, which needs nothing but file locks; see sqlite.org/wal.html.

    Args:
        path: The file; made with its folder when missing.

    Raises:
        JournalError: It can't be opened, is not a journal, or was written by a newer version. It is left as it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
            self._db.create_function("folded", 1, str.casefold, deterministic=True)  # SQLite's lower knows ASCII only
            try:
                self._refuse_newer()
                self._choose_mode()
                # FULL syncs each commit: a row must be on the disk before its POST leaves.
                self._db.execute("PRAGMA synchronous = FULL")
                self._migrate()
                self._file = os.stat(path).st_ino
            except BaseException:
                self._db.close()
                raise
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"The journal {path} can't be used ({error}). Nothing was sent.",
                advice="Mend or move that file, or set VIDEOGEN_HOME to another folder.",
            ) from None

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The database, for this thread alone.

        Raises:
            JournalError: It can't be read.
        """
        with self._lock, self._told("read"):
            yield self._db

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction, on the disk when it has been left without an error.

        Raises:
            JournalError: It can't be written; nothing of the transaction was.
        """
        with self.change() as db, self._transaction():
            yield db

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """As `write`, for one statement, which is a transaction by itself: a third of the calls.

        Raises:
            JournalError: It can't be written; nothing was.
        """
        with self._lock, self._told("written"):
            self._refuse_moved()
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

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(f"The journal {self.path} can't be {done} ({error}).", advice=_advice(error)) from error

    # -- opening --------------------------------------------------------------------------

    def _refuse_newer(self) -> int:
        version: int = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            raise JournalError(
                f"The journal {self.path} was written by a newer videogen-nb. Nothing was changed or sent.",
                advice="Update videogen-nb, or set VIDEOGEN_HOME to another folder.",
            )
        return version

    def _choose_mode(self) -> None:
        modes = ["TRUNCATE"] if on_network(self.path) else ["WAL", "TRUNCATE"]
        # SQLite's own wait for locks does not cover this one statement, which two processes that
        # make the file together both run.
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
            for number, script in enumerate(_MIGRATIONS[version:], version + 1):
                for statement in script.split(";"):
                    if statement.strip():
                        self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {number}")

    def _refuse_moved(self) -> None:
        """A file that was deleted or replaced goes on taking writes, which nobody would ever read."""
        try:
            there = os.stat(self.path).st_ino == self._file
        except OSError:
            there = False
        if not there:
            raise JournalError(
                f"The journal {self.path} was moved or deleted while it was in use.",
                advice="Put it back, or restart the kernel to begin a new one.",
            )


def _advice(error: sqlite3.Error) -> str:
    said = str(error)
    if "full" in said:
        return "Make room on that disk and try again."
    if "locked" in said or "busy" in said:
        return f"Another program has held it for {PATIENCE:g} s; try again."
    if "malformed" in said or "not a database" in said:
        return "Keep a copy: `sqlite3 FILE .recover` reads what is left; VIDEOGEN_HOME names another folder."
    return "See that its folder can be written, or set VIDEOGEN_HOME to another one."
