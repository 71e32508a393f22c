"""Notebooks that come with the project, run from end to end by nbclient; the quickstart is run as Binder does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.kernel.test_run_all import MOST

pytestmark = pytest.mark.kernel

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"


def execute(name: str, folder: Path) -> NotebookNode:
    """Run a notebook in a folder; an error in any of its cells is raised."""
    notebook: NotebookNode = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return notebook


def clips_of(data: dict[str, Any]) -> list[str]:
    return re.findall(r'<video[^>]* src="([^"]+)"', data.get("text/html", ""))


@pytest.mark.parametrize(("name", "clips"), [("compare", [6, 8, 2]), ("panel", [0, 1, 4])])
def test_a_notebook_that_was_run_stands_alone(
    tmp_path: Path, name: str, clips: list[int], capfd: pytest.CaptureFixture[str]
) -> None:
    """Every cell runs, and the kernel ends well; what is displayed is small HTML with clips beside it, no widget."""
    notebook = execute(name, tmp_path)
    assert "Traceback" not in capfd.readouterr().err
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = [output.data for output in outputs if output.output_type == "display_data"]
    assert [len(clips_of(data)) for data in shown] == clips
    for data in shown:
        assert {*data} - {"image/jpeg"} == {"text/html", "text/plain"}
        assert len(data["text/html"]) <= MOST * max(len(clips_of(data)), 1)
        for clip in clips_of(data):
            assert (tmp_path / clip).read_bytes()[4:8] == b"ftyp"
    assert not [output for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    assert not [output for output in outputs if any("widget" in kind for kind in output.get("data", {}))]
