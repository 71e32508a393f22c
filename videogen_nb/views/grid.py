"""A grid as one plain JSON value, from which the live and the saved page are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from videogen_nb.storage.frame_times import timing
from videogen_nb.sweeps.comparison import Comparison, Place
from videogen_nb.text import plain
from videogen_nb.views.grid_layout import Layout, lay_out
from videogen_nb.views.job import elapsed_of, view_of

__all__ = ["cells_of", "grid_of"]


def grid_of(comparison: Comparison, *, interactive: bool = True, can_finish: bool = False) -> dict[str, Any]:
    """A grid as ``js/src/protocol/grid.ts`` describes `GridView`: JSON values only, no secret in it.

    Args:
        comparison: The jobs.
        interactive: Whether buttons have a kernel behind them.
        can_finish: Whether it may be replaced by what needs no kernel.
    """
    layout = _layout(comparison)
    picks = comparison.picks
    return {
        "id": comparison.id,
        "title": plain(" × ".join(map(str, comparison.axes))) or _counted(len(comparison.places)),
        "note": _note(comparison),
        "rows": [*map(plain, layout.rows)],
        "columns": [*map(plain, layout.columns)],
        "row_name": plain(layout.row_name) if layout.row_name else None,
        "column_name": plain(layout.column_name) if layout.column_name else None,
        "across": layout.across,
        "cells": [*_cells(comparison, layout, None, interactive).values()],
        "winner": picks.winner.key if picks.winner else None,
        "favourites": [place.key for place in picks.favourites],
        "can_finish": can_finish,
    }


def cells_of(comparison: Comparison, wanted: Iterable[str]) -> dict[int, dict[str, Any]]:
    """The cells of some jobs, named by their ids, of a live grid, by their place in it."""
    return _cells(comparison, _layout(comparison), frozenset(wanted), interactive=True)


def _layout(comparison: Comparison) -> Layout:
    return lay_out(comparison.places, comparison.axes, comparison.columns)


def _cells(
    comparison: Comparison, layout: Layout, wanted: frozenset[str] | None, interactive: bool
) -> dict[int, dict[str, Any]]:
    return {
        number: {
            "key": place.key,
            "row": spot[0],
            "column": spot[1],
            "labels": [*map(plain, labels), *_seed(place, comparison)],
            "outcome": _outcome(place),
            "reused": place.job.id in comparison.reused,
            "job": view_of(place.job, interactive=interactive, small=True, clip=place.clip),
            "timing": _timing(place),
        }
        for number, (place, spot, labels) in enumerate(zip(comparison.places, layout.spots, layout.labels, strict=True))
        if wanted is None or place.job.id in wanted
    }


def _counted(count: int) -> str:
    return f"{count} clip{'s' if count != 1 else ''}"


def _note(comparison: Comparison) -> str | None:
    sentences = [plain(comparison.note)] if comparison.note else []
    if comparison.reused:
        sentences.append(
            f"{len(comparison.reused)} of {len(comparison.jobs)} had been made before with the same request and seed."
        )
    return " ".join(sentences) or None


def _seed(place: Place, comparison: Comparison) -> list[str]:
    """The seed, unless it is one of the grid's parameters."""
    seed = place.job.request.seed
    return [] if seed is None or any(axis.name == "seed" for axis in comparison.axes) else [f"seed {seed}"]


def _outcome(place: Place) -> list[str]:
    job = place.job
    return [*([f"made in {elapsed_of(job):.0f} s"] if job.videos else []), *([plain(job.cost)] if job.cost else [])]


def _timing(place: Place) -> dict[str, Any] | None:
    try:
        return asdict(timing(place.path)) if place.path else None
    except OSError:
        return None
