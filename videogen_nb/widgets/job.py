"""The live view of one job: a progress bar, replaced by a player when the clip is there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

import traitlets

from videogen_nb.core.job import Job
from videogen_nb.errors import VideogenError
from videogen_nb.views.bundles import bundle
from videogen_nb.views.job import view_of
from videogen_nb.widgets._base import KEEP_ALIVE, PACE, Base
from videogen_nb.widgets._send_clip import send_clip

__all__ = ["JobWidget"]


class JobWidget(Base):
    """Shows a job live while its kernel lives.

    >>> from videogen_nb.widgets.job import JobWidget
    >>> JobWidget(job)  # doctest: +SKIP
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    handlers: ClassVar[Mapping[str, str]] = {"hello": "_hello", "cancel": "_cancel", "retry": "_retry"}

    def __init__(self, job: Job) -> None:
        self.job = job
        self.pages = 0  # pages known to have loaded this view and to show it still
        self._reminder: asyncio.TimerHandle | None = None
        super().__init__(_esm=bundle("job.js"), _css=bundle("job.css"), view=view_of(job))
        job.observe(self._changed)

    def follow(self, job: Job) -> None:
        """Show another job from now on, such as the one that a retry submitted."""
        self.job.unobserve(self._changed)
        self.job = job
        job.observe(self._changed)
        PACE.touch(self)

    def close(self) -> None:
        """Close the view; may be called again, as widgets do when they are collected."""
        with suppress(ValueError):  # closed before
            self.job.unobserve(self._changed)
        PACE.forget(self)
        if self._reminder:
            self._reminder.cancel()
        super().close()

    # -- from the page; a handler may run in a subshell's thread, so it only posts to the loop --

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
        """Send an update each `KEEP_ALIVE` seconds while the job runs, even if nothing changed."""
        if self._reminder:
            self._reminder.cancel()
            self._reminder = None
        with suppress(RuntimeError):  # flushed from another thread than the backend's
            if not self.job.ended:
                self._reminder = asyncio.get_running_loop().call_later(KEEP_ALIVE, PACE.touch, self)

    def _changed(self, _: Any) -> None:
        PACE.touch(self)

    def flush(self) -> None:
        """Send the current state. The synced trait is for pages that load later."""
        view = view_of(self.job)
        if view["status"] != self.view.get("status") or view["phase"] != self.view.get("phase"):
            self.view = view
        self.send({"kind": "view", "view": view})
        self._keep_alive()
        for index, video in enumerate(self.job.videos if self.pages else ()):
            send_clip(self, video, index=index)
