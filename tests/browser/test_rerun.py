"""A notebook that is run or opened again while its jobs are under way: each clip is shown once, and nothing twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.cells import KEY, prepare
from tests.browser.conftest import Show, Write
from tests.browser.grid import Grid
from tests.browser.lab import Lab
from tests.browser.outputs import GRID, LIVE, SINGLE, WIDGET, displays, in_view, players, whole
from tests.support.farm import Farm

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("all_drawn")]

ONE = "%%videogen one\nhold a boat"
TWO = "%%videogen two --sweep sky=red,blue\nhold a ship below a {sky} sky"


def ids(saved: dict[str, Any]) -> set[str]:
    """The jobs that a saved notebook shows: each line of plain text begins with one's id."""
    return {line.split()[0] for display in displays(saved) for line in "".join(display["text/plain"]).splitlines()}


def test_run_all_again_leaves_nothing_of_the_first_run(show: Show, write: Write, farm: Farm) -> None:
    """One display a cell, of the second run's jobs, though one of the first's ends after the second has begun."""
    notebook = show(write(prepare(farm), "%%videogen\na quick one", ONE, TWO, "ids = [job.id for job in vg.jobs()]"))
    page = notebook.page
    notebook.run_all()
    expect(page.locator(f"{SINGLE} video")).to_have_count(1)
    expect(page.locator(LIVE)).to_have_count(3)
    first = ids(notebook.save())
    notebook.run_all()
    expect(page.locator(f"{SINGLE} video")).to_have_count(1)
    expect(page.locator(LIVE)).to_have_count(3)
    assert len(farm.posts) == 8
    farm.release.set()
    players(page, 2, f"{SINGLE} video")
    Grid(page, f"{GRID} .vgn-grid", 2).play_a_while()  # which waits until they are in step
    saved = notebook.save()
    assert [len(cell["outputs"]) for cell in saved["cells"][1:]] == [1, 1, 2, 0]  # a sweep prints its line
    assert (len(first), len(ids(saved))) == (4, 4)
    assert not [each for each in first if each in json.dumps(saved)]
    assert KEY not in json.dumps(saved["cells"][1:])
    assert all(WIDGET not in display for display in displays(saved))


def test_a_reload_in_mid_run_keeps_all_bars_and_leaves_no_view(show: Show, write: Write, farm: Farm) -> None:
    """A job's and a grid's bars come back with the page, become players, and the file then needs no kernel."""
    notebook = show(write(prepare(farm), ONE, TWO))
    page = notebook.page
    notebook.run_all()
    expect(page.locator(LIVE)).to_have_count(3)
    notebook.save()
    page.reload()
    notebook.ready()
    expect(page.locator(LIVE)).to_have_count(3)
    farm.release.set()
    players(page, 1, f"{SINGLE} video")
    Grid(page, f"{GRID} .vgn-grid", 2).play_a_while()  # which waits until they are in step
    saved = displays(notebook.save())
    assert len(saved) == 2
    assert all(WIDGET not in display for display in saved)


@pytest.mark.parametrize("saved", [True, False], ids=["saved", "unsaved"])
@pytest.mark.parametrize("alive", [True, False], ids=["alive", "shut-down"])
def test_one_call_brings_every_clip_back_into_view(
    show: Show, write: Write, lab: Lab, farm: Farm, saved: bool, alive: bool
) -> None:
    """A tab that was closed during the run: `%videogen resume` shows each clip once, and none that is in view."""
    resume = "%videogen resume" if alive else f"{prepare(farm)}\n%videogen resume"
    path = write(prepare(farm), "%%videogen\na quick one", ONE, TWO, resume)
    notebook = show(path)
    notebook.run(0, 1)
    expect(notebook.page.locator(f"{SINGLE} video")).to_have_count(1)
    notebook.save()
    notebook.run(2)
    notebook.run(3)
    expect(notebook.page.locator(LIVE)).to_have_count(3)
    if saved:
        notebook.save()
    notebook.close()
    if not alive:
        lab.end_kernels()
    farm.release.set()

    again = show(path)
    again.run(4)
    in_view(again.page, 4)
    again.run(4)
    in_view(again.page, 4)
    assert len(farm.posts) == 4
    kept: list[dict[str, Any]] = displays(again.save())
    assert all(WIDGET not in display for display in kept)
    whole(again)
    if saved and not alive:  # a view whose kernel is gone: the page says so until it is replaced
        again.errors[:] = [error for error in again.errors if "widget model not found" not in error]
