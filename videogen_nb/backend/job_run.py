"""Run one job from start to end: submit, follow, download, record the outcome."""

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

FRESH = 5.0  # seconds for which durations read from the journal are used again


@dataclass(frozen=True, slots=True)
class ProviderClient:
    """A provider at an endpoint: its open connections, and how long its earlier jobs took."""

    provider: Provider
    http: Http
    _known: dict[str, tuple[float, list[float]]] = field(default_factory=dict)

    def durations(self, journal: Journal, model: str) -> list[float]:
        """Seconds that the last jobs of a model took; read once for many jobs that start together."""
        now = time.monotonic()
        read_at, durations = self._known.get(model, (-math.inf, []))
        if now - read_at > FRESH:
            with suppress(JournalError):
                durations = journal.durations(self.provider.name, model)
            self._known[model] = now, durations
        return durations


class JobRun:
    """Runs one job on the backend's loop. Each step is in the journal before the next begins.

    Args:
        job: The job; its traits are set.
        client: The client of its provider.
        journal: Where it is recorded.
        spec: Its model.
        output: Folder for its clips.
        sent_at: When it was submitted, in seconds since 1970; None if it is still to be submitted.
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
        self._stop_requested = asyncio.Event()
        self.submission = Submission(
            job, self.http, self.provider, journal, pause=self._pause, stop=self._stop_requested
        )
        self._age = max(0.0, time.time() - sent_at) if sent_at is not None else None
        self._wake_up: asyncio.Future[None] | None = None
        self._cancelled = False
        self._lost = False
        self._cost: Cost | None = None

    def cancel(self) -> None:
        """Stop the run at its next step; call it on the loop."""
        self._cancelled = True
        self._stop_requested.set()
        self._wake()

    def cancel_unsent(self) -> None:
        """As `cancel`, but only if nothing has been sent yet; call it on the loop."""
        if self.job.remote_id is None and self.submission.idle.is_set():
            self.cancel()

    def lease_lost(self) -> None:
        """Note that the job's lease was lost, as after a laptop's sleep; call it on the loop."""
        self._lost = True

    async def run(self) -> None:
        """Run the job to its end. If the task is cancelled, the journal's row stays open for a later resume."""
        job = self.job
        try:
            await self._claim()
            status, error, videos = await self._outcome()
            while not self._record(status, error, videos):
                await self._claim()  # another process took it over while this one slept; the outcome is the same
            job.error, job.cost, job.videos = error, self._cost, videos
            with short_switch_interval() if videos else nullcontext():  # observers show the clips now
                self._settle(status)
        except _NotOurs as not_ours:
            if not_ours.error:
                job.error = not_ours.error
                self._settle(Status.CANCELLED)
            else:
                job.settle()
        except Exception as error:
            with suppress(JournalError):
                self.journal.drop(job.id)
            cause = redact(f"{type(error).__name__}: {error}", [self.http.endpoint.key])
            job.error = VideogenError(
                f"videogen-nb itself failed on job {job.id} ({cause}).",
                advice="The job is in the journal; `%videogen resume` continues it.",
            )
            self._settle(Status.UNCERTAIN)

    async def _outcome(self) -> tuple[Status, VideogenError | None, tuple[Video, ...]]:
        """Submit the job if that is still to be done, follow it and download its clips."""
        job = self.job
        try:
            return Status.SUCCEEDED, None, await self._follow_and_download(await self._submit())
        except SubmitUncertainError as error:
            return Status.UNCERTAIN, error, ()
        except JobCancelledError as error:
            return Status.CANCELLED, error, ()
        except AuthenticationError as error:
            # If the key was good enough to submit, the job exists and may be charged.
            return Status.UNCERTAIN if job.remote_id else Status.FAILED, error, ()
        except VideogenError as error:
            return Status.FAILED, error, ()

    async def _submit(self) -> str:
        """Submit the job unless that has been done; returns its remote id."""
        job = self.job
        while job.remote_id is None:
            try:
                answer = await self.submission.send(self.spec)
            except TakenOver:
                await self._claim()  # most often it finds that the other process ended the job as never sent
            else:
                self._cost = answer.cost
                job.remote_id, job.phase, job.notice = answer.remote_id, Phase.QUEUED, self.submission.warning
        return job.remote_id

    async def _follow_and_download(self, remote_id: str) -> tuple[Video, ...]:
        """Follow the job to its success, then download its clips."""
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
            pause=self._pause_and_check,
            stop=self._stop_requested,
            warning=lambda: self.submission.warning,
        )
        downloader = Downloader(job, http, provider, self.output, ask=follower.ask, pause=self._pause_and_check)
        try:
            report = await follower.follow()
            self._cost = follower.cost or self._cost  # also written beside the clips
            job.progress, job.remaining, job.phase = 1.0, None, Phase.DOWNLOADING
            with short_switch_interval():  # a running cell may hold the GIL
                return await downloader.run(report, self._cost)
        except (JobExpiredError, OutputMissingError, AuthenticationError):
            # The provider no longer has the clip, but an earlier kernel may have downloaded it before it ended.
            if self._age is None or not (videos := await downloader.on_disk(self._cost)):
                raise
            return videos
        finally:
            self._cost = follower.cost or self._cost

    # -- ending ---------------------------------------------------------------------------

    def _record(self, status: Status, error: VideogenError | None, videos: tuple[Video, ...]) -> bool:
        """Record the outcome; False if another process has taken the row over."""
        job = self.job
        if isinstance(error, (JobError, SubmitUncertainError)):
            error.job = job
        self.submission.record()
        try:
            return self.journal.ended(job.id, status, error=error, notice=job.notice, cost=self._cost, videos=videos)
        except JournalError as failed:
            job.notice = f"{job.notice} {failed.message} This outcome is not recorded.".strip()
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
        """Sleep until the time is over or the run is cancelled; returns whether it is cancelled."""
        if not self._cancelled:
            loop = asyncio.get_running_loop()
            self._wake_up = loop.create_future()
            # Waiting for an event with a timeout would raise an exception at the end of each of a job's many sleeps.
            timer = loop.call_later(seconds, self._wake)
            try:
                await self._wake_up
            finally:
                timer.cancel()
        return self._cancelled

    def _wake(self) -> None:
        if self._wake_up and not self._wake_up.done():
            self._wake_up.set_result(None)

    async def _pause_and_check(self, seconds: float) -> bool:
        """As `_pause`, for a job that was accepted: also records what is unrecorded, and handles a lost lease."""
        self.submission.record()
        cancelled = await self._pause(seconds)
        if self._lost:
            self._lost = False
            await self._claim()
        return cancelled

    async def _claim(self) -> None:
        """Wait until the job's lease is ours; while another living process has it, show what the journal says.

        Raises:
            _NotOurs: The other process has ended the job, or this run was cancelled.
        """
        job = self.job
        while True:
            try:
                claimed = self.journal.claim(job.id)
                row = None if claimed and job.remote_id else self.journal.row(job.id)
                if row:
                    set_remote_id(job, row)
                if claimed:
                    break
                if row and row.stage == "ended":
                    restore(job, row, self.journal.clips(job.id))
                    raise _NotOurs
                job.notice = "another kernel follows this job"
            except JournalError as error:  # it may work again in seconds, and the job does not depend on it
                job.notice = error.message
            if await self._pause(LEASE / 15):
                raise _NotOurs(JobCancelledError("No longer shown here; another kernel follows the job.", job=job))
        job.notice = ""


class _NotOurs(Exception):
    """Another process has the job: it has ended the job, or this run was cancelled, with `error`."""

    def __init__(self, error: JobCancelledError | None = None) -> None:
        self.error = error
