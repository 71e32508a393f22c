"""The sync engine with real players: which frames are on screen, read back from the picture itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, cycle, islice
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import TimeoutError as GivenUp

from tests.browser.clips import BITS, write
from tests.browser.lab import PATIENCE
from tests.browser.site import add_engine, serve

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RATES = {"24": 24.0, "30": 30.0, "23.976": 24000 / 1001}
UNEVEN = [round(t * 24_000) / 24_000 for t in islice(accumulate(cycle((1 / 60, 1 / 24, 0.1, 1 / 30)), initial=0.0), 60)]
# So many looks in a row, at all players while all of them play, found their clocks less than a frame apart.
LOOKS = 20
IN_STEP = f"() => clocks.length >= {LOOKS} && Math.max(...clocks.slice(-{LOOKS})) < 1 / 24"
# Sets the first player back by a fifth of a second; true when all play with it that far behind.
PUT_OFF = """() => {
  if (videos.some((video) => video.paused || video.seeking || video.readyState < 3)) return false;
  const times = videos.map((video) => video.currentTime);
  if (times[0] < Math.max(...times) - 0.1) return true;
  if (times[0] > 0.5 && times[0] < 2) videos[0].currentTime -= 0.2;
  return false;
}"""
TOLD = "() => ({ ...sync.state(), told: videos.map((_, place) => sync.clip(String(place)).frame) })"


def timing(times: list[float], fps: float) -> dict[str, Any]:
    """What Python tells the page of a clip."""
    even = fps in RATES.values()
    end = times[-1] + (1 / fps if even else times[-1] - times[-2])
    return {"duration": end, "fps": fps, "frames": len(times), "start": 0, "times": None if even else times}


@pytest.fixture(scope="module")
def page(browser: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page with clips of 24, 30 and 23.976 frames a second and one of uneven frames, held in step."""
    folder = tmp_path_factory.mktemp("clips")
    clips = {name: ([n / fps for n in range(round(3 * fps))], fps) for name, fps in RATES.items()}
    clips["uneven"] = (UNEVEN, 60 / UNEVEN[-1])
    for seed, (name, (times, _)) in enumerate(clips.items()):
        write(folder / f"{name}.mp4", times, seed=seed)
    add_engine(folder)
    with serve(folder) as url:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        page.evaluate("names => show(names)", [f"{name}.mp4" for name in clips])
        page.evaluate("timings => hold(timings)", [timing(*clip) for clip in clips.values()])
        yield page
        page.close()
        assert errors == []


def at(page: Page, what: str) -> dict[str, Any]:
    """Do something; returns the state afterwards, whose frames must be those on screen once the clips are at rest.

    How soon a frame that was sought is drawn depends on the machine; that another one stays does not.
    """
    page.evaluate(what)
    page.evaluate("() => rest()")
    try:
        page.wait_for_function(f"bits => String(numbers(bits)) === String(({TOLD})().told)", arg=BITS)
    except GivenUp:
        pytest.fail(f"{what}: on screen are {page.evaluate('bits => numbers(bits)', BITS)}, told {page.evaluate(TOLD)}")
    state: dict[str, Any] = page.evaluate(TOLD)
    return state


def test_stepping_shows_the_frames_that_are_told(page: Page) -> None:
    """Each step shows the next frame of the lead, and of every other clip the frame of that time."""
    assert at(page, "sync.seek(0)")["told"] == [0, 0, 0, 0]
    for count in range(1, 6):
        state = at(page, "sync.step(1)")
        assert state["frame"] == state["told"][1] == count  # 30 frames a second are the most
    assert at(page, "for (let count = 0; count < 20; count++) sync.step(1)")["told"] == [20, 25, 20, 18]
    assert at(page, "sync.step(-1)")["told"][1] == 24
    assert at(page, "sync.lead('0'); sync.step(1)")["told"][0] == 20
    page.evaluate("sync.lead(null)")


def test_both_ends_show_a_frame_and_no_black(page: Page) -> None:
    """A seek to the very end shows every clip's last frame; a clip that is over holds it while others are stepped."""
    state = at(page, "sync.seek(99)")
    assert state["told"] == [71, 89, 71, 59]
    assert state["time"] == state["duration"]
    for _ in range(3):
        assert at(page, "sync.step(1)")["told"] == [71, 89, 71, 59]
    assert at(page, "sync.seek(3.002); sync.step(1)")["told"][:2] == [71, 89]
    assert at(page, "sync.seek(0); sync.step(-1)")["told"] == [0, 0, 0, 0]


def test_a_shifted_clip_shows_its_own_frame(page: Page) -> None:
    """A shift moves one clip alone, by exactly so many frames."""
    assert at(page, "sync.seek(1.02)")["told"][:2] == [24, 30]
    assert at(page, "sync.shift('0', 0.25)")["told"][:2] == [18, 30]
    assert at(page, "sync.shift('0', -1 / 24)")["told"][:2] == [25, 30]
    at(page, "sync.shift('0', 0)")


def test_a_pause_leaves_what_is_told_on_screen(page: Page) -> None:
    """Wherever the clips are stopped, each shows the frame that the state names for it."""
    at(page, "sync.seek(0.5)")
    for time in (1.2, 1.67):
        page.evaluate("sync.play()")
        page.wait_for_function("time => sync.state().time > time", arg=time)
        assert at(page, "sync.pause()")["playing"] is False


def test_players_that_are_put_off_come_within_a_frame_by_their_clocks(page: Page) -> None:
    """The players' own clocks come to less than a frame apart: from the start, after one was put off, and past the end.

    How soon is measured by the benchmark `grid`; here it is only that they do, and that they stay so for a while.
    """
    page.evaluate("sync.seek(0.8); sync.play()")
    page.wait_for_function(IN_STEP)
    page.wait_for_function(PUT_OFF)
    page.evaluate("clocks.length = 0")
    page.wait_for_function(IN_STEP)
    page.evaluate("() => { sync.seek(2.5); clocks.length = 0; }")
    page.wait_for_function("() => sync.state().time < 2")  # it has begun again
    page.evaluate("clocks.length = 0")
    page.wait_for_function(IN_STEP)
    page.evaluate("sync.pause()")
