"""Cells in Markdown: what stands in fences of `ipython` and `python` is run, in its order, as one notebook a page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

__all__ = ["ROOT", "Cell", "cells_of", "pages"]

ROOT = Path(__file__).parents[2]
# Pages that are made by `make docs`: notebooks with outputs, and tables without cells.
_GENERATED = ("docs/_generated", "docs/notebooks")
_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>[^\n`]*)\n(?P<code>.*?)^(?P=fence)[ ]*$", re.M | re.S)
LANGUAGES = {
    "ipython",  # a cell of a notebook: magics, or Python with them
    "python",  # a cell of plain Python
    "text",  # what is printed, or refused, or has a placeholder in it
    "bash",  # commands of a shell
    "toml",
}


class Cell(NamedTuple):
    """One fence.

    Attributes:
        line: Where it begins in its page.
        language: As it is written behind the fence.
    """

    line: int
    language: str
    code: str

    @property
    def runs(self) -> bool:
        return self.language in ("ipython", "python")


def pages() -> list[Path]:
    """The README and every page of the documentation."""
    docs = sorted((ROOT / "docs").rglob("*.md"))
    return [ROOT / "README.md", *(page for page in docs if not is_generated(page))]


def is_generated(page: Path) -> bool:
    return page.relative_to(ROOT).as_posix().startswith(_GENERATED)


def cells_of(text: str) -> list[Cell]:
    """The fences of a page, without MyST's directives, which are fences too."""
    found = (
        Cell(text.count("\n", 0, match.start()) + 1, match["language"].strip(), match["code"])
        for match in _FENCE.finditer(text)
    )
    return [cell for cell in found if not cell.language.startswith("{")]
