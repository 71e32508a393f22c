"""What a page shows of hostile content: what it did, what it is made of, and whether it stays in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page, Request

from tests.browser.lab import Lab, Notebook
from tests.faults.corpus import MARK
from videogen_nb.views.job_html import GONE

__all__ = ["Watch", "missing", "said", "strange", "texts"]

# All that the outputs of this package are made of; a live widget stands in boxes of ipywidgets' own.
_TAGS = "a b bdi br button code dd div dl dt i img input kbd label li ol option p path pre select span strong style \
summary details svg table tbody td textarea th thead tr ul video script"
_FIND = """([tags, mark, gone]) => {
  const found = [];
  const say = (node, why) => found.push(`${why}: ${node.outerHTML.slice(0, 200)}`);
  const known = new Set(tags.split(" "));
  const acting = ["srcdoc", "srcset", "action", "formaction", "xlink:href"];
  const ours = (url) =>
    /^(blob:|data:(image|video)\\/|$)/.test(url) || new URL(url, location.href).origin === location.origin;
  const parts = ":is(.videogen-job, .videogen-grid, .vgn-card, .vgn-grid, .vgn-history) *";
  const free = "svg, .vgn-live, .vgn-scroll, .vgn-strip, [hidden], details";
  for (const output of document.querySelectorAll(".jp-OutputArea-output")) {
    for (const node of output.querySelectorAll("*")) {
      // Lab makes links of addresses in what is printed, whoever prints it.
      if (node.matches("pre a[rel=noopener]")) continue;
      if (!known.has(node.localName)) say(node, "element");
      if (node.localName === "script" && !node.closest(".videogen-grid")) say(node, "script");
      for (const { name, value } of node.attributes) {
        const handler = name.startsWith("on") && !(name === "onerror" && value === gone);
        if (handler || acting.includes(name)) say(node, name);
        if (["src", "href", "poster", "data"].includes(name) && !ours(value)) say(node, name);
        if (["id", "class", "name"].includes(name) && value.includes(mark)) say(node, name);
      }
    }
    // What is wider than its output would be painted over its neighbours, or give the notebook a scroll bar.
    if (output.scrollWidth > output.clientWidth + 1) say(output, `wide ${output.scrollWidth} > ${output.clientWidth}`);
    const box = output.getBoundingClientRect();
    for (const node of output.querySelectorAll(parts)) {
      const { left, right, width } = node.getBoundingClientRect();
      if (!width || node.closest(free) || (left >= box.left - 1 && right <= box.right + 1)) continue;
      let clip = node;
      while (clip !== output && getComputedStyle(clip).overflowX === "visible") clip = clip.parentElement;
      if (clip === output) say(node, `outside ${Math.round(right)} > ${Math.round(box.right)}`);
    }
  }
  for (const each of document.querySelectorAll(`[id*="${mark}"], object, embed`)) say(each, "in the page");
  return found;
}"""


def strange(page: Page) -> list[str]:
    """Elements and attributes of outputs that are not of our making, or that leave their place."""
    return list(page.evaluate(_FIND, [_TAGS, MARK, GONE]))


def texts(page: Page, selector: str = ".jp-OutputArea-output") -> str:
    """What the outputs say, hidden parts too, and what fields hold."""
    read = "all => all.map(node => node.textContent).join('\\n')"
    return str(page.eval_on_selector_all(selector, read))


class Watch:
    """Looks at what a page does from when it was opened.

    Attributes:
        strangers: Addresses that it asked for, beside those of its own JupyterLab.
        dialogs: What it asked its user.
    """

    def __init__(self, notebook: Notebook, lab: Lab) -> None:
        self.notebook, self.page = notebook, notebook.page
        self.strangers: list[str] = []
        self.dialogs: list[str] = []
        self._home = re.match(r"https?://[^/]+/", lab.url)
        self.page.on("request", self._asked)
        self.page.on("dialog", lambda dialog: self.dialogs.append(dialog.message))
        self.page.context.on("page", lambda page: self.strangers.append(f"opened {page.url}"))

    def _asked(self, request: Request) -> None:
        assert self._home
        home = self._home[0]
        own = (home, home.replace("http", "ws", 1), "blob:", "data:image/", "data:video/", "data:font/")
        if not request.url.startswith(own):
            self.strangers.append(request.url)

    def check(self) -> None:
        """That nothing ran, nothing was asked for elsewhere, and all that is shown is ours and in its place."""
        assert self.page.evaluate(f"typeof window.{MARK} === 'undefined' && !({{}}).{MARK}")
        assert self.strangers == []
        assert self.dialogs == []
        found = strange(self.page)
        assert not found, "\n".join(found)


def missing(said: str, wanted: Sequence[str]) -> list[str]:
    """Those texts that are not among what was said, blanks aside."""
    flat = "".join(said.split())
    return [each for each in wanted if "".join(each.split()) not in flat]


def said(saved: dict[str, Any]) -> str:
    """All that a saved notebook keeps as plain text, streams and errors included, without IPython's own colours."""
    told: list[str] = []
    for cell in saved["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            parts = [output.get("text", ""), data.get("text/plain", ""), *output.get("traceback", [])]
            told += ["".join(part) for part in parts]
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(told))
