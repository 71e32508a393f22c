"""One output of a cell: a live widget while it is of use, then HTML that stands alone in its place.

A saved widget view reopens as an error message, so none is left behind: the output is replaced
by its display id, from the backend's thread, into the cell that it belongs to.
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

KEPT = 50  # views that were replaced and go on answering

_open: set[LiveOutput] = set()
_kept: deque[LiveOutput] = deque()
_shown: dict[str, tuple[str, str]] = {}  # id of a job; session of the page that shows it, and the cell there


def close_all() -> None:
    """Replace every live output by what stands alone: the kernel is about to stop following."""
    for output in list(_open):
        output.finish(left=True)
    # What a kernel publishes leaves on another thread, which may end first; its own flush waits for that thread.
    sys.stdout.flush()
    while _kept:
        _kept.popleft().widget.close()


def shown_to(client: str) -> set[str]:
    """Ids of the jobs that were displayed to the page of that session."""
    return {job for job, (page, _) in _shown.items() if client and page == client}


def answering(models: Collection[str | None]) -> frozenset[str]:
    """Ids of the jobs that live views among these widgets show: a page that loads one of them gets its answer."""
    live = [output for output in (*_open, *_kept) if output.widget and output.widget.model_id in models]
    return frozenset(job for output in live if not output.cleared for job in output.jobs)


def forget(cell: str) -> None:
    """A cell begins again: the page has cleared what it displayed."""
    for job in [job for job, (_, where) in _shown.items() if where == cell]:
        del _shown[job]
    for output in (*_open, *_kept):
        output.cleared = output.cleared or output.cell == cell


class LiveOutput(ABC):
    """One output, from its first paint to its final HTML.

    Args:
        shell: The running IPython shell, a kernel's.

    Attributes:
        widget: The live view; None where nobody watches.
        cell: Id of its cell; "" where that is not known.
        cleared: Whether that cell has begun again since.
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
        """Whether no live view is of use, from the start."""

    @abstractmethod
    def make_widget(self) -> Any:
        """The live view."""

    @abstractmethod
    def bundle(self, *, left: bool = False) -> dict[str, str]:
        """What stands alone; `left`: nobody follows what is under way any more."""

    @abstractmethod
    def text(self) -> str:
        """The same as plain text."""

    @abstractmethod
    def watch(self) -> None:
        """Begin to observe what is shown, and call `finish` when the live view has done its work."""

    @abstractmethod
    def unwatch(self) -> None:
        """Observe it no more."""

    # -- its life -----------------------------------------------------------------------------

    def open(self) -> None:
        """Display it; where it is over already that is the final HTML at once."""
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

    def finish(self, *, left: bool = False) -> None:
        """Put the final HTML in the place of the live view, once."""
        with self._lock:
            if self not in _open:
                return
            _open.discard(self)
        if self._timer:
            self._timer.cancel()
        self.unwatch()
        self._note()
        data = self.bundle(left=left)
        self._publish(data, update=True)
        if self.widget is not None:
            self.retire(data, left=left)

    def retire(self, data: dict[str, str], *, left: bool) -> None:
        """Keep the view that was replaced by `data` for a while.

        A page that loads the notebook as it was saved in mid-run has the view and does not know what
        replaced it: the view has to answer for as long as its kernel lives.
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
        """Have something done then, in the place of what was to be done before."""
        with self._lock:
            if self not in _open:  # a view that was replaced may still be used in another page
                return
            if self._timer:
                self._timer.cancel()
            self._timer = threading.Timer(seconds, work)
            self._timer.daemon = True
            self._timer.start()

    def log(self) -> None:
        """Without a page: keep what the program collects up to date, a change at a time."""
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
            # In the context of a cell that has ended, programs drop what arrives.
            contextvars.Context().run(publish)
        else:
            publish()


def _mime(widget: Any) -> dict[str, Any]:
    """What shows a widget; anywidget gives it with metadata, ipywidgets without."""
    made = widget._repr_mimebundle_()
    return dict(made[0] if isinstance(made, tuple) else made)


if "zmq" in sys.modules:  # a kernel's: what carries large messages ends at exit too, and has to end after this
    importlib.import_module("zmq.utils.garbage")
atexit.register(close_all)
