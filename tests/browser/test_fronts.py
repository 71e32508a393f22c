"""Other places where JupyterLab's parts are at work: Notebook 7, and a hub's server behind its prefix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.cells import HELD, prepare
from tests.browser.conftest import Show, notebook_of
from tests.browser.gateway import PacedFarm, rise
from tests.browser.grid import Grid
from tests.browser.lab import Lab, Notebook
from tests.browser.outputs import GRID, OUTPUT, SINGLE, WIDGET, displays, players, whole
from tests.browser.proxy import proxied

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PREFIX = "/user/x/"
CELLS = (HELD, "%%videogen --sweep weather=rain,snow\na boat in the {weather}")


def run_through(open_it: Callable[[], Notebook], end_kernels: Callable[[], None], farm: PacedFarm) -> Notebook:
    """A bar rises and becomes a player, a grid plays in step; saved and opened again with its kernel gone, the same."""
    notebook = open_it()
    notebook.run(0, 1)
    rise(notebook, farm, 10, 20, 30)
    farm.release.set()
    notebook.run(2)
    for place in range(2):
        players(notebook.page, 1, f"{SINGLE} video")
        grid = Grid(notebook.page, f"{GRID} .vgn-grid", 2)
        grid.play_a_while()  # which waits until they are in step
        whole(notebook)
        if place:
            break
        assert all(WIDGET not in display for display in displays(notebook.save()))
        notebook.close()
        end_kernels()
        notebook = open_it()
    return notebook


def test_notebook_7(show: Show, folder: Path, lab: Lab, farm: PacedFarm) -> None:
    """In Notebook 7: the live bar, the player, and both again without the kernel."""
    path = notebook_of(folder, prepare(farm), *CELLS)
    opened: list[Notebook] = []

    def open_it() -> Notebook:
        opened.append(show(path, front="notebooks"))
        return opened[-1]

    notebook = run_through(open_it, lab.end_kernels, farm)
    assert "/notebooks/" in notebook.page.url
    for page in opened:  # Notebook's own, of every notebook: it asks for plug-ins and commands that are Lab's
        own = ("(reading 'schema')", "not registered")
        page.errors[:] = [error for error in page.errors if not any(words in error for words in own)]


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, str]]:
    """A user's server as a hub starts it, and its address at the hub, where nothing else is served."""
    places = [tmp_path_factory.mktemp(name) for name in ("root", "state")]
    server = Lab(places[0], places[1], [f"--ServerApp.base_url={PREFIX}", "--ServerApp.allow_remote_access=True"])
    try:
        with proxied(server.url.removesuffix(PREFIX), PREFIX) as home:
            yield server, home
    finally:
        server.stop()


def test_behind_a_hub_s_prefix(browser: BrowserContext, hub: tuple[Lab, str], farm: PacedFarm) -> None:
    """Below `/user/x/` of another port: no address of the notebook's leaves the prefix, live and reopened."""
    server, home = hub
    folder = server.root / "some folder"
    folder.mkdir()
    path = notebook_of(folder, prepare(farm), *CELLS)
    opened: list[Notebook] = []

    def open_it() -> Notebook:
        opened.append(Notebook(browser, server, path, home=home))
        return opened[-1]

    notebook = run_through(open_it, server.end_kernels, farm)
    sources = notebook.page.eval_on_selector_all(f"{OUTPUT} video[src]", "all => all.map(video => video.src)")
    assert [source for source in sources if not source.startswith(f"{home}files/some%20folder/videogen/")] == []
    notebook.close()
    assert [error for each in opened for error in each.errors] == []
