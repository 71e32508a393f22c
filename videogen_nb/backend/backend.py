"""The backend that magic, panel and Python interface share: it submits, follows, downloads and resumes jobs."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import sys
import threading
import weakref
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from videogen_nb import config
from videogen_nb.backend.budget import refuse_over
from videogen_nb.backend.http.client import AnswerLost
from videogen_nb.backend.job_run import JobRun
from videogen_nb.backend.plan import endpoint_of, price_of
from videogen_nb.backend.submit import uncertain
from videogen_nb.backend.supervisor import Supervisor, Target
from videogen_nb.config import Endpoint
from videogen_nb.core.job import Job, Phase, Status
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import JobError, JournalError, RequestError, VideogenError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.registry import provider as find_provider
from videogen_nb.storage.job_rows import Row, job_of, request_of, restore, set_remote_id
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.locate import current_clips

__all__ = ["Backend", "unfinished"]

LIST_TIMEOUT = 3.0  # seconds to wait for a provider's model list, once in a process


class Backend:
    """Runs all jobs of this process. Its methods may be called from any thread.

    Args:
        home: Folder of the journal, of kept images, and of the local gateway.

    Attributes:
        loaded: Jobs that are not in the journal, by id; they were read from the files beside their clips.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.journal = Journal(home / "journal.sqlite3")
        self._lists: dict[tuple[str, Endpoint], list[ModelSpec]] = {}
        self._jobs: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()
        self.loaded: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()
        self._supervisor = Supervisor(self.journal, home)
        self._lock = threading.RLock()
        self._closed = False
        self._pid = os.getpid()
        atexit.register(self._at_exit)

    # -- jobs -----------------------------------------------------------------------------

    def submit(
        self,
        request: VideoRequest,
        provider: Provider,
        spec: ModelSpec,
        endpoint: Endpoint,
        *,
        hint: str = "",
        retry_of: str | None = None,
    ) -> Job:
        """Record a checked request, start its job, and return the job at once.

        When this returns, the job is in the journal, on disk.

        Raises:
            RequestError: It would exceed the session's budget.
            JournalError: It can't be recorded, so it is not sent.
        """
        if self.closed:
            raise VideogenError("This job's backend is closed. Nothing was sent; run it again with `%videogen retry`.")
        price = price_of(request, spec) if provider.charged_at != "never" else None
        origin: config.Origin | Row = config.origin()
        if retry_of and not origin.cell:  # a button in the page: the new job belongs to the cell of the first one
            origin = self.journal.row(retry_of) or origin
        facts = {
            "folder": os.getcwd(),
            "output": str(config.settings().output_folder()),
            "provider": provider.name,
            "base_url": endpoint.base_url,
            "model": spec.id,
            "family": spec.family,
            "request": json.dumps(request.to_json(), ensure_ascii=False),
            "digest": request.digest(),
            "retry_of": retry_of,
            "price": price.amount if price else None,
            "price_unit": price.unit if price else None,
            "notebook": origin.notebook,
            "cell": origin.cell,
            "execution": origin.execution,
        }
        interrupted = threading.Event()

        async def enter() -> Job:
            if interrupted.is_set():
                raise asyncio.CancelledError
            if price:
                refuse_over(self.journal, config.settings().budget, {price.unit: price.amount}, spec.id)
            row = self.journal.add(**facts)
            when = datetime.fromtimestamp(row.created, UTC)
            job = Job(
                self, id=row.id, provider=provider.name, model=spec.id, request=request, hint=hint, created_at=when
            )
            self._jobs[job.id] = job
            entered.append(self._supervisor.start(job, row, Target(provider, spec, endpoint)))
            return job

        def cancel() -> None:
            for run in entered:
                run.cancel_unsent()

        entered: list[JobRun] = []
        if self._supervisor.thread.is_here:  # an observer of a job submits another
            return _at_once(enter())
        try:
            # On the loop's thread, since there no interrupt of a cell can come between the row and its run.
            return self._supervisor.thread.run(enter)
        except KeyboardInterrupt:
            interrupted.set()
            self._supervisor.thread.post(cancel)
            raise

    def follow(self, job: Job) -> None:
        """Make sure that a job is followed before it is waited for; one that was read from the journal may not be.

        Raises:
            VideogenError: It can't be followed; see `resume`.
        """
        if job.ended:
            return
        if self.closed:
            raise VideogenError(f"This job's backend is closed; `%videogen resume {job.id}` continues it.")
        with self._lock:
            if not self._supervisor.follows(job) and (row := self.journal.row(job.id)):
                self.resume(row)

    def resume(self, row: Row) -> Job:
        """Continue a job of the journal: follow it, download its clip, or mark it as uncertain.

        Raises:
            RequestError: Another kernel is submitting it, or its provider's address is configured differently now.
            MissingKeyError: Its provider needs a key, and none is set.
        """
        with self._lock:
            job = self.job(row)
            row = self.journal.row(row.id) or row
            if not job.ended and self._supervisor.follows(job) and (self._supervisor.of(job) or not row.remote_id):
                return job
            if row.stage == "ended":
                if row.remote_id is None or self._has_clips(row):
                    return job
            elif row.remote_id is None:
                return self._account_for(row)
            provider = find_provider(row.provider)
            endpoint = endpoint_of(provider)
            if endpoint.base_url != row.base_url:
                raise RequestError(
                    f"Job {row.id} was submitted to {row.base_url}, but the address of {provider.title} is now "
                    f"{endpoint.base_url}. Set {provider.base_url_env or 'its address'} back to resume the job."
                )
            if row.stage == "ended":
                self.journal.reopen(row.id)
                row = self.journal.row(row.id) or row
            job = self._open_job(row)
            job.notice = ""
            spec = ModelSpec(row.model, row.provider, family=row.family)
            self._supervisor.post(job, row, Target(provider, spec, endpoint), sent_at=row.sent or row.created)
            return job

    def job(self, row: Row) -> Job:
        """The job of a row, always the same object: live if it is followed here, else as the journal has it."""
        with self._lock:
            known = self._jobs.get(row.id)
            if known is None:
                known = self._jobs[row.id] = job_of(row, current_clips(self.journal, row), self)
            elif not known.ended and not self._supervisor.follows(known):
                set_remote_id(known, row)
                if row.stage == "ended":
                    restore(known, row, current_clips(self.journal, row))
                    known.settle()
            return known

    def left_open(self, folder: str | None) -> list[Row]:
        """Rows of a folder, or of all folders, that have not ended and that nobody follows, oldest first."""
        followed = {job.id for job in self.following()}
        return [row for row in self.journal.left_open(folder) if row.id not in followed]

    def following(self) -> list[Job]:
        """The jobs that are currently followed here."""
        return self._supervisor.following()

    def cancel(self, job: Job) -> None:
        """Stop a job; see `Job.cancel`."""

        def stop() -> None:
            if run := self._supervisor.of(job):
                run.cancel()

        if not job.ended:
            self.follow(job)
            self._supervisor.thread.post(stop)  # after the start of the job, which may be queued there too

    def retry(self, job: Job) -> Job:
        """Submit a job's request again, as a new job; see `Job.retry`."""
        provider = find_provider(job.provider)
        endpoint = endpoint_of(provider)
        listed = self._lists.get((provider.name, endpoint), [])
        spec = provider.find_model(job.model, listed) or ModelSpec(job.model, provider.name)
        provider.check(job.request, spec)
        job.request.check_links()
        return self.submit(job.request, provider, spec, endpoint, retry_of=job.id)

    def post(self, work: Callable[[], object]) -> None:
        """Call a function on the backend's thread, soon."""
        self._supervisor.thread.post(work)

    # -- providers ------------------------------------------------------------------------

    def listed(self, provider: Provider, endpoint: Endpoint) -> Sequence[ModelSpec]:
        """The provider's own model list, requested once; empty if it does not answer within a few seconds."""
        key = (provider.name, endpoint)
        call = provider.models_call()
        if call is None:
            return ()
        if key not in self._lists:
            if self._supervisor.thread.is_here:  # an observer of a job submits another; the loop can't wait for itself
                return ()

            async def ask() -> list[ModelSpec]:
                reply = await self._supervisor.client(provider, endpoint).http.send(call, timeout=LIST_TIMEOUT)
                return provider.read_models(reply) if reply.ok else []

            try:
                self._lists[key] = self._supervisor.thread.run(ask, LIST_TIMEOUT)
            except (VideogenError, AnswerLost, TimeoutError):
                self._lists[key] = []
        return self._lists[key]

    def _open_job(self, row: Row) -> Job:
        """The object of a job that continues; an object that has ended is replaced by a new one."""
        job = self.job(row)
        if job.ended:
            job = self._jobs[row.id] = job_of(row, (), self)
        return job

    def _account_for(self, row: Row) -> Job:
        """End a job whose process ended before it had a response: it was never sent, or it is uncertain."""
        claimed = self.journal.claim(row.id)
        row = self.journal.row(row.id) or row  # read again, since no other process changes it once it is claimed
        if row.stage == "ended":
            return self.job(row)
        if not claimed:
            raise RequestError(f"Another kernel is submitting job {row.id}; try again in a moment.")
        if row.remote_id is not None:
            return self.resume(row)
        job = self._open_job(row)
        if row.stage == "waiting":
            error: VideogenError = RequestError(
                f"Job {row.id} was not sent before its kernel ended. Nothing was charged; "
                f"`%videogen retry {row.id}` submits it."
            )
            status = Status.FAILED
        else:
            when = datetime.fromtimestamp(row.sent or row.created, UTC).strftime("%Y-%m-%d %H:%M UTC")
            message = f"The kernel ended while the request was being sent, at {when}."
            error = uncertain(job, find_provider(row.provider), message)
            status = Status.UNCERTAIN
        if not self.journal.ended(row.id, status, error=error, notice="", cost=None, videos=()):
            raise RequestError(f"Another kernel has taken over job {row.id}; try again in a moment.")
        with job.hold_trait_notifications():
            job.error, job.phase, job.ended_at, job.status = error, Phase.ENDED, datetime.now(UTC), status
        job.settle()
        return job

    def _has_clips(self, row: Row) -> bool:
        clips = current_clips(self.journal, row)
        count = request_of(row).get("count", 1)
        return len(clips) >= count and all(clip.path.exists() for clip in clips)

    # -- closing --------------------------------------------------------------------------

    def paused(self) -> AbstractContextManager[None]:
        """Pause all threads of this backend, for a fork."""
        return self._supervisor.paused()

    @property
    def closed(self) -> bool:
        return self._closed or self._pid != os.getpid()

    def close(self) -> list[Job]:
        """Stop following, release the jobs for a later resume and end the thread; a second call does nothing.

        Returns:
            The jobs that have not ended.
        """
        if self.closed:  # also in a forked child, which must not stop its parent's jobs
            return []
        self._closed = True
        atexit.unregister(self._at_exit)
        jobs = self.following()
        self._supervisor.thread.close()
        with suppress(JournalError):  # leases expire by themselves
            self.journal.release()
        self.journal.close()
        unfinished_jobs = [job for job in jobs if not job.ended]  # some end while the thread closes
        for job in list(self._jobs.values()):
            if not job.ended:
                job.error = JobError(
                    f"Job {job.id} is no longer followed; `%videogen resume {job.id}` continues it.", job=job
                )
                job.settle()
        return unfinished_jobs

    def _at_exit(self) -> None:
        jobs = self.close()
        out = sys.__stderr__
        if jobs and out is not None and sys.stderr is out:  # in a kernel nobody reads it; there the outputs say it
            out.write(f"{unfinished(jobs)} `videogen-nb resume` continues them.\n")


def unfinished(jobs: Sequence[Job]) -> str:
    """One line about jobs that are no longer followed."""
    ids = ", ".join(job.id for job in jobs[:8]) + ", …" * (len(jobs) > 8)
    return f"videogen-nb: {len(jobs)} unfinished job{'s' * (len(jobs) > 1)} ({ids}) no longer followed."


def _at_once(work: Coroutine[Any, Any, Job]) -> Job:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError
