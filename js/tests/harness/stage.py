"""What all scripts that take screenshots share: files made by ffmpeg, a server of the checkout, and its pages."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

__all__ = ["CLIP", "Stage", "ffmpeg", "stage"]

ROOT = Path(__file__).parents[3]
#: What ffmpeg makes a clip of.
CLIP = ("-f", "lavfi", "-i", "mandelbrot=size=1280x720:rate=24:start_scale=1")
_LOADED = "[...document.querySelectorAll('video[src]')].every(v => v.error || v.readyState > 1)"


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


class _Handler(SimpleHTTPRequestHandler):
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


class Stage:
    """A browser, and the harness that it is to show."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address

    @contextmanager
    def page(self, width: int, *, height: int = 900, scheme: Literal["dark", "light"] = "light") -> Iterator[Page]:
        """A page whose console and errors are printed."""
        page = self._browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.on("console", lambda message: print(message.type, message.text))
        page.on("pageerror", lambda error: print(error))
        yield page
        page.close()

    def show(self, page: Page, name: str, query: Mapping[str, str | int]) -> None:
        """Show a page of the harness with all its clips loaded."""
        page.goto(f"{self._address}/{name}?{urlencode(query)}")
        page.wait_for_function("window.ready")
        page.wait_for_function(_LOADED)


@contextmanager
def stage(out: Path, make: Callable[[Path], None]) -> Iterator[Stage]:
    """Open a stage, with the files that `make` writes into a folder under /clip/, and make the folder for pictures."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        make(Path(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, clips=Path(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield Stage(browser, f"http://127.0.0.1:{server.server_port}/js/tests/harness")
        browser.close()
        server.shutdown()
