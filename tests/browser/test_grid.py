"""A person compares: a sweep fills in, its grid plays in step, picks are kept, and all of it is there when reopened."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.cells import LOAD
from tests.browser.conftest import Show, Write, distrust
from tests.browser.grid import SAVED, Grid
from tests.browser.lab import Lab
from tests.browser.outputs import OUTPUT, WIDGET, displays, said

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SWEEP = "%%videogen seas --sweep weather=rain,snow --sweep seed=1,2 --size 320x180 -d 1\na boat in the {weather}"


def test_picks_of_a_live_grid_are_in_the_journal(show: Show, write: Write) -> None:
    """A winner and a favourite, marked by keys, are read back in the kernel; Done leaves HTML that stands alone."""
    cells = (LOAD, SWEEP, "import videogen_nb as vg\nvg.compare(seas)", "print('picked', seas.picks)", "[*seas.jobs]")
    notebook = show(write(*cells))
    notebook.run(0, 1)
    page = notebook.page
    page.wait_for_selector(SAVED)
    notebook.run(2)
    live = f"{OUTPUT} .vgn-grid:not(.videogen-grid *)"
    grid = Grid(page, live, 4)
    grid.press("2", "Escape", "f", "3", "Escape", "c")
    page.wait_for_selector(f"{live} .vgn-won")
    notebook.run(3)
    said(notebook, "picked <Picks winner: ")
    told = page.locator(f"{OUTPUT} >> text=picked <Picks").inner_text()
    assert "none" not in told
    page.locator(f"{live} .vgn-done").click()
    page.wait_for_function("count => document.querySelectorAll('.videogen-grid .vgn-grid').length === count", arg=2)
    saved = displays(notebook.save())
    assert all(WIDGET not in display for display in saved)
    assert page.locator(".videogen-grid .vgn-won").count() == 1


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
def test_a_saved_grid_works_without_its_kernel(show: Show, write: Write, lab: Lab, trusted: bool) -> None:
    """Reopened, it plays in step and copies picks as Python; where scripts are off, plain players remain."""
    path = write(LOAD, SWEEP)
    notebook = show(path)
    notebook.run(0, 1)
    notebook.page.wait_for_selector(SAVED)
    notebook.save()
    notebook.close()
    lab.end_kernels()
    if not trusted:
        distrust(path)

    again = show(path)
    page = again.page
    if not trusted:
        page.wait_for_selector(".videogen-grid video[controls]")
        assert page.locator(".videogen-grid video[controls]").count() == 4
        assert page.locator(".vgn-grid").count() == 0
        page.evaluate("document.querySelector('.videogen-grid video').play()")
        page.wait_for_function("document.querySelector('.videogen-grid video').currentTime > 0.2")
        return
    grid = Grid(page, SAVED, 4)
    assert len(set(grid.play_a_while())) == 1
    grid.press("1", "Escape", "c")
    page.wait_for_selector(f"{SAVED} .vgn-won")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(SAVED).get_by_role("button", name="Copy picks").click()
    page.wait_for_function(
        '() => navigator.clipboard.readText().then(text => /^videogen_nb.picks[(]"g.*winner=/.test(text))'
    )
    again.close()
    third = show(path)
    third.page.wait_for_selector(f"{SAVED} .vgn-won")


def test_the_wipe_follows_its_edge(show: Show, write: Write) -> None:
    """Two clips lie on top of each other; arrow keys move the edge between them, and Escape leads back."""
    notebook = show(write(LOAD, SWEEP))
    notebook.run(0, 1)
    page = notebook.page
    grid = Grid(page, SAVED, 4)
    grid.press("w")
    edge = page.locator(f"{SAVED} [role=slider].vgn-edge, {SAVED} .vgn-edge [role=slider]").first
    edge.wait_for(state="visible")
    before = edge.get_attribute("aria-valuenow")
    edge.focus()
    page.keyboard.press("ArrowRight")
    assert edge.get_attribute("aria-valuenow") != before
    boxes: list[Any] = page.evaluate(
        "grid => [...document.querySelectorAll(`${grid} video`)].filter(video => video.checkVisibility())"
        ".map(video => { const { x, y, width } = video.getBoundingClientRect(); return [x, y, width]; })",
        SAVED,
    )
    assert len(boxes) == 2
    assert boxes[0] == pytest.approx(boxes[1], abs=1)
    grid.press("Escape")
    edge.wait_for(state="hidden")
