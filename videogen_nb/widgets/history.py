"""The panel's history: this folder's jobs as thumbnails, newest first, kept up to date."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

import traitlets

from videogen_nb.backend import session
from videogen_nb.core.as_code import cell_text, options_of, python_text
from videogen_nb.core.job import Job
from videogen_nb.errors import VideogenError
from videogen_nb.text import redact
from videogen_nb.views.bundles import bundle
from videogen_nb.views.job import view_of
from videogen_nb.widgets._background import run_in_background
from videogen_nb.widgets._base import KEEP_ALIVE, PACE, Base
from videogen_nb.widgets._send_clip import send_clip

__all__ = ["History", "item_of"]

PAGE = 24  # jobs shown at first, and added by "more"


def item_of(job: Job, notice: str = "") -> dict[str, Any]:
    """A job as ``js/src/protocol/history.ts`` describes `HistoryItem`."""
    view = view_of(job, small=True)
    prompt, options = job.request.prompt, options_of(job.request)
    return {
        "job": {**view, "notice": notice} if notice else view,
        "when": _when(job.created_at.astimezone()),
        "cell": cell_text(prompt, options),
        "python": python_text(prompt, options),
    }


class History(Base):
    """Jobs as thumbnails, to search, enlarge, compare and make again.

    Attributes:
        history: The strip, as ``js/src/protocol/history.ts`` describes `HistoryView`.
        jobs: The jobs in it, newest first.
        selected: The job that was enlarged last; None before.
        loaded: Whether `history` holds the journal's jobs; it does soon after the strip is created.

    Args:
        on_reuse: Called with the job whose request fills the form.
        on_compare: Called with the jobs to show side by side.
        on_use: Called when a page is used, at most about once a second.

    All are called on a background thread.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    history = traitlets.Dict().tag(sync=True)
    jobs = traitlets.Tuple()
    selected = traitlets.Instance(Job, allow_none=True)
    loaded = traitlets.Bool(False)
    handlers: ClassVar[Mapping[str, str]] = {
        "hello": "_hello",
        "ping": "_ping",
        "search": "_search",
        "more": "_more",
        "enlarge": "_enlarge",
        "want": "_want",
        "reuse": "_reuse",
        "retry": "_retry",
        "cancel": "_cancel",
        "compare": "_compare",
    }

    def __init__(
        self,
        on_reuse: Callable[[Job], object],
        on_compare: Callable[[Sequence[Job]], object],
        on_use: Callable[[], object],
    ) -> None:
        self._on_reuse, self._on_compare, self._on_use = on_reuse, on_compare, on_use
        self._lock = threading.RLock()
        self._query, self._limit = "", PAGE
        self._requests = 0  # of a refresh; one that began before the latest request is obsolete
        self._closed = threading.Event()
        self._changed_jobs: dict[str, Job] = {}
        self._watched: set[Job] = set()
        self._large: Any = None  # id of the job enlarged last: background work may finish in another order
        self._reminder: asyncio.TimerHandle | None = None
        super().__init__(_esm=bundle("history.js"), _css=bundle("history.css"), history=_view_of((), "", more=False))
        run_in_background(self.load)

    def load(self) -> None:
        """Read the journal and update the strip. Not for the backend's loop: it reads clips for their posters."""
        with self._lock:
            if self._closed.is_set():
                return
            query, limit, request = self._query, self._limit, self._requests
            matching = session.jobs(limit=limit + 1, matching=query, moved=False)
            jobs = tuple(matching[:limit])
            view = _view_of([item_of(job) for job in jobs], query, more=len(matching) > limit)
            if self._closed.is_set() or request != self._requests:
                return
            self._watch(jobs, self.selected)
            self.jobs, self.history, self.loaded = jobs, view, True
        PACE.touch(self)

    def refresh(self) -> None:
        """Update the strip soon; from any thread."""
        self._requests += 1
        run_in_background(self.load)

    def close(self) -> None:
        """Close the view; may be called again, as widgets do when they are collected."""
        self._closed.set()
        with self._lock:
            self._watch((), None)
        PACE.forget(self)
        if self._reminder:
            self._reminder.cancel()
        super().close()

    # -- from the page; a handler may run in a subshell's thread, so it only posts to the loop --

    def _hello(self, *_: Any) -> None:
        self.greet()
        run_in_background(self._send_history)

    def _ping(self, content: Mapping[str, Any], _: Any) -> None:
        with suppress(VideogenError):
            session.backend().post(lambda: self._pong(content.get("number")))

    def _pong(self, number: Any) -> None:
        self.send({"kind": "pong", "number": number})
        newest = session.jobs(limit=1, matching=self._query, moved=False)
        if newest and newest[0] not in self.jobs[:1]:  # another cell or kernel has submitted one
            self.refresh()
        run_in_background(self._on_use)

    def _search(self, content: Mapping[str, Any], _: Any) -> None:
        self._query, self._limit = str(content.get("query") or "").strip(), PAGE
        self.refresh()

    def _more(self, *_: Any) -> None:
        self._limit += PAGE
        self.refresh()

    def _enlarge(self, content: Mapping[str, Any], _: Any) -> None:
        self._large = content.get("id")
        self._with([self._large], lambda jobs: self._select(jobs[0]))

    def _want(self, content: Mapping[str, Any], _: Any) -> None:
        self._with([content.get("id")], lambda jobs: self._send_clips(jobs[0]))

    def _reuse(self, content: Mapping[str, Any], _: Any) -> None:
        self._with([content.get("id")], lambda jobs: self._on_reuse(jobs[0]))

    def _compare(self, content: Mapping[str, Any], _: Any) -> None:
        ids = content.get("ids")
        self._with(ids if isinstance(ids, list) else [], self._on_compare)

    def _retry(self, content: Mapping[str, Any], _: Any) -> None:
        self._with([content.get("id")], lambda jobs: self._submit_again(jobs[0]))

    def _cancel(self, content: Mapping[str, Any], _: Any) -> None:
        self._with([content.get("id")], lambda jobs: self._try(jobs[0], jobs[0].cancel))

    def _with(self, ids: Sequence[Any], work: Callable[[Sequence[Job]], object]) -> None:
        """Run work in the background with those of these jobs that exist."""

        def run() -> None:
            if jobs := tuple(filter(None, map(self._job, ids))):
                work(jobs)

        run_in_background(run)

    # -- on a background thread -------------------------------------------------------------

    def _job(self, id: Any) -> Job | None:  # noqa: A002
        """The job of that id, which a search or a newer job may have moved out of the strip."""
        shown: Job | None = next((job for job in self.jobs if job.id == id), None)
        if shown:
            return shown
        here = session.backend()
        row = here.journal.row(id) if isinstance(id, str) else None
        return here.job(row) if row else None

    def _select(self, job: Job) -> None:
        with self._lock:
            if job.id == self._large and not self._closed.is_set():
                self._watch(self.jobs, job)
                self.selected = job

    def _send_history(self) -> None:
        self.load()
        self.send({"kind": "history", "history": self.history})

    def _submit_again(self, job: Job) -> None:
        if self._try(job, job.retry):
            self.refresh()

    def _try(self, job: Job, work: Callable[[], object]) -> bool:
        try:
            work()
        except VideogenError as error:
            self._send_item(job, redact(str(error)))
            return False
        return True

    def _send_clips(self, job: Job) -> None:
        for index, video in enumerate(job.videos):
            send_clip(self, video, id=job.id, index=index)

    # -- to the page ----------------------------------------------------------------------

    def _changed(self, change: Any) -> None:
        job = change["owner"]
        self._changed_jobs[job.id] = job
        PACE.touch(self)

    def _watch(self, jobs: Sequence[Job], selected: Job | None) -> None:
        """Observe the jobs that the page shows: the strip, and the enlarged one."""
        wanted = {*jobs, *([selected] if selected else [])}
        for job in self._watched - wanted:
            job.unobserve(self._changed)
        for job in wanted - self._watched:
            job.observe(self._changed)
        self._watched = wanted

    def flush(self) -> None:
        """Send what has changed, and all running jobs each `KEEP_ALIVE` seconds even if nothing did."""
        changed, self._changed_jobs = self._changed_jobs, {}
        for job in changed.values():
            if job.videos:  # its poster may have to be drawn, which takes time
                run_in_background(functools.partial(self._send_item, job))
            else:
                self._send_item(job)
        if self._reminder:
            self._reminder.cancel()
            self._reminder = None
        with suppress(RuntimeError):  # flushed from another thread than the backend's
            if any(not job.ended for job in self._watched) and not self._closed.is_set():
                self._reminder = asyncio.get_running_loop().call_later(KEEP_ALIVE, self._remind)

    def _send_item(self, job: Job, notice: str = "") -> None:
        self.send({"kind": "item", "item": item_of(job, notice)})

    def _remind(self) -> None:
        self._changed_jobs |= {job.id: job for job in self._watched if not job.ended}
        PACE.touch(self)


def _view_of(items: Sequence[Mapping[str, Any]], query: str, *, more: bool) -> dict[str, Any]:
    return {"items": list(items), "query": query, "more": more}


def _when(moment: datetime) -> str:
    """A time of day, with the date unless it is today."""
    now = datetime.now().astimezone()
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment:%b} {moment.day}{year}, {moment:%H:%M}"
