"""``make bench``: run every row, or those named, and print one table; counts of lost answers have their own."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable

from . import grid, load_ext, lost, submit
from .row import Row, table

ROWS: dict[str, Callable[[], list[Row]]] = {"load_ext": load_ext.run, "submit": submit.run, "grid": grid.run}
TABLES: dict[str, Callable[[], str]] = {"lost": lost.run}


def main(names: list[str]) -> int:
    names = names or [*ROWS, *TABLES]
    unknown = [name for name in names if name not in ROWS and name not in TABLES]
    if unknown:
        print(f"No such row: {', '.join(unknown)}. There are: {', '.join([*ROWS, *TABLES])}.", file=sys.stderr)
        return 2
    print(f"{platform.machine()}, Python {platform.python_version()}, {platform.system()}")
    if rows := [row for name in names if name in ROWS for row in ROWS[name]()]:
        print(table(rows))
    for name in names:
        if name in TABLES:
            print(TABLES[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
