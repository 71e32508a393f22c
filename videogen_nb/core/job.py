"""A job: the state of one request, as traits that can be observed."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

import traitlets
from traitlets.log import get_logger

from videogen_nb.core.blocking import wait_for
from videogen_nb.core.request import Size, VideoRequest
from videogen_nb.errors import VideogenError, WaitTimeoutError
from videogen_nb.text import plain

__all__ = ["Cost", "Job", "Phase", "Status", "Video"]


class Status(StrEnum):
    """The state of a job. ``uncertain``: submitted without an answer, so it may have been charged."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"

    @property
    def ended(self) -> bool:
        return self not in (Status.QUEUED, Status.RUNNING)


class Phase(StrEnum):
    """The step that a job is at, for display: finer than `Status`."""

    SUBMITTING = "submitting"
    QUEUED = "queued"
    RUNNING = "running"
    DOWNLOADING = "downloading"
    ENDED = "ended"


class Cost(NamedTuple):
    """The charge that the provider states, such as ``Cost(80, "credits")``."""

    amount: float
    unit: str

    def __str__(self) -> str:
        return f"{self.amount:,.6g} {plain(self.unit, 24)}"


@dataclass(frozen=True, slots=True)
class Video:
    """A downloaded clip and its properties, which are read from the file itself.

    Attributes:
        path: The clip.
        size: Width and height in pixels.
        duration: Seconds.
        fps: Frames a second.
        media_type: Such as ``"video/mp4"``.
        bytes: Length of the file.
        sha256: Hash of the file, in hex.
        audio: Codec of its sound, such as ``"aac"``; None for a clip without sound.
    """

    path: Path
    size: Size
    duration: float
    fps: float
    media_type: str
    bytes: int
    sha256: str = field(repr=False)
    audio: str | None = None


class Control(Protocol):
    """What a job calls on the backend that follows it."""

    def follow(self, job: Job) -> None: ...
    def cancel(self, job: Job) -> None: ...
    def retry(self, job: Job) -> Job: ...
    def post(self, work: Callable[[], object]) -> None: ...


class Job(traitlets.HasTraits):
    """One request from its submission to its clips: observe, link, await, wait for or cancel it.

    The traits change on the backend's thread, so observers run there.

    Attributes:
        id: Its id in the journal.
        remote_id: Its id at the provider; None until the provider answered.
        provider: Name of the provider.
        model: The model's id at that provider.
        request: The request.
        status: See `Status`.
        phase: See `Phase`.
        progress: 0 to 1, never decreasing; None while unknown.
        position: Position in the provider's queue, 0 is next; None if unknown.
        remaining: Estimated seconds until it finishes; None if unknown.
        received: (bytes, total or None) while downloading.
        videos: The finished clips; empty until it has succeeded.
        cost: The charge that the provider states; None if it states none.
        error: Why it ended without a clip; raised by ``await job`` and `wait`.
        notice: Informational message in one line; "" if there is none.
        hint: Why this provider was chosen, where that may surprise, in one line; else "".
        created_at: When it was created, UTC.
        ended_at: When it ended, UTC; None while it is running.

    >>> job = generate("a paper boat")          # doctest: +SKIP
    >>> job.observe(print, "status")            # doctest: +SKIP
    >>> job.wait().path                         # doctest: +SKIP
    PosixPath('videogen/a-paper-boat.mp4')
    """

    id = traitlets.Unicode()
    remote_id = traitlets.Unicode(None, allow_none=True)
    provider = traitlets.Unicode()
    model = traitlets.Unicode()
    request = traitlets.Instance(VideoRequest)
    status = traitlets.UseEnum(Status, default_value=Status.QUEUED)
    phase = traitlets.UseEnum(Phase, default_value=Phase.SUBMITTING)
    progress = traitlets.Float(None, allow_none=True)
    position = traitlets.Int(None, allow_none=True)
    remaining = traitlets.Float(None, allow_none=True)
    received = traitlets.Tuple(None, allow_none=True)
    videos = traitlets.Tuple()
    cost = traitlets.Instance(Cost, allow_none=True)
    error = traitlets.Instance(VideogenError, allow_none=True)
    notice = traitlets.Unicode("")
    hint = traitlets.Unicode("")
    created_at = traitlets.Instance(datetime)
    ended_at = traitlets.Instance(datetime, allow_none=True)

    def __init__(self, control: Control, **facts: Any) -> None:
        super().__init__(**facts)
        self.control = control
        self._ended: concurrent.futures.Future[None] = concurrent.futures.Future()

    @property
    def path(self) -> Path | None:
        """The first clip's file; None until the job has succeeded."""
        return self.videos[0].path if self.videos else None

    @property
    def ended(self) -> bool:
        return self._ended.done()

    def wait(self, timeout: float | None = None) -> Self:
        """Block until the job has ended. An event loop that runs in this thread goes on meanwhile.

        Interrupting the wait does not affect the job.

        Args:
            timeout: Seconds to wait at most. None: no limit.

        Returns:
            The job itself, succeeded.

        Raises:
            WaitTimeoutError: It is still running, and goes on.
            JobError: It ended without a clip.
            ProviderError: The provider refused it.
            SubmitUncertainError: The provider did not answer; it may have accepted and charged it.
        """
        self.control.follow(self)
        if not wait_for(self._ended, timeout):
            raise WaitTimeoutError(
                f"Job {self.id} is still {self.status} after {timeout:g} s; it goes on. Wait again, or `await job`.",
                job=self,
            )
        return self._outcome()

    def __await__(self) -> Generator[Any, None, Self]:
        self.control.follow(self)
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()

        def wake(_: object) -> None:
            with suppress(RuntimeError):  # the loop was closed before the job ended
                loop.call_soon_threadsafe(_set, woken)

        self._ended.add_done_callback(wake)
        yield from woken
        return self._outcome()

    def cancel(self) -> None:
        """Stop the job at the provider, or only stop following it where the provider can't; `notice` says which.

        A provider that can't stop a job may still charge for it.
        """
        self.control.cancel(self)

    def retry(self) -> Job:
        """Submit the same request again as a new job, which may be charged again."""
        return self.control.retry(self)

    def export(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Export the clip in the format that the suffix names, see `Comparison.export`.

        ``.html`` is a standalone page, ``.png`` or ``.jpg`` its first frame at full size, ``.gif`` or ``.webp``
        an animation for chat and README, ``.mp4`` a copy in H.264 without sound.

        >>> job.export("boat.gif", width=320)  # doctest: +SKIP
        PosixPath('/home/me/boat.gif')
        """
        from videogen_nb.export import export

        return export(self, path, **options)

    def observe(self, handler: Callable[..., Any], names: Any = traitlets.All, type: Any = "change") -> None:  # noqa: A002
        """Call `handler` on each change, as `traitlets.HasTraits.observe` does; its exceptions are only logged."""
        super().observe(_Observer(handler), names, type)

    def unobserve(self, handler: Callable[..., Any], names: Any = traitlets.All, type: Any = "change") -> None:  # noqa: A002
        """Undo `observe`."""
        super().unobserve(_Observer(handler), names, type)

    def settle(self) -> None:
        """Wake all that wait; the backend calls this once, after the last trait has changed."""
        if not self._ended.done():
            self._ended.set_result(None)

    def _outcome(self) -> Self:
        if self.error is not None:
            raise self.error.with_traceback(None)
        return self

    def __repr__(self) -> str:
        detail = f"{self.path}" if self.path else f"{self.error}" if self.error else f"{self.request.prompt[:40]!r}"
        return plain(f"<Job {self.id} {self.status} {self.model} on {self.provider}: {detail}>", 500)


@dataclass(frozen=True)
class _Observer:
    """An observer whose exceptions reach neither the backend, which must go on with a paid job, nor other observers."""

    handler: Callable[..., Any]

    def __call__(self, change: Any) -> None:
        try:
            self.handler(change)
        except Exception:
            get_logger().exception("An observer of a job failed.")


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
