"""A notebook that is opened again, wherever it went: its clips are in it, and nothing else of the run is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.cells import LOAD
from tests.browser.conftest import Show, distrust, notebook_of
from tests.browser.grid import Grid
from tests.browser.lab import Lab, Notebook
from tests.browser.outputs import GRID, OUTPUT, SINGLE, WIDGET, displays, players, whole

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("all_drawn")]

MOST = 40_000  # bytes of a saved notebook for each of its clips
SIGNED = re.compile(r"sig=|token=|expires=|x-amz|signature", re.IGNORECASE)


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
    notebook.run(*range(4))
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

    notebook.run(4, 5, 6)
    expect(page.locator(SINGLE)).to_have_count(3)
    expect(page.locator(SINGLE).last).to_contain_text(said)
    live = page.locator(f"{OUTPUT} .vgn-grid:not(.videogen-grid *)")
    live.scroll_into_view_if_needed()
    expect(live.locator("video[src]")).to_have_count(1)
    expect(live).to_contain_text(said)
