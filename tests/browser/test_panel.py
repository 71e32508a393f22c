"""A person works with the panel: fills the form, makes clips, compares them, takes a request on into a cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.cells import BUSY, LOAD
from tests.browser.conftest import Show, Write
from tests.browser.form import Form
from tests.browser.grid import Grid
from tests.browser.lab import PATIENCE, Notebook
from tests.browser.outputs import OUTPUT, displays, said

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE * 1000)

FILLED = "%%videogen panel --panel --size 320x180 -d 1 --seed 3\na boat in the {{weather}}"


def source(notebook: Notebook, cell: int, text: str) -> None:
    """Put text into a cell, as pasting it does."""
    there = "window.jupyterapp.shell.currentWidget.content.widgets[cell]"
    notebook.page.evaluate(f"([cell, text]) => {there}.model.sharedModel.setSource(text)", [cell, text])


def test_a_request_goes_round_from_cell_to_panel_to_cell(show: Show, write: Write) -> None:
    """A cell opens the panel filled in, what it makes is copied as a cell that makes the same, and Reuse fills it."""
    path = write(
        LOAD,
        FILLED,
        "",
        "import videogen_nb as vg\nnew, *old = vg.jobs()\nprint('same', [new.request == each.request for each in old])",
    )
    notebook = show(path)
    notebook.run(0, 1)
    form, page = Form(notebook), notebook.page
    expect(form.field("Prompt")).to_have_value("a boat in the {weather}")
    expect(form.field("Duration")).to_have_value("1")
    expect(form.field("Seed")).to_have_value("3")
    form.type("{weather}", "rain, snow")
    form.tell("2 jobs (2 weathers)")
    form.press("Generate")
    form.tiles(2)
    Grid(page, ".vgn-results .vgn-grid", 2)

    page.locator(".vgn-thumb").nth(1).click()
    copied = form.copy("Copy as cell")
    assert copied.startswith("%%videogen ")
    source(notebook, 2, copied)
    notebook.run(2)
    page.wait_for_selector(f"{OUTPUT} .videogen-job video")
    notebook.run(3)
    said(notebook, "same [False, True]")

    form.press("Reuse")
    expect(form.field("Prompt")).to_have_value("a boat in the rain")
    expect(form.field("{weather}")).to_have_count(0)
    form.tiles(3)
    page.get_by_label("Search the videos").fill("snow")
    form.tiles(1)
    expect(page.locator(".vgn-large .vgn-prompt")).to_have_text("a boat in the rain")

    notebook.save()
    page.reload()
    notebook.ready()
    again = Form(notebook)
    expect(again.field("Prompt")).to_have_value("a boat in the rain")
    page.get_by_label("Search the videos").fill("")
    again.tiles(3)
    again.type("Seed", "4")
    again.press("Generate")
    again.tiles(4)
    again.press("Done")
    expect(page.locator(".vgn-form")).to_have_count(0)
    assert all(not any("widget" in kind for kind in data) for data in displays(notebook.save()))


def test_a_picture_is_taken_and_presses_during_a_cell_are_not_lost(show: Show, write: Write, folder: Path) -> None:
    """Its thumbnail is shown and what is none is refused; while a cell runs, Generate works or a line says why not."""
    Image.new("RGB", (640, 360), "teal").save(folder / "sea.png")
    (folder / "not.png").write_bytes(b"no picture at all")
    notebook = show(write(LOAD, FILLED.replace("{{weather}}", "rain"), BUSY))
    notebook.run(0, 1)
    form, page = Form(notebook), notebook.page
    page.locator(".vgn-file").set_input_files(folder / "sea.png")
    expect(page.locator(".vgn-image-size")).to_have_text("640 × 360 pixels")
    assert page.locator(".vgn-image-thumb").evaluate("thumb => thumb.decode().then(() => thumb.naturalWidth)") == 320
    page.locator(".vgn-file").set_input_files(folder / "not.png")
    expect(page.locator(".vgn-image .vgn-field-error")).to_contain_text("not a PNG")
    expect(page.locator(".vgn-image-name")).to_have_text("sea.png")

    notebook.start(2)
    said(notebook, "busy...")
    form.press("Generate")
    expect(page.locator(".vgn-kernel:visible, .vgn-tile").first).to_be_visible()
    (folder / "go").touch()
    form.tiles(1)
    expect(page.locator(".vgn-kernel")).to_be_hidden()
    expect(page.locator(".vgn-large .vgn-facts")).to_contain_text("from image")
