"""Notebooks that come with the project, run from end to end by nbclient; the quickstart is run as Binder does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.programs import LIMIT, MOST, execute, saved

pytestmark = [pytest.mark.kernel, pytest.mark.slow, pytest.mark.timeout(3 * LIMIT)]

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"


def clips_of(data: dict[str, Any]) -> list[str]:
    return re.findall(r'<video[^>]* src="([^"]+)"', data.get("text/html", ""))


@pytest.mark.parametrize(("name", "clips"), [("compare", [6, 8, 2]), ("panel", [0, 1, 4])])
def test_a_notebook_that_was_run_stands_alone(
    tmp_path: Path, name: str, clips: list[int], capfd: pytest.CaptureFixture[str]
) -> None:
    """Every cell runs, and the kernel ends well; what is displayed is small HTML with clips beside it, no widget."""
    notebook = saved(NOTEBOOKS / f"{name}.ipynb")
    execute(notebook, tmp_path)
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
