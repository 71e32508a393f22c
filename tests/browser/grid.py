"""A grid of a page, handled as a person does: played, stepped, and looked at for which frames it shows."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.outputs import OUTPUT

__all__ = ["LAST", "SAVED", "Grid"]

FPS = 24
LAST = 23  # frame of a clip of one second
SAVED = f"{OUTPUT} .videogen-grid .vgn-grid"  # of the HTML that stands alone, once its script has drawn it


# Each player notes the frame that it really shows.
WATCH = """grid => {
  for (const video of document.querySelectorAll(`${grid} video`)) {
    const note = (_, { mediaTime }) => {
      video.shown = mediaTime;
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  }
}"""
SHOWN = f"grid => [...document.querySelectorAll(`${{grid}} video`)].map(video => Math.round(video.shown * {FPS}))"
# What is paused for a moment, to begin together or to come to the same frame, does not say so.
RESTS = f"""grid => {{
  const said = (part) => document.querySelector(`${{grid}} ${{part}}`);
  const frame = Number(said(".vgn-frames").textContent.match(/\\d+/));
  return said(".vgn-play").title.startsWith("Play") && ({SHOWN})(grid).every(each => each === frame);
}}"""


class Grid:
    """One grid of a page, handled as a person does.

    Args:
        page: The page.
        selector: What finds it, alone.
        clips: How many players it has.
    """

    def __init__(self, page: Page, selector: str, clips: int) -> None:
        self.page, self.selector, self.clips = page, selector, clips
        page.wait_for_selector(selector)
        page.locator(selector).scroll_into_view_if_needed()
        page.wait_for_function(
            "([grid, count]) => { const all = [...document.querySelectorAll(`${grid} video`)];"
            " return all.length === count && all.every(video => video.readyState >= 2); }",
            arg=[selector, clips],
        )
        page.evaluate(WATCH, selector)

    def press(self, *keys: str) -> None:
        """Press keys with the grid in focus."""
        self.page.evaluate("grid => document.querySelector(grid).focus()", self.selector)
        for key in keys:
            self.page.keyboard.press(key)

    def shows(self, frame: int) -> None:
        """Wait until every player shows that frame."""
        self.page.wait_for_function(
            f"([grid, frame]) => ({SHOWN})(grid).every(each => each === frame)", arg=[self.selector, frame]
        )

    def frames(self) -> list[int]:
        return list(self.page.evaluate(SHOWN, self.selector))

    def play_a_while(self) -> list[int]:
        """Play until the first player has shown half a second, and pause; the frames that are shown then.

        All are the one that the bar tells: the last one, where the machine is too slow to pause before the end.
        """
        self.press("Space")
        self.page.wait_for_function(
            "grid => document.querySelector(`${grid} video`).currentTime > 0.5", arg=self.selector
        )
        self.press("Space")
        self.page.wait_for_function(RESTS, arg=self.selector)
        return self.frames()
