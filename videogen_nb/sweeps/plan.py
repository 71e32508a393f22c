"""Plan a sweep: check the request of every combination and sum their prices; then submit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

from videogen_nb import config
from videogen_nb.backend import session
from videogen_nb.backend.plan import Plan
from videogen_nb.core.axes import PARAM, Axis, axes_of, fill, label, points
from videogen_nb.core.data_uri import is_data_uri
from videogen_nb.core.image import ImageRef
from videogen_nb.core.job import Cost, Job
from videogen_nb.core.option_kinds import IMAGE, json_or_text
from videogen_nb.core.options import OPTIONS, SWEEPABLE
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import RequestError
from videogen_nb.storage import grids
from videogen_nb.sweeps.comparison import Sweep
from videogen_nb.sweeps.reuse import find_existing

__all__ = ["SweepPlan", "plan_sweep", "submit_sweep"]

MOST = 1000  # requests of one sweep


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """A checked sweep; nothing was sent.

    Attributes:
        prompt: With the variables in braces.
        axes: What is swept.
        points: The combinations.
        plans: One for each combination.
        existing: For each combination the job that has generated its clip already, or None.
        line: How many jobs, and what they would cost as far as that is known.
        note: Informational message about where they run; "" if none.
    """

    prompt: str
    axes: tuple[Axis, ...]
    points: tuple[dict[str, Any], ...]
    plans: tuple[Plan, ...]
    existing: tuple[Job | None, ...]
    line: str
    note: str

    @property
    def count(self) -> int:
        """How many jobs would be submitted."""
        return sum(job is None for job in self.existing)

    def check(self, max_jobs: int) -> None:
        """Refuse to submit more jobs than that without asking.

        Raises:
            RequestError: They are more.
        """
        if self.count > max_jobs:
            raise RequestError(
                f"{self.count} jobs are more than the {max_jobs} that are submitted without asking. Nothing was sent; "
                f"`--max-jobs {self.count}` (max_jobs={self.count} in Python) submits them.",
                option="max_jobs",
            )


def plan_sweep(
    prompt: str,
    options: Mapping[str, Any],
    axes: Mapping[str, Sequence[Any]],
    *,
    max_cost: float | None = None,
    max_jobs: int | None = None,
    fresh: bool = False,
) -> SweepPlan:
    """Check every combination, and say what it would be; nothing is sent.

    Args:
        prompt: With the variables in braces.
        options: What all have in common, under the names of `videogen_nb.generate`.
        axes: What is swept, and its values.
        max_cost: Refuse known prices that sum up to more than this, in their provider's unit.
        max_jobs: Refuse more jobs than this. None: up to 1,000.
        fresh: Make clips again that are there already.

    Raises:
        RequestError: One of the combinations can't be sent as it is, or they are too many or too dear.
    """
    if "prompt" in axes:
        prompt = " / ".join(map(str, axes["prompt"]))
    given = [name for name, value in options.items() if value is not None]
    given += [f"{PARAM}{name}" for name in options.get("params") or ()]
    pictures = _pictures(axes["image"]) if "image" in axes else []
    swept = axes_of(prompt, {**axes, "image": [name for name, _ in pictures]} if pictures else axes)
    if both := next((axis.name for axis in swept if axis.name in given), None):
        option = "params" if both.startswith(PARAM) else both
        raise RequestError(f"{both} is given and swept; give it once. Nothing was sent.", option=option)
    if (count := prod(len(axis.values) for axis in swept)) > MOST:
        raise RequestError(f"{count:,} jobs are too many for one sweep; the most is {MOST:,}. Nothing was sent.")
    combinations = tuple(points(swept))
    common = dict(options)
    if common.get("image") is not None:
        common["image"] = session.make_request("picture", image=common["image"]).image
    images = dict(pictures)
    plans = tuple(session.plan(_request(prompt, common, point, images), max_cost=max_cost) for point in combinations)
    _refuse_twins(plans, combinations)
    existing = (None,) * len(plans) if fresh else find_existing(plans)
    new = [plan for plan, job in zip(plans, existing, strict=True) if job is None]
    prices = _prices(new)
    most = max_cost if max_cost is not None else config.settings().max_cost
    for unit, amount in prices.items():
        if most is not None and amount > most:
            raise RequestError(
                f"The sweep would cost {Cost(amount, unit)}, above the {most:g} allowed by max-cost. Nothing was sent.",
                option="max_cost",
            )
    session.refuse_over_budget(prices, "The sweep")
    hints = dict.fromkeys(plan.hint for plan in new if plan.hint)
    line = _line(swept, new, len(plans), prices)
    planned = SweepPlan(prompt, swept, combinations, plans, existing, line, " ".join(hints))
    if max_jobs is not None:
        planned.check(max_jobs)
    return planned


def submit_sweep(plan: SweepPlan, *, columns: int | str | None = None) -> Sweep:
    """Submit the combinations that have no clip yet; returns the sweep of all of them."""
    journal = session.backend().journal
    if isinstance(columns, str) and columns not in {axis.name for axis in plan.axes}:
        swept = ", ".join(axis.name for axis in plan.axes)
        raise RequestError(f"--columns: {columns!r} is not swept; {swept or 'nothing'} is. Nothing was sent.")
    if isinstance(columns, int) and columns < 1:
        raise RequestError("--columns must be 1 or more, or the name of what is swept. Nothing was sent.")
    # Where nothing is new it is the same sweep again, with what was picked from it.
    axes = [(axis.name, axis.values) for axis in plan.axes]
    known = None if plan.count else grids.find_same(journal, "sweep", axes, [job.id for job in plan.existing if job])
    grid_id = known or grids.add(journal, "sweep", plan.prompt, axes)
    jobs: list[Job] = []
    try:
        for planned, job in zip(plan.plans, plan.existing, strict=True):
            jobs.append(job or session.submit(planned))
    finally:  # after an interrupt the jobs submitted so far still belong to this sweep
        cells = [grids.Cell(job.id, point) for job, point in zip(jobs, plan.points, strict=False)]
        grids.set_cells(journal, grid_id, list(enumerate(cells)))
    sweep = Sweep(
        journal, grid_id, jobs, plan.points, prompt=plan.prompt, axes=plan.axes, columns=columns, note=plan.note
    )
    sweep.reused = frozenset(job.id for job in plan.existing if job)
    return sweep


def _pictures(values: Sequence[Any]) -> list[tuple[str | None, ImageRef | None]]:
    """Pictures with their headings: the file's name where no other picture has it, else the picture's number."""
    pictures = [session.make_request("picture", image=value).image for value in values]
    names = [_file_name(value) for value in values]
    headings: list[str | None] = []
    for index, (name, picture) in enumerate(zip(names, pictures, strict=True)):
        first = pictures.index(picture)
        if picture is None:
            headings.append(None)
        elif first < index:
            headings.append(headings[first])
        else:
            namesakes = {other for other_name, other in zip(names, pictures, strict=True) if other_name == name}
            headings.append(name if len(namesakes) == 1 else str(index + 1))
    return list(zip(headings, pictures, strict=True))


def _file_name(picture: Any) -> str | None:
    """The name of a picture's file, without what grants access to it; None of one that is no file."""
    if isinstance(picture, Job):
        return picture.id
    if not isinstance(picture, (str, Path)) or is_data_uri(str(picture)):
        return None
    text = str(picture)
    return Path(text.partition("?")[0] if text.startswith(("http://", "https://")) else text).name or None


def _request(
    prompt: str, options: Mapping[str, Any], point: Mapping[str, Any], images: Mapping[str | None, ImageRef | None]
) -> VideoRequest:
    given = dict(options)
    given["params"] = dict(options.get("params") or {})
    for name, value in point.items():
        if name.startswith(PARAM):
            given["params"][name.removeprefix(PARAM)] = json_or_text(value) if isinstance(value, str) else value
        elif value is not None and name in SWEEPABLE:  # None leaves the option out
            kind = OPTIONS[name].kind
            given[name] = images.get(value) if kind is IMAGE else kind.read(value)
    text = fill(str(given.pop("prompt", prompt)), {name: value for name, value in point.items() if name != "prompt"})
    return session.make_request(text, **given)


def _refuse_twins(plans: Sequence[Plan], combinations: Sequence[Mapping[str, Any]]) -> None:
    """Refuse to pay twice for the clip of one request with one seed."""
    seen: dict[Any, Mapping[str, Any]] = {}
    for plan, point in zip(plans, combinations, strict=True):
        if plan.request.seed is None:
            continue
        request = replace(plan.request, model=None, provider=None)
        first = seen.setdefault((plan.provider.name, plan.spec.id, plan.endpoint.base_url, request), point)
        if first is not point:
            name = next(name for name in point if first[name] != point[name])
            raise RequestError(
                f"{name} {label(first[name])} and {label(point[name])} make the same request with the same seed. "
                "Nothing was sent.",
                option=name if name in SWEEPABLE else "prompt",
            )


def _prices(plans: Sequence[Plan]) -> dict[str, float]:
    """Known prices, summed by unit."""
    prices: dict[str, float] = {}
    for plan in plans:
        if plan.price and plan.provider.charged_at != "never":
            prices[plan.price.unit] = prices.get(plan.price.unit, 0) + plan.price.amount
    return prices


def _line(axes: Sequence[Axis], new: Sequence[Plan], count: int, prices: Mapping[str, float]) -> str:
    names = " × ".join(map(str, axes))
    summary = f"{count} job{'s' if count != 1 else ''}{f' ({names})' if names else ''}"
    if existing := count - len(new):
        summary += f": {len(new)} to make, {existing} made before with the same seed"
    paid = [plan for plan in new if plan.provider.charged_at != "never"]
    open_ones = list(dict.fromkeys(plan.spec.id for plan in paid if plan.price is None))
    sums = " + ".join(str(Cost(amount, unit)) for unit, amount in prices.items())
    if not paid:
        return f"{summary}. Nothing is charged."
    if not sums:
        return f"{summary}. The price is not known beforehand."
    unknown = f", and what {', '.join(open_ones)} costs is not known" if open_ones else ""
    return f"{summary}. It costs {sums}{unknown}."
