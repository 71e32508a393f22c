"""``make picture``: the README's pictures, taken of the notebooks as they run in a real JupyterLab."""

from __future__ import annotations

import io
import itertools
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import BrowserContext, FloatRect, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.lab import Lab, Notebook, launch  # noqa: E402
from tools.browser import find  # noqa: E402

NOTEBOOKS = ROOT / "notebooks"
OUT = ROOT / "docs"
WIDTH, SCALE = 800, 1.5  # of the page, in CSS pixels; the still picture is 1,200 pixels wide
PANEL: ViewportSize = {"width": 1200, "height": 1200}
STILL_AT = 1.5  # seconds into the clip
STILL_FRAME = 30  # of the grid's clips
MOVING_WIDTH = 1000  # pixels
FRAMES = 6  # a second
WAITING, PLAYING = 3.5, 3.5  # seconds of the moving picture: the bar, however long it took, and the player

PLAY = """() => {
  const video = document.querySelector(".videogen-job video");
  if (!video || video.readyState < 2) return false;
  video.muted = true;
  video.play();
  return true;
}"""
SEEK = """(time) => new Promise((done) => {
  const video = document.querySelector(".videogen-job video");
  video.pause();
  video.onseeked = () => video.play().then(done);
  video.currentTime = time;
})"""


class Shot(NamedTuple):
    """A picture of the page, and when it was taken, seconds."""

    time: float
    picture: Image.Image


def main() -> int:
    chromium = find()
    if chromium is None:
        print("No Chromium; `make picture` needs one.", file=sys.stderr)
        return 1
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder, "root"), Path(folder, "state")
        root.mkdir()
        lab = Lab(root, state)
        try:
            with sync_playwright() as playwright:
                browser = launch(playwright, chromium)
                context = browser.new_context(viewport={"width": WIDTH, "height": 1000}, device_scale_factor=SCALE)
                take_clip(open_notebook(context, lab, "quickstart"))
                take_grid(open_notebook(context, lab, "compare"))
                take_panel(open_notebook(context, lab, "panel"))
                browser.close()
        finally:
            lab.stop()
    return 0


def open_notebook(context: BrowserContext, lab: Lab, name: str) -> Notebook:
    """A notebook alone on its page."""
    notebook = Notebook(context, lab, Path(shutil.copy(NOTEBOOKS / f"{name}.ipynb", lab.root)))
    for side in ("left", "right"):
        notebook.command("application:toggle-side-tabbar", {"side": side})
    return notebook


def run_two(notebook: Notebook) -> tuple[int, int]:
    """Run the first two code cells; their places."""
    cells = json.loads(notebook.path.read_text("utf-8"))["cells"]
    first, second = [place for place, cell in enumerate(cells) if cell["cell_type"] == "code"][:2]
    notebook.run(first)
    notebook.run(second)
    notebook.choose(0)  # the frame and the buttons of the active cell are not the product
    return first, second


def take_grid(notebook: Notebook) -> None:
    """The grid of a sweep, some way into its clips, with its winner marked."""
    page = notebook.page
    _, sweep = run_two(notebook)
    page.wait_for_selector(".videogen-grid .vgn-grid")
    page.locator(".videogen-grid").scroll_into_view_if_needed()
    page.wait_for_function("[...document.querySelectorAll('.vgn-grid video')].every(video => video.readyState > 2)")
    page.evaluate("document.querySelector('.vgn-grid').focus()")
    for key in ("5", "Escape", "c", *["."] * STILL_FRAME):
        page.keyboard.press(key)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(1000)  # for the last frames to be drawn
    picture = Image.open(io.BytesIO(page.screenshot(clip=around(page, sweep, sweep)))).convert("RGB")
    picture.save(OUT / "grid.webp", quality=85, method=6)
    print(f"docs/grid.webp  {(OUT / 'grid.webp').stat().st_size / 1e6:.2f} MB")


def take_panel(notebook: Notebook) -> None:
    """The form, filled in, with its first clip beside it."""
    page = notebook.page
    page.set_viewport_size(PANEL)
    run_two(notebook)
    panel = page.locator(".vgn-panel").first
    panel.get_by_role("button", name="Generate").click()
    page.wait_for_function("document.querySelector('.vgn-panel video')?.readyState > 2")
    notebook.choose(0)
    page.wait_for_timeout(1000)  # for the last frames to be drawn
    picture = Image.open(io.BytesIO(panel.screenshot())).convert("RGB")
    picture.save(OUT / "panel.webp", quality=85, method=6)
    print(f"docs/panel.webp  {(OUT / 'panel.webp').stat().st_size / 1e6:.2f} MB")


def take_clip(notebook: Notebook) -> None:
    """The first clip of the quickstart, still and moving."""
    page = notebook.page
    load, boat = run_two(notebook)
    page.wait_for_selector(".vgn-stage")
    save_moving(*film(page, around(page, load, boat)), OUT / "quickstart.webp")
    page.evaluate(SEEK, STILL_AT)
    page.screenshot(path=OUT / "quickstart.png", clip=around(page, load, boat))
    for path in sorted(OUT.glob("quickstart.*")):
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1e6:.2f} MB")


def around(page: Page, first: int, last: int) -> FloatRect:
    """The part of the page from one cell to another, as wide as the notebook."""
    top, bottom = (page.locator(".jp-Cell").nth(place).bounding_box() for place in (first, last))
    assert top is not None
    assert bottom is not None
    return {"x": 0, "y": top["y"], "width": WIDTH, "height": bottom["y"] + bottom["height"] - top["y"]}


def film(page: Page, clip: FloatRect) -> tuple[list[Shot], list[Shot]]:
    """Pictures of the bar, and of the player that takes its place."""
    bar: list[Shot] = []
    while not page.evaluate(PLAY):
        bar.append(shoot(page, clip))
    player = [shoot(page, clip)]
    while player[-1].time < player[0].time + PLAYING:
        player.append(shoot(page, clip))
    return bar, player


def shoot(page: Page, clip: FloatRect) -> Shot:
    now = time.monotonic()
    picture = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    size = (MOVING_WIDTH, round(picture.height * MOVING_WIDTH / picture.width))
    shot = Shot(now, picture.resize(size, Image.Resampling.LANCZOS))
    time.sleep(max(0.0, now + 1 / FRAMES - time.monotonic()))
    return shot


def save_moving(bar: list[Shot], player: list[Shot], path: Path) -> None:
    """Write an animation: the bar in quick motion, the player as it was."""
    start, end = bar[0].time, player[0].time
    hurry = min(1.0, WAITING / (end - start))
    timed = [Shot(end - (end - shot.time) * hurry, shot.picture) for shot in bar]
    few = [shot for place, shot in enumerate(timed) if place % max(1, round(1 / hurry)) == 0]
    shots = [*few, *player]
    durations = [round(1000 * (later.time - shot.time)) for shot, later in itertools.pairwise(shots)]
    first, *rest = (shot.picture for shot in shots)
    first.save(path, save_all=True, append_images=rest, duration=[*durations, 1000], loop=0, quality=80, method=4)


if __name__ == "__main__":
    sys.exit(main())
