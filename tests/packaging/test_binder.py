"""Binder's environment: what ``binder/`` installs is enough to run the quickstart."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nbformat
import pytest

from tests.kernel import sockets
from tests.packaging.environments import environment

ROOT = Path(__file__).parents[2]


@pytest.mark.wheel
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_quickstart_runs_in_what_binder_installs(tmp_path: Path) -> None:
    """An environment with pip alone, binder/postBuild, and the notebook runs to its end with three clips in it."""
    python = environment(tmp_path / "venv", ["pip"])
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("VIDEOGEN", "INFERY", "PYTHON"))},
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "VIDEOGEN_HOME": str(tmp_path / "home"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "PIP_COMPILE": "0",  # what is imported will be compiled then, and is a small part of it all
    }
    subprocess.run([ROOT / "binder" / "postBuild"], cwd=ROOT, env=variables, check=True)
    notebook = tmp_path / "quickstart.ipynb"
    notebook.write_bytes((ROOT / "notebooks" / "quickstart.ipynb").read_bytes())
    execute: list[str | Path] = [python, sockets.__file__, "jupyter-execute", "--inplace", notebook]
    subprocess.run(execute, cwd=tmp_path, env=variables, check=True, capture_output=True)
    cells = nbformat.read(notebook, as_version=4).cells  # type: ignore[no-untyped-call]
    pages = [
        output.data["text/html"]
        for cell in cells
        for output in cell.get("outputs", ())
        if "data" in output and "text/html" in output.data
    ]
    assert sum("<video" in page for page in pages) == 3
    assert len(list((tmp_path / "videogen").glob("*.mp4"))) == 3
