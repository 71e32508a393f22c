"""One job's life: have it submitted, followed for as long as it takes, its clips fetched, and its end written down."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from videogen_nb.backend.download import Downloader
from videogen_nb.backend.follow import Follower
from videogen_nb.backend.http.client import Http
from videogen_nb.backend.submit import Submission, TakenOver
from videogen_nb.backend.switch_interval import short_switch_interval
from videogen_nb.core.job import Cost, Job, Phase, Status, Video
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.errors import (
    AuthenticationError,
    JobCancelledError,
    JobError,
    JobExpiredError,
    JournalError,
    OutputMissingError,
    SubmitUncertainError,
    VideogenError,
)
from videogen_nb.providers.base import Provider
from videogen_nb.providers.wire import Handle
from videogen_nb.storage.job_rows import restore, set_remote_id
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.lease import LEASE
from videogen_nb.text import redact

__all__ = ["JobRun", "ProviderClient"]

FRESH = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class ProviderClient:
    """A provider at an endpoint, with its open connections, and what its jobs took so far."""

    provider: Provider
    http: Http
    _known: dict[str, tuple[float, list[float]]] = field(default_factory=dict)

    def durations(self, journal: Journal, model: str) -> list[float]:
        """Seconds that the last jobs of a model took; a crowd that starts together has them read once."""
        now = time.monotonic()
        read, found = self._known.get(model, (-math.inf, []))
        if now - read > FRESH:
            with suppress(JournalError):
                found = journal.durations(self.provider.name, model)
            self._known[model] = now, found
        return found


class JobRun:
    """Drives one job on the backend's loop. Every step is in the journal before the next is taken.

    Args:
        job: The job whose traits it sets.
        client: Where the job is made.
        journal: Where it is recorded.
        spec: The model, for a job still to be submitted.
        output: Folder for its clips.
        sent_at: When an earlier process submitted it, seconds since 1970.
    """

    def __init__(
        self,
        job: Job,
        client: ProviderClient,
        journal: Journal,
        *,
        spec: ModelSpec,
        output: Path,
        sent_at: float | None = None,
    ) -> None:
        self.job, self.journal, self.spec, self.output = job, journal, spec, output
        self.client, self.provider, self.http = client, client.provider, client.http
        self._nudged = asyncio.Event()
        self.submission = Submission(job, self.http, self.provider, journal, pause=self._pause, stop=self._nudged)
        self._age = max(0.0, time.time() - sent_at) if sent_at is not None else None
        self._woken: asyncio.Future[None] | None = None
        self._cancelled = False
        self._lost = False
        self._cost: Cost | None = None

    def cancel(self) -> None:
        """Ask the run to stop; call it on the loop."""
        self._cancelled = True
        self._nudged.set()
        self._wake()

    def cancel_unsent(self) -> None:
        """As `cancel`, but only while nothing has been sent; call it on the loop."""
        if self.job.remote_id is None and self.submission.idle.is_set():
            self.cancel()

    def lease_lost(self) -> None:
        """Tell the run that its lease was lost, as after a laptop's sleep; call it on the loop."""
        self._lost = True

    async def run(self) -> None:
        """See the job to its end. A cancelled task leaves the journal's row open for a later resume."""
        job = self.job
        try:
            await self._watch()
            status, error, videos = await self._outcome()
            while not self._record(status, error, videos):
                await self._watch()  # it was taken over in our sleep; its end is known all the same
            job.error, job.cost, job.videos = error, self._cost, videos
            with short_switch_interval() if videos else nullcontext():  # what shows them follows here
                self._settle(status)
        except _NotOurs as left:
            if left.error:
                job.error = left.error
                self._settle(Status.CANCELLED)
            else:
                job.settle()
        except Exception as error:
            with suppress(JournalError):
                self.journal.drop(job.id)
            said = redact(f"{type(error).__name__}: {error}", [self.http.endpoint.key])
            job.error = VideogenError(
                f"videogen-nb itself failed on job {job.id} ({said}).",
                advice="It is in the journal; `%videogen resume` goes on with it.",
            )
            self._settle(Status.UNCERTAIN)

    async def _outcome(self) -> tuple[Status, VideogenError | None, tuple[Video, ...]]:
        """Submit it where that is still to be done, follow it, fetch its clips: how it ended."""
        job = self.job
        try:
            return Status.SUCCEEDED, None, await self._clips(await self._send())
        except SubmitUncertainError as error:
            return Status.UNCERTAIN, error, ()
        except JobCancelledError as error:
            return Status.CANCELLED, error, ()
        except AuthenticationError as error:
            # The key was good enough to submit: the job is there, and may be charged.
            return Status.UNCERTAIN if job.remote_id else Status.FAILED, error, ()
        except VideogenError as error:
            return Status.FAILED, error, ()

    async def _send(self) -> str:
        """Submit the job, unless that has been done; its remote id."""
        job = self.job
        while job.remote_id is None:
            try:
                answer = await self.submission.send(self.spec)
            except TakenOver:
                await self._watch()  # most often to see that it has ended, as never sent
            else:
                self._cost = answer.cost
                job.remote_id, job.phase, job.notice = answer.remote_id, Phase.QUEUED, self.submission.warning
        return job.remote_id

    async def _clips(self, remote_id: str) -> tuple[Video, ...]:
        """Follow the job and fetch what it made."""
        job, http, provider = self.job, self.http, self.provider
        handle = Handle(remote_id, job.model, self.spec.family, http.endpoint.base_url, job.request.count)
        follower = Follower(
            job,
            http,
            provider,
            self.journal,
            handle=handle,
            history=self.client.durations(self.journal, job.model),
            age=self._age,
            pause=self._breathe,
            stop=self._nudged,
            warning=lambda: self.submission.warning,
        )
        downloader = Downloader(job, http, provider, self.output, ask=follower.ask, pause=self._breathe)
        try:
            report = await follower.follow()
            self._cost = follower.cost or self._cost  # for the files beside the clips
            job.progress, job.remaining, job.phase = 1.0, None, Phase.DOWNLOADING
            with short_switch_interval():  # a cell may be running
                return await downloader.run(report, self._cost)
        except (JobExpiredError, OutputMissingError, AuthenticationError):
            # The provider has it no more; we may, from before a kernel died.
            if self._age is None or not (videos := await downloader.on_disk(self._cost)):
                raise
            return videos
        finally:
            self._cost = follower.cost or self._cost

    # -- ending ---------------------------------------------------------------------------

    def _record(self, status: Status, error: VideogenError | None, videos: tuple[Video, ...]) -> bool:
        """Write the end down; False where the row is another's by now."""
        job = self.job
        if isinstance(error, (JobError, SubmitUncertainError)):
            error.job = job
        self.submission.record()
        try:
            return self.journal.ended(job.id, status, error=error, notice=job.notice, cost=self._cost, videos=videos)
        except JournalError as failed:
            job.notice = f"{job.notice} {failed.message} This end is not in it.".strip()
            return True

    def _settle(self, status: Status) -> None:
        job = self.job
        with job.hold_trait_notifications():
            job.remaining, job.position = None, None
            job.ended_at = datetime.now(UTC)
            job.phase = Phase.ENDED
            job.status = status
        job.settle()

    async def _pause(self, seconds: float) -> bool:
        """Sleep, but wake when the run is asked to stop; returns whether it is."""
        if not self._cancelled:
            loop = asyncio.get_running_loop()
            self._woken = loop.create_future()
            # A timeout around an event would end each of the many sleeps of a job by an exception.
            timer = loop.call_later(seconds, self._wake)
            try:
                await self._woken
            finally:
                timer.cancel()
        return self._cancelled

    def _wake(self) -> None:
        if self._woken and not self._woken.done():
            self._woken.set_result(None)

    async def _breathe(self, seconds: float) -> bool:
        """As `_pause`, between two steps of a job that was accepted: what has become of it is looked at too."""
        self.submission.record()
        cancelled = await self._pause(seconds)
        if self._lost:
            self._lost = False
            await self._watch()
        return cancelled

    async def _watch(self) -> None:
        """Follow the journal while another living process follows the job; return when it is ours."""
        job = self.job
        while True:
            try:
                ours = self.journal.claim(job.id)
                row = None if ours and job.remote_id else self.journal.row(job.id)
                if row:
                    set_remote_id(job, row)
                if ours:
                    break
                if row and row.stage == "ended":
                    restore(job, row, self.journal.clips(job.id))
                    raise _NotOurs
                job.notice = "another kernel follows this job"
            except JournalError as error:  # it may be a matter of seconds, and the job is no worse for them
                job.notice = error.message
            if await self._pause(LEASE / 15):
                raise _NotOurs(JobCancelledError("No longer watched here; another kernel follows it.", job=job))
        job.notice = ""


class _NotOurs(Exception):
    """Another process has the job: it saw it to its end, or this one stopped watching, with `error`."""

    def __init__(self, error: JobCancelledError | None = None) -> None:
        self.error = error
