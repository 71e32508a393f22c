"""``python -m benchmarks.one NAME FILE``: run one benchmark in a process of its own, its figures into FILE as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from .row import Figures


def main(name: str, file: str) -> None:
    found: Figures = import_module(f".{name}", __package__).run()
    rows = [{**asdict(row), "ours": list(row.ours), "theirs": list(row.theirs)} for row in found.rows]
    Path(file).write_text(json.dumps({"rows": rows, "notes": found.notes}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
