"""The right side of a panel: the filmstrip, and under it the clips that are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from videogen_nb.core.job import Job
from videogen_nb.errors import VideogenError
from videogen_nb.sweeps.compare import compare
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.widgets.form_field import close_tree
from videogen_nb.widgets.history import Film

__all__ = ["Results"]


class Results(ipywidgets.VBox):  # type: ignore[misc]
    """What has been made, beside the form.

    Args:
        on_reuse: Called with the job whose request is to be used again.
        on_use: Called when somebody uses the page.

    Attributes:
        film: The strip.
        grid: The grid under it; None while nothing is compared.
    """

    def __init__(self, on_reuse: Callable[[Job], object], on_use: Callable[[], object]) -> None:
        self.film = Film(on_reuse, self.compare, on_use)
        self.grid: Any = None
        self._hide = ipywidgets.Button(
            description="Close comparison", layout=ipywidgets.Layout(width="auto", align_self="flex-end")
        )
        self._hide.add_class("vgn-hide")
        self._hide.on_click(lambda _: self.show(None))
        super().__init__(children=[self.film], layout=ipywidgets.Layout(flex="3 1 420px", min_width="0"))
        self.add_class("vgn-results")

    def compare(self, jobs: Sequence[Job]) -> None:
        """Show jobs side by side under the strip."""
        try:
            self.show(compare(jobs))
        except VideogenError:  # a job that is gone meanwhile
            self.show(None)

    def show(self, comparison: Comparison | None) -> None:
        """Show this grid under the strip, in the place of the one before; None for none."""
        from videogen_nb.widgets.grid import GridWidget

        before, self.grid = self.grid, GridWidget(comparison) if comparison else None
        self.children = [self.film, self._hide, self.grid] if self.grid else [self.film]
        if before:
            close_tree(before)

    def close(self) -> None:
        """Close the strip and the grid."""
        for each in filter(None, (self.film, self.grid, self._hide)):
            close_tree(each)
        self.layout.close()
        super().close()
