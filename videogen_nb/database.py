"""The file behind the journal: opened, brought up to date, read and written by one thread at a time."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import VideogenError

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
)


class Database:
    """A SQLite file that several threads and processes write, each commit synced to the disk.

    Args:
        path: The file; made with its folder when missing.

    Raises:
        VideogenError: It can't be opened, is not a journal, or was written by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=20, check_same_thread=False, isolation_level=None)
            self._enter_wal()
            # FULL syncs each commit: a row must be on the disk before its POST leaves.
            self._db.execute("PRAGMA synchronous = FULL")
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            raise VideogenError(
                f"The journal {path} can't be used ({error}). Nothing was sent. "
                f"Mend or move that file, or set VIDEOGEN_HOME to another folder."
            ) from None

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _enter_wal(self) -> None:
        # SQLite's own wait for locks does not cover this one statement, which two processes that
        # make the file together both run.
        deadline = time.monotonic() + 20
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _migrate(self) -> None:
        with self.write() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(_MIGRATIONS):
                raise VideogenError(
                    f"The journal {self.path} was written by a newer videogen-nb. Nothing was changed; "
                    f"update videogen-nb, or set VIDEOGEN_HOME to another folder."
                )
            for number, script in enumerate(_MIGRATIONS[version:], version + 1):
                for statement in script.split(";"):
                    if statement.strip():
                        db.execute(statement)
                db.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The database, for this thread alone."""
        with self._lock:
            yield self._db

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction, on the disk when it has been left without an error."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
