"""A line of the table: a figure, its baseline from the same run, the range of both, and what is to be reached."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Figures", "Row", "table"]


@dataclass(frozen=True, slots=True)
class Row:
    """Repeated measurements of one thing, ours and the baseline's.

    Attributes:
        what: What was measured.
        ours: Ours, in `unit`; one figure or more.
        unit: Of all figures.
        baseline: What they are compared with; "" where there is nothing.
        theirs: The baseline's.
        target: What we want to reach, in words; "" where nothing is set.
        reached: Whether the median of this run did; None where nothing is set.
    """

    what: str
    ours: Sequence[float]
    unit: str = "ms"
    baseline: str = ""
    theirs: Sequence[float] = ()
    target: str = ""
    reached: bool | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What one benchmark found.

    Attributes:
        rows: Its lines of the table.
        notes: Markdown that stands below the table: how it was measured, further tables, what limits a figure.
    """

    rows: Sequence[Row] = field(default_factory=tuple)
    notes: str = ""


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table: medians, with the least and the most in brackets, and ours / theirs.

    >>> print(table([Row("to open", [1.0, 3.0, 2.0], "ms", "theirs", [4.0], "≤ 5 ms", True)]))
    | figure  | ours              | baseline       | ratio | target   |
    |---------|-------------------|----------------|-------|----------|
    | to open | 2.0 [1.0, 3.0] ms | theirs: 4.0 ms | 0.50  | ✓ ≤ 5 ms |
    """
    cells = [("figure", "ours", "baseline", "ratio", "target")]
    for row in rows:
        theirs = f"{row.baseline}: {spread(row.theirs, row.unit)}" if len(row.theirs) else row.baseline
        mark = {True: "✓ ", False: "✗ ", None: ""}[row.reached]
        cells.append((row.what, spread(row.ours, row.unit), theirs, _ratio(row), mark + row.target))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def spread(figures: Sequence[float], unit: str) -> str:
    """The median of some figures, and their range where there are several."""
    if not len(figures):
        return "–"
    middle = _short(statistics.median(figures))
    several = f" [{_short(min(figures))}, {_short(max(figures))}]" if len(figures) > 1 else ""
    return f"{middle}{several} {unit}".strip()


def _short(figure: float) -> str:
    size = abs(figure)
    return f"{figure:,.0f}" if size >= 100 else f"{figure:.1f}" if size >= 1 or not figure else f"{figure:.2g}"


def _ratio(row: Row) -> str:
    if not len(row.theirs) or not len(row.ours) or not (theirs := statistics.median(row.theirs)):
        return ""
    return f"{statistics.median(row.ours) / theirs:.2f}"
