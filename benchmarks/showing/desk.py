"""A notebook that shows one clip after the other in its last cell, and writes down what its kernel knows of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.browser.conftest import notebook_of
from tests.browser.lab import PATIENCE, Lab

from ..notebooks import Opened, opened

__all__ = ["Desk", "desks"]

_SETUP = """
import json, os, time
def note(**facts):
    with open("notes.jsonl", "a") as file:
        print(json.dumps(facts), file=file)
def memory(name):
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith(name))
def level():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return memory("VmRSS")
{more}
"""
_ENDLESS = "note(busy=time.time())\nwhile True:\n    pass"
_PEAK = 'note(peak=memory("VmHWM") - before)'
_BEGIN, _OCCUPY, _TELL, _SHOW = range(4)  # its cells


class Desk:
    """An open notebook, in a folder and with a kernel of its own.

    Attributes:
        folder: Where the clips that it shows lie.
        page: The page that shows it.
    """

    def __init__(self, notebook: Opened) -> None:
        self.folder = notebook.path.parent
        self.page = notebook.page
        self._notebook = notebook

    def begin(self) -> int:
        """Come to the front, and define what the cells need; returns the length of the saved notebook."""
        self.page.bring_to_front()
        self._notebook.run(_BEGIN)
        return self.saved()

    def clip(self, source: Path) -> None:
        """Ask for a clip under a name that no cache knows."""
        name = f"clip{len(list(self.folder.glob('clip*')))}.mp4"
        os.link(source, self.folder / name)
        self.ask_for(name)

    def ask_for(self, name: str) -> None:
        """Tell the last cell what to show."""
        (self.folder / "next.json").write_text(json.dumps(name))

    def show(self) -> None:
        """Run the last cell, and wait for its end."""
        self._notebook.run(_SHOW)

    def start(self, cell: int = _SHOW) -> None:
        """Run a cell without waiting for it."""
        self._notebook.choose(cell)
        self.page.evaluate("() => { void window.jupyterapp.commands.execute('notebook:run-cell'); }")

    def ready(self) -> None:
        """Wait until the kernel is idle."""
        self._notebook.ready()

    def occupy(self) -> None:
        """Run a cell that does not end; returns when it has begun."""
        before, end = self.notes("busy"), time.monotonic() + PATIENCE
        self.start(_OCCUPY)
        while self.notes("busy") == before:
            if time.monotonic() > end:
                raise TimeoutError("The cell did not begin.")
            self.page.wait_for_timeout(20)

    def interrupt(self) -> None:
        """End the cell that runs."""
        self._notebook.interrupt()

    def notes(self, name: str) -> list[float]:
        """What the kernel has written down under a name, in order."""
        file = self.folder / "notes.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [each[name] for each in map(json.loads, lines) if name in each]

    def peak(self) -> float:
        """MiB that the kernel's memory rose by, at its most, since the last cell began."""
        self._notebook.run(_TELL)
        return self.notes("peak")[-1]

    def saved(self) -> int:
        """Bytes of the notebook once it is saved."""
        self._notebook.command("docmanager:save")
        return self._notebook.path.stat().st_size

    def close(self) -> None:
        """Close the page and end the kernel."""
        self._notebook.end()


def desks(context: BrowserContext, lab: Lab, ways: Mapping[str, tuple[str, str]]) -> dict[str, Desk]:
    """Desks that open side by side, by name: what the first cell has to run, and the last one, which shows a clip."""
    paths = []
    for place, (more, show) in enumerate(ways.values()):
        folder = lab.root / str(place)
        folder.mkdir()
        paths.append(notebook_of(folder, _SETUP.format(more=more), _ENDLESS, _PEAK, show))
    return {name: Desk(notebook) for name, notebook in zip(ways, opened(context, lab, paths), strict=True)}
