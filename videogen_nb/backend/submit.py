"""Submit one request exactly once: no other code can spend money.

A submission is sent again only if it certainly never arrived, or was refused with a 429. If there is no readable
response otherwise, the job becomes uncertain, and only its user can decide what to do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from videogen_nb.backend.http.client import AnswerLost, Http
from videogen_nb.backend.http.limiter import Stopped
from videogen_nb.backend.poll_timing import backoff
from videogen_nb.core.job import Job
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.errors import (
    ConnectionLostError,
    JobCancelledError,
    JournalError,
    RateLimitError,
    SubmitUncertainError,
)
from videogen_nb.providers.base import Provider
from videogen_nb.providers.wire import Accepted, Call, Reply
from videogen_nb.storage.journal import Journal
from videogen_nb.text import plain

__all__ = ["Submission", "TakenOver", "uncertain"]

TRIES = 5  # of a submission that certainly never arrived
PATIENCE = 900.0  # seconds for which a submission waits while the answer is 429


class TakenOver(Exception):
    """While this process slept, another one took the job over; this one must not send anything for it."""


class Submission:
    """Sends one job's request, and records each step before it is taken.

    Args:
        job: The job; its `notice` is set.
        http: The HTTP client of its provider.
        provider: Its provider.
        journal: Where the steps are recorded.
        pause: Sleeps so many seconds; returns whether the job was cancelled meanwhile.
        stop: Set when the job is cancelled.

    Attributes:
        idle: Cleared while a POST is in flight.
        unrecorded: The accepted job, if it could not be written to the journal yet.
        warning: The message about that for the user; "" otherwise.
    """

    def __init__(
        self,
        job: Job,
        http: Http,
        provider: Provider,
        journal: Journal,
        *,
        pause: Callable[[float], Awaitable[bool]],
        stop: asyncio.Event,
    ) -> None:
        self.job, self.http, self.provider, self.journal = job, http, provider, journal
        self.idle = asyncio.Event()
        self.idle.set()
        self.unrecorded: Accepted | None = None
        self.warning = ""
        self._pause, self._stop = pause, stop

    async def send(self, spec: ModelSpec) -> Accepted:
        """Send the request. When this returns, the remote id is in the journal, on disk, or else in `unrecorded`.

        Raises:
            ConnectionLostError: The server could not be reached; nothing was charged.
            ProviderError: It was refused; nothing was charged.
            SubmitUncertainError: It may have been accepted and charged.
            JobCancelledError: It was cancelled before it was sent.
            JournalError: The journal can't be written; nothing was sent.
            TakenOver: Another process has taken the job over; nothing was sent here.
        """
        call = self.provider.submit_call(self.job.request, spec)
        tries, version, again, give_up = 0, 0, False, time.monotonic() + PATIENCE
        while not await self._pause(0):
            try:
                reply = await self._post(call, version, again=again)
            except ConnectionLostError as lost:
                tries += 1
                if tries >= TRIES:
                    raise
                self.job.notice = f"{lost.message} Trying again."
                await self._pause(backoff(tries))
                continue
            if reply.ok:
                return self._accepted(reply)
            again = True
            error = self.provider.read_error(reply)
            if reply.status_code == 429 and isinstance(error, RateLimitError):
                self._not_sent()
                self.http.limiter.slow_down(error.retry_after)
                if time.monotonic() + (error.retry_after or 0) > give_up:
                    raise error
                self.job.notice = (
                    f"{self.provider.title} is limiting requests (429); the job is submitted when it allows."
                )
                await self._pause(error.retry_after or 0)
            elif amended := self.provider.amend(call, reply):
                call = amended
                version += 1
            elif self.provider.refused(reply):
                raise error
            else:
                raise self._uncertain(f"the answer was {reply.status_code}: {plain(error.message, 150).rstrip('.')}")
        raise self._cancelled()

    async def _post(self, call: Call, version: int, *, again: bool) -> Reply:
        """One attempt, with an idempotency key: some servers use it, but nothing here relies on that."""
        key = f"videogen-nb-{self.job.id}-{version}"
        call = replace(call, headers={**call.headers, "idempotency-key": key})
        try:
            return await self.http.send(call, again=again, before=self._leaving, stop=self._stop)
        except Stopped:
            raise self._cancelled() from None
        except ConnectionLostError:
            self._not_sent()
            raise
        except AnswerLost as unknown:
            raise self._uncertain(f"no answer came ({unknown})") from None
        finally:
            self.idle.set()

    def _leaving(self) -> None:
        """Record that the request is about to be sent."""
        try:
            ours = self.journal.sending(self.job.id)
        except JournalError as error:
            raise JournalError(error.message, charged="Nothing was sent.", advice=error.advice) from None
        if not ours:
            raise TakenOver
        self.idle.clear()

    def _not_sent(self) -> None:
        with suppress(JournalError):  # the job then counts as uncertain, which is safe
            self.journal.not_sent(self.job.id)

    def _accepted(self, reply: Reply) -> Accepted:
        accepted = self.provider.read_accepted(reply)
        if accepted is None:
            raise self._uncertain("the answer holds no job id")
        self.unrecorded = accepted
        self.record()
        self.http.limiter.speed_up()
        return accepted

    def record(self) -> None:
        """Write the accepted job to the journal, if that is still to be done; if it fails, warn in the job's notice."""
        if self.unrecorded is None:
            return
        try:
            self.journal.accepted(self.job.id, self.unrecorded.remote_id, self.unrecorded.request_id)
        except JournalError as error:
            self.warning = (
                f"{error.message} Until it works again, only this kernel knows that the job was accepted as "
                f"{plain(self.unrecorded.remote_id, 40)}; keep it running."
            )
            self.job.notice = self.warning
        else:
            self.unrecorded, self.warning = None, ""

    def _cancelled(self) -> JobCancelledError:
        return JobCancelledError("Cancelled before it was sent.", job=self.job, charged="Nothing was charged.")

    def _uncertain(self, reason: str) -> SubmitUncertainError:
        when = datetime.now(UTC).strftime("%H:%M UTC")
        return uncertain(self.job, self.provider, f"The request was sent at {when} but {reason}.")


def uncertain(job: Job, provider: Provider, message: str) -> SubmitUncertainError:
    """The error of a submission that may or may not have been accepted."""
    return SubmitUncertainError(
        message,
        job=job,
        charged="It may have been accepted and charged.",
        advice=f"Look for it in your {provider.title} account before `%videogen retry {job.id}`, "
        "which submits it again.",
    )
