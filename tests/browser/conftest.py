"""One JupyterLab and one Chromium for the tests of this folder; a notebook and a page for each of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import BrowserContext, sync_playwright

from tests.browser.clips import write as write_clip
from tests.browser.gateway import PacedFarm
from tests.browser.lab import LAB, Lab, Notebook, window
from tools.browser import find

Show = Callable[..., Notebook]
Write = Callable[..., Path]

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
TRACKER = "@jupyterlab/notebook-extension:tracker"


def notebook_of(folder: Path, *cells: str) -> Path:
    """Write a notebook of these cells into a folder; returns its path."""
    made = [new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
    notebook = new_notebook(cells=made, metadata={"kernelspec": KERNEL})  # type: ignore[no-untyped-call]
    nbformat.write(notebook, folder / "notebook.ipynb")  # type: ignore[no-untyped-call]
    return folder / "notebook.ipynb"


def distrust(path: Path) -> None:
    """Make a saved notebook a stranger's: Lab knows those it trusts by a digest of what is in them."""
    saved = json.loads(path.read_text("utf-8"))
    saved["cells"].append({**saved["cells"][0], "id": "stranger", "source": "1", "outputs": []})
    path.write_text(json.dumps(saved), "utf-8")


# Not the whole session's: playwright keeps a loop running in this thread, where others start their own.


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Chromium; without one, these tests fail and say what to do. Lab's own files are fetched once for all of them."""
    chromium = find()
    if chromium is None:
        pytest.fail("No Chromium: `apt install chromium`, or `playwright install chromium`, or name one in CHROMIUM.")
    with sync_playwright() as playwright:
        context = window(playwright, chromium, tmp_path_factory.mktemp("profile"))
        yield context
        context.close()


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab, serving an empty folder."""
    server = Lab(tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("state"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def all_drawn(lab: Lab) -> Iterator[None]:
    """Lab leaves out of the page what is far off screen, unless it is told to show all; for one module's pages."""
    lab.set(TRACKER, {"windowingMode": "none"})
    yield
    lab.set(TRACKER, {})


@pytest.fixture
def folder(lab: Lab, tmp_path: Path) -> Path:
    """A folder of this test's own, which JupyterLab serves."""
    made = lab.root / tmp_path.name
    made.mkdir()
    return made


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Writes a notebook of these cells; returns its path."""

    return partial(notebook_of, folder)


@pytest.fixture(scope="module")
def kept() -> Iterator[list[Notebook]]:
    """The page that the tests of one module open their notebooks in, one after another; at first there is none."""
    pages: list[Notebook] = []
    yield pages
    for page in pages:
        page.close()


@pytest.fixture
def show(
    browser: BrowserContext, lab: Lab, kept: list[Notebook], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Notebook]]:
    """Opens notebooks; afterwards no page may have reported an error.

    A test's first notebook opens in the page that the test before it has left, and any after it, or a `fresh` one, in
    a new page, which has nothing of an earlier one's scripts and styles.
    """
    opened: list[Notebook] = []
    failed = request.session.testsfailed

    def show(path: Path, *, fresh: bool = False, front: str = LAB) -> Notebook:
        if kept and front == LAB and not fresh:
            notebook = kept.pop()
            notebook.open(path)
        else:
            while kept:
                kept.pop().close()
            notebook = Notebook(browser, lab, path, front=front)
        opened.append(notebook)
        return notebook

    yield show
    for notebook in [notebook for notebook in opened if not notebook.page.is_closed()]:
        if kept or notebook.front != LAB or request.session.testsfailed > failed:
            notebook.close()
        else:
            notebook.leave()
            kept.append(notebook)
    lab.end_kernels()
    assert [error for notebook in opened for error in notebook.errors] == []


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[PacedFarm]:
    """A gateway whose jobs run until they are released, where their prompts say `hold`."""
    times = [frame / 24 for frame in range(24)]
    with PacedFarm(write_clip(tmp_path / "clip.mp4", times).read_bytes()) as server:
        yield server
        server.release.set()
