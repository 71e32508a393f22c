"""Build a comparison from jobs that are named, or open a grid that the journal holds."""

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
    """Put jobs side by side. The same jobs compared again are the same comparison, with its picks."""
    if not jobs:
        raise RequestError("Nothing to compare: pass jobs, sweeps or their ids.")
    job_id, count = Counter(job.id for job in jobs).most_common(1)[0]
    if count > 1:
        raise RequestError(f"Job {job_id} is given twice.")
    journal = session.backend().journal
    parameters = [_parameters(job) for job in jobs]
    axes = _differences(parameters)
    cells = [{axis.name: values.get(axis.name) for axis in axes} for values in parameters]
    prompts = {job.request.prompt for job in jobs}
    named = [(axis.name, axis.values) for axis in axes]
    grid_id = grids.find_same(journal, "comparison", named, [job.id for job in jobs])
    if grid_id is None:
        grid_id = grids.add(journal, "comparison", "", named)
        grids.set_cells(journal, grid_id, [(index, grids.Cell(job.id, cells[index])) for index, job in enumerate(jobs)])
    return Comparison(
        journal, grid_id, jobs, cells, prompt=prompts.pop() if len(prompts) == 1 else "", axes=axes, columns=columns
    )


def open_grid(id: str, *, columns: int | str | None = None) -> Comparison | None:  # noqa: A002
    """The sweep or comparison of that id, from the journal; None where there is none, or several start so."""
    here = session.backend()
    matches = grids.find(here.journal, id) if id else []
    if len(matches) != 1 or not matches[0].cells:  # a sweep interrupted before its first job has nothing to show
        return None
    (grid,) = matches
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


def _differences(parameters: Sequence[dict[str, Any]]) -> tuple[Axis, ...]:
    """The parameters in which jobs differ, with the values that occur, in their order."""
    axes = []
    for name in dict.fromkeys(name for values in parameters for name in values):
        distinct: list[Any] = []
        for values in parameters:
            if values.get(name) not in distinct:
                distinct.append(values.get(name))
        if len(distinct) > 1:
            axes.append(Axis(name, tuple(distinct)))
    return tuple(axes)


def _parameters(job: Job) -> dict[str, Any]:
    """A job's parameters by name, flat."""
    parameters = {"model": job.model, "provider": job.provider, **without_maker(job.request.to_json())}
    if image := parameters.pop("image", None):
        parameters["image"] = str(image.get("url") or image.get("path", "")).rpartition("/")[2]
    params = parameters.pop("params", {})
    return {**parameters, **{f"{PARAM}{name}": value for name, value in params.items()}}
