"""Claim queued renders, run each in a worker process, and keep the claims alive."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Collection
from contextlib import suppress
from contextvars import Context
from functools import partial

from videogen_nb.gateway.http.storage import Storage
from videogen_nb.gateway.jobs.pool import Pool, RenderError
from videogen_nb.gateway.jobs.queue import Claim, Queue, QueuedJob

log = logging.getLogger(__name__)

_TICK = 1.0  # seconds between checks on other processes while there is work
_PROGRESS_EVERY = 0.25  # seconds between writes of one render's progress
_SWEEP_EVERY = 600.0  # seconds between removals of old files
_GRACE = 86400.0  # seconds after the retention until a file without a job is removed


class Scheduler:
    """Runs the renders of one process; every process that serves a home has one.

    Args:
        queue: The jobs, shared with other processes.
        storage: Where clips go.
        pool: The worker processes of this process.
        limit: Number of clips rendered at once.
        retention: Seconds that an ended job and its files are kept.
    """

    def __init__(self, queue: Queue, storage: Storage, pool: Pool, *, limit: int, retention: float) -> None:
        self._queue = queue
        self._storage = storage
        self._pool = pool
        self._limit = limit
        self._retention = retention
        self._active: dict[str, tuple[Claim, asyncio.Task[None]]] = {}
        self._wake = asyncio.Event()
        self._idle = False
        self._swept = float("-inf")
        # An empty context: the first request comes from a notebook cell, and later output must not go there.
        self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    def wake(self) -> None:
        """Check the queue now, since a job was added."""
        self._wake.set()

    def wake_if_idle(self) -> None:
        """Check the queue if this process has no work: the process that a job was submitted to may have ended."""
        if self._idle:
            self._wake.set()

    async def cancel(self, job: QueuedJob) -> None:
        """Delete a job and its files; its renders in this process have ended when this returns."""
        self._queue.remove(job.id)
        tasks = [task for claim, task in self._active.values() if claim.job == job.id]
        await _end(tasks)
        self._storage.forget(job.id, job.plan)

    async def aclose(self) -> None:
        """Stop the renders of this process, which go back to the queue, and its worker processes."""
        await _end([self._task])
        await _end([task for _, task in self._active.values()])
        await self._pool.aclose()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                self._look()
                unfinished = self._queue.unfinished()
            except (sqlite3.Error, OSError):
                log.exception("the queue of videos cannot be read or written; trying again")
                unfinished = True
            self._idle = not unfinished
            with suppress(TimeoutError):
                # Not wait_for, which before Python 3.12 can swallow the cancellation of this task.
                async with asyncio.timeout(_TICK if unfinished else _SWEEP_EVERY):
                    await self._wake.wait()

    def _look(self) -> None:
        for token in self._queue.renew(self._active):
            _cancel(self._active[token][1])
        for token in self._queue.requeue_abandoned(self._active):
            self._storage.discard(token)
        while len(self._active) < self._limit and (claim := self._queue.claim()):
            task = asyncio.get_running_loop().create_task(self._render(claim))
            self._active[claim.token] = (claim, task)
            task.add_done_callback(partial(self._ended, claim.token))
        if time.monotonic() - self._swept > _SWEEP_EVERY:
            self._swept = time.monotonic()
            oldest = time.time() - self._retention
            for job in self._queue.remove_finished(oldest):
                self._storage.forget(job.id, job.plan)
            self._storage.sweep(oldest - _GRACE)

    def _ended(self, token: str, task: asyncio.Task[None]) -> None:
        del self._active[token]
        if task.cancelled():  # possibly before it started
            self._queue.requeue(token)
        elif error := task.exception():
            log.error("a render ended with an unexpected error", exc_info=error)
        self.wake()

    async def _render(self, claim: Claim) -> None:
        written = float("-inf")

        def on_progress(progress: float) -> None:
            nonlocal written
            if (now := time.monotonic()) - written >= _PROGRESS_EVERY:
                written = now
                self._queue.report(claim.token, progress)

        try:
            fields = claim.plan.render_fields(claim.part)
            fields["path"] = str(self._storage.attempt(claim.token))
            fields["image"] = claim.plan.image and str(self._storage.inputs / claim.plan.image)
            worker = self._pool.take()
        except OSError as error:
            self._queue.fail(claim.token, f"the render could not be started: {error.strerror or error}")
            return
        done = False
        try:
            await worker.render(fields, on_progress)
            self._queue.finish(claim.token, partial(self._storage.publish, claim.token, claim.job, claim.part))
            done = True
        except RenderError as error:
            self._queue.fail(claim.token, str(error))
        except OSError as error:
            self._queue.fail(claim.token, f"the clip could not be stored: {error.strerror or error}")
        finally:
            try:
                if done:
                    self._pool.give_back(worker)
                else:  # its state is unknown; a new one starts in a fraction of a second
                    await worker.stop()
            finally:
                self._storage.discard(claim.token)


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        _cancel(task)
    await asyncio.gather(*tasks, return_exceptions=True)


def _cancel(task: asyncio.Task[None]) -> None:
    if not task.cancelling():  # a second cancellation would interrupt the cleanup after the first
        task.cancel()
