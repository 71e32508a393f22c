"""A person's four journeys in a real JupyterLab: a cell's clip, a sweep's grid, the panel, a notebook reopened.

This is the browser's share of `make test`; all else in this folder is slow, and left to `make test-all`.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.cells import LOAD, TINY, prepare
from tests.browser.conftest import Show, Write, distrust
from tests.browser.form import Form
from tests.browser.gateway import PacedFarm
from tests.browser.grid import LAST, SAVED, Grid
from tests.browser.lab import Lab, Notebook
from tests.browser.outputs import OUTPUT, PLAYER, check_playing, displays, risen, said, the_clip

pytestmark = pytest.mark.browser

QUICKSTART = Path(__file__).parent.parent.parent / "notebooks" / "quickstart.ipynb"
EMPTY = "import videogen_nb as vg\npanel = vg.panel()\npanel"
SWEEP = "%%videogen seas --sweep weather=rain,snow --sweep mood=calm,wild\nhold a {mood} boat in the {weather}"


def box(notebook: Notebook) -> dict[str, float]:
    """Where the stage is: that of the live view, or that of the final HTML."""
    stage = notebook.page.locator(".vgn-stage, .videogen-job > div > div:has(> video)")
    found = stage.bounding_box()
    assert found is not None
    return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}


@pytest.mark.parametrize("theme", ["JupyterLab Light", pytest.param("JupyterLab Dark", marks=pytest.mark.slow)])
def test_the_quickstarts_bar_becomes_a_player_in_its_place(show: Show, folder: Path, theme: str) -> None:
    """The first two cells of the quickstart show a bar that rises, then a player that plays, and nothing moves."""
    path = folder / QUICKSTART.name
    shutil.copy(QUICKSTART, path)
    notebook = show(path)
    notebook.theme(theme)
    load, boat = [place for place, cell in enumerate(_cells(path)) if cell["cell_type"] == "code"][:2]
    notebook.run(load)
    notebook.run(boat)
    risen(notebook)
    before = box(notebook)
    notebook.page.wait_for_selector(PLAYER)
    after = box(notebook)

    values = [value for value, _ in notebook.bars() if value >= 0]
    assert values == sorted(values)
    assert after == {side: pytest.approx(length, abs=1) for side, length in before.items()}
    assert notebook.page.locator(f"{OUTPUT} >> text=local preview").first.is_visible()
    check_playing(notebook, the_clip(folder))


def _cells(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text("utf-8"))["cells"])


def test_a_sweep_becomes_a_grid_that_plays_in_step(show: Show, write: Write, farm: PacedFarm) -> None:
    """Headings stand over bars, then over players; all show the same frame after playing and after each step."""
    notebook = show(write(prepare(farm), SWEEP))
    notebook.run(0, 1)
    page = notebook.page
    expect(page.locator(f"{OUTPUT} .vgn-grid .vgn-bar")).to_have_count(4)
    for heading in ("rain", "snow"):
        assert page.locator(".vgn-grid").get_by_text(heading, exact=True).first.is_visible()
    farm.release.set()
    grid = Grid(page, SAVED, 4)
    assert page.locator(f"{SAVED} video[controls]").count() == 0
    grid.press(".", ".", ".")
    grid.shows(3)
    grid.press(",")
    grid.shows(2)
    (frame,) = set(grid.play_a_while())
    step = 1 if frame < LAST else -1
    grid.press("." if step > 0 else ",")
    grid.shows(frame + step)
    assert all(page.evaluate("[...document.querySelectorAll('video')].map(video => video.muted)"))
    (display,) = displays(notebook.save())
    assert set(display) == {"text/html", "image/jpeg", "text/plain"}
    assert len(display["text/html"]) <= 4 * 40_000


def test_a_form_filled_by_hand_makes_two_clips_that_are_compared(show: Show, write: Write) -> None:
    """An error stands beside its field; each result appears live; two of them show the same frame at each step."""
    notebook = show(write(LOAD, EMPTY, "print('chosen', panel.selected.request.prompt)"))
    notebook.run(0, 1)
    form, page = Form(notebook), notebook.page
    expect(page.get_by_text("No videos yet.")).to_be_visible()
    form.type("Prompt", "a paper boat in the rain")
    form.type("Duration", "ninety")
    expect(form.error("Duration")).to_contain_text("number")
    form.type("Duration", "1")
    expect(form.error("Duration")).to_have_count(0)
    page.get_by_text("More", exact=True).click()
    form.type("Size", "320x180")
    expect(page.get_by_text("More: size 320x180")).to_be_visible()
    form.press("Draw a seed")
    expect(form.field("Seed")).to_have_value(re.compile(r"^\d+$"))
    form.tell("to use a real model")
    form.press("Generate")
    page.wait_for_selector(".vgn-large")
    form.tiles(1)
    page.wait_for_selector(".vgn-large video")

    form.type("Prompt", "an owl at dusk")
    form.press("Generate")
    form.tiles(2)
    for place in range(2):
        page.locator(".vgn-tile").nth(place).hover()
        page.locator(".vgn-tick").nth(place).check()
    form.press("Compare 2")
    grid = Grid(page, ".vgn-results .vgn-grid", 2)
    for frame in (1, 2, 3):
        grid.press(".")
        grid.shows(frame)
    grid.press(",")
    grid.shows(2)
    assert len(set(grid.play_a_while())) == 1
    form.press("Close comparison")
    expect(page.locator(".vgn-grid")).to_have_count(0)
    page.locator(".vgn-thumb").nth(1).click()
    expect(page.locator(".vgn-large .vgn-prompt")).to_have_text("a paper boat in the rain")
    notebook.run(2)
    said(notebook, "chosen a paper boat in the rain")

    form.press("Done")
    players = page.locator(f"{OUTPUT} .videogen-job video")
    expect(players).to_have_count(2)
    expect(page.locator(".vgn-panel")).to_have_count(0)
    (display,) = displays(notebook.save())
    assert set(display) == {"text/html", "text/plain"}
    assert len(display["text/html"]) <= 2 * 40_000


@pytest.mark.parametrize("trusted", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["trusted", "untrusted"])
def test_a_saved_notebook_plays_without_its_kernel(
    show: Show, write: Write, folder: Path, lab: Lab, trusted: bool
) -> None:
    """Opened again with its kernel gone, the notebook plays and seeks its clip, whether it is trusted or not."""
    path = write(LOAD, f"%%videogen boat {TINY}\na paper boat")
    notebook = show(path)
    notebook.run(0, 1)
    notebook.page.wait_for_selector(PLAYER)
    saved = notebook.save()
    (display,) = displays(saved)
    assert set(display) == {"text/html", "image/jpeg", "text/plain"}
    assert "widgets" not in saved["metadata"]
    notebook.close()
    lab.end_kernels()
    if not trusted:
        distrust(path)

    again = show(path)
    trust = "window.jupyterapp.shell.currentWidget.content.widgets[1].model.trusted"
    assert again.page.evaluate(trust) is trusted
    check_playing(again, the_clip(folder))
    told = again.page.locator(".jp-Notebook").inner_text()
    assert "model not found" not in told
    assert "Error displaying" not in told
