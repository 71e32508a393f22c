"""The record of every submission: one SQLite file, synced before money can be spent.

A row goes through ``waiting`` (never sent), ``sending`` (a POST may have left), ``sent`` (the
remote id is known) to ``ended``. What a kill leaves in ``sending`` is uncertain; what it leaves
in ``sent`` can be followed again by anyone who claims it. No key and no signed link is kept.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .errors import VideogenError
from .job import Cost, Video
from .request import Size

__all__ = ["Journal", "Row"]

LEASE = 30.0  # seconds a job stays its owner's without a sign of life

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
)


@dataclass(frozen=True, slots=True)
class Row:
    """One submission, as the journal has it. Times are seconds since 1970, UTC."""

    id: str
    created: float
    folder: str
    output: str
    provider: str
    base_url: str
    model: str
    family: str
    request: str
    digest: str
    retry_of: str | None = None
    stage: str = "waiting"
    status: str = "queued"
    remote_id: str | None = None
    request_id: str | None = None
    sent: float | None = None
    finished: float | None = None
    ended: float | None = None
    error_kind: str | None = None
    error: str | None = None
    notice: str = ""
    cost: float | None = None
    cost_unit: str | None = None
    owner: str | None = None
    lease: float | None = None


_COLUMNS = tuple(each.name for each in fields(Row))


class Journal:
    """The journal file, for use from any thread of this process.

    Args:
        path: The file; made with its folder when missing.

    Raises:
        VideogenError: It can't be opened, is not a journal, or was written by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
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
        with self._write() as db:
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
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    # -- one job's life -------------------------------------------------------------------

    def add(self, **facts: Any) -> Row:
        """Write a new row, owned by this process, and return it with the id it got."""
        while True:
            row = Row(id=_new_id(), created=time.time(), owner=self.owner, lease=time.time() + LEASE, **facts)
            names = ", ".join(_COLUMNS)
            marks = ", ".join("?" * len(_COLUMNS))
            try:
                with self._write() as db:
                    db.execute(
                        f"INSERT INTO jobs ({names}) VALUES ({marks})", [getattr(row, name) for name in _COLUMNS]
                    )
                return row
            except sqlite3.IntegrityError:  # that id is taken
                continue

    def sending(self, job: str) -> None:
        """A POST is about to leave; on the disk when this returns."""
        self._set(job, stage="sending", sent=time.time())

    def not_sent(self, job: str) -> None:
        """The POST surely did not arrive."""
        self._set(job, stage="waiting", sent=None)

    def accepted(self, job: str, remote_id: str, request_id: str | None) -> None:
        """The provider's answer; on the disk when this returns."""
        self._set(job, stage="sent", remote_id=remote_id, request_id=request_id)

    def finished(self, job: str) -> None:
        """The provider has just been seen to be done; what is left is the download."""
        self._set(job, finished=time.time())

    def ended(
        self,
        job: str,
        status: str,
        *,
        error: VideogenError | None,
        notice: str,
        cost: Cost | None,
        videos: Sequence[Video],
    ) -> None:
        """How a job ended, with its clips, in one transaction. Its lease ends too."""
        with self._write() as db:
            db.execute("DELETE FROM clips WHERE job = ?", [job])
            for place, clip in enumerate(videos):
                db.execute(
                    "INSERT INTO clips VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        job,
                        place,
                        str(clip.path),
                        *clip.size,
                        clip.duration,
                        clip.fps,
                        clip.media_type,
                        clip.bytes,
                        clip.sha256,
                    ],
                )
            self._update(
                db,
                job,
                stage="ended",
                status=status,
                ended=time.time(),
                error_kind=type(error).__name__ if error else None,
                error=str(error) if error else None,
                notice=notice,
                cost=cost.amount if cost else None,
                cost_unit=cost.unit if cost else None,
                owner=None,
                lease=None,
            )

    def reopen(self, job: str) -> None:
        """Follow an ended job again: it has a remote id and perhaps a clip to fetch."""
        self._set(job, stage="sent", status="running", finished=None, ended=None, error_kind=None, error=None)

    def _set(self, job: str, **facts: Any) -> None:
        with self._write() as db:
            self._update(db, job, **facts)

    @staticmethod
    def _update(db: sqlite3.Connection, job: str, **facts: Any) -> None:
        columns = ", ".join(f"{name} = ?" for name in facts)
        db.execute(f"UPDATE jobs SET {columns} WHERE id = ?", [*facts.values(), job])

    # -- ownership ------------------------------------------------------------------------

    def claim(self, job: str) -> bool:
        """Make this process the one that follows the job; False where a live one already does."""
        with self._write() as db:
            found = db.execute("SELECT owner, lease FROM jobs WHERE id = ?", [job]).fetchone()
            if found is None or (found[0] != self.owner and held(found[0], found[1])):
                return False
            self._update(db, job, owner=self.owner, lease=time.time() + LEASE)
        return True

    def renew(self) -> set[str]:
        """Extend the lease on every job of this process; returns the ids that still are its own."""
        with self._write() as db:
            db.execute("UPDATE jobs SET lease = ? WHERE owner = ?", [time.time() + LEASE, self.owner])
            return {row[0] for row in db.execute("SELECT id FROM jobs WHERE owner = ?", [self.owner])}

    def release(self) -> None:
        """Give up every job of this process, so that another can go on at once."""
        self._release(None)

    def drop(self, job: str) -> None:
        """Give up one job."""
        self._release(job)

    def _release(self, job: str | None) -> None:
        with self._write() as db:
            db.execute(
                "UPDATE jobs SET owner = NULL, lease = NULL WHERE owner = ? AND (? IS NULL OR id = ?)",
                [self.owner, job, job],
            )

    # -- reading --------------------------------------------------------------------------

    def row(self, job: str) -> Row | None:
        return next(self._select("id = ?", [job]), None)

    def matching(self, prefix: str) -> list[Row]:
        """Rows whose id starts with `prefix`, newest first."""
        return list(self._select("substr(id, 1, ?) = ?", [len(prefix), prefix]))

    def rows(self, folder: str | None = None, limit: int = 100) -> list[Row]:
        """The newest rows, of one folder or of all."""
        return list(self._select("? IS NULL OR folder = ?", [folder, folder], limit))

    def left_open(self, folder: str | None = None) -> list[Row]:
        """Rows that no living process follows and that have not ended, oldest first."""
        rows = self._select("stage != 'ended' AND (? IS NULL OR folder = ?)", [folder, folder], -1)
        return [row for row in rows if not held(row.owner, row.lease)][::-1]

    def clips(self, job: str) -> tuple[Video, ...]:
        with self._lock:
            found = self._db.execute(
                "SELECT path, width, height, duration, fps, media_type, bytes, sha256 FROM clips "
                "WHERE job = ? ORDER BY place",
                [job],
            ).fetchall()
        return tuple(Video(Path(path), Size(width, height), *rest) for path, width, height, *rest in found)

    def durations(self, provider: str, model: str, limit: int = 40) -> list[float]:
        """Seconds the provider took for the last jobs of a model that succeeded, newest first."""
        with self._lock:
            found = self._db.execute(
                "SELECT finished - sent FROM jobs WHERE provider = ? AND model = ? AND status = 'succeeded' "
                "AND finished > sent ORDER BY finished DESC LIMIT ?",
                [provider, model, limit],
            ).fetchall()
        return [seconds for (seconds,) in found]

    def costs(self) -> list[tuple[str, str, str, str, float, int]]:
        """What providers reported: (day, provider, model, unit, sum, jobs), newest day first."""
        with self._lock:
            return self._db.execute(
                "SELECT date(created, 'unixepoch'), provider, model, cost_unit, sum(cost), count(*) FROM jobs "
                "WHERE cost IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3"
            ).fetchall()

    def _select(self, where: str, values: Iterable[Any], limit: int = 100) -> Iterator[Row]:
        with self._lock:
            found = self._db.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM jobs WHERE {where} ORDER BY created DESC, rowid DESC LIMIT ?",
                [*values, limit],
            ).fetchall()
        return (Row(*values) for values in found)


def held(owner: str | None, lease: float | None) -> bool:
    """Whether a living process owns a row: its lease runs and, on this machine, it is alive."""
    if not owner or lease is None or lease < time.time():
        return False
    host, pid, _ = owner.rsplit(":", 2)
    return host != socket.gethostname() or _alive(int(pid))


def _alive(pid: int) -> bool:
    if os.name == "nt":  # there os.kill(pid, 0) would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _new_id() -> str:
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads like something else
    return "".join(secrets.choice(alphabet) for _ in range(8))


def request_of(row: Row) -> dict[str, Any]:
    """The request's JSON of a row."""
    loaded: dict[str, Any] = json.loads(row.request)
    return loaded
