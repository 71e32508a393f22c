"""Runs all jobs that this process follows: on one thread, over shared connections, renewing their leases."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videogen_nb.backend.http.client import Http
from videogen_nb.backend.job_run import JobRun, ProviderClient
from videogen_nb.backend.loop_thread import LoopThread
from videogen_nb.config import Endpoint
from videogen_nb.core.job import Job
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.errors import JournalError
from videogen_nb.providers.base import Provider
from videogen_nb.storage.job_rows import Row
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.lease import LEASE

__all__ = ["Supervisor", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a job goes: its provider, model and endpoint."""

    provider: Provider
    spec: ModelSpec
    endpoint: Endpoint


class Supervisor:
    """Starts the runs of jobs, and keeps track of them until they end.

    Args:
        journal: Where the jobs are recorded.
        home: Folder of the local gateway.

    Attributes:
        thread: The thread that all of them run on.
    """

    def __init__(self, journal: Journal, home: Path) -> None:
        self.journal, self.home = journal, home
        self.thread = LoopThread(self._shut_down)
        self._lock = threading.RLock()
        self._followed: dict[str, Job] = {}
        self._runs: dict[str, tuple[JobRun, asyncio.Task[None]]] = {}
        self._clients: dict[tuple[str, Endpoint], ProviderClient] = {}
        self._apps: list[Any] = []
        self._heart: asyncio.Task[None] | None = None

    # -- from any thread ------------------------------------------------------------------

    def post(self, job: Job, row: Row, target: Target, *, sent_at: float) -> None:
        """Follow a job that was submitted earlier, maybe by another process; a second call does nothing."""
        with self._lock:
            self._followed[job.id] = job
        self.thread.post(lambda: self.start(job, row, target, sent_at=sent_at))

    def follows(self, job: Job) -> bool:
        """Whether this object, and not another one of the same row, is followed here or about to be."""
        return self._followed.get(job.id) is job

    def of(self, job: Job) -> JobRun | None:
        """The job's run; None before it has begun."""
        run, _ = self._runs.get(job.id, (None, None))
        return run if run and run.job is job else None

    def following(self) -> list[Job]:
        """The jobs that are currently followed here."""
        with self._lock:
            return [job for job in self._followed.values() if not job.ended]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep all threads out of SQLite for a fork, which would leave its locks held in the child for ever."""
        with self.thread.paused(), self.journal.read():
            yield

    # -- on the thread --------------------------------------------------------------------

    def start(self, job: Job, row: Row, target: Target, *, sent_at: float | None = None) -> JobRun:
        """Begin a job's run, unless it has begun; call it on the loop.

        Args:
            job: The job.
            row: Its row.
            target: Where it goes.
            sent_at: When it was submitted, in seconds since 1970; None if it is still to be submitted.
        """
        if run := self.of(job):
            return run
        loop = asyncio.get_running_loop()
        client = self.client(target.provider, target.endpoint)
        run = JobRun(job, client, self.journal, spec=target.spec, output=Path(row.output), sent_at=sent_at)
        task = loop.create_task(run.run())
        with self._lock:
            self._followed[job.id] = job
            self._runs[job.id] = (run, task)
        self._heart = self._heart or loop.create_task(self._heartbeat())

        def ended(_: object) -> None:
            with self._lock:
                if self.follows(job):  # it may have been resumed already, with another object
                    del self._followed[job.id]
                    self._runs.pop(job.id, None)

        task.add_done_callback(ended)
        return run

    def client(self, provider: Provider, endpoint: Endpoint) -> ProviderClient:
        """The provider's client at that endpoint, which all its jobs share; call it on the loop."""
        key = (provider.name, endpoint)
        if key not in self._clients:
            app = provider.app(self.home)
            if app is not None:
                self._apps.append(app)
            self._clients[key] = ProviderClient(provider, Http(endpoint, app))
        return self._clients[key]

    async def _heartbeat(self) -> None:
        """Renew the leases on the jobs that are followed, and tell the runs that have lost theirs."""
        while True:
            await asyncio.sleep(LEASE / 3)
            with suppress(JournalError):  # the next attempt is still within the lease
                renewed = await asyncio.to_thread(self.journal.renew)
                for job_id, (run, _) in list(self._runs.items()):
                    if job_id not in renewed:
                        run.lease_lost()

    async def _shut_down(self) -> None:
        """Wait for the responses to submissions in flight, leave all else to a later resume, and close everything."""
        if self._heart:
            self._heart.cancel()
        runs = list(self._runs.values())
        for run, task in runs:
            if run.submission.idle.is_set():
                task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                for run, _ in runs:
                    await run.submission.idle.wait()
        for run, task in runs:
            run.submission.record()
            task.cancel()
        await asyncio.gather(*(task for _, task in runs), return_exceptions=True)
        for client in self._clients.values():
            await client.http.aclose()
        for app in self._apps:
            await app.aclose()
