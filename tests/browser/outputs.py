"""What a page and a saved notebook show of cells' outputs: displays, bars, players that play."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import Notebook

OUTPUT = ".jp-OutputArea-output"
PLAYER = f"{OUTPUT} .videogen-job video"  # of the final HTML, not of the live view
WIDGET = "application/vnd.jupyter.widget-view+json"
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


def check_playing(notebook: Notebook, clip: Path, selector: str = PLAYER) -> None:
    """That the player shows the clip whole, plays it and seeks in it."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        size, seconds = [stream.width, stream.height], float(container.duration or 0) / 1_000_000
    page = notebook.page
    page.wait_for_function("player => document.querySelector(player)?.readyState >= 1", arg=selector)
    assert (
        page.evaluate("p => { const v = document.querySelector(p); return [v.videoWidth, v.videoHeight]; }", selector)
        == size
    )
    page.evaluate("async p => { const v = document.querySelector(p); v.muted = true; await v.play(); }", selector)
    page.wait_for_function("player => document.querySelector(player).currentTime > 0.2", arg=selector)
    there = page.evaluate(
        """([p, time]) => new Promise((done) => {
          const v = document.querySelector(p);
          v.pause();
          v.onseeked = () => done(v.currentTime);
          v.currentTime = time;
        })""",
        [selector, seconds * 0.6],
    )
    assert there == pytest.approx(seconds * 0.6, abs=0.05)


def the_clip(folder: Path) -> Path:
    (clip,) = folder.glob("videogen/*.mp4")
    return clip


def displays(saved: dict[str, Any]) -> list[dict[str, Any]]:
    """The displays in a saved notebook, in order."""
    outputs = [output for cell in saved["cells"] for output in cell.get("outputs", [])]
    return [output["data"] for output in outputs if output["output_type"] == "display_data"]


def risen(notebook: Notebook, values: int = 3) -> None:
    """Wait until the bar has shown so many values."""
    notebook.page.wait_for_function("values => new Set(window.bars.map(([value]) => value)).size >= values", arg=values)


def said(notebook: Notebook, text: str) -> None:
    notebook.page.wait_for_function("text => document.body.innerText.includes(text)", arg=text)
