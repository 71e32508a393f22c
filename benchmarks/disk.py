"""What SQLite alone needs for a synced commit on this disk: the floor below all that the journal does."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

__all__ = ["commit"]


def commit(folder: str | Path, times: int = 200, *, size: int = 700) -> list[float]:
    """Milliseconds for each of so many inserts, in WAL mode and synced, into a new table without an index.

    Args:
        folder: Where the file is made.
        times: Inserts.
        size: Bytes of each row; by default about those of a row of the journal.
    """
    db = sqlite3.connect(Path(folder, f"floor-{time.monotonic_ns()}.sqlite3"), isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, content BLOB)")
    found = []
    for place in range(times):
        start = time.perf_counter()
        db.execute("INSERT INTO rows VALUES (?, ?)", [place, b"x" * size])
        found.append((time.perf_counter() - start) * 1000)
    db.close()
    return found
