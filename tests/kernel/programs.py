"""Notebooks run from end to end by programs, and what is in them afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tests.kernel import sockets

__all__ = ["LIMIT", "LOAD", "MOST", "SMALL", "execute", "executed", "home_in", "notebook_of", "run", "saved"]

LOAD = "%load_ext videogen_nb"
MOST = 40_000  # bytes that one clip may add to a notebook
SMALL = "--size 320x180 -d 1"
LIMIT = 300  # seconds before a run is given up: rendering is the first to wait where a machine is busy


def notebook_of(folder: Path, *cells: str, name: str = "run.ipynb") -> NotebookNode:
    """Write a notebook of these cells."""
    nodes = [new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook: NotebookNode = new_notebook(cells=nodes, metadata={"kernelspec": spec})  # type: ignore[no-untyped-call]
    nbformat.write(notebook, folder / name)  # type: ignore[no-untyped-call]
    return notebook


def saved(path: Path) -> NotebookNode:
    """A notebook as it is on the disk."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def home_in(folder: Path) -> dict[str, str]:
    """An environment for what several tests share: no keys, and a home in that folder."""
    ours = ("VIDEOGEN_", "INFERY_", "INFINITYBLUE_", "OPENAI_VIDEOS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "VIDEOGEN_HOME": str(folder / "home"), "IPYTHONDIR": str(folder / "ipython")}


def execute(notebook: NotebookNode, folder: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a notebook in a folder by nbclient; an error in any of its cells is raised."""
    NotebookClient(
        notebook,
        timeout=LIMIT,
        kernel_name="python3",
        kernel_manager_class=sockets.SocketKernelManager,
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(folder)}},
    ).execute(env=dict(os.environ if environment is None else environment))


def executed(folder: Path, *cells: str, environment: Mapping[str, str] | None = None) -> NotebookNode:
    """Run cells by nbclient and save the notebook, as far as it came."""
    notebook = notebook_of(folder, *cells)
    try:
        execute(notebook, folder, environment)
    finally:
        nbformat.write(notebook, folder / "run.ipynb")  # type: ignore[no-untyped-call]
    return notebook


def run(folder: Path, *command: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a console script of this environment in a folder."""
    return subprocess.run(
        [sys.executable, sockets.__file__, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LIMIT,
    )
