"""Sweeps and comparisons, their cells and their picks: the journal's tables ``grids``, ``grid_cells``, ``picks``."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from videogen_nb.storage.journal import Journal, new_id
from videogen_nb.text import without_grants

__all__ = ["Cell", "Grid", "add", "find", "find_same", "jobs", "latest_sweep", "picks_of", "set_cells", "set_picks"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid.

    Attributes:
        job: Id of its job.
        point: The value of each parameter.
    """

    job: str
    point: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grid:
    """Jobs that are compared, as the journal has them.

    Attributes:
        id: Short and unique; starts with "g", unlike a job's.
        kind: ``"sweep"`` or ``"comparison"``.
        prompt: A sweep's prompt with its variables in braces, shown above the grid.
        axes: Names and values of the parameters that differ, in order.
        cells: The cells, in order.
    """

    id: str
    kind: str
    prompt: str
    axes: list[tuple[str, list[Any]]]
    cells: list[Cell]


def add(journal: Journal, kind: str, prompt: str, axes: Sequence[tuple[str, Sequence[Any]]]) -> str:
    """Insert a new grid without cells and return its id."""
    id = f"g{new_id()}"  # noqa: A001
    with journal.write() as db:
        db.execute(
            "INSERT INTO grids VALUES (?, ?, ?, ?, ?, ?)",
            [id, time.time(), os.getcwd(), kind, prompt, _json(axes)],
        )
    return id


def set_cells(journal: Journal, grid: str, cells: Sequence[tuple[int, Cell]]) -> None:
    """Insert or replace the cells at these indexes."""
    with journal.write() as db:
        db.executemany(
            "INSERT OR REPLACE INTO grid_cells VALUES (?, ?, ?, ?)",
            [[grid, index, cell.job, _json(cell.point)] for index, cell in cells],
        )


def find(journal: Journal, prefix: str) -> list[Grid]:
    """Grids whose id starts with `prefix`, newest first."""
    with journal.read() as db:
        rows = db.execute(
            "SELECT id, kind, prompt, axes FROM grids WHERE substr(id, 1, ?) = ? ORDER BY created DESC LIMIT 20",
            [len(prefix), prefix],
        ).fetchall()
        cells = {
            id: db.execute("SELECT job, point FROM grid_cells WHERE grid = ? ORDER BY place", [id]).fetchall()
            for id, *_ in rows  # noqa: A001
        }
    return [
        Grid(
            id,
            kind,
            prompt,
            [(name, values) for name, values in json.loads(axes)],
            [Cell(job, json.loads(point)) for job, point in cells[id]],
        )
        for id, kind, prompt, axes in rows  # noqa: A001
    ]


def latest_sweep(journal: Journal, job: str) -> str | None:
    """Id of the newest sweep that contains a job; None if there is none."""
    with journal.read() as db:
        row = db.execute(
            "SELECT id FROM grids JOIN grid_cells ON grid = id WHERE job = ? AND kind = 'sweep' "
            "ORDER BY created DESC, grids.rowid DESC LIMIT 1",
            [job],
        ).fetchone()
    return row[0] if row else None


def jobs(journal: Journal) -> set[str]:
    """Ids of all jobs that are in a grid."""
    with journal.read() as db:
        return {job for (job,) in db.execute("SELECT DISTINCT job FROM grid_cells")}


def find_same(
    journal: Journal, kind: str, axes: Sequence[tuple[str, Sequence[Any]]], jobs: Sequence[str]
) -> str | None:
    """Id of the grid of that kind with exactly these jobs in this order; None if there is none."""
    with journal.read() as db:
        rows = db.execute(
            "SELECT grid, group_concat(job, ' ') FROM (SELECT grid, job FROM grid_cells WHERE grid IN "
            "(SELECT id FROM grids JOIN grid_cells ON grid = id WHERE kind = ? AND axes = ? AND place = 0 AND job = ?) "
            "ORDER BY grid, place) GROUP BY grid",
            [kind, _json(axes), jobs[0]],
        ).fetchall()
    return next((grid for grid, ids in rows if ids == " ".join(jobs)), None)


def set_picks(journal: Journal, grid: str, winner: str | None, favourites: Sequence[str]) -> None:
    """Replace the picks of a grid."""
    with journal.write() as db:
        db.execute("DELETE FROM picks WHERE grid = ?", [grid])
        marks = [("winner", winner)] if winner else []
        marks += [("favourite", key) for key in favourites]
        db.executemany("INSERT INTO picks VALUES (?, ?, ?)", [[grid, mark, key] for mark, key in marks])


def picks_of(journal: Journal, grid: str) -> tuple[str | None, tuple[str, ...]]:
    """Keys of the winner (None if there is none) and of the favourites, in the order in which they were picked."""
    with journal.read() as db:
        rows = db.execute("SELECT mark, key FROM picks WHERE grid = ? ORDER BY rowid", [grid]).fetchall()
    winner = next((key for mark, key in rows if mark == "winner"), None)
    return winner, tuple(key for mark, key in rows if mark == "favourite")


def _json(value: Any) -> str:
    return json.dumps(without_grants(value), default=str)
