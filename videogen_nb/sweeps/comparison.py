"""Jobs shown side by side: those of a sweep, or any that are compared, and the picks made among them."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import traitlets

from videogen_nb.core.axes import Axis, label
from videogen_nb.core.job import Job, Status
from videogen_nb.errors import RequestError, VideogenError, WaitTimeoutError
from videogen_nb.storage import grids
from videogen_nb.storage.journal import Journal
from videogen_nb.text import plain

__all__ = ["Comparison", "Picks", "Place", "Sweep"]


@dataclass(frozen=True, slots=True)
class Place:
    """One clip's place in a grid, also while the clip is still to come.

    Attributes:
        key: The job's id; for a later clip of the same job with its number, as in ``"k3x9ab2c/2"``.
        job: The job.
        clip: Which of the job's clips, from 0.
        point: The value of each parameter.
    """

    key: str
    job: Job
    clip: int
    point: dict[str, Any]

    @property
    def path(self) -> Path | None:
        return self.job.videos[self.clip].path if self.clip < len(self.job.videos) else None


@dataclass(frozen=True, slots=True)
class Picks:
    """What was picked from a grid.

    Attributes:
        winner: The best; None while nobody said so.
        favourites: Those marked, in the order in which they were.
    """

    winner: Place | None
    favourites: tuple[Place, ...]

    def __repr__(self) -> str:
        favourites = ", ".join(place.key for place in self.favourites) or "none"
        return f"<Picks winner: {self.winner.key if self.winner else 'none'}; favourites: {favourites}>"


class Comparison(traitlets.HasTraits):
    """Jobs side by side.

    Attributes:
        id: Its name in the journal; `videogen_nb.compare` opens it again by that.
        jobs: The jobs, in order; a job that is made again takes the place of the one that failed.
        prompt: What they have in common, shown above them; "" if that is nothing.
        axes: The parameters in which they differ, and their values.
        columns: How many stand side by side, or the parameter whose values are the columns; None: as fits.

    >>> compare(job_a, job_b).picks.winner  # doctest: +SKIP
    """

    jobs = traitlets.Tuple()
    kind = "comparison"

    def __init__(
        self,
        journal: Journal,
        id: str,  # noqa: A002
        jobs: Sequence[Job],
        points: Sequence[dict[str, Any]],
        *,
        prompt: str = "",
        axes: Sequence[Axis] = (),
        columns: int | str | None = None,
        note: str = "",
    ) -> None:
        super().__init__(jobs=tuple(jobs))
        self.id, self.prompt, self.axes, self.columns, self.note = id, prompt, tuple(axes), columns, note
        self.points = tuple(points)
        self.reused: frozenset[str] = frozenset()
        self._journal = journal

    @property
    def ended(self) -> bool:
        return all(job.ended for job in self.jobs)

    @property
    def places(self) -> list[Place]:
        """One place for each clip of each job."""
        return [
            Place(f"{job.id}/{clip + 1}" if clip else job.id, job, clip, point)
            for job, point in zip(self.jobs, self.points, strict=True)
            for clip in range(max(len(job.videos) or job.request.count, 1))
        ]

    @property
    def picks(self) -> Picks:
        """What was picked, here or in another process."""
        winner, favourites = grids.picks_of(self._journal, self.id)
        by_key = {place.key: place for place in self.places}
        return Picks(by_key.get(winner or ""), tuple(by_key[key] for key in favourites if key in by_key))

    def pick(self, winner: Job | str | None = None, favourites: Iterable[Job | str] = ()) -> Picks:
        """Keep a winner and favourites in the journal, in the place of what was picked before.

        Args:
            winner: A job, or a clip's key.
            favourites: Jobs or keys.

        Raises:
            RequestError: One of them is not in this grid.
        """
        keys = {place.key for place in self.places}

        def key(job: Job | str) -> str:
            name = job.id if isinstance(job, Job) else job
            if name not in keys:
                raise RequestError(f"{name} is not in {self.kind} {self.id}. Nothing was changed.")
            return name

        best = key(winner) if winner is not None else None
        grids.set_picks(self._journal, self.id, best, list(dict.fromkeys(map(key, favourites))))
        return self.picks

    def retry(self) -> tuple[Job, ...]:
        """Submit those that failed once more, each in its place; the others stay as they are.

        One that is uncertain or was cancelled is not among them: it may have been charged. Look in your
        account, then use its own ``retry``.

        Returns:
            The new jobs.
        """
        return tuple(self.replace(job, job.retry()) for job in self.jobs if job.status is Status.FAILED)

    def replace(self, old: Job, new: Job) -> Job:
        """Let a job take another's place."""
        index = self.jobs.index(old)
        grids.set_cells(self._journal, self.id, [(index, grids.Cell(new.id, self.points[index]))])
        self.jobs = (*self.jobs[:index], new, *self.jobs[index + 1 :])
        return new

    def cancel(self) -> None:
        """Cancel all that have not ended; see `Job.cancel`."""
        for job in self.jobs:
            if not job.ended:
                job.cancel()

    def wait(self, timeout: float | None = None) -> Self:
        """Block until all have ended. Interrupting the wait leaves the jobs alone.

        Args:
            timeout: Seconds to wait at most. None: as long as it takes.

        Raises:
            WaitTimeoutError: Some are still running; nothing is lost.
            VideogenError: Not one of them succeeded: the first one's failure. Where some did, the others'
                failures are in `table` and in their places.
        """
        end = None if timeout is None else time.monotonic() + timeout
        for job in self.jobs:
            try:
                job.wait(None if end is None else max(end - time.monotonic(), 0))
            except WaitTimeoutError:
                running = sum(not other.ended for other in self.jobs)
                raise WaitTimeoutError(
                    f"{running} of {len(self.jobs)} jobs are still running after {timeout:g} s; they go on.", job=job
                ) from None
            except VideogenError:
                if not job.ended:  # it can't be followed, so nobody would know when it ends
                    raise
        return self._outcome()

    def __await__(self) -> Generator[Any, None, Self]:
        async def all_of_them() -> None:
            for job in self.jobs:
                try:
                    await job
                except VideogenError:
                    if not job.ended:
                        raise

        yield from asyncio.ensure_future(all_of_them())
        return self._outcome()

    def _outcome(self) -> Self:
        errors = [job.error for job in self.jobs]
        if errors and all(errors):
            raise errors[0].with_traceback(None)
        return self

    def table(self) -> Any:
        """Parameters, status, time, cost and path of each clip.

        Returns:
            A pandas DataFrame where pandas is installed, else a list of dicts, with the parameters'
            columns first, then ``status``, ``time`` (seconds from submission to end), ``cost`` and ``unit``
            as the provider told them, ``path``, ``error``, ``job``. A parameter of such a name stands in
            braces: ``{time}``.
        """
        several = any(place.clip for place in self.places)
        rows = [_row(place, several) for place in self.places]
        if importlib.util.find_spec("pandas") is None:
            return rows
        import pandas

        return pandas.DataFrame(rows)

    def export(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the grid for use without a notebook; the suffix says as what.

        Args:
            path: ``.html``: one page that plays the clips in step, with the requests that made them.
                ``.mp4``: the grid as one H.264 video with labels, without sound. ``.png`` or ``.jpg``: a contact
                sheet. ``.gif`` or ``.webp``: an animation.
            **options: `width`: pixels in all. `fps`: frames a second of a video or animation. `columns`: how many
                stand side by side. `labels`: False leaves them out. `limit`: bytes of clips up to which a page
                holds them itself (100 MB); more go into a folder beside it. `progress`: called with 0 to 1; by
                default a bar is shown if writing takes longer than a second.

        Returns:
            The file, absolute.

        Raises:
            RequestError: There is no such format, it does not take an option, or no clip is there yet.

        >>> sweep.export("side_by_side.mp4")  # doctest: +SKIP
        PosixPath('/home/me/side_by_side.mp4')
        """
        from videogen_nb.export import export

        return export(self, path, **options)

    def __len__(self) -> int:
        return len(self.jobs)

    def __repr__(self) -> str:
        counts = {status: sum(job.status is status for job in self.jobs) for status in Status}
        summary = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        axes = " × ".join(map(str, self.axes))
        return plain(f"<{type(self).__name__} {self.id} {axes}: {summary}>", 500)


class Sweep(Comparison):
    """Requests that differ in named parameters, one job for each combination.

    Attributes:
        reused: Ids of jobs that were there before: the same request with the same seed had made its clip.

    >>> sweep("a {animal}", animal=["cat", "owl"], seed=[1, 2]).wait().table()  # doctest: +SKIP
    """

    kind = "sweep"


def _row(place: Place, several: bool) -> dict[str, Any]:
    job = place.job
    columns = {
        **({"clip": place.clip + 1} if several else {}),
        "status": str(job.status),
        "time": round((job.ended_at - job.created_at).total_seconds(), 1) if job.ended_at else None,
        "cost": job.cost.amount if job.cost else None,
        "unit": job.cost.unit if job.cost else None,
        "path": place.path,
        "error": str(job.error) if job.error else None,
        "job": job.id,
    }
    point = {name: label(value) if isinstance(value, (tuple, list)) else value for name, value in place.point.items()}
    return {**{f"{{{name}}}" if name in columns else name: value for name, value in point.items()}, **columns}
