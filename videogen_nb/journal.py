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
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .database import Database
from .errors import VideogenError
from .job import Cost, Video
from .request import Size

__all__ = ["Journal", "Row"]

LEASE = 30.0  # seconds a job stays its owner's without a sign of life


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


class Journal(Database):
    """The journal file, for use from any thread of this process; see `Database`.

    Attributes:
        owner: This process's name for the rows it follows.
    """

    def __init__(self, path: Path) -> None:
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        super().__init__(path)

    # -- one job's life -------------------------------------------------------------------

    def add(self, **facts: Any) -> Row:
        """Write a new row, owned by this process, and return it with the id it got."""
        while True:
            row = Row(id=new_id(), created=time.time(), owner=self.owner, lease=time.time() + LEASE, **facts)
            names = ", ".join(_COLUMNS)
            marks = ", ".join("?" * len(_COLUMNS))
            try:
                with self.write() as db:
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
        with self.write() as db:
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
        with self.write() as db:
            self._update(db, job, **facts)

    @staticmethod
    def _update(db: sqlite3.Connection, job: str, **facts: Any) -> None:
        columns = ", ".join(f"{name} = ?" for name in facts)
        db.execute(f"UPDATE jobs SET {columns} WHERE id = ?", [*facts.values(), job])

    # -- ownership ------------------------------------------------------------------------

    def claim(self, job: str) -> bool:
        """Make this process the one that follows the job; False where a live one already does."""
        with self.write() as db:
            found = db.execute("SELECT owner, lease FROM jobs WHERE id = ?", [job]).fetchone()
            if found is None or (found[0] != self.owner and held(found[0], found[1])):
                return False
            self._update(db, job, owner=self.owner, lease=time.time() + LEASE)
        return True

    def renew(self) -> set[str]:
        """Extend the lease on every job of this process; returns the ids that still are its own."""
        with self.write() as db:
            db.execute("UPDATE jobs SET lease = ? WHERE owner = ?", [time.time() + LEASE, self.owner])
            return {row[0] for row in db.execute("SELECT id FROM jobs WHERE owner = ?", [self.owner])}

    def release(self) -> None:
        """Give up every job of this process, so that another can go on at once."""
        self._release(None)

    def drop(self, job: str) -> None:
        """Give up one job."""
        self._release(job)

    def _release(self, job: str | None) -> None:
        with self.write() as db:
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

    def rows(self, folder: str | None = None, limit: int = 100, matching: str = "") -> list[Row]:
        """The newest rows, of one folder or of all, that hold each word of `matching`."""
        where, values = ["(? IS NULL OR folder = ?)"], [folder, folder]
        for word in matching.split():
            # The request's JSON holds the prompt as it is; instr, since % and _ are letters here.
            where.append("instr(lower(request || ' ' || model || ' ' || provider || ' ' || status || ' ' || id), ?)")
            values.append(word.lower())
        return list(self._select(" AND ".join(where), values, limit))

    def left_open(self, folder: str | None = None) -> list[Row]:
        """Rows that no living process follows and that have not ended, oldest first."""
        rows = self._select("stage != 'ended' AND (? IS NULL OR folder = ?)", [folder, folder], -1)
        return [row for row in rows if not held(row.owner, row.lease)][::-1]

    def clips(self, job: str) -> tuple[Video, ...]:
        with self.read() as db:
            found = db.execute(
                "SELECT path, width, height, duration, fps, media_type, bytes, sha256 FROM clips "
                "WHERE job = ? ORDER BY place",
                [job],
            ).fetchall()
        return tuple(Video(Path(path), Size(width, height), *rest) for path, width, height, *rest in found)

    def made(self, provider: str, model: str, base_url: str, output: str, limit: int = 1000) -> list[Row]:
        """The newest rows of a model whose clips are in a folder: what a sweep need not make again."""
        where = "provider = ? AND model = ? AND status = 'succeeded' AND base_url = ? AND output = ?"
        return list(self._select(where, [provider, model, base_url, output], limit))

    def durations(self, provider: str, model: str, limit: int = 40) -> list[float]:
        """Seconds the provider took for the last jobs of a model that succeeded, newest first."""
        with self.read() as db:
            found = db.execute(
                "SELECT finished - sent FROM jobs WHERE provider = ? AND model = ? AND status = 'succeeded' "
                "AND finished > sent ORDER BY finished DESC LIMIT ?",
                [provider, model, limit],
            ).fetchall()
        return [seconds for (seconds,) in found]

    def costs(self) -> list[tuple[str, str, str, str, float, int]]:
        """What providers reported: (day, provider, model, unit, sum, jobs), newest day first."""
        with self.read() as db:
            return db.execute(
                "SELECT date(created, 'unixepoch'), provider, model, cost_unit, sum(cost), count(*) FROM jobs "
                "WHERE cost IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3"
            ).fetchall()

    def _select(self, where: str, values: Iterable[Any], limit: int = 100) -> Iterator[Row]:
        with self.read() as db:
            found = db.execute(
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


def new_id() -> str:
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads like something else
    return "".join(secrets.choice(alphabet) for _ in range(8))


def request_of(row: Row) -> dict[str, Any]:
    """The request's JSON of a row."""
    loaded: dict[str, Any] = json.loads(row.request)
    return loaded
