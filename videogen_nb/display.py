"""What an output is: a live widget while work runs, HTML that stands alone when it has ended.

A saved widget view reopens as an error message, so none is left behind: the output is replaced
by its display id, from the backend's thread, into the cell that it belongs to.
"""

from __future__ import annotations

import atexit
import contextvars
import secrets
import threading
from collections import deque
from contextlib import suppress
from typing import Any

from . import config
from .errors import VideogenError
from .hosts import front_end_answers, has_kernel, notebook_folder, serves_files
from .html import job_html
from .job import Job, Status
from .view import line_of

__all__ = ["LiveOutput", "bundle_of", "close_all", "show"]

# Seconds a job that ended badly keeps its live view, where a page shows it: its Retry needs the kernel.
SECOND_CHANCE = 30.0
EMBED_MOST = 100_000_000  # bytes that `embed=True` puts into a notebook at most

KEPT = 50  # views of ended jobs that go on answering

_open: set[LiveOutput] = set()
_kept: deque[Any] = deque()


def show(job: Job, shell: Any, *, embed: bool = False) -> None:
    """Display a job in the running cell: live where somebody watches, else as text and HTML.

    A program that only collects outputs is gone before a clip can arrive, so there this waits.
    """
    if not has_kernel(shell):
        print(line_of(job))  # noqa: T201
        return
    LiveOutput(job, shell, embed=embed).open()
    if not front_end_answers(shell):
        with suppress(VideogenError):  # it is in the output
            job.wait()


def bundle_of(job: Job, shell: Any, *, embed: bool = False, left: bool = False) -> dict[str, str]:
    """A job as it stands, as HTML and text without a kernel behind them."""
    reached = all(serves_files(shell, video.path) for video in job.videos)
    limit = EMBED_MOST if embed else 0 if reached else config.settings().embed_limit
    html = job_html(job, folder=notebook_folder(), embed_limit=limit, left=left)
    return {"text/html": html, "text/plain": line_of(job)}


def close_all() -> None:
    """Replace every live output by what stands alone: the kernel is about to stop following."""
    for output in list(_open):
        output.finish(left=not output.job.status.ended)
    while _kept:
        _kept.popleft().close()


class LiveOutput:
    """One job in one cell's output, from its first paint to its final HTML.

    Args:
        job: The job to show.
        shell: The running IPython shell, a kernel's.
        embed: Put the clip itself into the final HTML.
    """

    def __init__(self, job: Job, shell: Any, *, embed: bool = False) -> None:
        self.job, self._shell, self._embed = job, shell, embed
        self._id = f"videogen-{secrets.token_hex(8)}"
        self._widget: Any = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._line = ""

    def open(self) -> None:
        """Display it; where the job has ended already that is the final HTML at once."""
        data = bundle_of(self.job, self._shell, embed=self._embed)
        if self.job.ended:
            self._publish(data, update=False)
            return
        if front_end_answers(self._shell):
            from .widgets.job import JobWidget

            self._widget = JobWidget(self.job)
            data |= self._widget._repr_mimebundle_()[0] | {"text/plain": data["text/plain"]}
        self._publish(data, update=False)
        with self._lock:
            _open.add(self)
        self.job.observe(self._changed)
        if self.job.status.ended:  # it may have ended before it was observed
            self._ended()

    def finish(self, *, left: bool = False) -> None:
        """Put the final HTML in the place of the live view, once."""
        with self._lock:
            if self not in _open:
                return
            _open.discard(self)
        if self._timer:
            self._timer.cancel()
        self.job.unobserve(self._changed)
        self._publish(bundle_of(self.job, self._shell, embed=self._embed, left=left), update=True)
        if self._widget:
            # A page that loads the notebook as it was saved in mid-run has the view and no way to be told
            # of what replaced it: the view has to answer for as long as its kernel lives.
            self._widget.replaced()
            _kept.append(self._widget)
            if len(_kept) > KEPT:
                _kept.popleft().close()

    def _changed(self, change: Any) -> None:
        if change["name"] == "status" and change["new"].ended:
            self._ended()
        elif self._widget is None and change["name"] in ("phase", "progress", "notice") and not self.job.videos:
            self._log()

    def _ended(self) -> None:
        page_shows_it = self._widget is not None and self._widget.pages > 0
        if self.job.status is not Status.SUCCEEDED and page_shows_it:
            self._timer = threading.Timer(SECOND_CHANCE, self._give_up)
            self._timer.daemon = True
            self._timer.start()
        else:
            self.finish()

    def _give_up(self) -> None:
        """Nobody pressed Retry; where somebody did, the view follows the new job."""
        if self._widget.job is self.job:
            self.finish()
            return
        self.job.unobserve(self._changed)
        self.job = self._widget.job
        self.job.observe(self._changed)
        if self.job.ended:
            self._ended()

    def _log(self) -> None:
        """Without a page: keep what the program collects up to date, a line at a time."""
        line = line_of(self.job)
        if line != self._line:
            self._line = line
            self._publish(bundle_of(self.job, self._shell), update=True)

    def _publish(self, data: dict[str, Any], *, update: bool) -> None:
        from IPython.display import publish_display_data

        def publish() -> None:
            publish_display_data(data, transient={"display_id": self._id}, update=update)  # type: ignore[no-untyped-call]

        if update:
            # In the context of a cell that has ended, programs drop what arrives.
            contextvars.Context().run(publish)
        else:
            publish()


atexit.register(close_all)
