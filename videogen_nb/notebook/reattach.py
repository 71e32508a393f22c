"""What of a notebook is out of view: its page was closed, or never saved, before the clips were there."""

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

__all__ = ["mend", "out_of_view"]

_VIEW = "application/vnd.jupyter.widget-view+json"
_LOST = "The kernel ended before the clip was here. `%videogen resume` has brought it back into view."
_menders: deque[Any] = deque()


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
    displays = list(_displays(path))
    finals = "\n".join(_text(data, "text/html") for data in displays if _VIEW not in data)
    seen = shown_to(client_session(shell)) | answering({_model(data) for data in displays})
    found: dict[str, Job | Comparison] = {}
    for row in session.backend().journal.of_notebook(str(path)):
        if row.id not in seen and row.id not in finals:
            whole = _whole(row.id)
            found.setdefault(whole.id, whole)
    return list(found.values())


def mend(shell: Any) -> None:
    """Have the page take away the views that it was saved with and whose kernel is gone: they show an error.

    Their clips are what `out_of_view` gives. A widget need not be displayed to reach the notebook.
    """
    from videogen_nb.widgets.job import JobWidget

    path = notebook_file(shell)
    for data in _displays(path) if path else ():
        model = _model(data)
        first = _text(data, "text/plain").split(maxsplit=1)[:1]
        if not model or not first or answering({model}):
            continue
        try:
            mender = JobWidget(session.find_job(first[0]))
        except VideogenError:  # the panel's, or another journal's
            continue
        mender.stand_alone({"text/html": f"<div>{code(_LOST)}</div>", "text/plain": _LOST}, model)
        _menders.append(mender)
        if len(_menders) > KEPT:
            _menders.popleft().close()


def _whole(id: str) -> Job | Comparison:  # noqa: A002
    """The sweep that a job belongs to, else the job."""
    sweep = grids.latest_sweep(session.backend().journal, id)
    return (sweep and open_grid(sweep)) or session.find_job(id)


def _displays(path: Path) -> Iterator[dict[str, Any]]:
    """What the saved notebook displays, by MIME type."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            yield from (output["data"] for output in cell.get("outputs", ()) if isinstance(output.get("data"), dict))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none yet, or no notebook
        return


def _model(data: dict[str, Any]) -> str | None:
    view = data.get(_VIEW)
    return str(view.get("model_id")) if isinstance(view, dict) else None


def _text(data: dict[str, Any], kind: str) -> str:
    text = data.get(kind, "")
    return "".join(map(str, text)) if isinstance(text, list) else str(text)
