"""The exported page, opened from disk: it plays in step, tells how its clips were made, and asks nobody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.clips import write
from tests.browser.lab import PATIENCE
from tests.support.sample_jobs import a_job, ended, together
from videogen_nb.core.job import Phase, Status
from videogen_nb.errors import JobFailedError
from videogen_nb.export import export
from videogen_nb.storage.journal import Journal

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FPS, FRAMES = 24, 48
HOSTILE = "</script><img src=x onerror=window.pwned=1><b id=pwned>& \"'"
GRID = ".vgn-grid"
# The page's policy forbids what Playwright's own waiting is made of.
UNTIL = """async ([test, argument, patience]) => {
  const end = performance.now() + patience;
  while (!(await test(argument))) {
    if (performance.now() > end) throw new Error(`never true: ${test}`);
    await new Promise(requestAnimationFrame);
  }
}"""
WATCH = """() => {
  for (const video of document.querySelectorAll(".vgn-grid video")) {
    const note = (_, { mediaTime }) => {
      video.shown = mediaTime;
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  }
}"""
VIDEOS = "[...document.querySelectorAll('.vgn-grid video')]"
SHOWN = f"{VIDEOS}.map(video => Math.round(video.shown * {FPS}))"
TOLD = "Number(document.querySelector('.vgn-frames').textContent.match(/\\d+/))"
# What is paused for a moment, to begin together or to come to the same frame, does not say so.
RESTS = f"document.querySelector('.vgn-play').title.startsWith('Play') && {SHOWN}.every(each => each === {TOLD})"


class Opened:
    """An exported page in a browser.

    Args:
        browser: Where it is opened.
        path: The page.

    Attributes:
        asked: The address of everything that it asked for.
        said: Errors, and what the console says.
    """

    def __init__(self, browser: BrowserContext, path: Path) -> None:
        self.page: Page = browser.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(path.as_uri())

    def until(self, test: str, argument: Any = None) -> None:
        self.page.evaluate(f"argument => ({UNTIL})([argument => {test}, argument, {PATIENCE * 1000}])", argument)

    def ready(self, count: int) -> None:
        """Wait until so many players have a picture, and note the frames that they show from here on."""
        self.until(f"{VIDEOS}.filter(video => video.readyState > 1).length === argument", count)
        self.page.evaluate(WATCH)

    def shows(self, frame: int) -> None:
        self.until(f"{SHOWN}.every(each => each === argument)", frame)

    def play_a_while(self) -> list[int]:
        """Play past the first half second, and pause; the frames that are shown then, all of them the one told."""
        self.page.keyboard.press("Space")
        self.until("document.querySelector('.vgn-grid video').currentTime > 0.5")
        self.page.keyboard.press("Space")
        self.until(RESTS)
        frames: list[int] = self.page.evaluate(SHOWN)
        return frames

    def close(self) -> None:
        """Nothing may have been asked of anybody, and nothing may have gone wrong."""
        self.page.close()
        assert {urlsplit(url).scheme for url in self.asked} <= {"file", "blob", "data"}
        assert self.said == []


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four clips whose frames tell their numbers."""
    folder = tmp_path_factory.mktemp("clips")
    times = [frame / FPS for frame in range(FRAMES)]
    return [write(folder / f"clip {seed} #1.mp4", times, seed=seed) for seed in range(4)]


@pytest.fixture
def open_page(browser: BrowserContext) -> Iterator[Any]:
    opened: list[Opened] = []

    def open_page(path: Path) -> Opened:
        opened.append(Opened(browser, path))
        return opened[-1]

    yield open_page
    for each in opened:
        each.close()


def two_by_two(book: Journal, clips: Sequence[Path], path: Path, limit: int = 10**8) -> Path:
    jobs = [
        ended("succeeded", clip, id=f"job{n}", prompt=f"a boat in {HOSTILE}", options={"seed": n})
        for n, clip in enumerate(clips)
    ]
    made = together(book, jobs, {"weather": ["rain", HOSTILE], "mood": ["calm", "wild"]})
    made.pick("job2", ["job0", "job2"])
    return export(made, path, limit=limit, progress=lambda _: None)


@pytest.mark.parametrize("limit", [10**8, 0], ids=["one-file", "with-a-folder"])
def test_it_plays_in_step_from_disk(
    open_page: Any, book: Journal, clips: list[Path], tmp_path: Path, limit: int
) -> None:
    """Moved elsewhere, all clips are there; playing, pausing and stepping leave all of them on the same frame."""
    made, moved = tmp_path / "made", tmp_path / "moved, #2 100%"
    made.mkdir()
    two_by_two(book, clips, made / "compare.html", limit)
    shutil.move(made, moved)
    opened = open_page(moved / "compare.html")
    opened.ready(4)
    for _ in range(3):
        opened.page.keyboard.press(".")  # without a click: the grid has the keyboard
    opened.shows(3)
    opened.page.keyboard.press(",")
    opened.shows(2)
    (frame,) = set(opened.play_a_while())
    step = 1 if frame < FRAMES - 1 else -1  # where the machine is too slow to pause before the end
    opened.page.keyboard.press("." if step > 0 else ",")
    opened.shows(frame + step)
    assert {urlsplit(url).scheme for url in opened.asked} == ({"file", "blob"} if limit else {"file"})
    assert all(opened.page.evaluate("[...document.querySelectorAll('video')].map(video => video.muted)"))
    assert opened.page.locator("script.videogen-part").count() == 0  # their text is not kept beside their bytes


def test_wipe_blink_keys_and_picks_are_there(open_page: Any, book: Journal, clips: list[Path], tmp_path: Path) -> None:
    """What was picked is marked; the wipe's edge follows its keys; the list of keys opens; a new pick stays."""
    path = two_by_two(book, clips, tmp_path / "compare.html")
    opened = open_page(path)
    opened.ready(4)
    page: Page = opened.page
    assert page.locator(f"{GRID} .vgn-won .vgn-number").inner_text() == "3"
    assert page.locator(f"{GRID} .vgn-liked").count() == 2
    page.keyboard.press("w")
    edge = page.locator(f"{GRID} .vgn-edge [role=slider]")
    before = edge.get_attribute("aria-valuenow")
    edge.focus()
    page.keyboard.press("ArrowRight")
    assert edge.get_attribute("aria-valuenow") != before
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard").click()
    assert page.get_by_role("dialog", name="Keyboard").is_visible()
    page.keyboard.press("Escape")
    page.locator(GRID).focus()
    for key in ("1", "Escape", "c"):
        page.keyboard.press(key)
    opened.until("document.querySelector('.vgn-won .vgn-number')?.textContent === '1'")
    again = open_page(path)
    again.ready(4)
    assert again.page.locator(f"{GRID} .vgn-won .vgn-number").inner_text() == "1"


def test_the_requests_are_read_and_copied(
    open_page: Any, browser: BrowserContext, book: Journal, clips: list[Path], tmp_path: Path
) -> None:
    """A hostile prompt is text; each cell can be copied; what has a role has a name."""
    opened = open_page(two_by_two(book, clips, tmp_path / "compare.html"))
    opened.ready(4)
    page: Page = opened.page
    assert page.evaluate("window.pwned === undefined && !document.getElementById('pwned')")
    assert page.locator("article").count() == 4
    assert HOSTILE in page.locator("article").first.inner_text()
    browser.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("article").nth(1).get_by_role("button", name="Copy").click()
    page.locator("article").nth(1).get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"%%videogen --model veo-3-1 --provider infery --seed 1\na boat in {HOSTILE}"
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, select, input, video, [role=group], [role=slider]')]"
        ".filter(node => node.checkVisibility() && !(node.getAttribute('aria-label') || node.textContent.trim()))"
        ".map(node => node.outerHTML)"
    )
    assert nameless == []


def test_those_without_a_clip_say_why(open_page: Any, book: Journal, clips: list[Path], tmp_path: Path) -> None:
    """A failed one, one that was still running, and one whose file is gone; the others play, and nothing counts on."""
    gone = tmp_path / "gone.mp4"
    shutil.copy(clips[1], gone)
    jobs = [
        ended("succeeded", clips[0], id="job0"),
        ended("failed", id="job1", error=JobFailedError("The model is down.", charged="Nothing was charged.")),
        a_job(id="job2", status=Status.RUNNING, phase=Phase.RUNNING, progress=0.31),
        ended("succeeded", gone, id="job3"),
    ]
    gone.unlink()
    made = together(book, jobs, {"seed": range(4)})
    opened = open_page(export(made, tmp_path / "page.html", limit=10**8, progress=lambda _: None))
    opened.ready(1)
    cells = [cell.inner_text() for cell in opened.page.locator(f"{GRID} .vgn-cell").all()]
    for cell, words in zip(
        cells,
        ("made in 60 s", "The model is down.", "Running 31% when this page was written.", "gone.mp4 was not there"),
        strict=True,
    ):
        assert words in cell
    assert "Not finished" in cells[2]
    assert "ended" not in cells[3]
    assert opened.page.locator(".vgn-progress, .vgn-retry:not([hidden])").count() == 0
    assert "1 of 4 clips" in opened.page.locator("header").inner_text()


@pytest.mark.parametrize("width", [400, 1600])
def test_it_fits_its_window(
    open_page: Any, browser: BrowserContext, book: Journal, clips: list[Path], tmp_path: Path, width: int
) -> None:
    """No page is wider than its window, in a narrow one and in a wide one, nor one of a single job."""
    pages = [two_by_two(book, clips, tmp_path / "compare.html")]
    long = {"params": {"y" * 90: "z" * 300}}
    alone = ended("succeeded", clips[0], prompt=f"a boat {'x' * 300} {HOSTILE}", options=long)
    pages.append(export(alone, tmp_path / "alone.html", limit=10**8, progress=lambda _: None))
    for path, count in zip(pages, (4, 1), strict=True):
        opened = open_page(path)
        opened.page.set_viewport_size({"width": width, "height": 900})
        opened.ready(count)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
