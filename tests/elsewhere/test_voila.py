"""Voilà: a notebook as a page for people who never see its cells, served without its clips beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.cells import LOAD
from tests.browser.conftest import notebook_of
from tests.browser.grid import Grid
from tests.browser.lab import PATIENCE
from tests.browser.outputs import players

pytest.importorskip("voila", reason="`make elsewhere` installs voila")
pytestmark = pytest.mark.browser

CELLS = (
    LOAD,
    "%%videogen --size 640x360 -d 1\na paper boat",
    "%%videogen --sweep seed=1,2 --size 320x180 -d 1\na boat in the rain",
)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Voilà, serving one notebook."""
    path = notebook_of(tmp_path, *CELLS)
    env = {name: value for name, value in os.environ.items() if name != "VIDEOGEN_OUTPUT_DIR"}
    with socket.socket() as free:  # it can't be asked which port it took
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "voila", str(path), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    log = tmp_path / "voila.log"
    with log.open("w") as out, subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            end = time.monotonic() + PATIENCE
            while b"is running at" not in log.read_bytes():
                assert process.poll() is None, log.read_text("utf-8", "replace")
                assert time.monotonic() < end
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def test_the_page_shows_players_that_play(browser: BrowserContext, address: str) -> None:
    """A single clip and a sweep are in the page, and play; it asks for no file of a clip, since there is none."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    players(page, 1, ".videogen-job video")
    Grid(page, ".videogen-grid .vgn-grid", 2).play_a_while()
    assert not [url for url in asked if url.startswith("http") and ".mp4" in url]
    page.close()
