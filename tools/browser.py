"""Find a Chromium for the browser tests, or install one: on PATH, by apt, by playwright, in this order."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def on_path() -> str | None:
    """A Chromium named by the environment variable CHROMIUM or found on PATH."""
    given = os.environ.get("CHROMIUM")
    return given if given else next(filter(None, map(shutil.which, NAMES)), None)


def playwrights_own() -> str | None:
    """The Chromium that playwright has downloaded; None where it has not."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def find() -> str | None:
    """The Chromium to use; None where there is none yet."""
    return on_path() or playwrights_own()


def install() -> str | None:
    """Install one, where that works."""
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("Installing Chromium with apt …")
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if found := on_path():
            return found
    print("Installing Chromium with playwright …")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=subprocess.DEVNULL)
    return playwrights_own()


if __name__ == "__main__":
    chromium = find() or install()
    print(f"Chromium: {chromium or 'none; the browser tests will fail and say what to do'}")
