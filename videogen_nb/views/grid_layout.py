"""Lay out a grid: parameters become rows and columns, and what no heading says becomes a label below the clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from videogen_nb.core.axes import PARAM, Axis, label
from videogen_nb.sweeps.comparison import Place

__all__ = ["Layout", "lay_out"]

ABREAST = 6  # clips of one row; more of one parameter flow over several rows
_CLIP = "clip "  # no parameter's name: a variable of the prompt may be called clip


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions and headings of a grid.

    Attributes:
        rows: Headings from the top; equal neighbours are drawn as one that spans both. Empty: rows mean nothing.
        columns: Headings from the left.
        row_name: The parameter that the rows are values of.
        column_name: That of the columns.
        across: Without headings: how many stand side by side; None for as many as fit.
        spots: Row and column of each place.
        labels: For each place, the parameter values that no heading gives.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    row_name: str | None
    column_name: str | None
    across: int | None
    spots: tuple[tuple[int, int], ...]
    labels: tuple[tuple[str, ...], ...]


def lay_out(places: Sequence[Place], axes: Sequence[Axis], columns: int | str | None = None) -> Layout:
    """Lay out a grid.

    Args:
        places: The clips.
        axes: The parameters in which they differ.
        columns: How many stand side by side, or the parameter whose values are the columns; None: as fits.
    """
    points = [_point(place) for place in places]
    clips = max((place.clip for place in places), default=0) + 1
    varied = [axis for axis in axes if len(axis.values) > 1]
    varied += [Axis(_CLIP, tuple(range(1, clips + 1)))] if clips > 1 else []
    if isinstance(columns, int) or not varied:
        return _flow(points, varied, columns if isinstance(columns, int) else None)
    if len(varied) == 1:
        (axis,) = varied
        if len(axis.values) > ABREAST and columns != axis.name:
            return _flow(points, varied, None)
        return _table(points, None, axis, []) or _flow(points, varied, None)
    across = _columns_of(varied, columns)
    down, *folded = [axis for axis in varied if axis is not across]
    if columns is None and len(across.values) > ABREAST >= len(down.values):
        across, down = down, across
    return _table(points, down, across, folded) or _flow(points, varied, None)


def _point(place: Place) -> dict[str, str]:
    return {**{name: _shown(value) for name, value in place.point.items()}, _CLIP: str(place.clip + 1)}


def _shown(value: Any) -> str:
    return "not set" if value is None else label(value)


def _columns_of(varied: Sequence[Axis], wanted: int | str | None) -> Axis:
    """The parameter for the columns: the one wanted, else the last whose values are not whole prompts."""
    named = [axis for axis in varied if axis.name.strip() == wanted]
    short = [axis for axis in varied if axis.name != "prompt"]
    return (named[:1] or short[-1:] or varied)[-1]


def _table(points: Sequence[dict[str, str]], down: Axis | None, across: Axis, folded: Sequence[Axis]) -> Layout | None:
    """Rows and columns with headings; None where two clips would stand in one spot, or half the spots be empty."""
    columns = [_shown(value) for value in across.values]
    inner = [axis.name for axis in folded]
    ranks = {axis.name: [_shown(value) for value in axis.values] for axis in (*([down] if down else ()), *folded)}
    lines = sorted(
        {tuple(point[name] for name in ranks) for point in points},
        key=lambda line: [ranks[name].index(value) for name, value in zip(ranks, line, strict=True)],
    )
    spots = tuple(
        (lines.index(tuple(point[name] for name in ranks)), columns.index(point[across.name])) for point in points
    )
    if len(set(spots)) < len(spots) or len(spots) * 2 <= len(lines) * len(columns):
        return None
    return Layout(
        tuple(line[0] for line in lines) if down else (),
        tuple(columns),
        _title(down.name) if down else None,
        _title(across.name),
        None,
        spots,
        tuple(tuple(_label(name, point[name]) for name in inner) for point in points),
    )


def _flow(points: Sequence[dict[str, str]], varied: Sequence[Axis], across: int | None) -> Layout:
    labels = tuple(tuple(_label(axis.name, point[axis.name]) for axis in varied) for point in points)
    width = across or len(points) or 1
    spots = tuple(divmod(index, width) for index in range(len(points)))
    return Layout((), (), None, None, across, spots, labels)


def _label(name: str, value: str) -> str:
    return value if name in ("model", "prompt", "provider", "resolution", "aspect_ratio") else f"{_title(name)} {value}"


def _title(name: str) -> str:
    return name.removeprefix(PARAM).replace("_", " ").strip()
