"""The runs of all jobs that this process follows: on one thread, over shared connections, with their leases alive."""

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
    """Starts runs and keeps them going until they end or the thread does.

    Args:
        journal: Where their jobs are recorded.
        home: Folder of the local gateway.

    Attributes:
        thread: The one thread that all of them run on.
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
        """Follow a job that an earlier process, or an earlier run, submitted; asking for it twice is once."""
        with self._lock:
            self._followed[job.id] = job
        self.thread.post(lambda: self.start(job, row, target, sent_at=sent_at))

    def follows(self, job: Job) -> bool:
        """Whether the job, and not another object of its row, is followed here or is about to be."""
        return self._followed.get(job.id) is job

    def of(self, job: Job) -> JobRun | None:
        """The job's run; None before it has begun."""
        found = self._runs.get(job.id)
        return found[0] if found and found[0].job is job else None

    def following(self) -> list[Job]:
        """The jobs that are followed here just now."""
        with self._lock:
            return [job for job in self._followed.values() if not job.ended]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep all threads out of SQLite meanwhile: a fork would leave its locks held in the child for ever."""
        with self.thread.paused(), self.journal.read():
            yield

    # -- on the thread --------------------------------------------------------------------

    def start(self, job: Job, row: Row, target: Target, *, sent_at: float | None = None) -> JobRun:
        """Begin a job's run, unless it has begun; call it on the loop.

        Args:
            job: The job.
            row: Its row.
            target: Where it goes.
            sent_at: When it was submitted, seconds since 1970; None where that is still to be done.
        """
        if begun := self.of(job):
            return begun
        loop = asyncio.get_running_loop()
        client = self.client(target.provider, target.endpoint)
        run = JobRun(job, client, self.journal, spec=target.spec, output=Path(row.output), sent_at=sent_at)
        task = loop.create_task(run.run())
        with self._lock:
            self._followed[job.id] = job
            self._runs[job.id] = (run, task)
        self._heart = self._heart or loop.create_task(self._heartbeat())

        def over(_: object) -> None:
            with self._lock:
                if self.follows(job):  # it may have been resumed already, as another object
                    del self._followed[job.id]
                    self._runs.pop(job.id, None)

        task.add_done_callback(over)
        return run

    def client(self, provider: Provider, endpoint: Endpoint) -> ProviderClient:
        """The provider at that endpoint, with connections that all its jobs share; call it on the loop."""
        key = (provider.name, endpoint)
        if key not in self._clients:
            app = provider.app(self.home)
            if app is not None:
                self._apps.append(app)
            self._clients[key] = ProviderClient(provider, Http(endpoint, app))
        return self._clients[key]

    async def _heartbeat(self) -> None:
        """Keep the leases on the jobs that are followed; where one was lost, its run finds out."""
        while True:
            await asyncio.sleep(LEASE / 3)
            with suppress(JournalError):  # the next beat tries again, well within the lease
                mine = await asyncio.to_thread(self.journal.renew)
                for id, (run, _) in list(self._runs.items()):  # noqa: A001
                    if id not in mine:
                        run.lease_lost()

    async def _shut_down(self) -> None:
        """Let submissions in flight get their answer, leave the rest to a later resume, close everything."""
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
