"""Jobs put side by side: any that are named, or what the journal has of a grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from videogen_nb.backend import session
from videogen_nb.core.axes import PARAM, Axis
from videogen_nb.core.job import Job
from videogen_nb.errors import RequestError
from videogen_nb.storage import grids
from videogen_nb.sweeps.comparison import Comparison, Sweep
from videogen_nb.sweeps.reuse import without_maker

__all__ = ["compare", "open_grid"]


def compare(jobs: Sequence[Job], *, columns: int | str | None = None) -> Comparison:
    """Put jobs side by side; those that were compared before are the same comparison, with what was picked."""
    if not jobs:
        raise RequestError("Nothing to compare: give jobs, sweeps or their ids.")
    twice, count = Counter(job.id for job in jobs).most_common(1)[0]
    if count > 1:
        raise RequestError(f"Job {twice} is given twice.")
    journal = session.backend().journal
    values = [_told(job) for job in jobs]
    axes = _differences(values)
    cells = [{axis.name: told.get(axis.name) for axis in axes} for told in values]
    prompts = {job.request.prompt for job in jobs}
    named = [(axis.name, axis.values) for axis in axes]
    id = grids.find_same(journal, "comparison", named, [job.id for job in jobs])  # noqa: A001
    if id is None:
        id = grids.add(journal, "comparison", "", named)  # noqa: A001
        grids.set_cells(journal, id, [(place, grids.Cell(job.id, cells[place])) for place, job in enumerate(jobs)])
    return Comparison(
        journal, id, jobs, cells, prompt=prompts.pop() if len(prompts) == 1 else "", axes=axes, columns=columns
    )


def open_grid(id: str, *, columns: int | str | None = None) -> Comparison | None:  # noqa: A002
    """The sweep or comparison of that id, from the journal; None where there is none, or several start so."""
    here = session.backend()
    found = grids.find(here.journal, id) if id else []
    if len(found) != 1 or not found[0].cells:  # one that was interrupted before its first job has nothing to show
        return None
    grid = found[0]
    kind = Sweep if grid.kind == "sweep" else Comparison
    known = [(_job(cell.job), cell.point) for cell in grid.cells]
    cells = [(job, point) for job, point in known if job]
    return kind(
        here.journal,
        grid.id,
        [job for job, _ in cells],
        [point for _, point in cells],
        prompt=grid.prompt,
        axes=[Axis(name, tuple(values)) for name, values in grid.axes],
        columns=columns,
    )


def _job(id: str) -> Job | None:  # noqa: A002
    """A job of the journal, or one that was loaded from beside its clip; None where it is neither."""
    here = session.backend()
    row = here.journal.row(id)
    return here.job(row) if row else here.loaded.get(id)


def _differences(told: Sequence[dict[str, Any]]) -> tuple[Axis, ...]:
    """The parameters in which jobs differ, with the values that occur, in their order."""
    found = []
    for name in dict.fromkeys(name for each in told for name in each):
        values: list[Any] = []
        for each in told:
            if each.get(name) not in values:
                values.append(each.get(name))
        if len(values) > 1:
            found.append(Axis(name, tuple(values)))
    return tuple(found)


def _told(job: Job) -> dict[str, Any]:
    """A job's parameters by name, flat."""
    told = {"model": job.model, "provider": job.provider, **without_maker(job.request.to_json())}
    if image := told.pop("image", None):
        told["image"] = str(image.get("url") or image.get("path", "")).rpartition("/")[2]
    params = told.pop("params", {})
    return {**told, **{f"{PARAM}{name}": value for name, value in params.items()}}
