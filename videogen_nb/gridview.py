"""What is told about a grid: one plain value, drawn by the page, live or saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from .comparison import Comparison, Place
from .layout import lay_out
from .plain import plain
from .timing import timing
from .view import elapsed_of, view_of

__all__ = ["cells_of", "grid_of"]


def grid_of(comparison: Comparison, *, interactive: bool = True, can_finish: bool = False) -> dict[str, Any]:
    """A grid as ``js/src/protocol/grid.ts`` describes `GridView`: JSON values only, no secret in it.

    Args:
        comparison: The jobs.
        interactive: Whether buttons have a kernel behind them.
        can_finish: Whether it may be replaced by what needs no kernel.
    """
    plan = lay_out(comparison.places, comparison.axes, comparison.columns)
    picks = comparison.picks
    return {
        "id": comparison.id,
        "title": plain(" × ".join(map(str, comparison.axes))) or _counted(len(comparison.places)),
        "note": _note(comparison),
        "rows": [*map(plain, plan.rows)],
        "columns": [*map(plain, plan.columns)],
        "row_name": plain(plan.row_name) if plan.row_name else None,
        "column_name": plain(plan.column_name) if plan.column_name else None,
        "across": plan.across,
        "cells": list(cells_of(comparison, interactive=interactive).values()),
        "winner": picks.winner.key if picks.winner else None,
        "favourites": [place.key for place in picks.favourites],
        "can_finish": can_finish,
    }


def cells_of(
    comparison: Comparison, wanted: Iterable[str] | None = None, *, interactive: bool = True
) -> dict[int, dict[str, Any]]:
    """The grid's cells by their place in it: all, or those of the jobs wanted by id."""
    places = comparison.places
    plan = lay_out(places, comparison.axes, comparison.columns)
    ids = None if wanted is None else set(wanted)
    return {
        number: {
            "key": place.key,
            "row": spot[0],
            "column": spot[1],
            "told": [*map(plain, told), *_seed(place, comparison)],
            "made": _made(place),
            "reused": place.job.id in comparison.reused,
            "job": _job(place, interactive),
            "timing": _timing(place),
        }
        for number, (place, spot, told) in enumerate(zip(places, plan.spots, plan.told, strict=True))
        if ids is None or place.job.id in ids
    }


def _counted(count: int) -> str:
    return f"{count} clip{'s' if count != 1 else ''}"


def _note(comparison: Comparison) -> str | None:
    told = [plain(comparison.note)] if comparison.note else []
    if comparison.reused:
        told.append(
            f"{len(comparison.reused)} of {len(comparison.jobs)} had been made before with the same request and seed."
        )
    return " ".join(told) or None


def _seed(place: Place, comparison: Comparison) -> list[str]:
    """The seed, where no parameter of the grid says it."""
    seed = place.job.request.seed
    return [] if seed is None or any(axis.name == "seed" for axis in comparison.axes) else [f"seed {seed}"]


def _made(place: Place) -> list[str]:
    job = place.job
    return [*([f"made in {elapsed_of(job):.0f} s"] if job.videos else []), *([plain(job.cost)] if job.cost else [])]


def _job(place: Place, interactive: bool) -> dict[str, Any]:
    """The job's view, with this place's clip alone."""
    view = view_of(place.job, interactive=interactive, small=True)
    clip = place.job.videos[place.clip] if place.clip < len(place.job.videos) else None
    size = clip.size if clip else None
    view["videos"] = view["videos"][place.clip : place.clip + 1]
    return {**view, "width": size.width, "height": size.height} if size else view


def _timing(place: Place) -> dict[str, Any] | None:
    try:
        return asdict(timing(place.path)) if place.path else None
    except OSError:
        return None
