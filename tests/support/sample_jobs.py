"""Jobs in any state, for tests of how they are shown; nothing follows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from videogen_nb.core.axes import Axis, points
from videogen_nb.core.job import Job, Phase, Status
from videogen_nb.core.request import VideoRequest
from videogen_nb.storage import grids
from videogen_nb.storage.clips import inspect
from videogen_nb.storage.journal import Journal
from videogen_nb.sweeps.comparison import Sweep

__all__ = ["a_job", "ended", "together"]


class Nobody:
    """A control that does nothing."""

    def follow(self, job: Job) -> None: ...
    def cancel(self, job: Job) -> None: ...
    def retry(self, job: Job) -> Job:
        return job

    def post(self, work: Callable[[], object]) -> None: ...


def a_job(prompt: str = "a paper boat", *, options: dict[str, Any] | None = None, **facts: Any) -> Job:
    """A job of Infery, queued unless told otherwise."""
    return Job(
        Nobody(),
        **{
            "id": "k3x9ab2c",
            "provider": "infery",
            "model": "veo-3-1",
            "request": VideoRequest(prompt, **(options or {})),
            "created_at": datetime(2026, 1, 21, 10, 0, tzinfo=UTC),
            **facts,
        },
    )


def ended(status: str = "succeeded", *paths: Path, prompt: str = "a paper boat", **facts: Any) -> Job:
    """A job that has ended, after a minute, with these clips."""
    made = a_job(
        prompt,
        **{
            "status": Status(status),
            "phase": Phase.ENDED,
            "ended_at": datetime(2026, 1, 21, 10, 1, tzinfo=UTC),
            "videos": tuple(map(inspect, paths)),
            **facts,
        },
    )
    made.settle()
    return made


def together(journal: Journal, jobs: Sequence[Job], axes: Mapping[str, Sequence[Any]], **options: Any) -> Sweep:
    """A sweep of these jobs, one for each combination of values."""
    made = [Axis(name, tuple(values)) for name, values in axes.items()]
    places = [*points(made)][: len(jobs)]
    id = grids.add(journal, "sweep", "", [(axis.name, axis.values) for axis in made])  # noqa: A001
    grids.set_cells(journal, id, [(n, grids.Cell(job.id, places[n])) for n, job in enumerate(jobs)])
    return Sweep(journal, id, jobs, places, axes=made, **options)
