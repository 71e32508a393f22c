"""The live grid: jobs side by side, each a progress bar and then a player in step with the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

import traitlets

from videogen_nb.core.job import Job, Status
from videogen_nb.errors import VideogenError
from videogen_nb.sweeps.comparison import Comparison, Place
from videogen_nb.views.bundles import bundle
from videogen_nb.views.grid import cells_of, grid_of
from videogen_nb.views.job import view_of
from videogen_nb.widgets._base import PACE, Base
from videogen_nb.widgets._send_clip import send_clip

__all__ = ["GridWidget"]


class GridWidget(Base):
    """Shows a comparison live while its kernel lives.

    Args:
        comparison: What is shown.
        on_done: Called when the user presses Done; None hides that button, as inside the panel.

    Attributes:
        pages: Pages known to have loaded it.
        used: When a page last used it, by `time.monotonic`; None if never.
        on_used: Called at each use.

    >>> GridWidget(compare(job_a, job_b))  # doctest: +SKIP
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    grid = traitlets.Dict().tag(sync=True)
    handlers: ClassVar[Mapping[str, str]] = {
        "hello": "_hello",
        "want": "_want",
        "cancel": "_cancel",
        "retry": "_retry",
        "retry_failed": "_retry_failed",
        "pick": "_pick",
        "used": "_used",
        "done": "_done",
    }

    def __init__(self, comparison: Comparison, *, on_done: Callable[[], None] | None = None) -> None:
        self.comparison = comparison
        self.pages = 0
        self.used: float | None = None
        self.on_used: Callable[[], None] = lambda: None
        self._on_done = on_done
        self._changed: set[str] = set()
        self._watched: tuple[Job, ...] = ()
        grid = grid_of(comparison, can_finish=on_done is not None)
        self._size = len(grid["cells"])
        super().__init__(_esm=bundle("grid.js"), _css=bundle("grid.css"), grid=grid)
        self._watch(None)
        comparison.observe(self._watch, "jobs")

    def close(self) -> None:
        """Close the view; may be called again, as widgets do when they are collected."""
        with suppress(ValueError):  # closed before
            self.comparison.unobserve(self._watch, "jobs")
        for job in self._watched:
            with suppress(ValueError):
                job.unobserve(self._job_changed)
        self._watched = ()
        PACE.forget(self)
        super().close()

    # -- from the page; a handler may run in a subshell's thread, so it only posts to the loop --

    def _hello(self, *_: Any) -> None:
        self.pages += 1
        self.greet()
        self._post(self._send_all)

    def _want(self, content: Mapping[str, Any], _: Any) -> None:
        if place := self._place(content):
            self._post(lambda: self._send_clip(place))

    def _cancel(self, content: Mapping[str, Any], _: Any) -> None:
        if place := self._place(content):
            self._post(place.job.cancel)

    def _retry(self, content: Mapping[str, Any], _: Any) -> None:
        if place := self._place(content):
            self._post(lambda: self._submit_again(place))

    def _retry_failed(self, *_: Any) -> None:
        self._used()
        self._post(self._retry_all_failed)

    def _pick(self, content: Mapping[str, Any], _: Any) -> None:
        self._used()
        winner, favourites = content.get("winner"), content.get("favourites")

        def keep() -> None:
            keys = [place.key for place in self.comparison.places]  # a job may have been replaced meanwhile
            marks = [key for key in favourites if key in keys] if isinstance(favourites, list) else []
            self.comparison.pick(winner if winner in keys else None, marks)

        self._post(keep)

    def _used(self, *_: Any) -> None:
        self.used = time.monotonic()
        self.on_used()

    def _done(self, *_: Any) -> None:
        if self._on_done:
            self._post(self._on_done)

    def _place(self, content: Mapping[str, Any]) -> Place | None:
        return next((place for place in self.comparison.places if place.key == content.get("key")), None)

    def _post(self, work: Callable[[], object]) -> None:
        with suppress(VideogenError):  # the backend has ended, and a page still has this replaced view
            self.comparison.jobs[0].control.post(work)

    def _retry_all_failed(self) -> None:
        for place in self.comparison.places:
            if place.clip == 0 and place.job.status is Status.FAILED:
                self._submit_again(place)

    def _submit_again(self, place: Place) -> None:
        if place.job.error is None or place.job not in self.comparison.jobs:  # Retry was pressed twice
            return
        try:
            self.comparison.replace(place.job, place.job.retry())
        except VideogenError as error:
            cells = cells_of(self.comparison, [place.job.id])
            notice = {**view_of(place.job, small=True), "notice": str(error)}
            self._send_cells({number: {**cell, "job": notice} for number, cell in cells.items()})

    # -- to the page ----------------------------------------------------------------------

    def _watch(self, change: Any) -> None:
        for job in set(self._watched) - set(self.comparison.jobs):
            job.unobserve(self._job_changed)
        for job in set(self.comparison.jobs) - set(self._watched):
            job.observe(self._job_changed)
            self._changed.add(job.id)
        self._watched = self.comparison.jobs
        if change is None:  # the synced trait has everything already
            self._changed.clear()
        else:
            PACE.touch(self)

    def _job_changed(self, change: Any) -> None:
        self._changed.add(change["owner"].id)
        PACE.touch(self)

    def flush(self) -> None:
        """Send what has changed."""
        changed, self._changed = self._changed, set()
        if len(self.comparison.places) != self._size:  # a job generated fewer or more clips than were asked for
            self._send_all()
        elif changed:
            self._send_cells(cells_of(self.comparison, changed))

    def _send_all(self) -> None:
        grid = grid_of(self.comparison, can_finish=self._on_done is not None)
        self._size = len(grid["cells"])
        self.send({"kind": "grid", "grid": grid})

    def _send_cells(self, cells: Mapping[int, Any]) -> None:
        self.send({"kind": "cells", "cells": [{"index": index, "cell": cell} for index, cell in cells.items()]})

    def _send_clip(self, place: Place) -> None:
        if place.clip < len(place.job.videos):
            send_clip(self, place.job.videos[place.clip], key=place.key)
        else:
            self.send({"kind": "noclip", "key": place.key, "why": "This clip is still to come."})
