"""Notebooks run from end to end by programs: nbclient, which nbconvert uses, ``jupyter execute`` and papermill."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tests.kernel.test_cells import player
from tests.support.servers import Answer, Server

pytestmark = pytest.mark.kernel

LOAD = "%load_ext videogen_nb"
MOST = 40_000  # bytes that one clip may add to a notebook
SMALL = "--size 320x180 -d 1"
_TIME = re.compile(r"\d\d:\d\d:\d\d  ")


def notebook_of(folder: Path, *cells: str, name: str = "run.ipynb") -> NotebookNode:
    """Write a notebook of these cells."""
    made = [new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook: NotebookNode = new_notebook(cells=made, metadata={"kernelspec": spec})  # type: ignore[no-untyped-call]
    nbformat.write(notebook, folder / name)  # type: ignore[no-untyped-call]
    return notebook


def saved(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def execute(folder: Path, *cells: str) -> NotebookNode:
    """Run cells by nbclient and save the notebook, as far as it came."""
    notebook = notebook_of(folder, *cells)
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


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment in a folder."""
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=120
    )


def shown(cell: NotebookNode) -> tuple[str, list[str]]:
    """The one HTML that a cell displays, and the lines of the log below it."""
    kinds = [output.output_type for output in cell.outputs]
    assert kinds.count("display_data") == 1
    display, *streams = cell.outputs[kinds.index("display_data") :]
    assert {output.output_type for output in streams} <= {"stream", "error"}
    lines = "".join(output.text for output in streams if output.get("name") == "stdout").splitlines()
    assert all(_TIME.match(line) for line in lines), lines
    return display.data["text/html"], [_TIME.sub("", line) for line in lines]


def test_each_clip_is_in_its_own_cell_of_the_saved_notebook(tmp_path: Path) -> None:
    """Without any --wait the saved notebook has its players, each in its cell, as HTML that stands alone."""
    size = "--size 1280x720 -d 1"
    cells = (LOAD, f"%%videogen boat {size}\na paper boat", "1 + 1", f"%%videogen whale {size} -s 2\na whale at dusk")
    notebook = execute(tmp_path, *cells)
    load, boat, plain, whale = notebook.cells
    assert not load.outputs
    assert [output.output_type for output in plain.outputs] == ["execute_result"]
    for cell, word in ((boat, "boat"), (whale, "whale")):
        html, _ = shown(cell)
        assert not any("widget" in kind for kind in cell.outputs[0].data)
        source = player(html)
        assert word in source
        assert (tmp_path / source).read_bytes()[4:8] == b"ftyp"
    assert (tmp_path / "run.ipynb").stat().st_size <= 2 * MOST
    assert "widgets" not in notebook.metadata


def test_the_page_of_a_notebook_has_its_players(tmp_path: Path) -> None:
    """nbconvert's HTML page plays the clips from beside it."""
    notebook = execute(tmp_path, LOAD, f"%%videogen boat {SMALL}\na paper boat")
    page, _ = HTMLExporter().from_notebook_node(notebook)  # type: ignore[no-untyped-call]
    assert (tmp_path / player(page)).exists()


def test_a_mistake_stops_the_run(tmp_path: Path) -> None:
    """The cell with the slip is the last one that ran, and nothing was made."""
    with pytest.raises(CellExecutionError) as stopped:
        execute(tmp_path, LOAD, "%%videogen boat --modl veo\na paper boat", "%%videogen whale\na whale")
    assert "--model" in stopped.value.evalue
    assert stopped.value.ename == "UsageError"
    saved = nbformat.read(tmp_path / "run.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert saved.cells[2].execution_count is None
    assert not list(tmp_path.glob("videogen/*"))


def test_the_bar_becomes_lines_of_a_log(tmp_path: Path) -> None:
    """Of a job what it does and how far it is, of a sweep how many are done; in their cells, in order, and few."""
    notebook_of(
        tmp_path,
        LOAD,
        f"%%videogen boat {SMALL}\na paper boat",
        f"%%videogen boats {SMALL} --sweep seed=1,2,3\na paper boat",
    )
    ran = run(tmp_path, "jupyter", "execute", "--inplace", "run.ipynb")
    assert ran.returncode == 0, ran.stderr
    _, boat, boats = saved(tmp_path / "run.ipynb").cells
    html, lines = shown(boat)
    job = re.search(r"job (\w+)<", html.replace("\N{NO-BREAK SPACE}", " "))
    assert job
    assert all(line.startswith(f"{job[1]}  ") for line in lines)
    assert "  done in " in lines[-1]
    assert player(html) in lines[-1]
    told = [line.split("  ")[1].partition(" ")[0].rstrip(",") for line in lines]
    order = ["submitting", "queued", "running", "downloading", "done"]
    assert [order.index(word) for word in told] == sorted(order.index(word) for word in told)
    assert len(lines) < 12
    html, lines = shown(boats)
    assert html.count("<video") == 3
    counts = [int(line.split("  ")[1].split()[0]) for line in lines]
    assert counts == sorted(set(counts))
    assert lines[-1].endswith("3 of 3 done")


def test_papermill_runs_cells_with_its_parameters(tmp_path: Path) -> None:
    """`{variable}` in a cell is what papermill was told; the outputs are in the notebook that it writes."""
    notebook = notebook_of(
        tmp_path,
        'animal = "cat"',
        LOAD,
        f"%%videogen clip {SMALL}\na {{animal}} on a roof",
        "assert clip.status == 'succeeded', clip.status",
    )
    notebook.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, tmp_path / "run.ipynb")  # type: ignore[no-untyped-call]
    ran = run(tmp_path, "papermill", "run.ipynb", "out.ipynb", "-p", "animal", "owl", "--log-output")
    assert ran.returncode == 0, ran.stderr
    html, lines = shown(saved(tmp_path / "out.ipynb").cells[3])
    assert "an owl" not in html
    assert "a owl on a roof" in html
    assert (tmp_path / player(html)).exists()
    assert "done in" in lines[-1]
    assert "  running" in ran.stderr, "papermill logs what cells print"


@pytest.mark.parametrize(
    "command",
    [("papermill", "run.ipynb", "out.ipynb"), ("jupyter", "execute", "run.ipynb", "--output=out")],
    ids=["papermill", "jupyter-execute"],
)
def test_a_program_fails_where_a_cell_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """Here it is the one that needs a clip that could not be made; the log has said so before."""
    cells = (LOAD, "%%videogen clip --model veo-3-1-fast\na paper boat", "clip.wait()", "1 + 1")
    notebook_of(tmp_path, *cells)
    refusal = Answer({"error": {"message": "No such size", "code": "invalid_request"}}, 400)
    with Server({"POST /v1/videos/generations": refusal}) as server:
        monkeypatch.setenv("INFERY_BASE_URL", server.url)
        monkeypatch.setenv("INFERY_API_KEY", "inf_0123456789abcdef")
        ran = run(tmp_path, *command)
        assert len(server.requests("POST /v1/videos/generations")) == 1
    assert ran.returncode != 0
    if command[0] != "papermill":  # which tells what is in the notebook that it writes
        assert "No such size" in ran.stderr
    else:
        done = saved(tmp_path / "out.ipynb").cells
        (clip,) = [cell for cell in done if cell.source.startswith("%%videogen")]
        html, lines = shown(clip)
        assert "Failed" in html
        assert "  failed: " in lines[-1]
        assert "No such size" in lines[-1]
        assert done[-1].execution_count is None
