"""One way to show clips side by side, played in a browser of its own: what its page and its processes tell."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from playwright.sync_api import Browser, CDPSession, Page, Playwright, ViewportSize

from tests.browser.clips import again, write
from tests.browser.lab import launch
from tests.browser.site import serve

from ..environment import ROOT
from .apart import distances

__all__ = ["FPS", "Clips", "Played", "made", "play"]

FPS = 24
_FRAMES = 144  # of the clips of which longer ones are put together
_PATTERNS = 3
_SIZE = ViewportSize(width=1200, height=1000)
_SOUGHT = (1, 4, 3, 2, 5, 0)  # seconds: at a key frame, and as far from one as it gets


@dataclass(frozen=True, slots=True)
class Clips:
    """Clips of equal length that a page shows.

    Attributes:
        count: How many.
        columns: How many side by side.
        size: Width and height in pixels.
        rounds: Of six seconds each.
    """

    count: int
    columns: int
    size: tuple[int, int]
    rounds: int

    @property
    def names(self) -> list[str]:
        return [f"{self.size[1]}-{self.rounds}-{place}.mp4" for place in range(self.count)]


@dataclass(frozen=True, slots=True)
class Played:
    """What was found of clips while they played.

    Attributes:
        screen: Frames between the first and the last clip by the frames shown, sixty times a second.
        time: The same, each clip moved on since its frame was shown.
        half_second: The same, by each clip's last twelve frames.
        together: Per cent of the time in which all played within one frame by the frames shown.
        clocks: Frames between the first and the last player's clock.
        dropped: Per cent of the frames, by clip.
        seeks: Milliseconds until all clips, paused, showed the frame that was sought.
        memory: MiB of the browser's processes that draw the page, while they play.
        cores: How many of them were busy.
        beat: Milliseconds between two pictures of the page, the median.
    """

    screen: list[float]
    time: list[float]
    half_second: list[float]
    together: float
    clocks: list[float]
    dropped: list[float]
    seeks: list[float]
    memory: float
    cores: float
    beat: float


@contextmanager
def made(folder: Path, wanted: Sequence[Clips]) -> Iterator[str]:
    """Write clips, and serve them with the page that plays them; yields its address."""
    sizes, times = {clips.size for clips in wanted}, [frame / FPS for frame in range(_FRAMES)]
    with ThreadPoolExecutor() as pool:
        sources = {
            (size, seed): pool.submit(write, folder / f"{size[1]}-{seed}.mp4", times, size, seed)
            for size in sizes
            for seed in range(_PATTERNS)
        }
    for clips in wanted:
        for place, name in enumerate(clips.names):
            again(sources[clips.size, place % _PATTERNS].result(), folder / name, clips.rounds)
    shutil.copy(Path(__file__).with_name("page.html"), folder / "index.html")
    spec = find_spec("nwb_video_widgets")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("nwb-video-widgets is not installed.")
    beside = {
        "static": ROOT / "videogen_nb" / "static",
        "harness": ROOT / "js" / "tests" / "harness",
        "nwb": Path(spec.submodule_search_locations[0]),
    }
    with serve(folder, beside) as url:
        yield url


def play(playwright: Playwright, chromium: str, url: str, who: str, clips: Clips, seconds: float) -> Played:
    """Show clips by `who`, a name of the page's `players`; play them so long, pause, and seek."""
    browser = launch(playwright, chromium)
    session = browser.new_browser_cdp_session()
    page = _shown(browser, url, who, clips)
    before = _busy(session)
    page.evaluate("toggle()")
    page.wait_for_timeout(seconds * 1000)
    busy, memory = _busy(session) - before, _memory(session)
    marks, clocks, beats = (page.evaluate(name) for name in ("marks", "clocks", "beats"))
    told = "({ droppedVideoFrames: gone, totalVideoFrames: all }) => (100 * gone) / all"
    dropped = page.evaluate(f"videos.map((video) => video.getVideoPlaybackQuality()).map({told})")
    page.evaluate("toggle()")
    seeks = []
    for second in _SOUGHT:
        page.wait_for_timeout(100)
        seeks.append(page.evaluate("time => seekAll(time)", second))
    browser.close()
    screen, time, half_second = (distances(marks, FPS, over=over) for over in (0, 1, FPS // 2))
    return Played(
        screen,
        time,
        half_second,
        100 * sum(frames < 1.01 for frames in screen) / (seconds * 60),
        [apart * FPS for apart in clocks],
        dropped,
        seeks,
        memory,
        busy / seconds,
        median(later - one for one, later in pairwise(beats)),
    )


def _shown(browser: Browser, url: str, who: str, clips: Clips) -> Page:
    page = browser.new_page(viewport=_SIZE)
    page.goto(url)
    page.wait_for_function("() => Boolean(window.show)")
    duration = clips.rounds * _FRAMES / FPS
    timing = {"duration": duration, "fps": FPS, "frames": clips.rounds * _FRAMES, "start": 0, "times": None}
    width, height = clips.size
    what = {"clips": clips.names, "columns": clips.columns, "timing": timing, "width": width, "height": height}
    page.evaluate("([who, what]) => show(who, what)", [who, what])
    return page


def _processes(session: CDPSession) -> list[dict[str, Any]]:
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return [process for process in found if process["type"] in ("renderer", "GPU")]


def _busy(session: CDPSession) -> float:
    return sum(float(process["cpuTime"]) for process in _processes(session))


def _memory(session: CDPSession) -> float:
    """What they share counts once, where the system tells."""
    found = [psutil.Process(process["id"]).memory_full_info() for process in _processes(session)]
    return sum(getattr(each, "pss", each.rss) for each in found) / 2**20
