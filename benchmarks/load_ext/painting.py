"""From the click on Run in a real JupyterLab to the first painted frame of what the cell shows."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from tests.browser.conftest import notebook_of
from tests.browser.lab import Lab, launch
from tools.browser import find

from ..notebooks import Opened, opened

__all__ = ["Scene", "painted"]

_RUN = '[data-command="notebook:run-cell-and-select-next"]'
# A message is handled after the frame that the callback belongs to has been painted.
_WATCH = """
addEventListener("click", (event) => { window.clicked = event.timeStamp; }, true);
window.untilBusy = (session) => new Promise((resolve) => {
  session.statusChanged.connect((_, status) => {
    if (window.clicked && status === "busy") resolve(performance.now() - window.clicked);
  });
});
window.firstPaint = (selector) => new Promise((resolve) => {
  const look = () => {
    if (!document.querySelector(selector)) return;
    observer.disconnect();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(performance.now() - window.clicked);
      port2.postMessage(0);
    });
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, attributes: true });
});
"""
_BEGIN = """selector => {
  const busy = window.untilBusy(window.jupyterapp.shell.currentWidget.sessionContext);
  window.seen = Promise.all([window.firstPaint(selector), busy]);
}"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A notebook of two cells in a kernel of its own.

    Attributes:
        before: Code of the first, which has ended before the click.
        code: Code of the second, whose first paint is measured.
        selector: What it shows, as CSS.
        pause: Seconds between the two.
    """

    before: str
    code: str
    selector: str
    pause: float = 0.0


def painted(scenes: Mapping[str, Scene], times: int) -> tuple[dict[str, list[float]], list[float]]:
    """Milliseconds of each scene, in turns, each time in a new page and a new kernel.

    Returns:
        Those from the click to the first paint, by scene, and those from the click until the kernel is busy, of all.

    Raises:
        RuntimeError: There is no Chromium.
    """
    chromium = find()
    if chromium is None:
        raise RuntimeError("No Chromium: `apt install chromium`, or `playwright install chromium`.")
    found: defaultdict[str, list[float]] = defaultdict(list)
    heard: list[float] = []
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        lab, browser = Lab(Path(root), Path(state)), launch(playwright, chromium)
        try:
            context = browser.new_context(viewport={"width": 1000, "height": 1000})
            context.add_init_script(_WATCH)
            for _ in _each(context, lab, [next(iter(scenes.values()))]):
                pass  # fills the browser's cache with Lab's own files
            for _ in range(times):
                for name, (taken, busy) in zip(scenes, _each(context, lab, list(scenes.values())), strict=True):
                    found[name].append(taken)
                    heard.append(busy)
        finally:
            browser.close()
            lab.stop()
    return dict(found), heard


def _each(context: BrowserContext, lab: Lab, scenes: Sequence[Scene]) -> Iterator[tuple[float, float]]:
    """Milliseconds of each scene, one after another, in pages that were opened side by side."""
    paths = []
    for scene in scenes:
        folder = Path(tempfile.mkdtemp(dir=lab.root))
        paths.append(notebook_of(folder, scene.before, scene.code))
    for scene, notebook in zip(scenes, opened(context, lab, paths), strict=True):
        yield _one(notebook, scene)
        notebook.end()


def _one(notebook: Opened, scene: Scene) -> tuple[float, float]:
    notebook.page.bring_to_front()
    notebook.run(0)
    time.sleep(scene.pause)
    notebook.choose(1)
    notebook.page.evaluate(_BEGIN, scene.selector)
    notebook.page.locator(_RUN).first.click()
    taken, busy = notebook.page.evaluate("window.seen")
    return float(taken), float(busy)
