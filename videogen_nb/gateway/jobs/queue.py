"""Jobs on SQLite: what was asked, who renders it, how far it is.

One database serves several processes (two kernels with one home). A job is one row of `jobs` and one row of
`renders` for each of its outputs. A render is claimed by one process at a time: the claim is a random token, and
only who still holds it may report progress or a result. A claim is lost when its process is gone, when its lease
runs out, or when the job is removed; a lost render starts again from nothing, or not at all.
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

# The first one runs on files of earlier versions too, which have its tables and no version number.
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
    """A snapshot of one job. Times are unix seconds, progress is 0 to 1 over all outputs."""

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
    """The right to render output `part` of `job`, held by whoever has the token."""

    token: str
    job: str
    part: int
    plan: RenderPlan


class RepeatedKeyError(Exception):
    """The idempotency key is taken by the job in `.job`; `.body_hash` is of the body that made it."""

    def __init__(self, job: QueuedJob, body_hash: str) -> None:
        super().__init__(job.id)
        self.job = job
        self.body_hash = body_hash


class Queue(Database):
    """The jobs of one home. Cheap calls, used from one thread.

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
            RepeatedKeyError: `repeat_key` already made a job; nothing was stored.
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
        """Raise RepeatedKeyError when `repeat_key` already made a job."""
        row = self._db.execute("SELECT id, body_hash FROM jobs WHERE repeat_key = ?", (repeat_key,)).fetchone()
        if row and (first := self.find(row[0])):
            raise RepeatedKeyError(first, row[1])

    def find(self, job_id: str) -> QueuedJob | None:
        """A snapshot of a job, or None; it runs while any output does, and is over when all are."""
        row = self._db.execute("SELECT wire, account, plan, created FROM jobs WHERE id = ?", (job_id,)).fetchone()
        parts = self._db.execute(
            "SELECT state, progress, started, finished, error FROM renders WHERE job = ? ORDER BY part", (job_id,)
        ).fetchall()
        if row is None or not parts:
            return None
        states, progress, started, finished, errors = zip(*parts, strict=True)
        over = all(state in ("succeeded", "failed") for state in states)
        status: Status = (
            ("failed" if "failed" in states else "succeeded")
            if over
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
            finished=max((t for t in finished if t), default=None) if over else None,
            error=next((error for error in errors if error), None),
        )

    def position(self, job_id: str) -> int:
        """How many other jobs have renders waiting ahead of this one's; 0 is next."""
        row = self._db.execute(
            "SELECT COUNT(DISTINCT job) FROM renders WHERE state = 'queued' AND job != :job"
            " AND seq < (SELECT MIN(seq) FROM renders WHERE job = :job AND state = 'queued')",
            {"job": job_id},
        ).fetchone()
        return int(row[0])

    def remove(self, job_id: str) -> None:
        """Forget a job; whoever renders it loses the claim."""
        self._db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def remove_finished(self, before: float) -> list[QueuedJob]:
        """Forget the jobs that ended before `before` (unix seconds); returns what they were."""
        rows = self._db.execute(
            "SELECT job FROM renders GROUP BY job HAVING MAX(COALESCE(finished, 1e99)) < ?", (before,)
        )
        gone = [job for (job_id,) in rows.fetchall() if (job := self.find(job_id))]
        for job in gone:
            self.remove(job.id)
        return gone

    def unfinished(self) -> bool:
        """Whether any render waits or runs, in whatever process."""
        return bool(self._db.execute("SELECT 1 FROM renders WHERE state IN ('queued', 'running') LIMIT 1").fetchone())

    # -- renders ------------------------------------------------------------------------------------------------

    def claim(self) -> Claim | None:
        """Take the oldest waiting render, or None."""
        waiting = "SELECT 1 FROM renders WHERE state = 'queued' LIMIT 1"
        if not self._db.execute(waiting).fetchone():  # mostly so, and then nobody is kept from writing
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
        """Store how far a render is, 0 to 1; says nothing when the claim is lost (`renew` does)."""
        self._db.execute(
            "UPDATE renders SET progress = MAX(progress, ?), lease = ? WHERE token = ?",
            (progress, time.time() + LEASE, token),
        )

    def renew(self, tokens: Collection[str]) -> set[str]:
        """Renew the leases of `tokens`; returns those that are ours no longer."""
        until = time.time() + LEASE
        return {
            token
            for token in tokens
            if not self._db.execute("UPDATE renders SET lease = ? WHERE token = ?", (until, token)).rowcount
        }

    def finish(self, token: str, publish: Callable[[], None]) -> bool:
        """Mark a render as done; False when the claim is lost.

        Args:
            token: Its claim.
            publish: Puts the file in place. It runs while the write lock is held, so that no other owner
                and no removal can come between the file and the row.
        """
        with self.write():
            held = self._db.execute(
                "UPDATE renders SET state = 'succeeded', progress = 1, finished = ?, token = NULL WHERE token = ?",
                (time.time(), token),
            ).rowcount
            if held:
                publish()
        return bool(held)

    def fail(self, token: str, reason: str) -> None:
        """End a render, and with it the whole job: its other renders are taken from whoever has them."""
        with self.write():
            row = self._db.execute("SELECT job FROM renders WHERE token = ?", (token,)).fetchone()
            if row:
                self._db.execute(
                    "UPDATE renders SET state = 'failed', error = ?, finished = ?, token = NULL"
                    " WHERE job = ? AND state IN ('queued', 'running')",
                    (reason, time.time(), row[0]),
                )

    def requeue(self, token: str) -> None:
        """Let someone else render it, from the start."""
        self._db.execute(
            "UPDATE renders SET state = 'queued', progress = 0, token = NULL, lease = NULL, started = NULL"
            " WHERE token = ?",
            (token,),
        )

    def requeue_abandoned(self, mine: Collection[str]) -> list[str]:
        """Queue again what nobody works on any more; returns the tokens that were taken away.

        Args:
            mine: Tokens of this process, which need no looking at.
        """
        rows = self._db.execute("SELECT token, host, pid, lease FROM renders WHERE state = 'running'").fetchall()
        dead = [token for token, host, pid, lease in rows if token not in mine and not is_held(Owner(host, pid), lease)]
        for token in dead:
            self.requeue(token)
        return dead
