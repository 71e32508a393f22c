"""The gateway's queue of jobs in SQLite: what was requested, who renders it, and its progress.

Several processes may share one database, such as two kernels with one home. A job is one row of `jobs` and one row
of `renders` for each of its outputs. A render is claimed by one process at a time. The claim is a random token, and
only its holder may report progress or a result. A claim is lost when its process has ended, its lease has run out,
or the job was removed; a render whose claim was lost starts from the beginning, or not at all.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from videogen_nb.gateway.jobs.plan import RenderPlan
from videogen_nb.storage.database import Database
from videogen_nb.storage.lease import LEASE, Owner, is_held

Status = Literal["queued", "running", "succeeded", "failed"]

# Files of earlier versions have these tables and no version number, so the first script must accept both.
_MIGRATIONS = (
    """
    CREATE TABLE IF NOT EXISTS jobs (
        id TEXT PRIMARY KEY, wire TEXT NOT NULL, account TEXT NOT NULL, plan TEXT NOT NULL, created REAL NOT NULL,
        repeat_key TEXT UNIQUE, body_hash TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS renders (
        seq INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, part INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'queued', progress REAL NOT NULL DEFAULT 0, error TEXT,
        token TEXT UNIQUE, host TEXT, pid INTEGER, lease REAL, started REAL, finished REAL,
        UNIQUE (job, part)
    );
    CREATE INDEX IF NOT EXISTS renders_by_state ON renders (state, seq);
    """,
)


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A snapshot of one job. Times are seconds since 1970; progress is 0 to 1 over all outputs."""

    id: str
    wire: str
    account: str
    plan: RenderPlan
    created: float
    status: Status
    progress: float
    started: float | None
    finished: float | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to render output `part` of `job`, for the holder of the token."""

    token: str
    job: str
    part: int
    plan: RenderPlan


class RepeatedKeyError(Exception):
    """The idempotency key belongs to the job `.job`; `.body_hash` is the hash of the body that created it."""

    def __init__(self, job: QueuedJob, body_hash: str) -> None:
        super().__init__(job.id)
        self.job = job
        self.body_hash = body_hash


class Queue(Database):
    """The jobs of one home. Its calls are cheap and made from one thread.

    Args:
        path: The database file, created if missing.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, _MIGRATIONS, synchronous="NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")

    # -- jobs ---------------------------------------------------------------------------------------------------

    def add(
        self, job_id: str, plan: RenderPlan, *, wire: str, account: str, body_hash: str, repeat_key: str | None = None
    ) -> QueuedJob:
        """Store a job with `plan.n` queued renders.

        Raises:
            RepeatedKeyError: `repeat_key` has created a job before; nothing was stored.
        """
        with self.write():
            if repeat_key is not None:
                self.check_repeat(repeat_key)
            self._db.execute(
                "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (job_id, wire, account, plan.to_json(), time.time(), repeat_key, body_hash),
            )
            self._db.executemany(
                "INSERT INTO renders (job, part) VALUES (?, ?)", [(job_id, part) for part in range(plan.n)]
            )
        job = self.find(job_id)
        if job is None:
            raise LookupError(job_id)
        return job

    def check_repeat(self, repeat_key: str) -> None:
        """Raise RepeatedKeyError if `repeat_key` has created a job before."""
        row = self._db.execute("SELECT id, body_hash FROM jobs WHERE repeat_key = ?", (repeat_key,)).fetchone()
        if row and (first := self.find(row[0])):
            raise RepeatedKeyError(first, row[1])

    def find(self, job_id: str) -> QueuedJob | None:
        """A snapshot of a job, or None. It is running while any output is, and has ended when all have."""
        row = self._db.execute("SELECT wire, account, plan, created FROM jobs WHERE id = ?", (job_id,)).fetchone()
        parts = self._db.execute(
            "SELECT state, progress, started, finished, error FROM renders WHERE job = ? ORDER BY part", (job_id,)
        ).fetchall()
        if row is None or not parts:
            return None
        states, progress, started, finished, errors = zip(*parts, strict=True)
        ended = all(state in ("succeeded", "failed") for state in states)
        status: Status = (
            ("failed" if "failed" in states else "succeeded")
            if ended
            else ("queued" if set(states) == {"queued"} else "running")
        )
        return QueuedJob(
            id=job_id,
            wire=row[0],
            account=row[1],
            plan=RenderPlan.from_json(row[2]),
            created=row[3],
            status=status,
            progress=sum(progress) / len(parts),
            started=min((t for t in started if t), default=None),
            finished=max((t for t in finished if t), default=None) if ended else None,
            error=next((error for error in errors if error), None),
        )

    def position(self, job_id: str) -> int:
        """Number of other jobs with a render queued before this one's; 0 is next."""
        row = self._db.execute(
            "SELECT COUNT(DISTINCT job) FROM renders WHERE state = 'queued' AND job != :job"
            " AND seq < (SELECT MIN(seq) FROM renders WHERE job = :job AND state = 'queued')",
            {"job": job_id},
        ).fetchone()
        return int(row[0])

    def remove(self, job_id: str) -> None:
        """Delete a job; the process that renders it loses its claim."""
        self._db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def remove_finished(self, before: float) -> list[QueuedJob]:
        """Delete the jobs that ended before `before` (seconds since 1970) and return them."""
        rows = self._db.execute(
            "SELECT job FROM renders GROUP BY job HAVING MAX(COALESCE(finished, 1e99)) < ?", (before,)
        )
        expired = [job for (job_id,) in rows.fetchall() if (job := self.find(job_id))]
        for job in expired:
            self.remove(job.id)
        return expired

    def unfinished(self) -> bool:
        """Whether any render is queued or running, in any process."""
        return bool(self._db.execute("SELECT 1 FROM renders WHERE state IN ('queued', 'running') LIMIT 1").fetchone())

    # -- renders ------------------------------------------------------------------------------------------------

    def claim(self) -> Claim | None:
        """Claim the oldest queued render; None if there is none."""
        queued = "SELECT 1 FROM renders WHERE state = 'queued' LIMIT 1"
        if not self._db.execute(queued).fetchone():  # the usual case, which needs no write lock
            return None
        token, now, owner = secrets.token_hex(16), time.time(), Owner.this_process()
        with self.write():
            row = self._db.execute(
                "SELECT seq, job, part, plan FROM renders JOIN jobs ON jobs.id = job"
                " WHERE state = 'queued' ORDER BY seq LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            self._db.execute(
                "UPDATE renders SET state = 'running', token = ?, host = ?, pid = ?, lease = ?, started = ?"
                " WHERE seq = ?",
                (token, owner.host, owner.pid, now + LEASE, now, row[0]),
            )
        return Claim(token, row[1], row[2], RenderPlan.from_json(row[3]))

    def report(self, token: str, progress: float) -> None:
        """Store the progress of a render, 0 to 1. Without effect if the claim is lost, which `renew` reports."""
        self._db.execute(
            "UPDATE renders SET progress = MAX(progress, ?), lease = ? WHERE token = ?",
            (progress, time.time() + LEASE, token),
        )

    def renew(self, tokens: Collection[str]) -> set[str]:
        """Extend the leases of these tokens and return the tokens whose claim is lost."""
        until = time.time() + LEASE
        return {
            token
            for token in tokens
            if not self._db.execute("UPDATE renders SET lease = ? WHERE token = ?", (until, token)).rowcount
        }

    def finish(self, token: str, publish: Callable[[], None]) -> bool:
        """Mark a render as succeeded.

        Args:
            token: Its claim.
            publish: Moves the file to its final path. It runs inside the transaction, so that no other owner and
                no removal can come between the file and the row.

        Returns:
            False if the claim is lost; nothing was published.
        """
        with self.write():
            claimed = self._db.execute(
                "UPDATE renders SET state = 'succeeded', progress = 1, finished = ?, token = NULL WHERE token = ?",
                (time.time(), token),
            ).rowcount
            if claimed:
                publish()
        return bool(claimed)

    def fail(self, token: str, reason: str) -> None:
        """End a render and the whole job as failed; the claims on its other renders are lost."""
        with self.write():
            row = self._db.execute("SELECT job FROM renders WHERE token = ?", (token,)).fetchone()
            if row:
                self._db.execute(
                    "UPDATE renders SET state = 'failed', error = ?, finished = ?, token = NULL"
                    " WHERE job = ? AND state IN ('queued', 'running')",
                    (reason, time.time(), row[0]),
                )

    def requeue(self, token: str) -> None:
        """Give up a claim; the render starts again from the beginning."""
        self._db.execute(
            "UPDATE renders SET state = 'queued', progress = 0, token = NULL, lease = NULL, started = NULL"
            " WHERE token = ?",
            (token,),
        )

    def requeue_abandoned(self, mine: Collection[str]) -> list[str]:
        """Queue the renders again whose owner has ended or has let its lease run out.

        Args:
            mine: Tokens of this process, which are not checked.

        Returns:
            The tokens of the lost claims.
        """
        rows = self._db.execute("SELECT token, host, pid, lease FROM renders WHERE state = 'running'").fetchall()
        abandoned = [
            token for token, host, pid, lease in rows if token not in mine and not is_held(Owner(host, pid), lease)
        ]
        for token in abandoned:
            self.requeue(token)
        return abandoned
