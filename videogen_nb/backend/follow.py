"""Follow one accepted job: poll its status until it has ended, and cancel it on request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext, suppress

from videogen_nb.backend.http.client import AnswerLost, Http
from videogen_nb.backend.http.limiter import Stopped
from videogen_nb.backend.poll_timing import PollHistory, backoff, next_delay, remaining
from videogen_nb.core.job import Cost, Job, Phase, Status
from videogen_nb.errors import (
    AuthenticationError,
    ConnectionLostError,
    JobCancelledError,
    JobExpiredError,
    JobFailedError,
    JournalError,
    ProviderError,
    RateLimitError,
    SubmitUncertainError,
    VideogenError,
)
from videogen_nb.providers.base import Provider
from videogen_nb.providers.read_values import number, retry_after
from videogen_nb.providers.wire import Call, Handle, Reply, Report
from videogen_nb.storage.journal import Journal
from videogen_nb.text import plain, redact

__all__ = ["Follower"]

GRACE = 30.0  # seconds after submission in which a replica of the gateway may not know the job yet
FOLLOW_LIMIT = 24 * 3600.0  # seconds; no gateway keeps a job for so long


class Follower:
    """Follows one job that the provider has accepted.

    Args:
        job: The job; its status, progress and notice are set.
        http: The HTTP client of its provider.
        provider: Its provider.
        journal: Where the time of its success is recorded.
        handle: Identifies the job at the provider.
        history: Seconds that earlier jobs of the model took, newest first.
        age: Seconds since an earlier process submitted it; None if this one just did.
        pause: Sleeps so many seconds; returns whether the job was cancelled meanwhile.
        stop: Set when the job is cancelled.
        warning: Returns a message for the user that is shown while polling works; "" if there is none.

    Attributes:
        cost: What the provider says it charged; None until it does.
    """

    def __init__(
        self,
        job: Job,
        http: Http,
        provider: Provider,
        journal: Journal,
        *,
        handle: Handle,
        history: Sequence[float],
        age: float | None,
        pause: Callable[[float], Awaitable[bool]],
        stop: asyncio.Event,
        warning: Callable[[], str],
    ) -> None:
        self.job, self.http, self.provider, self.journal = job, http, provider, journal
        self.cost: Cost | None = None
        self._handle, self._resumed, self._pause, self._stop = handle, age is not None, pause, stop
        self._history, self._warning = history, warning
        self._age = age or 0.0
        self._since = time.monotonic()  # monotonic: changing the system clock must not change the job's age
        self._advice: float | None = None
        self._status_call: Call | None = None

    async def follow(self) -> Report:
        """Poll until the job has succeeded; returns that status.

        Raises:
            JobFailedError, JobExpiredError: It failed, or the provider no longer knows it.
            JobCancelledError: It was cancelled.
            AuthenticationError: The key can't read it.
            SubmitUncertainError: It has not ended within a day.
        """
        limiter = self.http.limiter
        limiter.job_count += 1
        try:
            return await self._follow()
        finally:
            limiter.job_count -= 1

    async def _follow(self) -> Report:
        job, provider, limiter = self.job, self.provider, self.http.limiter
        polls = PollHistory(self._elapsed() if self._resumed else 0.0)
        delay = 0.0 if self._resumed else self._delay(polls)
        misses = refusals = 0
        give_up = time.monotonic() + FOLLOW_LIMIT
        while True:
            if await self._pause(limiter.align(delay)):
                raise await self._cancelled()
            if time.monotonic() > give_up:
                raise SubmitUncertainError(
                    f"{provider.title} has not finished job {plain(job.remote_id, 40)} within a day.",
                    job=job,
                    advice=f"`%videogen resume {job.id}` follows it again.",
                )
            try:
                report = await self.ask(self._stop)
            except Stopped:
                continue
            except RateLimitError as error:
                limiter.slow_down(error.retry_after)
                delay = max(error.retry_after or 0.0, backoff(misses))
                self._show_wait("is limiting requests", error.retry_after)
                continue
            except (ConnectionLostError, AnswerLost, ProviderError) as error:
                misses += 1
                refusals = refusals + 1 if isinstance(error, AuthenticationError) else 0
                self._handle_failed_poll(error, misses, refusals)
                delay = max(self._advice or 0.0, backoff(misses))
                self._show_wait("asks to wait", self._advice)
                continue
            misses = refusals = 0
            limiter.speed_up()
            polls = polls.with_poll(self._elapsed(), report.progress)
            self._show(report, remaining(polls, self._history))
            if report.status == "succeeded":
                # If the job had already ended when it was resumed, its duration is unknown.
                if not self._resumed or polls.count > 1:
                    with suppress(JournalError):
                        self.journal.finished(job.id)
                return report
            if report.status not in ("queued", "running"):
                raise self._failure(report)
            delay = self._delay(polls)

    def _delay(self, polls: PollHistory) -> float:
        interval, job_count = self.provider.interval, self.http.limiter.job_count
        return next_delay(polls, self._history, interval=interval, advice=self._advice, job_count=job_count)

    def _elapsed(self) -> float:
        return self._age + time.monotonic() - self._since

    def _show_wait(self, event: str, seconds: float | None) -> None:
        """Tell the user about a wait that is longer than they would expect."""
        if seconds is not None and seconds > 60:
            wait = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
            self.job.notice = f"{self.provider.title} {event}; next check in {wait}."

    async def ask(self, stop: asyncio.Event | None = None) -> Report:
        """Poll the job's status once.

        Raises:
            ProviderError: The response is about the call, not about the job.
            ConnectionLostError, AnswerLost: There was no readable response.
            Stopped: `stop` was set while the request waited for its turn.
        """
        self._advice = None
        call = self._status_call = self._status_call or self.provider.status_call(self._handle)
        reply = await self.http.poll(call, timeout=30, stop=stop)
        self._advice = _advice(reply)
        try:
            report = self.provider.read_report(reply, self._handle)
        except ProviderError:
            other = self.provider.fallback_status_call(self._handle, reply)
            if other is None or other == call:
                raise
            report = self.provider.read_report(await self.http.poll(other, timeout=30, stop=stop), self._handle)
            self._status_call = other
        return report

    def _handle_failed_poll(self, error: Exception, misses: int, refusals: int) -> None:
        """Raise if a failed poll means that the job can't be followed further; else tell the user from the third on."""
        job = self.job
        if isinstance(error, ProviderError):
            fresh = not self._resumed and self._elapsed() < GRACE
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
                    charged="It may be charged; nothing was submitted twice.",
                    advice=f"Set a working key, then `%videogen resume {job.id}` continues it.",
                    provider=error.provider,
                    status_code=error.status_code,
                    request_id=error.request_id,
                    code=error.code,
                )
        if misses >= 3:
            title = self.provider.title
            event = (
                f"{title} answers {error.status_code}"
                if isinstance(error, ProviderError)
                else f"No answer from {title}"
            )
            job.notice = f"{event}; still checking. Nothing is lost."

    def _show(self, report: Report, remaining_seconds: float | None) -> None:
        job = self.job
        starts = (report.status == "running" or bool(report.progress)) and job.phase is not Phase.RUNNING
        # Observers see a state change atomically. Most polls bring none, and holding notifications is expensive.
        with job.hold_trait_notifications() if starts else nullcontext():
            job.remaining = remaining_seconds
            if starts:
                job.status, job.phase = Status.RUNNING, Phase.RUNNING
            job.position = None if job.status is Status.RUNNING else report.position
            job.notice = self._warning()
            if report.progress is not None:
                job.progress = max(job.progress or 0.0, report.progress)
        self.cost = report.cost or self.cost

    def _failure(self, report: Report) -> VideogenError:
        title, reason = self.provider.title, redact(report.error or "no reason given", [self.http.endpoint.key])
        charged = {
            "submit": f"{title} refunds failed jobs; check your balance.",
            "success": f"{title} charges for finished clips only.",
            "never": "Nothing was charged.",
            None: "The server decides whether this is charged.",
        }[self.provider.charged_at]
        again = f"`%videogen retry {self.job.id}` submits it again."
        if report.status == "expired":
            return JobExpiredError(
                f"{title} reports that the job expired: {reason}.", job=self.job, charged=charged, advice=again
            )
        if report.status == "cancelled":
            return JobCancelledError(
                f"{title} reports that the job was cancelled.", job=self.job, charged=charged, advice=again
            )
        event = f"{title} refused the content" if report.rejected else f"{title} could not make the clip"
        if report.rejected:
            again = "Change the prompt or the image and run the cell again."
        return JobFailedError(f"{event}: {reason.rstrip('.')}.", job=self.job, charged=charged, advice=again)

    async def _cancelled(self) -> JobCancelledError:
        """Stop the job if the provider can; the error says whether it did."""
        job, call = self.job, self.provider.cancel_call(self._handle)
        if call is not None:
            with suppress(ConnectionLostError, AnswerLost):
                if (await self.http.send(call, timeout=30)).ok:
                    charged = "Nothing was charged." if self.provider.charged_at == "never" else ""
                    return JobCancelledError("Cancelled; the job was stopped.", job=job, charged=charged)
        return JobCancelledError(
            f"No longer followed. {self.provider.title} can't stop a job; it continues as {plain(job.remote_id, 40)}.",
            job=job,
            charged="It may still be charged.",
            advice=f"`%videogen resume {job.id}` downloads its clip.",
        )


def _advice(reply: Reply) -> float | None:
    """The seconds that a response asks to wait before the next poll; ten minutes at most."""
    milliseconds = number(reply.headers.get("openai-poll-after-ms")) or number(reply.headers.get("retry-after-ms"))
    seconds = milliseconds / 1000 if milliseconds else retry_after(reply)
    return None if seconds is None else min(max(seconds, 0.0), 600.0)
