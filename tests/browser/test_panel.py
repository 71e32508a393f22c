"""A person works with the panel: fills the form, makes clips, compares them, takes a request on into a cell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import PATIENCE, Notebook
from tests.browser.test_grid import Grid, run_all, said
from tests.browser.test_lab import LOAD, OUTPUT, Show, Write, displays

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE * 1000)

EMPTY = "import videogen_nb as vg\npanel = vg.panel()\npanel"
FILLED = "%%videogen panel --panel --size 320x180 -d 1 --seed 3\na boat in the {{weather}}"
MADE = ".vgn-tile[data-status=succeeded]"


class Form:
    """The panel of a page, handled as a person does."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook, self.page = notebook, notebook.page
        self.page.wait_for_selector(".vgn-panel .vgn-generate")
        self.page.wait_for_selector(".vgn-panel .vgn-film")

    def field(self, label: str) -> Locator:
        return self.page.locator(".vgn-form").get_by_label(label, exact=True)

    def type(self, label: str, text: str) -> None:
        """Type into a field and leave it by the keyboard."""
        self.field(label).click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Tab")

    def press(self, button: str) -> None:
        self.page.locator(".vgn-panel").get_by_role("button", name=button).click()

    def tiles(self, made: int) -> None:
        """Wait until the strip shows so many clips that are made."""
        expect(self.page.locator(MADE)).to_have_count(made)

    def tell(self, text: str) -> None:
        """Wait until a line of the form says so."""
        expect(self.page.locator(".vgn-form").get_by_text(text).first).to_be_visible()

    def error(self, label: str) -> Locator:
        """The error beside a field."""
        field = self.page.locator(".vgn-field").filter(has=self.page.get_by_label(label, exact=True))
        return field.locator(".vgn-field-error [role=alert]")


def source(notebook: Notebook, cell: int, text: str) -> None:
    """Put text into a cell, as pasting it does."""
    there = "window.jupyterapp.shell.currentWidget.content.widgets[cell]"
    notebook.page.evaluate(f"([cell, text]) => {there}.model.sharedModel.setSource(text)", [cell, text])


def clipboard(page: Page) -> str:
    page.wait_for_function("() => navigator.clipboard.readText().then(text => text.length > 0)")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_form_filled_by_hand_makes_two_clips_that_are_compared(show: Show, write: Write) -> None:
    """An error stands beside its field; each result appears live; two of them show the same frame at each step."""
    notebook = show(write(LOAD, EMPTY, "print('chosen', panel.selected.request.prompt)"))
    run_all(notebook, 2)
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


def test_a_request_goes_round_from_cell_to_panel_to_cell(show: Show, write: Write) -> None:
    """A cell opens the panel filled in, what it makes is copied as a cell that makes the same, and Reuse fills it."""
    path = write(
        LOAD,
        FILLED,
        "",
        "import videogen_nb as vg\nnew, *old = vg.jobs()\nprint('same', [new.request == each.request for each in old])",
    )
    notebook = show(path)
    run_all(notebook, 2)
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
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    form.press("Copy as cell")
    copied = clipboard(page)
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
    notebook = show(write(LOAD, FILLED.replace("{{weather}}", "rain"), "import time\ntime.sleep(4)"))
    run_all(notebook, 2)
    form, page = Form(notebook), notebook.page
    page.locator(".vgn-file").set_input_files(folder / "sea.png")
    expect(page.locator(".vgn-picture-size")).to_have_text("640 × 360 pixels")
    assert page.locator(".vgn-picture-thumb").evaluate("thumb => thumb.decode().then(() => thumb.naturalWidth)") == 320
    page.locator(".vgn-file").set_input_files(folder / "not.png")
    expect(page.locator(".vgn-picture .vgn-field-error")).to_contain_text("not a PNG")
    expect(page.locator(".vgn-picture-name")).to_have_text("sea.png")

    notebook.choose(2)
    page.evaluate("() => { void window.jupyterapp.commands.execute('notebook:run-cell'); }")
    busy = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'"
    page.wait_for_function(busy)
    form.press("Generate")
    expect(page.locator(".vgn-kernel:visible, .vgn-tile").first).to_be_visible()
    form.tiles(1)
    expect(page.locator(".vgn-kernel")).to_be_hidden()
    expect(page.locator(".vgn-large .vgn-facts")).to_contain_text("from image")
