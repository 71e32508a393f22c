"""The Python interface: generate, sweep, compare, panel and resume. `backend.session` has the rest of it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set, ValuesView
from typing import TYPE_CHECKING, Any

from videogen_nb import config
from videogen_nb.backend.session import backend, find_job, find_row, make_request, plan, submit
from videogen_nb.core.as_code import cell_text, options_of
from videogen_nb.core.axes import MOST_VALUES
from videogen_nb.core.job import Job
from videogen_nb.core.options import OPTIONS, SWEEPABLE
from videogen_nb.errors import RequestError, VideogenError
from videogen_nb.storage.load import load as load_job
from videogen_nb.storage.sidecars import picture_path
from videogen_nb.sweeps.compare import compare as compare_jobs
from videogen_nb.sweeps.compare import open_grid
from videogen_nb.sweeps.comparison import Comparison, Picks, Sweep
from videogen_nb.sweeps.plan import plan_sweep, submit_sweep
from videogen_nb.views.job import short_path

if TYPE_CHECKING:
    from videogen_nb.widgets.panel import Panel

__all__ = ["as_cell", "compare", "generate", "load", "panel", "picks", "resume", "sweep"]


def generate(
    prompt: str,
    *,
    model: str | None = None,
    provider: str | None = None,
    duration: float | None = None,
    resolution: str | None = None,
    aspect_ratio: str | None = None,
    size: str | tuple[int, int] | None = None,
    fps: int | None = None,
    seed: int | None = None,
    count: int = 1,
    negative_prompt: str | None = None,
    person_generation: str | None = None,
    user: str | None = None,
    image: Any = None,
    params: Mapping[str, Any] | None = None,
    max_cost: float | None = None,
) -> Job:
    """Submit one request and return its job without waiting.

    Args:
        prompt: What to show, passed on unchanged.
        model: A model id or alias; `models` lists them. Default: the configured one.
        provider: Name of a provider. Default: the configured one, else one whose key is set and
            that knows the model, else ``"local"``, which renders a preview on this machine.
        duration: Length of the clip in seconds, one of those the model offers.
        resolution: Shorter edge with its suffix, such as ``"720p"``.
        aspect_ratio: Width to height, such as ``"16:9"``; not taken from `image`.
        size: Pixels as ``"1280x720"`` or ``(1280, 720)``, in place of the two above.
        fps: Frames a second.
        seed: 0 to 2**32 - 1. None lets the provider draw one.
        count: How many clips.
        negative_prompt: What not to show.
        person_generation: The provider's policy word on people, such as ``"dont_allow"``.
        user: Your own name for the end user, for the provider's abuse checks.
        image: First frame: a path, a URL, bytes, a PIL image, an array of shape
            ``(height, width, 3)``, uint8, sRGB, top row first, or a finished `Job`, of which it
            is the last frame.
        params: Fields of the provider that have no option here: top level on Infery, ``metadata`` on
            Infinity Blue.
        max_cost: Refuse a known price above this, in the provider's unit.

    Returns:
        The job, already in the journal with status ``queued``. Later errors are raised by
        ``await job`` and ``job.wait()``; see `JobError`.

    Raises:
        RequestError: The request can't be sent as it is.
        UnknownModelError: No such model; the message offers close names.
        UnsupportedOptionError: The model does not take this option or value.
        MissingKeyError: The provider needs a key; ``.env_var`` names it.

    Source:
        Limits: the gateway's model list, or the page named in ``ModelSpec.source``.

    >>> generate("a paper boat in the rain", seed=7).wait().videos[0].size  # doctest: +SKIP
    Size(width=1280, height=720)
    """
    options = dict(locals())  # every argument, so that a new option is not named a second time
    del options["max_cost"]
    return submit(plan(make_request(**options), max_cost=max_cost))


def sweep(
    prompt: str | Sequence[str],
    *,
    max_jobs: int | None = None,
    max_cost: float | None = None,
    fresh: bool = False,
    columns: int | str | None = None,
    params: Mapping[str, Any] | None = None,
    **options: Any,
) -> Sweep:
    """Submit one request for each combination of values, and return their jobs without waiting.

    The number of jobs, and their price where it is known, is printed before anything is sent. A request
    that is identical to an earlier one, seed included, is not sent again: its clip is reused.

    Args:
        prompt: What to show; ``{name}`` stands for a keyword of that name. Several prompts are swept.
        max_jobs: Refuse to submit more than this. None: the configured number, 12.
        max_cost: Refuse known prices whose sum is above this, in their provider's unit.
        fresh: Generate clips again although an identical request has generated them.
        columns: How many clips to show side by side, or the parameter whose values are the columns.
        params: Fields of the provider, the same for all; `**{"param.key": […]}` sweeps one.
        options: As `generate` takes them, and variables of the prompt. A list, tuple, range, set,
            iterator or array is swept, but for a pair that is one size.

    Raises:
        RequestError: One of the requests can't be sent as it is, or they are too many or too expensive;
            nothing was sent.

    >>> sweep("a {animal}", animal=["cat", "owl"], seed=range(3)).wait().table()  # doctest: +SKIP
    """
    fixed: dict[str, Any] = {"params": dict(params)} if params else {}
    axes: dict[str, Sequence[Any]] = {}
    for name, value in {"prompt": prompt, **options}.items():
        if (values := _several(name, value)) is not None:
            axes[name] = values
        elif name in SWEEPABLE and name != "prompt":
            fixed[name] = value
        elif name != "prompt":
            axes[name] = (value,)
    limit = max_jobs if max_jobs is not None else config.settings().max_jobs
    planned = plan_sweep(
        prompt if isinstance(prompt, str) else "", fixed, axes, max_cost=max_cost, max_jobs=limit, fresh=fresh
    )
    print(f"{planned.line} {planned.note}".strip())  # noqa: T201
    return submit_sweep(planned, columns=columns)


def _several(name: str, value: Any) -> tuple[Any, ...] | None:
    """The values of a keyword that is swept; None if it is a single value."""
    if name in OPTIONS and OPTIONS[name].kind.is_single(value):
        return None
    if isinstance(value, (list, tuple, range, Set, ValuesView, Iterator)):
        # Of an endless iterator one value more than allowed is taken, and the sweep refuses that.
        return tuple(itertools.islice(value, MOST_VALUES + 1))
    if getattr(value, "ndim", 0) == 1:  # an array or a series
        return tuple(value.tolist())
    return None


def compare(*jobs: Job | Comparison | str | Iterable[Any], columns: int | str | None = None) -> Comparison:
    """Compare clips side by side, played in step.

    As the last expression of a cell it is shown live: favourites and a winner that are marked there are in
    ``comparison.picks``. Comparing the same jobs again returns the same comparison, with its picks.

    Args:
        jobs: Jobs, sweeps, ids of either, or lists of them.
        columns: How many to show side by side, or the parameter whose values are the columns.

    Raises:
        RequestError: There is nothing to compare, no such job, or one is given twice.

    >>> compare(job_a, job_b)  # doctest: +SKIP
    """
    if len(jobs) == 1:
        (only,) = jobs
        known = open_grid(only, columns=columns) if isinstance(only, str) else only
        if isinstance(known, Comparison):
            known.columns = columns if columns is not None else known.columns
            return known
    return compare_jobs(list(_jobs_of(jobs)), columns=columns)


def _jobs_of(items: Iterable[Any]) -> Iterator[Job]:
    for item in items:
        if isinstance(item, Job):
            yield item
        elif isinstance(item, Comparison):
            yield from item.jobs
        elif isinstance(item, str):
            grid = open_grid(item)
            yield from grid.jobs if grid else [find_job(item)]
        elif isinstance(item, Iterable):
            yield from _jobs_of(item)
        else:
            raise RequestError(f"Only jobs, sweeps and their ids can be compared, not {type(item).__name__}.")


def picks(grid: str, *, winner: Job | str | None = None, favourites: Iterable[Job | str] = ()) -> Picks:
    """The picks of a sweep or comparison. With a winner or favourites, they replace the earlier ones.

    "Copy picks" of a saved grid copies the call that records the picks that were marked without a kernel.

    Args:
        grid: Its id.
        winner: A job, its id, or a clip's key such as ``"k3x9ab2c/2"``.
        favourites: The same, several.

    Raises:
        RequestError: There is no such grid, or it does not contain one of the picks.

    >>> picks("g6s9w4w8v", winner="k3x9ab2c")  # doctest: +SKIP
    """
    comparison = open_grid(grid)
    if comparison is None:
        raise RequestError(f"No sweep or comparison {grid!r} in this journal.")
    marks = list(favourites)
    return comparison.pick(winner, marks) if winner is not None or marks else comparison.picks


def panel(prompt: str = "", *, axes: Mapping[str, Sequence[Any]] | None = None, **options: Any) -> Panel:
    """A form that submits requests, with the folder's jobs beside it. Needs a notebook.

    Args:
        prompt: The prompt in the form; ``{name}`` is a variable to sweep.
        axes: The swept parameters and their values.
        options: As `generate` takes them.

    >>> panel(model="veo-3-1-fast").observe(print, "model")  # doctest: +SKIP
    """
    from videogen_nb.widgets.panel import Panel

    return Panel(prompt, axes=dict(axes or {}), **options)


def resume(id: str | None = None) -> list[Job]:  # noqa: A002
    """Follow jobs again that an earlier process left unfinished.

    Args:
        id: One job, also one that is uncertain or cancelled, or whose file is gone. None: all unfinished
            jobs of this folder.

    Returns:
        The jobs. One whose submission was never answered ends as ``uncertain``. One that can't be followed
        with the present settings says why in its `notice`.

    Raises:
        RequestError: There is no such job.
    """
    here = backend()
    if id:
        return [here.resume(find_row(id))]
    jobs = []
    for row in here.left_open(os.getcwd()):
        try:
            jobs.append(here.resume(row))
        except VideogenError as error:  # one missing key must not keep the other jobs from being followed
            job = here.job(row)
            job.notice = str(error)
            jobs.append(job)
    return jobs


def load(path: str | os.PathLike[str]) -> Job:
    """The job that made a clip, wherever the clip was moved or renamed to.

    Args:
        path: The clip, or the JSON file beside it.

    Returns:
        The journal's job if it is there; else one that has ended, built from the file beside the clip, so that
        it can be shown, compared and run again. Its `notice` says how it differs from the original.

    Raises:
        RequestError: There is no such file, it is not a video, or nothing records how it was made.

    >>> load("videogen/a-paper-boat-k3x9ab2c.mp4").request.prompt  # doctest: +SKIP
    'a paper boat'
    """
    return load_job(path, backend())


def as_cell(job: Job) -> str:
    """The ``%%videogen`` cell that repeats a job's request on the provider and model that made it.

    A first frame is named by its copy beside the clip if that exists, else by the copy in VIDEOGEN_HOME.
    """
    options = {"model": job.model, "provider": job.provider}
    options |= {name: value for name, value in options_of(job.request).items() if name not in options}
    if job.path and (picture := picture_path(job, job.path)) and picture.is_file():
        options["image"] = short_path(picture)
    return cell_text(job.request.prompt, options)
