"""Notebooks of a JupyterLab that open side by side: two cores do that in two thirds of the time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext

from tests.browser.lab import Lab, Notebook

__all__ = ["Opened", "opened"]


class Opened(Notebook):
    """A notebook with a kernel of its own, both ended by `end` while others go on."""

    _coming = True

    def __init__(self, context: BrowserContext, lab: Lab, path: Path) -> None:
        self._lab = lab
        self._place = path.relative_to(lab.root).as_posix()
        super().__init__(context, lab, path)
        self._coming = False

    def ready(self) -> None:
        # The page goes on loading while others are asked for.
        if not self._coming:
            super().ready()

    def interrupt(self) -> None:
        """End the cell that runs."""
        self._lab.api("POST", f"kernels/{self._session()['kernel']['id']}/interrupt")
        self.ready()

    def end(self) -> None:
        """Close the page and shut the kernel down."""
        session = self._session()["id"]
        self.close()
        self._lab.api("DELETE", f"sessions/{session}")

    def _session(self) -> dict[str, Any]:
        return next(each for each in self._lab.api("GET", "sessions") if each["path"] == self._place)


def opened(context: BrowserContext, lab: Lab, paths: Sequence[Path]) -> list[Opened]:
    """Open notebooks, each in a page and with a kernel of its own; returns when all are drawn and idle."""
    for path in paths:  # its page finds the kernel running, and need not wait for it
        asked = {"path": path.relative_to(lab.root).as_posix(), "name": path.name, "type": "notebook"}
        lab.api("POST", "sessions", {**asked, "kernel": {"name": "python3"}})
    notebooks = [Opened(context, lab, path) for path in paths]
    for notebook in notebooks:
        notebook.ready()
    return notebooks
