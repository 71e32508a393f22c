"""Notebooks run from end to end by a program: nbclient, as nbconvert and papermill use it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from .test_cells import player

pytestmark = pytest.mark.kernel

LOAD = "%load_ext videogen_nb"
MOST = 40_000  # bytes that one clip may add to a notebook


def execute(folder: Path, *cells: str) -> NotebookNode:
    """Run cells and save the notebook, as far as it came."""
    made = [new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
    notebook: NotebookNode = new_notebook(cells=made)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    finally:
        nbformat.write(notebook, folder / "run.ipynb")  # type: ignore[no-untyped-call]
    return notebook


def test_each_clip_is_in_its_own_cell_of_the_saved_notebook(tmp_path: Path) -> None:
    """Without any --wait the saved notebook has its players, each in its cell, as HTML that stands alone."""
    size = "--size 1280x720 -d 1"
    cells = (LOAD, f"%%videogen boat {size}\na paper boat", "1 + 1", f"%%videogen whale {size} -s 2\na whale at dusk")
    notebook = execute(tmp_path, *cells)
    load, boat, plain, whale = notebook.cells
    assert not load.outputs
    assert [output.output_type for output in plain.outputs] == ["execute_result"]
    for cell, word in ((boat, "boat"), (whale, "whale")):
        (output,) = cell.outputs
        assert output.output_type == "display_data"
        assert set(output.data) == {"text/html", "text/plain"}
        source = player(output.data["text/html"])
        assert word in source
        assert (tmp_path / source).read_bytes()[4:8] == b"ftyp"
    assert (tmp_path / "run.ipynb").stat().st_size <= 2 * MOST
    assert "widgets" not in notebook.metadata


def test_the_page_of_a_notebook_has_its_players(tmp_path: Path) -> None:
    """nbconvert's HTML page plays the clips from beside it."""
    notebook = execute(tmp_path, LOAD, "%%videogen boat --size 320x180 -d 1\na paper boat")
    page, _ = HTMLExporter().from_notebook_node(notebook)  # type: ignore[no-untyped-call]
    assert (tmp_path / player(page)).exists()


def test_a_mistake_stops_the_run(tmp_path: Path) -> None:
    """The cell with the slip is the last one that ran, and nothing was made."""
    with pytest.raises(CellExecutionError) as stopped:
        execute(tmp_path, LOAD, "%%videogen boat --modl veo\na paper boat", "%%videogen whale\na whale")
    assert stopped.value.ename == "UsageError"
    assert "--model" in stopped.value.evalue
    saved = nbformat.read(tmp_path / "run.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert saved.cells[2].execution_count is None
    assert not list(tmp_path.glob("videogen/*"))
