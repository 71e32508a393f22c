"""A line of the table: a figure, its baseline from the same run, and the range of both."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Row", "table"]


@dataclass(frozen=True, slots=True)
class Row:
    """Repeated measurements of one thing, ours and the baseline's, in milliseconds.

    Attributes:
        what: What was measured.
        ours: Our times.
        baseline: What they are compared with.
        theirs: The baseline's times.
        target: What we want to reach, in words.
    """

    what: str
    ours: Sequence[float]
    baseline: str
    theirs: Sequence[float]
    target: str


def table(rows: Sequence[Row]) -> str:
    """The rows as text: median, with the least and the most in brackets."""
    cells = [("what", "ours, ms", "baseline", "baseline, ms", "target")]
    cells += [(row.what, _spread(row.ours), row.baseline, _spread(row.theirs), row.target) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)


def _spread(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.1f} [{min(times):.1f}, {max(times):.1f}]"
