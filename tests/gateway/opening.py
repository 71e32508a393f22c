"""What a process does that opens queues in the same moment as others; it imports nothing that it does not need."""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path

from videogen_nb.gateway.jobs.queue import Queue

__all__ = ["open_all"]


def open_all(paths: Sequence[Path], start: Barrier) -> None:
    """Open one after another, each when all others do."""
    for path in paths:
        start.wait()
        Queue(path).close()
