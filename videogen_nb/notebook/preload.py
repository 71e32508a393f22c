"""Import the heavy modules while the kernel is idle, so that ``%load_ext`` and the first cell are both quick."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

from videogen_nb.views.front_end import has_kernel

__all__ = ["begin", "end"]

# Each import takes 50 ms at most; a cell may have to wait for one.
_PARTS = (
    "videogen_nb.notebook.cell_options",
    "videogen_nb.backend.http.client",
    "videogen_nb.backend.session",
    "ipywidgets",
    "anywidget",
    "videogen_nb.widgets.job",
    "videogen_nb.notebook.outputs",
    "videogen_nb.gateway.app",
)
_PROVIDERS = (
    "videogen_nb.providers.infery",
    "videogen_nb.providers.infinityblue",
    "videogen_nb.providers.local",
)
_PAUSE = 0.02  # seconds between two imports, in which a waiting cell can begin
_due: asyncio.TimerHandle | None = None


def begin(shell: Any) -> None:
    """Start importing on the loop of the kernel's main thread, so that no two threads import one module.

    Without such a loop, as in a terminal, nothing is done.
    """
    end()
    if has_kernel(shell) and threading.current_thread() is threading.main_thread():
        with suppress(RuntimeError):
            _go_on(asyncio.get_running_loop(), _steps())


def end() -> None:
    """Stop; the cell that needs a module imports it."""
    global _due
    if _due is not None:
        _due.cancel()
    _due = None


def _steps() -> Iterator[None]:
    for part in (*_PARTS, *_PROVIDERS):
        import_module(part)
        yield
    import_module("videogen_nb.providers.registry").providers()  # reads the entry points of all installed packages


def _go_on(loop: asyncio.AbstractEventLoop, steps: Iterator[None]) -> None:
    global _due

    def step() -> None:
        with suppress(Exception):  # the cell that needs the module will raise its error
            for _ in steps:
                _go_on(loop, steps)
                return
        end()

    _due = loop.call_later(_PAUSE, step)
