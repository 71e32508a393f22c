"""A notebook that is opened again, wherever it went: its clips are in it, and nothing else of the run is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ..gateways.farm import Farm
from .conftest import notebook_of
from .gateway import KEY, prepare
from .lab import Lab, Notebook, distrust
from .test_grid import Grid
from .test_lab import LOAD, OUTPUT, WIDGET, Show, Write, displays

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("all_drawn")]

MOST = 40_000  # bytes of a saved notebook for each of its clips
SIGNED = re.compile(r"sig=|token=|expires=|x-amz|signature", re.IGNORECASE)
BROKEN = re.compile(r"model not found|Error displaying|Error creating|Loading widget", re.IGNORECASE)
SINGLE = f"{OUTPUT} .videogen-job"
GRID = f"{OUTPUT} .videogen-grid"
LIVE = f"{OUTPUT} .vgn-card .vgn-bar, {OUTPUT} .vgn-grid .vgn-bar"
# One whose source is not there is said to be so in its place; in what JupyterLab is not told to trust, it is a player.
PLAYS = """async selector => {
  for (const video of document.querySelectorAll(selector)) {
    if (video.readyState < 1) await new Promise((done) => { video.onloadedmetadata = done; video.load(); });
    video.muted = true;
    const length = video.duration;
    await video.play();
    while (video.currentTime === 0) await new Promise(requestAnimationFrame);
    video.pause();
    const sought = new Promise((done) => { video.onseeked = done; });
    video.currentTime = length * 0.6;
    await sought;
    if (Math.abs(video.currentTime - length * 0.6) > 0.05) throw new Error(`${video.src} is at ${video.currentTime}`);
  }
}"""


def players(page: Page, count: int, selector: str = f"{OUTPUT} video[src]") -> None:
    """That there are so many players, each of another clip, and that each plays and seeks."""
    expect(page.locator(selector)).to_have_count(count)
    sources = page.eval_on_selector_all(selector, "all => all.map(video => video.src.replace(/[?].*/, ''))")
    assert len(set(sources)) == count
    page.evaluate(PLAYS, selector)


def in_view(page: Page, count: int) -> None:
    """That there are so many players, each of another clip, and that each has its clip."""
    selector = f"{OUTPUT} video[src]"
    expect(page.locator(selector)).to_have_count(count)
    for place in range(count):  # a grid loads what is in sight
        page.locator(selector).nth(place).scroll_into_view_if_needed()
        ready = "([selector, place]) => document.querySelectorAll(selector)[place]?.readyState >= 1"
        page.wait_for_function(ready, arg=[selector, place])
    sources = page.eval_on_selector_all(selector, "all => all.map(video => video.src.replace(/[?].*/, ''))")
    assert len({*sources}) == count


def whole(notebook: Notebook) -> None:
    """That nothing is broken, and no output is blank."""
    told = notebook.page.locator(f"{OUTPUT}").all_inner_texts()
    assert not [text for text in told if BROKEN.search(text) or not text.strip()]


# -- saved and opened again ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(lab: Lab, browser: BrowserContext, all_drawn: None) -> Path:
    """A folder with a notebook of two single clips and a 3 x 3 sweep, as a person saved it; its kernel is gone."""
    folder = lab.root / "made"
    folder.mkdir()
    singles = [f"%%videogen --size 640x360 -d 1 -s {seed}\na paper boat in the rain, number {seed}" for seed in (1, 2)]
    sweep = "%%videogen --sweep weather=rain,snow,fog --sweep seed=1,2,3 --size 320x180 -d 1\na boat in the {weather}"
    gone = (
        "import videogen_nb as vg\n%load_ext videogen_nb\n"
        "(gone,) = [job for job in vg.jobs() if job.path and not job.path.exists()]"
    )
    after = (gone, "%videogen show {gone}", "vg.compare(gone, *[job for job in vg.jobs() if job is not gone][:1])")
    path = notebook_of(folder, LOAD, *singles, sweep, *after)
    notebook = Notebook(browser, lab, path)
    for cell in range(4):
        notebook.run(cell)
    players(notebook.page, 2, f"{SINGLE} video")
    expect(notebook.page.locator(f"{GRID} .vgn-grid video")).to_have_count(9)
    notebook.save()
    notebook.close()
    lab.end_kernels()
    assert notebook.errors == []
    return path


@pytest.fixture
def copied(made: Path, lab: Lab, tmp_path: Path) -> Iterator[Path]:
    """The notebook with its clips, moved to a folder of another name; where they were made is no clip any more."""
    to = lab.root / f"moved {tmp_path.name}"
    shutil.copytree(made.parent, to)
    clips = made.parent / "videogen"
    aside = clips.rename(lab.root.parent / "aside")
    yield to / made.name
    aside.rename(clips)


def test_the_saved_file_is_small_and_holds_no_secret(made: Path) -> None:
    """At most 40 kB a clip, be it a single one's notebook or a sweep's; no widget view, no signed address, no key."""
    saved = json.loads(made.read_text("utf-8"))
    assert "widgets" not in saved["metadata"]
    assert all(WIDGET not in display for display in displays(saved))
    assert not SIGNED.search(re.sub(r"data:[^\"'\\]*", "", made.read_text("utf-8")))
    assert len(displays(saved)) == 3
    for cell, clips in ((1, 1), (2, 1), (3, 9)):
        alone = json.dumps({**saved, "cells": [saved["cells"][0], saved["cells"][cell]]}, indent=1)
        assert len(alone.encode()) <= clips * MOST, f"cell {cell}"
    assert made.stat().st_size <= 11 * MOST


def test_trusted_and_moved_all_plays_and_the_grid_in_step(show: Show, copied: Path) -> None:
    """In a folder of another name, with its kernel gone: single clips play and seek, the grid plays in step."""
    notebook = show(copied, fresh=True)
    players(notebook.page, 2, f"{SINGLE} video")
    grid = Grid(notebook.page, f"{GRID} .vgn-grid", 9)
    grid.play_a_while()  # which waits until they are in step
    whole(notebook)


def test_untrusted_all_are_plain_players(show: Show, copied: Path) -> None:
    """A stranger's notebook: no script runs, and all eleven clips are there, play and seek."""
    distrust(copied)
    notebook = show(copied, fresh=True)
    players(notebook.page, 11)
    expect(notebook.page.locator(".vgn-grid")).to_have_count(0)
    whole(notebook)


def test_a_clip_that_is_gone_is_said_to_be(show: Show, copied: Path) -> None:
    """In the place of its player, reopened; where it is shown again; and beside another in a live comparison."""
    displayed = displays(json.loads(copied.read_text("utf-8")))
    clip = re.search(r'src="(videogen/[^"]+[.]mp4)"', "".join(displayed[0]["text/html"]))
    assert clip
    (copied.parent / clip[1]).unlink()
    notebook = show(copied, fresh=True)
    page = notebook.page
    first, second = page.locator(SINGLE).first, page.locator(SINGLE).nth(1)
    said = re.compile("moved or deleted|not where it was")
    expect(first).to_contain_text(said)
    expect(first).to_contain_text(Path(clip[1]).name)
    expect(second.locator("video[src]")).to_have_count(1)
    Grid(page, f"{GRID} .vgn-grid", 9)
    assert [error for error in notebook.errors if "404" not in error or clip[1] not in error] == []
    notebook.errors.clear()  # the server's word on the clip

    for cell in (4, 5, 6):
        notebook.run(cell)
    expect(page.locator(SINGLE)).to_have_count(3)
    expect(page.locator(SINGLE).last).to_contain_text(said)
    live = page.locator(f"{OUTPUT} .vgn-grid:not(.videogen-grid *)")
    live.scroll_into_view_if_needed()
    expect(live.locator("video[src]")).to_have_count(1)
    expect(live).to_contain_text(said)


# -- run again -----------------------------------------------------------------------------------------


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


# -- opened again while it runs ------------------------------------------------------------------------


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
    notebook.run(0)
    notebook.run(1)
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
