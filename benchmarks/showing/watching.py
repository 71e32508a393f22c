"""Notices in a page when a clip's poster and its first frame are painted, by the clock on the wall."""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import BrowserContext, Page

__all__ = ["Painted", "await_painted", "forget", "watch"]

# A page's clocks have the same origin; the kernel's is the clock of the same machine.
_SCRIPT = """
window.painted = [];
{
  const origin = performance.timeOrigin;
  const seen = new WeakSet();
  const look = (video) => {
    if (seen.has(video)) return;
    seen.add(video);
    video.setAttribute("elementtiming", "poster");
    video.requestVideoFrameCallback((_, { presentationTime }) => {
      window.painted.push(["frame", (origin + presentationTime) / 1000]);
    });
  };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (entry.identifier === "poster") window.painted.push(["poster", (origin + entry.startTime) / 1000]);
  }).observe({ type: "element" });
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) {
        if (node instanceof HTMLVideoElement) look(node);
        else if (node instanceof Element) node.querySelectorAll("video").forEach(look);
      }
  }).observe(document, { subtree: true, childList: true });
}
"""
_FRAME = "() => window.painted.some(([kind]) => kind === 'frame')"


class Painted(NamedTuple):
    """When something of a clip was first seen, seconds since 1970.

    Attributes:
        frame: Its first frame, out of the decoder.
        poster: The picture of that frame which came along; None where none did.
    """

    frame: float
    poster: float | None


def watch(context: BrowserContext) -> None:
    """Have all pages that open from now on note what they paint."""
    context.add_init_script(_SCRIPT)


def forget(page: Page) -> None:
    """Let only what is painted from now on count."""
    page.evaluate("window.painted = []")


def await_painted(page: Page, *, poster: bool = False, patience: float = 90.0) -> Painted:
    """Wait for a clip's first frame.

    Args:
        page: A page that was opened after `watch`.
        poster: Whether one may come along, which is noted a little after it was painted.
        patience: Seconds to wait at most.

    Raises:
        playwright.sync_api.TimeoutError: None was painted.
    """
    page.wait_for_function(_FRAME, timeout=patience * 1000)
    if poster:
        page.wait_for_timeout(200)
    found = page.evaluate("window.painted")
    first = {kind: min(at for own, at in found if own == kind) for kind, _ in found}
    return Painted(first["frame"], first.get("poster"))
