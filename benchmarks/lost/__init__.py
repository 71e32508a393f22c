"""One submission whose answer is lost: how often each client sends it, and how many jobs that buys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version

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
        running = {name: _start(name, server, home) for name, known in found.items() if known}
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


def _start(name: str, server: Lossy, home: str) -> subprocess.Popen[str]:
    """A process of its own for each: some patch what they share, and none may see the caller's keys."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.lost.clients", name],
        env={
            "PATH": os.environ.get("PATH", ""),
            "HOME": home,
            "NO_PROXY": "127.0.0.1",
            "VIDEOGEN_HOME": f"{home}/videogen",
            "VIDEOGEN_OUTPUT_DIR": f"{home}/clips",
            "INFERY_API_KEY": "inf_benchmark",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps([server.address(name, failure) for failure in FAILURES]))
    process.stdin.close()
    return process
