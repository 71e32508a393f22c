"""Pages that nbconvert makes of a notebook, opened from disk: clips play, and where they are gone that is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.sync_api import BrowserContext, Page

from tests.browser.clips import write
from tests.support.sample_jobs import ended, together
from videogen_nb.notebook.nbconvert_exporter import HTMLWithClips
from videogen_nb.storage.journal import Journal
from videogen_nb.views.bundles import bundle
from videogen_nb.views.grid_html import grid_html
from videogen_nb.views.job_html import job_html

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOADED = "[...document.querySelectorAll('video')].filter(video => video.readyState > 1).length"


@pytest.fixture
def notebook(home: Path, tmp_path: Path) -> Path:
    """A notebook with a clip and a grid of two, which are there."""
    folder = tmp_path / "notes"
    (folder / "videogen").mkdir(parents=True)
    clips = [write(folder / "videogen" / f"{n}.mp4", [frame / 24 for frame in range(48)], seed=n) for n in range(3)]
    book = Journal(home / "journal.sqlite3")
    jobs = [ended("succeeded", clip, id=f"job{n}") for n, clip in enumerate(clips)]
    grid = grid_html(together(book, jobs[1:], {"cat": ["x", "y"]}), folder=folder, script=bundle("saved.js"))
    book.close()
    outputs = [
        new_output("display_data", {"text/html": html})  # type: ignore[no-untyped-call]
        for html in (job_html(jobs[0], folder=folder), grid)
    ]
    cell = new_code_cell("%%videogen", outputs=outputs)  # type: ignore[no-untyped-call]
    nbformat.write(new_notebook(cells=[cell]), folder / "notes.ipynb")  # type: ignore[no-untyped-call]
    return folder / "notes.ipynb"


@pytest.fixture
def opened(browser: BrowserContext, notebook: Path, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Converts the notebook and opens the page from a folder with no clips in it."""
    page = browser.new_page()
    page.route("http*://**", lambda route: route.abort())  # libraries for formulas, on somebody's server

    def convert(exporter: Any, **media: Any) -> Page:
        text, _ = exporter().from_filename(str(notebook))
        (tmp_path / "page.html").write_text(text, "utf-8")
        page.emulate_media(**media)
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield convert
    page.close()


def test_a_page_with_its_clips_plays_wherever_it_is(opened: Callable[..., Page]) -> None:
    """The single clip is ready, and the grid plays in step."""
    page = opened(HTMLWithClips)
    page.wait_for_function(f"{LOADED} === 3")
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_function("[...document.querySelectorAll('.vgn-grid video')].every(video => video.currentTime > 0.2)")


def test_a_page_that_has_lost_its_clips_says_so(opened: Callable[..., Page]) -> None:
    """In the place of each player, which keeps its size."""
    page = opened(HTMLExporter)
    page.wait_for_function("document.body.innerText.split('is not there, moved or deleted').length === 4")
    assert "0.mp4 is not there" in page.inner_text(".videogen-job")
    assert page.locator(".videogen-job video").count() == 0
    box = page.locator(".videogen-job > div > div").first.bounding_box()
    assert box
    assert abs(box["width"] / box["height"] - 16 / 9) < 0.01


def test_what_is_printed_keeps_its_posters(opened: Callable[..., Page]) -> None:
    """The PDF that is made by way of HTML is laid out far from the clips: no message stands there for that."""
    page = opened(HTMLExporter, media="print")
    page.wait_for_function("document.querySelector('.videogen-job video')?.error?.code === 4")
    assert page.evaluate("document.querySelector('.videogen-job video').poster").startswith("data:image/webp")
    page.wait_for_function("[...document.querySelectorAll('.vgn-grid video')].every(video => video.error)")
    assert "is not there" not in page.inner_text("body")
