"""``make bench``: run every row, or those named, and print one table."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable

from . import grid, load_ext, submit
from .row import Row, table

ROWS: dict[str, Callable[[], list[Row]]] = {"load_ext": load_ext.run, "submit": submit.run, "grid": grid.run}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        print(f"No such row: {', '.join(unknown)}. There are: {', '.join(ROWS)}.", file=sys.stderr)
        return 2
    print(f"{platform.machine()}, Python {platform.python_version()}, {platform.system()}")
    print(table([row for name in names or ROWS for row in ROWS[name]()]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
