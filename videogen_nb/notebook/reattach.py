"""Find the clips of a notebook that arrived while its page was closed, and bring them back into view."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from videogen_nb.backend import session
from videogen_nb.core.job import Job
from videogen_nb.errors import VideogenError
from videogen_nb.notebook.live_output import KEPT, answering, shown_to
from videogen_nb.storage import grids
from videogen_nb.sweeps.compare import open_grid
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.views.front_end import client_session, notebook_file
from videogen_nb.views.job_html import code

__all__ = ["out_of_view", "replace_dead_views"]

_VIEW = "application/vnd.jupyter.widget-view+json"
_LOST = "The kernel ended before the clip was here. `%videogen resume` has brought it back into view."
_replacers: deque[Any] = deque()


def out_of_view(shell: Any) -> list[Job | Comparison]:
    """The jobs and sweeps submitted by the last run of each cell of this notebook that its page does not show.

    The page shows what this kernel has displayed to it, and what the notebook was saved with.

    Args:
        shell: The running IPython shell.

    Returns:
        The oldest first; none if it is unknown which notebook this is.
    """
    path = notebook_file(shell)
    if path is None:
        return []
    displays = list(_displays(path))
    finals = "\n".join(_text(data, "text/html") for data in displays if _VIEW not in data)
    seen = shown_to(client_session(shell)) | answering({_model(data) for data in displays})
    hidden: dict[str, Job | Comparison] = {}
    for row in session.backend().journal.of_notebook(str(path)):
        if row.id not in seen and row.id not in finals:
            whole = _whole(row.id)
            hidden.setdefault(whole.id, whole)
    return list(hidden.values())


def replace_dead_views(shell: Any) -> None:
    """Have the page replace saved views whose kernel is gone, since they show an error.

    `out_of_view` returns their clips. A widget need not be displayed to reach the notebook.
    """
    from videogen_nb.widgets.job import JobWidget

    path = notebook_file(shell)
    for data in _displays(path) if path else ():
        model = _model(data)
        first = _text(data, "text/plain").split(maxsplit=1)[:1]
        if not model or not first or answering({model}):
            continue
        try:
            replacer = JobWidget(session.find_job(first[0]))
        except VideogenError:  # the panel's, or another journal's
            continue
        replacer.stand_alone({"text/html": f"<div>{code(_LOST)}</div>", "text/plain": _LOST}, model)
        _replacers.append(replacer)
        if len(_replacers) > KEPT:
            _replacers.popleft().close()


def _whole(id: str) -> Job | Comparison:  # noqa: A002
    """The sweep that a job belongs to, else the job."""
    sweep = grids.latest_sweep(session.backend().journal, id)
    return (sweep and open_grid(sweep)) or session.find_job(id)


def _displays(path: Path) -> Iterator[dict[str, Any]]:
    """The outputs of the saved notebook, by MIME type."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            yield from (output["data"] for output in cell.get("outputs", ()) if isinstance(output.get("data"), dict))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not saved yet, or not a notebook
        return


def _model(data: dict[str, Any]) -> str | None:
    view = data.get(_VIEW)
    return str(view.get("model_id")) if isinstance(view, dict) else None


def _text(data: dict[str, Any], kind: str) -> str:
    text = data.get(kind, "")
    return "".join(map(str, text)) if isinstance(text, list) else str(text)
