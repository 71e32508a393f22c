"""The record of every submission: one SQLite file, synced to disk before money can be spent.

A row's stage goes from ``waiting`` (never sent) through ``sending`` (a POST may have left) and ``sent`` (the
remote id is known) to ``ended``. After a kill, a job in ``sending`` is uncertain, and one in ``sent`` can be
followed by any process that claims it. Only the owner of a row may write it, so a process that slept while
another one took over its job learns of that before it sends or ends anything. Keys and signed links are never
stored.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from videogen_nb.core.job import Cost, Video
from videogen_nb.errors import VideogenError
from videogen_nb.storage import clip_rows
from videogen_nb.storage.job_rows import Row
from videogen_nb.storage.journal_file import JournalFile
from videogen_nb.storage.lease import LEASE, Owner, is_held

__all__ = ["SESSION", "Journal", "held", "new_id"]

SESSION = secrets.token_hex(8)  # of this process and those that it forks
_NOT_ENDED = {"status": "queued", "ended": None, "error_kind": None, "error": None}
_COLUMNS = tuple(column.name for column in fields(Row))
_NEWEST = "ORDER BY created DESC, rowid DESC"


class Journal(JournalFile):
    """The journal, usable from any thread; see `JournalFile` for its errors.

    Attributes:
        owner: What this process writes into the rows that it follows.
    """

    def __init__(self, path: Path) -> None:
        process = Owner.this_process()
        self.owner = f"{process.host}:{process.pid}:{secrets.token_hex(4)}"
        super().__init__(path)

    # -- one job's life -------------------------------------------------------------------

    def add(self, **facts: Any) -> Row:
        """Insert a new row, owned by this process, and return it with its id."""
        with self.write() as db:
            return self._add(db, facts)

    def _add(self, db: sqlite3.Connection, facts: dict[str, Any]) -> Row:
        while True:
            now = time.time()
            row = Row(id=new_id(), created=now, owner=self.owner, lease=now + LEASE, session=SESSION, **facts)
            names, marks = ", ".join(_COLUMNS), ", ".join("?" * len(_COLUMNS))
            values = [getattr(row, name) for name in _COLUMNS]
            if db.execute(f"INSERT OR IGNORE INTO jobs ({names}) VALUES ({marks})", values).rowcount:
                return row  # else the id exists already

    def sending(self, job: str) -> bool:
        """Record that a POST is about to leave; on the disk when this returns.

        Returns:
            Whether the job is still this process's. If it is not, nothing may be sent.
        """
        now = time.time()
        return self._set(job, "stage IN ('waiting', 'sending')", stage="sending", sent=now, lease=now + LEASE)

    def not_sent(self, job: str) -> None:
        """Record that the POST certainly did not arrive."""
        self._set(job, "stage = 'sending'", stage="waiting", sent=None)

    def accepted(self, job: str, remote_id: str, request_id: str | None) -> None:
        """Record the provider's answer; on the disk when this returns.

        This is done whoever owns the row: another process can only have recorded the job as uncertain.
        """
        facts = {"remote_id": remote_id, "request_id": request_id, "owner": self.owner, "lease": time.time() + LEASE}
        with self.write() as db:
            self._update(db, job, "remote_id IS NULL", stage="sent", **facts, **_NOT_ENDED)

    def finished(self, job: str) -> None:
        """Record that the provider has finished; only the download remains."""
        self._set(job, "stage = 'sent'", finished=time.time())

    def ended(
        self,
        job: str,
        status: str,
        *,
        error: VideogenError | None,
        notice: str,
        cost: Cost | None,
        videos: Sequence[Video],
    ) -> bool:
        """Record how a job ended, with its clips, and give up its lease, in one transaction.

        Returns:
            Whether the job was still this process's. If it was not, nothing is recorded.
        """
        with self.write() if videos else self.change() as db:
            is_ours = self._update(
                db,
                job,
                "owner = :me",
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
            if is_ours and videos:
                clip_rows.add(db, job, videos)
            return is_ours

    def reopen(self, job: str) -> None:
        """Make an ended job one that can be followed again, without the end and the clips that were recorded."""
        with self.write() as db:
            facts = {**_NOT_ENDED, "status": "running"}
            if self._update(db, job, "stage = 'ended'", stage="sent", finished=None, **facts):
                clip_rows.remove(db, job)

    def _set(self, job: str, where: str, **facts: Any) -> bool:
        with self.write() as db:
            return self._update(db, job, f"owner = :me AND {where}", **facts)

    def _update(self, db: sqlite3.Connection, job: str, where: str, /, **facts: Any) -> bool:
        columns = ", ".join(f"{name} = :{name}" for name in facts)
        values = {**facts, "job": job, "me": self.owner}
        return db.execute(f"UPDATE jobs SET {columns} WHERE id = :job AND {where}", values).rowcount == 1

    # -- ownership ------------------------------------------------------------------------

    def claim(self, job: str) -> bool:
        """Make this process the owner of a job; False if another living process is, or the job has ended."""
        # A process that waits for another one's job calls this often, and only a write has to wait for other writers.
        with self.read() as db:
            if (known := self._is_ours(db, job)) is not None:
                return known
        with self.write() as db:
            lease = time.time() + LEASE
            return self._is_ours(db, job) is not False and self._update(db, job, "TRUE", owner=self.owner, lease=lease)

    def _is_ours(self, db: sqlite3.Connection, job: str) -> bool | None:
        """Whether this process owns the job and its lease is good for a while; None if a claim can make it so."""
        row = db.execute("SELECT owner, lease FROM jobs WHERE id = ? AND stage != 'ended'", [job]).fetchone()
        if row is None:
            return False
        owner, lease = row
        if owner == self.owner:
            return True if lease > time.time() + LEASE / 2 else None
        return False if held(owner, lease) else None

    def renew(self) -> set[str]:
        """Extend the leases of this process and return the ids of the jobs that it still owns."""
        with self.write() as db:
            db.execute("UPDATE jobs SET lease = ? WHERE owner = ?", [time.time() + LEASE, self.owner])
            return {row[0] for row in db.execute("SELECT id FROM jobs WHERE owner = ?", [self.owner])}

    def release(self) -> None:
        """Give up every job of this process, so that another one can continue at once."""
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
        return list(self._select("id >= ? AND id < ? || char(0x10FFFF)", [prefix, prefix]))

    def rows(
        self, folder: str | None = None, limit: int = 100, matching: str = "", also: Sequence[str] = ()
    ) -> list[Row]:
        """The newest rows that contain each word of `matching`.

        Args:
            folder: Only jobs submitted from this folder, and those in `also`. None: all jobs.
            limit: How many at most.
            matching: Words to look for, in prompt, model, provider, status and id.
            also: Ids of further jobs.
        """
        # The prompt is stored as JSON, so words are escaped as JSON. LIKE would take % and _ for wildcards.
        words = [json.dumps(word, ensure_ascii=False)[1:-1] for word in matching.split()]
        text = "folded(request || ' ' || model || ' ' || provider || ' ' || status || ' ' || id)"
        matches = " AND ".join([f"instr({text}, folded(?))"] * len(words)) or "TRUE"
        if folder is None:
            return list(self._select(matches, words, limit))
        # With an OR in place of the UNION, SQLite would read and sort all rows of the folder.
        where = (
            f"rowid IN (SELECT rowid FROM (SELECT rowid FROM jobs WHERE folder = ? AND {matches} {_NEWEST} LIMIT ?) "
            f"UNION ALL SELECT rowid FROM jobs WHERE id IN (SELECT value FROM json_each(?)) AND {matches})"
        )
        return list(self._select(where, [folder, *words, limit, json.dumps(list(also)), *words], limit))

    def of_notebook(self, notebook: str) -> list[Row]:
        """The rows that the last run of each cell of a notebook submitted, oldest first.

        A retry takes the place of the job that it repeats.
        """
        where = "notebook = ? AND cell IS NOT NULL AND id NOT IN (SELECT retry_of FROM jobs WHERE retry_of IS NOT NULL)"
        latest: dict[str | None, str | None] = {}
        rows = [
            row
            for row in self._select(where, [notebook], 2000)
            if latest.setdefault(row.cell, row.execution) == row.execution
        ]
        return rows[::-1]

    def left_open(self, folder: str | None = None) -> list[Row]:
        """Rows that have not ended and that no other living process owns, oldest first."""
        rows = self._select("stage != 'ended' AND (? IS NULL OR folder = ?)", [folder, folder], -1)
        return [row for row in rows if row.owner == self.owner or not held(row.owner, row.lease)][::-1]

    def clips(self, job: str) -> tuple[Video, ...]:
        """The clips of a job, in order."""
        return clip_rows.of_job(self, job)

    def reusable(
        self, provider: str, model: str, base_url: str, output: str, also: Sequence[str] = (), limit: int = 1000
    ) -> list[Row]:
        """The newest jobs of a model that succeeded and wrote to `output`, or whose ids are in `also`."""
        where = (
            "provider = ? AND model = ? AND status = 'succeeded' AND base_url = ? "
            "AND (output = ? OR id IN (SELECT value FROM json_each(?)))"
        )
        return list(self._select(where, [provider, model, base_url, output, json.dumps(list(also))], limit))

    def durations(self, provider: str, model: str, limit: int = 40) -> list[float]:
        """Seconds that the provider took for the last successful jobs of a model, newest first."""
        with self.read() as db:
            rows = db.execute(
                "SELECT finished - sent FROM jobs WHERE provider = ? AND model = ? AND status = 'succeeded' "
                "AND finished > sent ORDER BY finished DESC LIMIT ?",
                [provider, model, limit],
            ).fetchall()
        return [seconds for (seconds,) in rows]

    def costs(self) -> list[tuple[str, str, str, str, float, int]]:
        """What providers reported as cost: (day, provider, model, unit, sum, number of jobs), newest day first."""
        day = "CAST(created / 86400 AS INTEGER)"  # written as in the index jobs_by_day
        with self.read() as db:
            return db.execute(
                f"SELECT date(86400 * {day}, 'unixepoch'), provider, model, cost_unit, sum(cost), count(*) FROM jobs "
                f"WHERE cost IS NOT NULL GROUP BY {day}, provider, model, cost_unit ORDER BY {day} DESC, 2, 3"
            ).fetchall()

    def spent(self, session: str) -> dict[str, float]:
        """What the jobs of a session cost or may cost, by unit.

        A job counts with the cost that the provider reported, else with its price. It counts as nothing if it
        was never accepted, or if it failed, since providers refund that. An uncertain job counts.
        """
        with self.read() as db:
            rows = db.execute(
                """
                SELECT coalesce(cost_unit, price_unit), sum(CASE
                    WHEN cost IS NOT NULL THEN cost
                    WHEN stage = 'ended' AND remote_id IS NULL AND status != 'uncertain' THEN 0
                    WHEN error_kind = 'JobFailedError' THEN 0
                    ELSE price END)
                FROM jobs WHERE session = ? AND coalesce(cost, price) IS NOT NULL GROUP BY 1
                """,
                [session],
            )
            return {unit: amount for unit, amount in rows if amount}

    def has_ended(self) -> dict[str, bool]:
        """Whether each job has ended, by id."""
        with self.read() as db:
            return {job: stage == "ended" for job, stage in db.execute("SELECT id, stage FROM jobs")}

    def _select(self, where: str, values: Iterable[Any], limit: int = 100) -> Iterator[Row]:
        with self.read() as db:
            rows = db.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM jobs WHERE {where} {_NEWEST} LIMIT ?",
                [*values, limit],
            ).fetchall()
        return (Row(*values) for values in rows)


def held(owner: str | None, lease: float | None) -> bool:
    """Whether a living process owns the row with this owner and lease."""
    if not owner or lease is None:
        return False
    host, pid, _ = owner.rsplit(":", 2)
    return is_held(Owner(host, int(pid)), lease)


def new_id() -> str:
    """A new job id: eight characters, none of which looks like another."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    return "".join(secrets.choice(alphabet) for _ in range(8))
