"""One output of a cell: a live widget while jobs run, replaced by standalone HTML when they have ended.

A saved widget view reopens as an error message, so none may stay in the notebook. The output is replaced
by its display id from the backend's thread, and lands in its own cell.
"""

from __future__ import annotations

import atexit
import contextvars
import importlib
import secrets
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Any

from videogen_nb.views.front_end import client_session, front_end_answers, running_cell

__all__ = ["LiveOutput", "answering", "close_all", "forget", "shown_to"]

KEPT = 50  # replaced views that still answer pages

_open: set[LiveOutput] = set()
_kept: deque[LiveOutput] = deque()
_shown: dict[str, tuple[str, str]] = {}  # id of a job; session of the page that shows it, and the cell there


def close_all() -> None:
    """Replace every live output by standalone HTML, since the kernel is about to end."""
    for output in list(_open):
        output.finish(abandoned=True)
    # A kernel publishes on another thread, which may end first; flushing stdout waits for that thread.
    sys.stdout.flush()
    while _kept:
        _kept.popleft().widget.close()


def shown_to(client: str) -> set[str]:
    """Ids of the jobs that were displayed to the page of that session."""
    return {job for job, (page, _) in _shown.items() if client and page == client}


def answering(models: Collection[str | None]) -> frozenset[str]:
    """Ids of the jobs shown by live views among these widgets, which answer a page that loads them."""
    live = [output for output in (*_open, *_kept) if output.widget and output.widget.model_id in models]
    return frozenset(job for output in live if not output.cleared for job in output.jobs)


def forget(cell: str) -> None:
    """Forget what a cell displayed: it runs again, and the page has cleared its output."""
    for job in [job for job, (_, where) in _shown.items() if where == cell]:
        del _shown[job]
    for output in (*_open, *_kept):
        output.cleared = output.cleared or output.cell == cell


class LiveOutput(ABC):
    """One output, from its first paint to its final HTML.

    Args:
        shell: The running IPython shell, a kernel's.

    Attributes:
        widget: The live view; None if nobody watches.
        cell: Id of its cell; "" if unknown.
        cleared: Whether that cell has run again since.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.widget: Any = None
        self._id = f"videogen-{secrets.token_hex(8)}"
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._text = ""
        self._client = self.cell = ""
        self.cleared = False

    # -- what is shown ------------------------------------------------------------------------

    @property
    @abstractmethod
    def jobs(self) -> Sequence[str]:
        """Ids of the jobs."""

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether everything has ended, so that no live view is needed."""

    @abstractmethod
    def make_widget(self) -> Any:
        """The live view."""

    @abstractmethod
    def bundle(self, *, abandoned: bool = False) -> dict[str, str]:
        """The standalone output by MIME type; `abandoned`: the kernel ends and nobody follows running jobs."""

    @abstractmethod
    def text(self) -> str:
        """The output as plain text."""

    @abstractmethod
    def watch(self) -> None:
        """Observe what is shown, and call `finish` when the live view is no longer needed."""

    @abstractmethod
    def unwatch(self) -> None:
        """Stop observing."""

    # -- its life -----------------------------------------------------------------------------

    def open(self) -> None:
        """Display the output; if everything has ended, as its final HTML."""
        self._client, (self.cell, _) = client_session(self.shell), running_cell(self.shell) or ("", "")
        self._note()
        if self.over:
            self._publish(self.bundle(), update=False)
            return
        data: dict[str, Any] = self.bundle()
        if front_end_answers(self.shell):
            self.widget = self.make_widget()
            data |= _mime(self.widget) | {"text/plain": data["text/plain"]}
        self._publish(data, update=False)
        with self._lock:
            _open.add(self)
        self.watch()

    def finish(self, *, abandoned: bool = False) -> None:
        """Replace the live view by the final HTML, once."""
        with self._lock:
            if self not in _open:
                return
            _open.discard(self)
        if self._timer:
            self._timer.cancel()
        self.unwatch()
        self._note()
        data = self.bundle(abandoned=abandoned)
        self._publish(data, update=True)
        if self.widget is not None:
            self.retire(data, abandoned=abandoned)

    def retire(self, data: dict[str, str], *, abandoned: bool) -> None:
        """Keep a replaced view answering for a while.

        A page that loads a notebook saved in mid-run has the view and does not know its replacement, so
        the view has to answer for as long as its kernel lives.
        """
        self.widget.stand_alone(data)
        self.widget.pages = max(self.widget.pages - 1, 0)
        _kept.append(self)
        if len(_kept) > KEPT:
            _kept.popleft().widget.close()

    def _note(self) -> None:
        if not self.cleared:
            _shown.update(dict.fromkeys(self.jobs, (self._client, self.cell)))

    @property
    def page_shows_it(self) -> bool:
        return self.widget is not None and self.widget.pages > 0

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Schedule work, replacing what was scheduled before."""
        with self._lock:
            if self not in _open:  # already replaced; another page may still use the view
                return
            if self._timer:
                self._timer.cancel()
            self._timer = threading.Timer(seconds, work)
            self._timer.daemon = True
            self._timer.start()

    def log(self) -> None:
        """Without a page: update the output that a program collects, at each change."""
        if self.widget is not None:
            return
        text = self.text()
        if text != self._text:
            self._text = text
            self._publish(self.bundle(), update=True)

    def _publish(self, data: dict[str, Any], *, update: bool) -> None:
        from IPython.display import publish_display_data

        def publish() -> None:
            publish_display_data(data, transient={"display_id": self._id}, update=update)  # type: ignore[no-untyped-call]

        if update:
            # A clean context: programs drop what arrives in the context of a cell that has ended.
            contextvars.Context().run(publish)
        else:
            publish()


def _mime(widget: Any) -> dict[str, Any]:
    """A widget's MIME bundle; anywidget returns it with metadata, ipywidgets without."""
    bundle = widget._repr_mimebundle_()
    return dict(bundle[0] if isinstance(bundle, tuple) else bundle)


if "zmq" in sys.modules:  # in a kernel: exit handlers run in reverse, and this thread must outlive close_all
    importlib.import_module("zmq.utils.garbage")
atexit.register(close_all)
