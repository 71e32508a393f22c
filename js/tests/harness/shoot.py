"""Screenshots of every state of the job widget: ``python js/tests/harness/shoot.py OUT_DIR [STATE ...]``."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[3]
THEMES = {"light": ("jp-light", "light"), "dark": ("jp-dark", "dark"), "bare": ("", "light"), "bare-dark": ("", "dark")}
WIDTHS = (320, 480, 900)


class Handler(SimpleHTTPRequestHandler):
    """The checkout, and under /clip/ the files made for this run."""

    def __init__(self, *args: object, clips: Path, **kwargs: object) -> None:
        self.clips = clips
        super().__init__(*args, directory=str(ROOT), **kwargs)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        if path.startswith("/clip/"):
            return str(self.clips / Path(path).name)
        return super().translate_path(path)

    def log_message(self, *args: object) -> None:
        pass


def make_clip(folder: Path) -> None:
    source = ["-f", "lavfi", "-i", "mandelbrot=size=1280x720:rate=24:start_scale=1"]
    encode = ["-t", "2", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(folder / "clip.mp4")]
    still = ["-frames:v", "1", str(folder / "poster.jpg")]
    for command in (source + encode, source + still):
        subprocess.run(["ffmpeg", "-v", "error", "-y", *command], check=True)


def main(out: Path, only: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        make_clip(Path(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, clips=Path(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (theme, scheme) in THEMES.items():
            for width in WIDTHS if theme else WIDTHS[1:2]:
                page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
                page.on("console", lambda message: print(message.type, message.text))
                page.on("pageerror", lambda error: print(error))
                query = urlencode({"theme": theme, "clip": "/clip/clip.mp4", "poster": "/clip/poster.jpg"})
                page.goto(f"http://127.0.0.1:{server.server_port}/js/tests/harness/index.html?{query}")
                page.wait_for_function("window.ready")
                page.wait_for_function(
                    "[...document.querySelectorAll('video[src]')].every(v => v.error || v.readyState > 1)"
                )
                if only:
                    for state in only:
                        page.locator(f"#{state}").screenshot(path=out / f"{name}-{width}-{state}.png")
                else:
                    page.screenshot(path=out / f"{name}-{width}.png", full_page=True)
                page.close()
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
