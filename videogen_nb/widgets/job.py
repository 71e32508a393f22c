"""The live view of one job: a bar while it runs, a player when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

import traitlets

from videogen_nb.core.job import Job, Video
from videogen_nb.errors import VideogenError
from videogen_nb.text import plain
from videogen_nb.views.bundles import bundle
from videogen_nb.views.job import view_of
from videogen_nb.widgets._base import MAX_BLOB, PACE, Base

__all__ = ["JobWidget"]


class JobWidget(Base):
    """Shows a job live, for as long as its kernel lives.

    >>> from videogen_nb.widgets.job import JobWidget
    >>> JobWidget(job)  # doctest: +SKIP
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    handlers: ClassVar[Mapping[str, str]] = {"hello": "_hello", "cancel": "_cancel", "retry": "_retry"}

    def __init__(self, job: Job) -> None:
        self.job = job
        self.pages = 0  # how many pages have loaded it and still show it, as far as can be known
        self._again: asyncio.TimerHandle | None = None
        super().__init__(_esm=bundle("job.js"), _css=bundle("job.css"), view=view_of(job))
        job.observe(self._changed)

    def follow(self, job: Job) -> None:
        """Show another job from now on: the one that a retry made."""
        self.job.unobserve(self._changed)
        self.job = job
        job.observe(self._changed)
        PACE.touch(self)

    def close(self) -> None:
        """Leave the page. A widget closes itself once more when it is collected."""
        with suppress(ValueError):  # not observing any more
            self.job.unobserve(self._changed)
        PACE.forget(self)
        if self._again:
            self._again.cancel()
        super().close()

    # -- from the page; a handler may run in a subshell's thread, and only hands on ------------

    def _hello(self, *_: Any) -> None:
        self.pages += 1
        self.greet()
        self.job.control.post(self.flush)

    def _cancel(self, *_: Any) -> None:
        self.job.cancel()

    def _retry(self, *_: Any) -> None:
        self.job.control.post(self._submit_again)

    def _submit_again(self) -> None:
        try:
            self.follow(self.job.retry())
        except VideogenError as error:
            self.send({"kind": "view", "view": {**view_of(self.job), "notice": str(error)}})

    # -- to the page ----------------------------------------------------------------------

    def _keep_alive(self) -> None:
        """Say something every 20 s: a page that hears nothing for a minute takes the kernel for gone."""
        if self._again:
            self._again.cancel()
            self._again = None
        with suppress(RuntimeError):  # flushed from another thread than the backend's
            if not self.job.ended:
                self._again = asyncio.get_running_loop().call_later(20, PACE.touch, self)

    def _changed(self, _: Any) -> None:
        PACE.touch(self)

    def flush(self) -> None:
        """Send what is true now. The trait is for a page that is loaded later."""
        view = view_of(self.job)
        if view["status"] != self.view.get("status") or view["phase"] != self.view.get("phase"):
            self.view = view
        self.send({"kind": "view", "view": view})
        self._keep_alive()
        for place, video in enumerate(self.job.videos if self.pages else ()):
            self._send_clip(place, video)

    def _send_clip(self, place: int, video: Video) -> None:
        if not video.path.exists():
            why = f"The clip is not where it was: {plain(video.path)}. %videogen jobs finds where clips are."
            self.send({"kind": "noclip", "index": place, "why": why})
        elif video.bytes > MAX_BLOB:
            why = f"{video.bytes / 1e6:.0f} MB, too large for the page: {plain(video.path)}"
            self.send({"kind": "noclip", "index": place, "why": why})
        else:
            message = {"kind": "clip", "index": place, "media_type": video.media_type}
            self.send(message, buffers=[video.path.read_bytes()])
