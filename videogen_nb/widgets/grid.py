"""The live grid: jobs side by side, each a bar while it runs and a player in step when it is done."""

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
from videogen_nb.widgets._base import MAX_BLOB, PACE, Base

__all__ = ["GridWidget"]


class GridWidget(Base):
    """Shows a comparison live, for as long as its kernel lives.

    Args:
        comparison: What is shown.
        on_done: Called when its user has seen enough; None where it is part of something else.

    Attributes:
        pages: How many pages have loaded it, as far as can be known.
        used: When somebody last handled it, of `time.monotonic`; None if nobody has.
        on_used: Called when somebody handles it.

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
        """Leave the page. A widget closes itself once more when it is collected."""
        with suppress(ValueError):  # not observing any more
            self.comparison.unobserve(self._watch, "jobs")
        for job in self._watched:
            with suppress(ValueError):
                job.unobserve(self._job_changed)
        self._watched = ()
        PACE.forget(self)
        super().close()

    # -- from the page; a handler may run in a subshell's thread, and only hands on ------------

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
            self._post(lambda: self._again(place))

    def _retry_failed(self, *_: Any) -> None:
        self._used()
        self._post(self._again_all)

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
        with suppress(VideogenError):  # the backend has ended; this view was replaced, and a page still has it
            self.comparison.jobs[0].control.post(work)

    def _again_all(self) -> None:
        for place in self.comparison.places:
            if place.clip == 0 and place.job.status is Status.FAILED:
                self._again(place)

    def _again(self, place: Place) -> None:
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
        if change is None:  # the trait has all of it
            self._changed.clear()
        else:
            PACE.touch(self)

    def _job_changed(self, change: Any) -> None:
        self._changed.add(change["owner"].id)
        PACE.touch(self)

    def flush(self) -> None:
        """Send what has changed."""
        changed, self._changed = self._changed, set()
        if len(self.comparison.places) != self._size:  # a job has made fewer clips or more than it was asked for
            self._send_all()
        elif changed:
            self._send_cells(cells_of(self.comparison, changed))

    def _send_all(self) -> None:
        grid = grid_of(self.comparison, can_finish=self._on_done is not None)
        self._size = len(grid["cells"])
        self.send({"kind": "grid", "grid": grid})

    def _send_cells(self, cells: Mapping[int, Any]) -> None:
        self.send({"kind": "cells", "cells": [{"place": number, "cell": cell} for number, cell in cells.items()]})

    def _send_clip(self, place: Place) -> None:
        path, video = place.path, place.job.videos[place.clip : place.clip + 1]
        if path is None or not path.exists():
            self._refuse(place, f"The clip is not where it was: {path}. %videogen jobs finds where clips are.")
        elif video[0].bytes > MAX_BLOB:
            self._refuse(place, f"{video[0].bytes / 1e6:.0f} MB, too large for the page: {path}")
        else:
            message = {"kind": "clip", "key": place.key, "media_type": video[0].media_type}
            self.send(message, buffers=[path.read_bytes()])

    def _refuse(self, place: Place, why: str) -> None:
        self.send({"kind": "noclip", "key": place.key, "why": why})
