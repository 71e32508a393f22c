"""JupyterLab with real-time collaboration: two pages see one notebook, and its clips."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.cells import LOAD
from tests.browser.conftest import Show, Write
from tests.browser.grid import Grid
from tests.browser.lab import Lab, Notebook
from tests.browser.outputs import GRID, SINGLE, WIDGET, displays, players, risen, whole

pytest.importorskip(
    "jupyter_server_ydoc", reason="jupyter-collaboration is not installed: `make elsewhere` installs it"
)
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("all_drawn")]

SWEEP = "%%videogen --sweep seed=1,2 --size 320x180 -d 1\na boat in the rain"


def test_both_pages_see_the_clips(show: Show, write: Write, lab: Lab, browser: BrowserContext) -> None:
    """A bar becomes a player in both pages; what the server saves by itself is HTML that needs no kernel."""
    path = write(LOAD, "%%videogen boat\na paper boat", SWEEP)
    first = show(path)
    assert browser.browser
    with browser.browser.new_context(viewport={"width": 1000, "height": 1000}) as other:
        second = Notebook(other, lab, path)
        first.run(0)
        first.run(1)
        risen(first)
        first.run(2)
        players(first.page, 1, f"{SINGLE} video")
        Grid(first.page, f"{GRID} .vgn-grid", 2).play_a_while()
        # A page trusts what its own user has run, and no script of another's: there they are plain players.
        players(second.page, 3)
        expect(second.page.locator(f"{GRID} video[controls]")).to_have_count(2)
        for notebook in (first, second):
            whole(notebook)
        saved = first.save()
        assert len(displays(saved)) == 2
        assert all(WIDGET not in display for display in displays(saved))
        assert [each for each in second.errors if "Comm not found" not in each] == []
    # What the kernel says to a widget that only the other page has made: of no harm, and not ours to prevent.
    first.errors[:] = [each for each in first.errors if "Comm not found" not in each]
