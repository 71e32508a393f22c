"""Screenshots of the history and the image field: ``python js/tests/harness/shoothistory.py OUT_DIR``."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page
from stage import CLIP, ffmpeg, stage

THEMES = {"light": "jp-light", "dark": "jp-dark"}
WIDTHS = (480, 1200)
# What is shown, and which thumbnail is opened.
SCENES: dict[str, dict[str, str | int]] = {
    "empty": {"history": "empty"},
    "nothing": {"history": "nothing"},
    "running": {"history": "running", "open": 0},
    "mixed": {"history": "mixed"},
    "mixed-open": {"history": "mixed", "open": 3},
    "mixed-three": {"history": "mixed", "open": 5},
    "failed": {"history": "mixed", "open": 4},
    "finished": {"history": "finished", "open": 1},
    "odd": {"history": "odd"},
    "odd-long": {"history": "odd", "open": 1},
    "odd-portrait": {"history": "odd", "open": 2},
    "images": {"images": 1},
}


def make_files(folder: Path) -> None:
    ffmpeg(*CLIP, "-t", "1", "-pix_fmt", "yuv420p", "-movflags", "+faststart", folder / "clip.mp4")
    for number in range(6):
        size = "360x640" if number == 4 else "640x360"
        gradient = f"gradients=size={size}:seed={number + 3}:n=4:type={'radial' if number % 2 else 'linear'}"
        ffmpeg("-f", "lavfi", "-i", gradient, "-frames:v", "1", folder / f"poster{number}.jpg")


def handle(page: Page, name: str, out: Path) -> None:
    """What only shows while the strip is being used."""
    tiles = page.locator(".vgn-tile")
    if name.startswith("light-1200-mixed."):
        for number in (3, 5, 8):
            tiles.nth(number).locator(".vgn-tick").check()
        page.keyboard.press("Home")
        tiles.nth(4).hover()
        page.locator(".vgn-thumb").nth(3).focus()
        page.keyboard.press("ArrowRight")
        page.screenshot(path=out / "ticked.png", full_page=True)
    if name.startswith("dark-480-finished."):
        page.evaluate("() => void (navigator.clipboard.writeText = () => Promise.reject())")
        page.get_by_role("button", name="Copy as cell").click()
        page.wait_for_selector(".vgn-copied")
        page.wait_for_function("document.querySelector('.vgn-kernel:not([hidden])')")
        page.screenshot(path=out / "copied.png", full_page=True)


def main(out: Path) -> None:
    with stage(out, make_files) as on:
        for theme, theme_class in THEMES.items():
            for width in WIDTHS:
                with on.page(width, height=700) as page:
                    for scene, what in SCENES.items():
                        files = {"clip": "/clip/clip.mp4", "poster": "/clip/posterN.jpg"}
                        on.show(page, "history.html", {"theme": theme_class, **files, **what})
                        page.wait_for_load_state("networkidle")
                        name = f"{theme}-{width}-{scene}.png"
                        page.screenshot(path=out / name, full_page=True)
                        handle(page, name, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
