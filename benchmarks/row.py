"""A line of the table: a figure, its baseline from the same run, and the range of both."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Row", "table"]


@dataclass(frozen=True, slots=True)
class Row:
    """Repeated measurements of one thing, ours and the baseline's.

    Attributes:
        what: What was measured.
        ours: Ours, in `unit`.
        baseline: What they are compared with.
        theirs: The baseline's.
        target: What we want to reach, in words.
        unit: Of all figures.
    """

    what: str
    ours: Sequence[float]
    baseline: str
    theirs: Sequence[float]
    target: str
    unit: str = "ms"


def table(rows: Sequence[Row]) -> str:
    """The rows as text: median, with the least and the most in brackets."""
    cells = [("what", "ours", "baseline", "the baseline's", "target")]
    cells += [
        (row.what, _spread(row.ours, row.unit), row.baseline, _spread(row.theirs, row.unit), row.target) for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)


def _spread(figures: Sequence[float], unit: str) -> str:
    return f"{statistics.median(figures):.1f} [{min(figures):.1f}, {max(figures):.1f}] {unit}"
