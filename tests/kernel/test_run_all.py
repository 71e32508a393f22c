"""Notebooks run from end to end by programs: nbclient, which nbconvert uses, ``jupyter execute`` and papermill."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from tests.kernel.displays import player, players
from tests.kernel.programs import LIMIT, LOAD, MOST, SMALL, executed, home_in, notebook_of, run, saved
from tests.support.servers import Answer, Server

pytestmark = [pytest.mark.kernel, pytest.mark.slow, pytest.mark.timeout(LIMIT + 100)]

_TIME = re.compile(r"\d\d:\d\d:\d\d  ")


def shown(cell: NotebookNode) -> tuple[str, list[str]]:
    """The one HTML that a cell displays, and the lines of the log below it."""
    kinds = [output.output_type for output in cell.outputs]
    assert kinds.count("display_data") == 1
    display, *streams = cell.outputs[kinds.index("display_data") :]
    assert {output.output_type for output in streams} <= {"stream", "error"}
    lines = "".join(output.text for output in streams if output.get("name") == "stdout").splitlines()
    assert all(_TIME.match(line) for line in lines), lines
    return display.data["text/html"], [_TIME.sub("", line) for line in lines]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a notebook that nbclient has run, and with its clips."""
    folder = tmp_path_factory.mktemp("notes")
    size = "--size 1280x720 -d 1"
    cells = (LOAD, f"%%videogen boat {size}\na paper boat", "1 + 1", f"%%videogen whale {size} -s 2\na whale at dusk")
    executed(folder, *cells, environment=home_in(folder))
    return folder


def test_each_clip_is_in_its_own_cell_of_the_saved_notebook(folder: Path) -> None:
    """Without any --wait the saved notebook has its players, each in its cell, as HTML that stands alone."""
    notebook = saved(folder / "run.ipynb")
    load, boat, plain, whale = notebook.cells
    assert not load.outputs
    assert [output.output_type for output in plain.outputs] == ["execute_result"]
    for cell, word in ((boat, "boat"), (whale, "whale")):
        html, _ = shown(cell)
        assert not any("widget" in kind for kind in cell.outputs[0].data)
        source = player(html)
        assert word in source
        assert (folder / source).read_bytes()[4:8] == b"ftyp"
    assert (folder / "run.ipynb").stat().st_size <= 2 * MOST
    assert "widgets" not in notebook.metadata


def test_the_page_of_a_notebook_has_its_players(folder: Path) -> None:
    """nbconvert's HTML page plays the clips from beside it."""
    page, _ = HTMLExporter().from_notebook_node(saved(folder / "run.ipynb"))  # type: ignore[no-untyped-call]
    sources = players(page)
    assert len(sources) == 2
    assert all((folder / source).exists() for source in sources)


def test_a_mistake_stops_the_run(tmp_path: Path) -> None:
    """The cell with the slip is the last one that ran, and nothing was made."""
    with pytest.raises(CellExecutionError) as stopped:
        executed(tmp_path, LOAD, "%%videogen boat --modl veo\na paper boat", "%%videogen whale\na whale")
    assert "--model" in stopped.value.evalue
    assert stopped.value.ename == "UsageError"
    assert saved(tmp_path / "run.ipynb").cells[2].execution_count is None
    assert not list(tmp_path.glob("videogen/*"))


def test_the_bar_becomes_lines_of_a_log(tmp_path: Path) -> None:
    """Of a job what it does and how far it is, of a sweep how many are done; in their cells, in order, and few."""
    notebook_of(
        tmp_path,
        LOAD,
        f"%%videogen boat {SMALL}\na paper boat",
        f"%%videogen boats {SMALL} --sweep seed=1,2,3\na paper boat",
    )
    ran = run(tmp_path, "jupyter-execute", "--inplace", "run.ipynb")
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
    [("papermill", "run.ipynb", "out.ipynb"), ("jupyter-execute", "run.ipynb", "--output=out")],
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
