"""Screenshots of the filmstrip and the picture field: ``python js/tests/harness/shootfilm.py OUT_DIR``."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright
from shoot import Handler

THEMES = {"light": "jp-light", "dark": "jp-dark"}
WIDTHS = (480, 1200)
# What is shown, and which thumbnail is opened.
SCENES: dict[str, dict[str, str | int]] = {
    "empty": {"film": "empty"},
    "nothing": {"film": "nothing"},
    "running": {"film": "running", "open": 0},
    "mixed": {"film": "mixed"},
    "mixed-open": {"film": "mixed", "open": 3},
    "mixed-three": {"film": "mixed", "open": 5},
    "failed": {"film": "mixed", "open": 4},
    "finished": {"film": "finished", "open": 1},
    "odd": {"film": "odd"},
    "odd-long": {"film": "odd", "open": 1},
    "odd-portrait": {"film": "odd", "open": 2},
    "pictures": {"pictures": 1},
}


def make_files(folder: Path) -> None:
    source = ["-f", "lavfi", "-i", "mandelbrot=size=1280x720:rate=24:start_scale=1"]
    encode = ["-t", "1", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(folder / "clip.mp4")]
    commands = [source + encode]
    for number in range(6):
        size = "360x640" if number == 4 else "640x360"
        gradient = f"gradients=size={size}:seed={number + 3}:n=4:type={'radial' if number % 2 else 'linear'}"
        commands.append(["-f", "lavfi", "-i", gradient, "-frames:v", "1", str(folder / f"poster{number}.jpg")])
    for command in commands:
        subprocess.run(["ffmpeg", "-v", "error", "-y", *command], check=True)


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
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        make_files(Path(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, clips=Path(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for theme, theme_class in THEMES.items():
            for width in WIDTHS:
                page = browser.new_page(viewport={"width": width, "height": 700})
                page.on("console", lambda message: print(message.type, message.text))
                page.on("pageerror", lambda error: print(error))
                for scene, what in SCENES.items():
                    files = {"clip": "/clip/clip.mp4", "poster": "/clip/posterN.jpg"}
                    query = urlencode({"theme": theme_class, **files, **what})
                    page.goto(f"http://127.0.0.1:{server.server_port}/js/tests/harness/film.html?{query}")
                    page.wait_for_function("window.ready")
                    page.wait_for_function(
                        "[...document.querySelectorAll('video[src]')].every(v => v.error || v.readyState > 1)"
                    )
                    page.wait_for_load_state("networkidle")
                    name = f"{theme}-{width}-{scene}.png"
                    page.screenshot(path=out / name, full_page=True)
                    handle(page, name, out)
                page.close()
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
