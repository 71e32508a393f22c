"""One job's life: have it submitted, follow it for as long as it takes, have its clips fetched."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .errors import (
    AuthenticationError,
    ConnectionLostError,
    JobCancelledError,
    JobError,
    JobExpiredError,
    JobFailedError,
    JournalError,
    OutputMissingError,
    ProviderError,
    RateLimitError,
    SubmitUncertainError,
    VideogenError,
)
from .fetch import Fetcher
from .http import AnswerLost, Http
from .job import Cost, Job, Phase, Status, Video
from .journal import LEASE, Journal
from .limiter import Stopped
from .model import ModelSpec
from .plain import plain
from .polling import Trail, backoff, next_delay, remaining
from .providers.base import Accepted, Call, Handle, Provider, Reply, Report
from .providers.reading import number, retry_after
from .records import restore
from .redact import redact
from .submit import Submission, TakenOver

__all__ = ["Run", "Service"]

GRACE = 30.0  # seconds in which a fresh job may be unknown to a replica of the gateway
FOLLOW_LIMIT = 24 * 3600.0  # seconds; no gateway keeps a job this long


@dataclass(frozen=True, slots=True)
class Service:
    """A provider at an endpoint, with its open connections."""

    provider: Provider
    http: Http


class Run:
    """Drives one job on the backend's loop. Every step is in the journal before the next is taken.

    Args:
        job: The job whose traits it sets.
        service: Where the job is made.
        journal: Where it is recorded.
        spec: The model, for a job still to be submitted.
        output: Folder for its clips.
        sent_at: When an earlier process submitted it, seconds since 1970.
    """

    def __init__(
        self,
        job: Job,
        service: Service,
        journal: Journal,
        *,
        spec: ModelSpec,
        output: Path,
        sent_at: float | None = None,
    ) -> None:
        self.job, self.journal, self.spec, self.output = job, journal, spec, output
        self.provider, self.http = service.provider, service.http
        self.resumed = sent_at is not None
        self._nudged = asyncio.Event()
        self.submission = Submission(job, self.http, self.provider, journal, pause=self._pause, stop=self._nudged)
        self._age = max(0.0, time.time() - sent_at) if sent_at else 0.0
        self._since = time.monotonic()  # from here on: a clock that is set must not move a job's age
        self._advice: float | None = None
        self._cancelled = False
        self._lost = False
        self._cost: Cost | None = None
        self._handle: Handle | None = None
        self._status_call: Call | None = None

    def cancel(self) -> None:
        """Ask the run to stop; call it on the loop."""
        self._cancelled = True
        self._nudged.set()

    def call_off(self) -> None:
        """As `cancel`, but only while nothing has been sent; call it on the loop."""
        if self.job.remote_id is None and self.submission.landed.is_set():
            self.cancel()

    def lost(self) -> None:
        """Tell the run that its lease was lost, as after a laptop's sleep; call it on the loop."""
        self._lost = True

    async def live(self) -> None:
        """See the job to its end. A cancelled task leaves the journal's row open for a later resume."""
        job = self.job
        try:
            await self._watch()
            status, error, videos = await self._outcome()
            while not self._record(status, error, videos):
                await self._watch()  # it was taken over in our sleep; its end is known all the same
            job.error, job.cost, job.videos = error, self._cost, videos
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
            if job.remote_id is None:
                accepted = await self._send()
                self._since, self._cost = time.monotonic(), accepted.cost
                job.remote_id, job.phase = accepted.remote_id, Phase.QUEUED
                job.notice = job.notice if self.submission.unrecorded else ""
            self._handle = Handle(
                job.remote_id or "", job.model, self.spec.family, self.http.endpoint.base_url, job.request.count
            )
            fetcher = self._fetcher()
            try:
                report = await self._follow()
                job.progress, job.remaining, job.phase = 1.0, None, Phase.DOWNLOADING
                return Status.SUCCEEDED, None, await fetcher.fetch(report, self._cost)
            except (JobExpiredError, OutputMissingError, AuthenticationError):
                # The provider has it no more; we may, from before a kernel died.
                if not (self.resumed and (videos := await fetcher.at_hand(self._cost))):
                    raise
                return Status.SUCCEEDED, None, videos
        except SubmitUncertainError as error:
            return Status.UNCERTAIN, error, ()
        except JobCancelledError as error:
            return Status.CANCELLED, error, ()
        except AuthenticationError as error:
            # The key was good enough to submit: the job is there, and may be charged.
            return Status.UNCERTAIN if job.remote_id else Status.FAILED, error, ()
        except VideogenError as error:
            return Status.FAILED, error, ()

    async def _send(self) -> Accepted:
        while True:
            try:
                return await self.submission.send(self.spec)
            except TakenOver:
                await self._watch()  # most often to see that it has ended, as never sent

    # -- following ------------------------------------------------------------------------

    async def _follow(self) -> Report:
        """Ask until the provider says that the job has ended; returns how it succeeded."""
        job, provider = self.job, self.provider
        history = self.journal.durations(provider.name, job.model)
        trail = Trail(self._elapsed() if self.resumed else 0.0)
        delay = 0.0 if self.resumed else next_delay(trail, history, interval=provider.interval)
        misses = refusals = 0
        give_up = time.monotonic() + FOLLOW_LIMIT
        while True:
            await self._pause(delay)
            if self._cancelled:
                await self._stop()
            await self._keep()
            self.submission.record()
            if time.monotonic() > give_up:
                raise SubmitUncertainError(
                    f"{provider.title} has not finished job {plain(job.remote_id, 40)} in a day of asking.",
                    job=job,
                    advice=f"`%videogen resume {job.id}` asks again.",
                )
            try:
                report = await self._ask(self._nudged)
            except Stopped:
                continue
            except RateLimitError as error:
                self.http.limiter.slow_down(error.retry_after)
                delay = max(error.retry_after or 0.0, backoff(misses))
                self._say_until(error.retry_after)
                continue
            except (ConnectionLostError, AnswerLost, ProviderError) as error:
                misses += 1
                refusals = refusals + 1 if isinstance(error, AuthenticationError) else 0
                self._judge(error, misses, refusals)
                delay = max(self._advice or 0.0, backoff(misses))
                self._say_until(self._advice)
                continue
            misses = refusals = 0
            self.http.limiter.speed_up()
            trail = trail.seen(self._elapsed(), report.progress)
            self._show(report, remaining(trail, history))
            if report.status == "succeeded":
                # Of a job that had ended when it was resumed nobody knows how long it took.
                if not self.resumed or trail.polls > 1:
                    with suppress(JournalError):
                        self.journal.finished(job.id)
                return report
            if report.status not in ("queued", "running"):
                raise self._failure(report)
            delay = next_delay(trail, history, interval=provider.interval, advice=self._advice)

    def _elapsed(self) -> float:
        return self._age + time.monotonic() - self._since

    def _say_until(self, told: float | None) -> None:
        """Say that the provider asks to wait, where that is longer than anyone would think."""
        if told is not None and told > 60:
            until = f"{told:.0f} s" if told < 120 else f"{told / 60:.0f} min"
            self.job.notice = f"{self.provider.title} asks to wait; it is asked again in {until}. Nothing is lost."

    async def _ask(self, stop: asyncio.Event | None = None) -> Report:
        assert self._handle is not None
        self._advice = None
        call = self._status_call or self.provider.status_call(self._handle)
        reply = await self.http.send(call, timeout=30, stop=stop)
        self._advice = _advice(reply)
        try:
            report = self.provider.read_report(reply, self._handle)
        except ProviderError:
            other = self.provider.fallback_status_call(self._handle, reply)
            if other is None or other == call:
                raise
            report = self.provider.read_report(await self.http.send(other, timeout=30, stop=stop), self._handle)
            self._status_call = other
        return report

    def _judge(self, error: Exception, misses: int, refusals: int) -> None:
        """Raise where a failed poll means the end; say what is going on where it does not."""
        job = self.job
        if isinstance(error, ProviderError):
            fresh = not self.resumed and self._elapsed() < GRACE
            if self.provider.gone(error) and not fresh:
                raise JobExpiredError(
                    f"{self.provider.title} no longer knows job {plain(job.remote_id, 40)}.",
                    job=job,
                    charged="It may have been charged.",
                    advice="Your account's history may still have the clip.",
                )
            if isinstance(error, AuthenticationError) and refusals >= 3:
                raise AuthenticationError(
                    f"Job {plain(job.remote_id, 40)} exists but this key can't read it ({error.status_code}).",
                    charged="It may be charged; nothing was sent twice.",
                    advice=f"With a working key `%videogen resume {job.id}` goes on.",
                    provider=error.provider,
                    status_code=error.status_code,
                    request_id=error.request_id,
                    code=error.code,
                )
        if misses >= 3:
            what = (
                f"{self.provider.title} answers {error.status_code}"
                if isinstance(error, ProviderError)
                else "no answer"
            )
            job.notice = f"{what} for now; still asking. Nothing is lost."

    def _show(self, report: Report, left: float | None) -> None:
        job = self.job
        running = report.status == "running"
        with job.hold_trait_notifications():
            if running or report.progress:
                job.status, job.phase = Status.RUNNING, Phase.RUNNING
            if report.progress is not None:
                job.progress = max(job.progress or 0.0, report.progress)
            job.position = None if job.status is Status.RUNNING else report.position
            job.remaining = left
            job.notice = job.notice if self.submission.unrecorded else ""
        self._cost = report.cost or self._cost

    def _failure(self, report: Report) -> VideogenError:
        title, reason = self.provider.title, redact(report.error or "no reason given", [self.http.endpoint.key])
        charged = {
            "submit": f"{title} takes the charge back when a job fails; check your balance.",
            "success": f"{title} charges for finished clips only.",
            "never": "Nothing was charged.",
            None: "Whether it was charged is for the server to say.",
        }[self.provider.charged_at]
        again = f"`%videogen retry {self.job.id}` submits it again."
        if report.status == "expired":
            return JobExpiredError(
                f"{title} says that the job expired: {reason}.", job=self.job, charged=charged, advice=again
            )
        if report.status == "cancelled":
            return JobCancelledError(
                f"{title} says that the job was cancelled.", job=self.job, charged=charged, advice=again
            )
        what = f"{title} refused the content" if report.rejected else f"{title} could not make the clip"
        if report.rejected:
            again = "Change the prompt or the image and run the cell again."
        return JobFailedError(f"{what}: {reason.rstrip('.')}.", job=self.job, charged=charged, advice=again)

    async def _stop(self) -> None:
        """Carry out a cancel, telling the truth about what it does."""
        assert self._handle is not None
        job, call = self.job, self.provider.cancel_call(self._handle)
        if call is not None:
            with suppress(ConnectionLostError, AnswerLost):
                if (await self.http.send(call, timeout=30)).ok:
                    charged = "Nothing was charged." if self.provider.charged_at == "never" else ""
                    raise JobCancelledError("Cancelled; it was stopped.", job=job, charged=charged)
        raise JobCancelledError(
            f"No longer followed. {self.provider.title} can't stop a job: it runs on as {plain(job.remote_id, 40)}.",
            job=job,
            charged="It may still be charged.",
            advice=f"`%videogen resume {job.id}` fetches its clip.",
        )

    def _fetcher(self) -> Fetcher:
        async def ask() -> Report:
            return await self._ask()

        async def pause(seconds: float) -> bool:
            cancelled = await self._pause(seconds)
            await self._keep()
            return cancelled

        return Fetcher(self.job, self.http, self.provider, self.output, ask=ask, pause=pause)

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
            job.notice = f"{job.notice} {failed.what} This end is not in it.".strip()
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
            # Not wait_for: on Python 3.11 that can swallow a cancellation.
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._nudged.wait()
        return self._cancelled

    async def _keep(self) -> None:
        """Wait, where the lease was lost, until the job is ours again."""
        if self._lost:
            self._lost = False
            await self._watch()

    async def _watch(self) -> None:
        """Follow the journal while another living process follows the job; return when it is ours."""
        job = self.job
        while not self.journal.claim(job.id):
            job.notice = "another kernel follows this job"
            if await self._pause(LEASE / 15):
                raise _NotOurs(JobCancelledError("No longer watched here; another kernel follows it.", job=job))
            row = self.journal.row(job.id)
            if row and row.stage == "ended":
                restore(job, row, self.journal.clips(job.id))
                raise _NotOurs
        job.notice = ""


class _NotOurs(Exception):
    """Another process has the job: it saw it to its end, or this one stopped watching, with `error`."""

    def __init__(self, error: JobCancelledError | None = None) -> None:
        self.error = error


def _advice(reply: Reply) -> float | None:
    """The seconds an answer asks to wait before the next poll; ten minutes at most."""
    told = number(reply.headers.get("openai-poll-after-ms")) or number(reply.headers.get("retry-after-ms"))
    seconds = told / 1000 if told else retry_after(reply)
    return None if seconds is None else min(max(seconds, 0.0), 600.0)
