"""What of a notebook is out of view: its page was closed, or never saved, before the clips were there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import grids, session
from .comparing import open_grid
from .comparison import Comparison
from .hosts import client_session, notebook_file
from .job import Job
from .live import answering, shown_to

__all__ = ["out_of_view"]

_VIEW = "application/vnd.jupyter.widget-view+json"


def out_of_view(shell: Any) -> list[Job | Comparison]:
    """The jobs and sweeps that the last run of each cell of this notebook asked for and its page does not show.

    The page shows what this kernel has displayed to it, and what the notebook was saved with.

    Args:
        shell: The running IPython shell.

    Returns:
        The oldest first; none where nobody knows which notebook this is.
    """
    path = notebook_file(shell)
    if path is None:
        return []
    here = session.backend()
    seen, saved = shown_to(client_session(shell)), _saved(path)
    found: dict[str, Job | Comparison] = {}
    for row in here.journal.of_notebook(str(path)):
        if row.id in seen or row.id in saved:
            continue
        sweep = grids.latest(here.journal, row.id)
        if grid := sweep and open_grid(sweep):
            found.setdefault(grid.id, grid)
        else:
            found[row.id] = here.job(row)
    return list(found.values())


class _Saved:
    """The outputs of a saved notebook: what stands alone, as text, and views whose kernel still answers."""

    def __init__(self, texts: list[str], answering: frozenset[str]) -> None:
        self._text, self._answering = "\n".join(texts), answering

    def __contains__(self, job: str) -> bool:
        return job in self._answering or job in self._text


def _saved(path: Path) -> _Saved:
    texts, models = [], set()
    for data in _displays(path):
        if view := data.get(_VIEW):
            models.add(view.get("model_id") if isinstance(view, dict) else None)
        else:
            html = data.get("text/html", "")
            texts.append("".join(html) if isinstance(html, list) else str(html))
    return _Saved(texts, answering(models))


def _displays(path: Path) -> Iterator[dict[str, Any]]:
    try:
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            yield from (output["data"] for output in cell.get("outputs", ()) if isinstance(output.get("data"), dict))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none yet, or no notebook
        return
