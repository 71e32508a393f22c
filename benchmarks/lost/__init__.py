"""One submission whose answer is lost: how often each client sends it, and how many jobs that buys."""

from __future__ import annotations

import tempfile
from importlib.metadata import PackageNotFoundError, version

from ..programs import start
from ..row import Figures
from .clients import CLIENTS, READ_TIMEOUT
from .lossy import FAILURES, Lossy

__all__ = ["run"]

_NOTES = f"""\
POSTs that reached the server / jobs it accepted, and would bill. One submission each.
"connection refused": nothing can arrive. "429, then fine": the first POST is turned away, the second accepted.
Defaults of each client but for address, key and a read time-out of {READ_TIMEOUT:g} s for all; fal-client's queue
address, https only, is replaced in its module."""


def run() -> Figures:
    """Let every client that is installed meet every failure, all at once, and tell what the server counted."""
    found = {name: _version(name) for name in CLIENTS}
    with Lossy() as server, tempfile.TemporaryDirectory() as home:
        running = {
            name: start(
                "benchmarks.lost.clients",
                name,
                [server.address(name, failure) for failure in FAILURES],
                home,
                INFERY_API_KEY="inf_benchmark",
            )
            for name, known in found.items()
            if known
        }
        for name, process in running.items():
            if process.wait():
                raise RuntimeError(f"The benchmark of {name} failed with {process.returncode}.")
        cells = [["one submission, then …", *(f"{name} {known or ''}".strip() for name, known in found.items())]]
        for failure in FAILURES:
            counts = (
                f"{server.posts[name, failure]} / {server.accepted_by[name, failure]}" if known else "not installed"
                for name, known in found.items()
            )
            cells.append([failure, *counts])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return Figures((), "\n".join(["```", *lines, "```", "", _NOTES]))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
