"""Binder's environment: what ``binder/`` installs is enough to run the quickstart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.wheel
@pytest.mark.timeout(400)
def test_the_quickstart_runs_in_what_binder_installs(tmp_path: Path) -> None:
    """An empty environment, binder/postBuild, and the notebook runs to its end with three clips in it."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("VIDEOGEN", "INFERY", "PYTHON"))},
        "PATH": f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "VIDEOGEN_HOME": str(tmp_path / "home"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "PIP_COMPILE": "0",  # what is imported will be compiled then, and is a small part of it all
    }
    subprocess.run([ROOT / "binder" / "postBuild"], cwd=ROOT, env=environment, check=True)
    notebook = tmp_path / "quickstart.ipynb"
    notebook.write_bytes((ROOT / "notebooks" / "quickstart.ipynb").read_bytes())
    subprocess.run(
        ["jupyter", "execute", "--inplace", notebook], cwd=tmp_path, env=environment, check=True, capture_output=True
    )
    cells = nbformat.read(notebook, as_version=4).cells  # type: ignore[no-untyped-call]
    pages = [
        output.data["text/html"]
        for cell in cells
        for output in cell.get("outputs", ())
        if "data" in output and "text/html" in output.data
    ]
    assert sum("<video" in page for page in pages) == 3
    assert len(list((tmp_path / "videogen").glob("*.mp4"))) == 3
