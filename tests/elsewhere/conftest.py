"""JupyterLab and Chromium as the browser tests have them, for packages that would change what those test."""

from __future__ import annotations

from tests.browser.conftest import all_drawn, browser, folder, kept, lab, show, write

__all__ = ["all_drawn", "browser", "folder", "kept", "lab", "show", "write"]
