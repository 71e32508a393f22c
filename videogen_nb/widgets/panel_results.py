"""The right side of the panel: the history, and below it the clips being compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from videogen_nb.core.job import Job
from videogen_nb.errors import VideogenError
from videogen_nb.sweeps.compare import compare
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.widgets.form_field import close_tree
from videogen_nb.widgets.history import History

__all__ = ["Results"]


class Results(ipywidgets.VBox):  # type: ignore[misc]
    """The panel's results, beside the form.

    Args:
        on_reuse: Called with the job whose request fills the form.
        on_use: Called when a page is used.

    Attributes:
        history: The strip of jobs.
        grid: The grid below it; None while nothing is compared.
    """

    def __init__(self, on_reuse: Callable[[Job], object], on_use: Callable[[], object]) -> None:
        self.history = History(on_reuse, self.compare, on_use)
        self.grid: Any = None
        self._hide = ipywidgets.Button(
            description="Close comparison", layout=ipywidgets.Layout(width="auto", align_self="flex-end")
        )
        self._hide.add_class("vgn-hide")
        self._hide.on_click(lambda _: self.show(None))
        super().__init__(children=[self.history], layout=ipywidgets.Layout(flex="3 1 420px", min_width="0"))
        self.add_class("vgn-results")

    def compare(self, jobs: Sequence[Job]) -> None:
        """Show jobs side by side under the strip."""
        try:
            self.show(compare(jobs))
        except VideogenError:  # a job has been removed meanwhile
            self.show(None)

    def show(self, comparison: Comparison | None) -> None:
        """Show this grid below the strip, replacing the previous one; None shows none."""
        from videogen_nb.widgets.grid import GridWidget

        before, self.grid = self.grid, GridWidget(comparison) if comparison else None
        self.children = [self.history, self._hide, self.grid] if self.grid else [self.history]
        if before:
            close_tree(before)

    def close(self) -> None:
        """Close the strip and the grid."""
        for widget in filter(None, (self.history, self.grid, self._hide)):
            close_tree(widget)
        self.layout.close()
        super().close()
