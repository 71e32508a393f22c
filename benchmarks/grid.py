"""How far nine 720p clips are apart while they play: our sync engine, plain players, and correction above 0.1 s.

Four looks at the distance between the first and the last clip, sixty times a second while all of them play and have
shown a frame since they last started. On screen: the media times of the frames shown, as requestVideoFrameCallback
tells them. In time: each of them plus the time since its expectedDisplayTime. Both contain the display's own rhythm,
for at 30 pictures a second a frame may come 33 ms late, which is 0.8 of a clip's frame, whatever plays it. Over half
a second: the median of a clip's last twelve frames in time, which leaves what the clips themselves are apart. By the
players' own clocks.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser.clips import write
from tests.browser.lab import launch
from tests.browser.site import serve
from tools.browser import find

from .row import Figures, Row

_CLIPS, _FPS, _FRAMES = 9, 24, 144
_TIMING = {"duration": _FRAMES / _FPS, "fps": _FPS, "frames": _FRAMES, "start": 0, "times": None}
_OURS = ("timings => { hold(timings); sync.play(); }", "sync.seek(2.5)")
_PLAIN = (
    "() => { for (const video of videos) { video.loop = true; video.play(); } }",
    "for (const video of videos) video.currentTime = 2.5",
)
_CORRECTED = (
    """() => {
      for (const video of videos) { video.loop = true; video.play(); }
      const [first, ...others] = videos;
      first.ontimeupdate = () => {
        for (const video of others)
          if (Math.abs(video.currentTime - first.currentTime) > 0.1) video.currentTime = first.currentTime;
      };
    }""",
    _PLAIN[1],
)


def run() -> Figures:
    chromium = find()
    if chromium is None:
        raise RuntimeError("No Chromium: `apt install chromium`, or name one in CHROMIUM.")
    with tempfile.TemporaryDirectory() as name, serve(folder := Path(name)) as url, sync_playwright() as playwright:
        for place in range(_CLIPS):
            write(folder / f"{place}.mp4", [n / _FPS for n in range(_FRAMES)], (1280, 720), place)
        browser = launch(playwright, chromium)
        ours, plain, corrected = (_play(browser, url, *how) for how in (_OURS, _PLAIN, _CORRECTED))
        browser.close()
    what, most = f"{_CLIPS} clips apart", "at most 1 frame"
    rows = [
        Row(f"{what}, on screen", ours[0], "frames", "play() on each", plain[0], most),
        Row(f"{what}, on screen", ours[0], "frames", "sought when 0.1 s off", corrected[0], most),
        Row(f"{what}, in time", ours[1], "frames", "play() on each", plain[1], most),
        Row(f"{what}, over 0.5 s", ours[2], "frames", "play() on each", plain[2], most),
        Row(f"{what}, by their clocks", ours[3], "frames", "play() on each", plain[3], most),
        Row("dropped of a clip", ours[4], "frames", "play() on each", plain[4], "at most baseline"),
    ]
    return Figures(rows)


def _play(browser: Browser, url: str, start: str, leap: str) -> tuple[list[float], ...]:
    """Play for 15 s with a leap and two ends: the four distances, and dropped frames."""
    page = browser.new_page(viewport={"width": 1200, "height": 700})
    page.goto(url)
    page.evaluate("names => show(names)", [f"{place}.mp4" for place in range(_CLIPS)])
    page.evaluate(start, [_TIMING] * _CLIPS)
    page.wait_for_timeout(4_000)
    page.evaluate(leap)
    page.wait_for_timeout(11_000)
    marks, clocks = page.evaluate("marks"), page.evaluate("clocks")
    dropped = page.evaluate("videos.map((video) => video.getVideoPlaybackQuality().droppedVideoFrames)")
    page.close()
    shown = distances(marks), distances(marks, over=1), distances(marks, over=_FPS // 2)
    return *shown, [seconds * _FPS for seconds in clocks], dropped


def distances(marks: Sequence[Sequence[tuple[float, Any]]], *, over: int = 0) -> list[float]:
    """Frames between the first and the last clip, sixty times a second.

    Args:
        marks: Those of the page.
        over: Take a clip to have moved on since its frames were shown, by the median of so many of them; 0: take
            the frame that is shown.
    """
    events = sorted((at, place, mark) for place, own in enumerate(marks) for at, mark in own)
    playing: set[int] = set()
    shown: dict[int, deque[float]] = {}  # media times of frames; moving on: what they were when the page's clock began
    found: list[float] = []
    for (at, place, mark), (until, _, _) in pairwise(events):
        if isinstance(mark, bool):
            (playing.add if mark else playing.discard)(place)
            shown.pop(place, None)
        elif place in playing:
            shown.setdefault(place, deque(maxlen=over or 1)).append(mark - at / 1000 if over else mark)
        if len(shown) == len(marks) and all(len(own) == own.maxlen for own in shown.values()):
            middles = [median(own) for own in shown.values()]
            apart = (max(middles) - min(middles)) * _FPS
            found += [apart] * (int(until * 0.06) - int(at * 0.06))
    return found
