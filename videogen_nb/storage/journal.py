"""The record of every submission: one SQLite file, synced before money can be spent.

A row goes through ``waiting`` (never sent), ``sending`` (a POST may have left), ``sent`` (the
remote id is known) to ``ended``. What a kill leaves in ``sending`` is uncertain; what it leaves
in ``sent`` can be followed again by anyone who claims it. Who owns a row may write it, and nobody
else: a process that slept while another took its job over finds that out before it sends or ends
anything. No key and no signed link is kept.
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

SESSION = secrets.token_hex(8)  # this process, and what it forks
_GOING = {"status": "queued", "ended": None, "error_kind": None, "error": None}  # not ended, or no longer


_COLUMNS = tuple(each.name for each in fields(Row))
_NEWEST = "ORDER BY created DESC, rowid DESC"


class Journal(JournalFile):
    """The journal file, for use from any thread of this process; see `JournalFile`.

    Attributes:
        owner: This process's name for the rows it follows.
    """

    def __init__(self, path: Path) -> None:
        process = Owner.this_process()
        self.owner = f"{process.host}:{process.pid}:{secrets.token_hex(4)}"
        super().__init__(path)

    # -- one job's life -------------------------------------------------------------------

    def add(self, **facts: Any) -> Row:
        """Write a new row, owned by this process, and return it with the id it got."""
        with self.write() as db:
            return self._add(db, facts)

    def _add(self, db: sqlite3.Connection, facts: dict[str, Any]) -> Row:
        while True:
            now = time.time()
            row = Row(id=new_id(), created=now, owner=self.owner, lease=now + LEASE, session=SESSION, **facts)
            names, marks = ", ".join(_COLUMNS), ", ".join("?" * len(_COLUMNS))
            values = [getattr(row, name) for name in _COLUMNS]
            if db.execute(f"INSERT OR IGNORE INTO jobs ({names}) VALUES ({marks})", values).rowcount:
                return row  # else that id is taken

    def sending(self, job: str) -> bool:
        """A POST is about to leave; on the disk when this returns. False: the job is another's by now, send nothing."""
        now = time.time()
        return self._set(job, "stage IN ('waiting', 'sending')", stage="sending", sent=now, lease=now + LEASE)

    def not_sent(self, job: str) -> None:
        """The POST surely did not arrive."""
        self._set(job, "stage = 'sending'", stage="waiting", sent=None)

    def accepted(self, job: str, remote_id: str, request_id: str | None) -> None:
        """The provider's answer; on the disk when this returns.

        Whoever owns the row: another process can only have noted that nobody knows the answer.
        """
        facts = {"remote_id": remote_id, "request_id": request_id, "owner": self.owner, "lease": time.time() + LEASE}
        with self.write() as db:
            self._update(db, job, "remote_id IS NULL", stage="sent", **facts, **_GOING)

    def finished(self, job: str) -> None:
        """The provider has just been seen to be done; what is left is the download."""
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
        """How a job ended, with its clips, in one transaction. Its lease ends too. False: the job is another's."""
        with self.write() if videos else self.change() as db:
            mine = self._update(
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
            if mine and videos:
                clip_rows.add(db, job, videos)
            return mine

    def reopen(self, job: str) -> None:
        """Follow an ended job again: it has a remote id and perhaps a clip to fetch. What it had counts no more."""
        with self.write() as db:
            facts = {**_GOING, "status": "running"}
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
        """Make this process the one that follows the job; False where a live one already does, or it has ended."""
        # Who waits for another's job asks again and again: only what changes something waits for the other writers.
        with self.read() as db:
            if (known := self._is_ours(db, job)) is not None:
                return known
        with self.write() as db:
            lease = time.time() + LEASE
            return self._is_ours(db, job) is not False and self._update(db, job, "TRUE", owner=self.owner, lease=lease)

    def _is_ours(self, db: sqlite3.Connection, job: str) -> bool | None:
        """Whether the job is this process's for some time to come; None if a claim can make it so."""
        found = db.execute("SELECT owner, lease FROM jobs WHERE id = ? AND stage != 'ended'", [job]).fetchone()
        if found is None:
            return False
        owner, lease = found
        if owner == self.owner:
            return True if lease > time.time() + LEASE / 2 else None
        return False if held(owner, lease) else None

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
        return list(self._select("id >= ? AND id < ? || char(0x10FFFF)", [prefix, prefix]))

    def rows(
        self, folder: str | None = None, limit: int = 100, matching: str = "", also: Sequence[str] = ()
    ) -> list[Row]:
        """The newest rows, of one folder and these ids or of all, that hold each word of `matching`."""
        # The request's JSON holds the prompt as JSON spells it; instr, since % and _ are letters here.
        words = [json.dumps(word, ensure_ascii=False)[1:-1] for word in matching.split()]
        text = "folded(request || ' ' || model || ' ' || provider || ' ' || status || ' ' || id)"
        holds = " AND ".join([f"instr({text}, folded(?))"] * len(words)) or "TRUE"
        if folder is None:
            return list(self._select(holds, words, limit))
        # An OR of the two would have all rows of the folder read and sorted.
        where = (
            f"rowid IN (SELECT rowid FROM (SELECT rowid FROM jobs WHERE folder = ? AND {holds} {_NEWEST} LIMIT ?) "
            f"UNION ALL SELECT rowid FROM jobs WHERE id IN (SELECT value FROM json_each(?)) AND {holds})"
        )
        return list(self._select(where, [folder, *words, limit, json.dumps(list(also)), *words], limit))

    def of_notebook(self, notebook: str) -> list[Row]:
        """The rows that the last run of each cell of a notebook asked for, oldest first.

        What was submitted again stands for what it was a retry of.
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
        """Rows that no other living process follows and that have not ended, oldest first."""
        rows = self._select("stage != 'ended' AND (? IS NULL OR folder = ?)", [folder, folder], -1)
        return [row for row in rows if row.owner == self.owner or not held(row.owner, row.lease)][::-1]

    def clips(self, job: str) -> tuple[Video, ...]:
        return clip_rows.of_job(self, job)

    def reusable(
        self, provider: str, model: str, base_url: str, output: str, also: Sequence[str] = (), limit: int = 1000
    ) -> list[Row]:
        """The newest rows of a model whose clips went to a folder, or that have these ids: not to be made again."""
        where = (
            "provider = ? AND model = ? AND status = 'succeeded' AND base_url = ? "
            "AND (output = ? OR id IN (SELECT value FROM json_each(?)))"
        )
        return list(self._select(where, [provider, model, base_url, output, json.dumps(list(also))], limit))

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
        day = "CAST(created / 86400 AS INTEGER)"  # as an index has it
        with self.read() as db:
            return db.execute(
                f"SELECT date(86400 * {day}, 'unixepoch'), provider, model, cost_unit, sum(cost), count(*) FROM jobs "
                f"WHERE cost IS NOT NULL GROUP BY {day}, provider, model, cost_unit ORDER BY {day} DESC, 2, 3"
            ).fetchall()

    def spent(self, session: str) -> dict[str, float]:
        """What the jobs of a session cost or may cost, by unit.

        That is what the provider reported, else the price it asks, unless nothing can have been charged: what was
        never accepted, and what failed, which providers refund. An uncertain job counts.
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
            found = db.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM jobs WHERE {where} {_NEWEST} LIMIT ?",
                [*values, limit],
            ).fetchall()
        return (Row(*values) for values in found)


def held(owner: str | None, lease: float | None) -> bool:
    """Whether a living process owns a row."""
    if not owner or lease is None:
        return False
    host, pid, _ = owner.rsplit(":", 2)
    return is_held(Owner(host, int(pid)), lease)


def new_id() -> str:
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads like something else
    return "".join(secrets.choice(alphabet) for _ in range(8))
