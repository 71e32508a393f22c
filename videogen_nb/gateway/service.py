"""What all wires share: authentication, submitting, finding and removing jobs, and links to clips."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from starlette.requests import Request

from videogen_nb.gateway.http.images import Images
from videogen_nb.gateway.http.problem import Problem
from videogen_nb.gateway.http.storage import Storage
from videogen_nb.gateway.jobs.plan import RenderPlan
from videogen_nb.gateway.jobs.queue import Queue, QueuedJob, RepeatedKeyError
from videogen_nb.gateway.jobs.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Profile:
    """Which of the vendors' inconsistencies to reproduce; the default is what their reference pages say.

    Attributes:
        spelling: Infery's responses as in its schema (``id``, ``created``, ``succeeded``) or as in its prose
            (``job_id``, ``created_at``, ``completed``).
        relative_urls: Infery's ``result.url`` has no scheme and host.
        strict: Infery rejects fields that are not in the page of `spelling`, with status 422.
        shape: Infinity Blue's responses as documented, or as its software sent them in 2025 or 2026.
        second_family: On ``/v1/videos``, Infinity Blue's models have its own fields, limits and responses;
            otherwise all models there are alike.
    """

    spelling: Literal["schema", "prose"] = "schema"
    relative_urls: bool = False
    strict: bool = False
    shape: Literal["docs", "2025", "2026"] = "docs"
    second_family: bool = False


class GatewayService:
    """The service behind the wires.

    Args:
        queue, storage, images, scheduler: Its parts; it closes none of them.
        keys: The accepted API keys; None accepts every caller. A key gives access to its own jobs only.
        base_url: Origin of absolute links; None takes that of each request.
        profile: Which inconsistencies the wires reproduce.
        retention: Seconds that an ended job is kept.
    """

    def __init__(
        self,
        queue: Queue,
        storage: Storage,
        images: Images,
        scheduler: Scheduler,
        *,
        keys: Collection[str] | None,
        base_url: str | None,
        profile: Profile,
        retention: float,
    ) -> None:
        self.queue = queue
        self.storage = storage
        self.profile = profile
        self.retention = retention
        self._images = images
        self._scheduler = scheduler
        self._keys = None if keys is None else [key.encode() for key in keys]
        self._base_url = base_url

    def account(self, request: Request) -> str:
        """The account of a request: a hash of its key, empty if no key is required.

        Raises:
            Problem: The key is missing or not accepted.
        """
        if self._keys is None:
            return ""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip().encode("latin-1")
        # All keys are compared, so that the time taken reveals nothing.
        known = [hmac.compare_digest(given, key) for key in self._keys]
        if scheme.lower() != "bearer" or not any(known):
            raise Problem("key", "Invalid API key")
        return hashlib.sha256(given).hexdigest()

    async def submit(
        self,
        request: Request,
        job_id: str,
        plan: RenderPlan,
        *,
        wire: str,
        account: str,
        digest: str,
        image: tuple[str, str] | None = None,
    ) -> QueuedJob:
        """Queue a job; the same Idempotency-Key with the same body returns the same job.

        Args:
            request: Its headers may hold an Idempotency-Key.
            job_id: The id for a new job.
            plan: What to render, without the picture.
            wire: Name of the wire, which alone finds the job.
            account: From `account`.
            digest: Hash of the body, which detects a key that is reused for another request.
            image: The source of the first frame, and the field that it came in.

        Raises:
            Problem: The picture can't be used, or the key was used for another request.
        """
        key = request.headers.get("idempotency-key")
        repeat_key = hashlib.sha256(f"{wire}\0{account}\0{key}".encode()).hexdigest() if key else None
        try:
            if repeat_key:
                self.queue.check_repeat(repeat_key)
            if image:
                plan = replace(plan, image=await self._images.store(*image))
            try:
                job = self.queue.add(job_id, plan, wire=wire, account=account, body_hash=digest, repeat_key=repeat_key)
            except BaseException:
                self.storage.forget(job_id, plan)
                raise
        except RepeatedKeyError as repeated:
            if repeated.body_hash != digest:
                raise Problem("conflict", "This Idempotency-Key was used with a different request.") from None
            return repeated.job
        self._scheduler.wake()
        return job

    def find(self, job_id: str, *, account: str, wires: Collection[str]) -> QueuedJob:
        """A job of this account.

        Raises:
            Problem: There is none; the message is the same if it belongs to another account.
        """
        job = self.queue.find(job_id)
        if job is None or job.account != account or job.wire not in wires:
            raise Problem("missing", f"No job with id '{job_id}'.")
        if job.finished is None:
            self._scheduler.wake_if_idle()
        return job

    async def remove(self, job: QueuedJob) -> None:
        """Stop a job if it is running, and delete it and its files."""
        await self._scheduler.cancel(job)

    def link(self, request: Request, job: QueuedJob, part: int = 0) -> str:
        """An absolute signed URL of a finished output."""
        origin = self._base_url or str(request.base_url)
        return origin.rstrip("/") + self.storage.link(job.id, part)
