"""What every wire needs: keys, submitting, finding and removing jobs, links."""

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
    """Which of the vendors' own inconsistencies to show; the default is what their reference pages say.

    Attributes:
        spelling: Infery's answers as in its schema (``id``, ``created``, ``succeeded``) or as in its prose
            (``job_id``, ``created_at``, ``completed``).
        relative_urls: Infery's ``result.url`` without scheme and host.
        strict: Infery refuses fields that the page of `spelling` does not have, with 422.
        shape: Infinity Blue's answers as documented, or as its software sent them in 2025 or 2026.
        second_family: On ``/v1/videos``, Infinity Blue's own models have its fields, limits and answers;
            otherwise every model there is like any other.
    """

    spelling: Literal["schema", "prose"] = "schema"
    relative_urls: bool = False
    strict: bool = False
    shape: Literal["docs", "2025", "2026"] = "docs"
    second_family: bool = False


class GatewayService:
    """The gateway behind the wires.

    Args:
        queue, storage, images, scheduler: The parts, which it closes none of.
        keys: Who may call; None lets everyone. Each key sees its own jobs only.
        base_url: Origin of absolute links; None takes each request's own.
        profile: Which dialect the wires show.
        retention: Seconds an ended job is kept.
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
        """Whose request this is: a name made from the key, empty where no keys are asked for.

        Raises:
            Problem: No key, or not one of ours.
        """
        if self._keys is None:
            return ""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip().encode("latin-1")
        # All of them are compared, so that the time taken tells nothing.
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
        """Queue a job; the same Idempotency-Key with the same body gives the same job again.

        Args:
            request: Its headers may hold an Idempotency-Key.
            job_id: The id for a new job.
            plan: What to render, without the picture.
            wire: Whose job it is; other wires do not find it.
            account: From `account`.
            digest: Of the body; tells a repeated request from another one.
            image: The source of the first frame, and the field it came in.

        Raises:
            Problem: The picture is of no use, or the key was used for something else.
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
        """A job of this caller.

        Raises:
            Problem: There is none, or it is someone else's, which looks the same.
        """
        job = self.queue.find(job_id)
        if job is None or job.account != account or job.wire not in wires:
            raise Problem("missing", f"No job with id '{job_id}'.")
        if job.finished is None:
            self._scheduler.wake_if_idle()
        return job

    async def remove(self, job: QueuedJob) -> None:
        """Stop a job if it runs, and forget it and its files."""
        await self._scheduler.cancel(job)

    def link(self, request: Request, job: QueuedJob, part: int = 0) -> str:
        """An absolute signed URL of a finished output."""
        origin = self._base_url or str(request.base_url)
        return origin.rstrip("/") + self.storage.link(job.id, part)
