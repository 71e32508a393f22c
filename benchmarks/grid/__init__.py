"""How far clips are apart while they play: our grid, nwb-video-widgets, and players that nobody holds in step."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from tools.browser import find

from ..row import Figures, Row
from .players import Clips, Played, made, play

_NINE = Clips(9, 3, (1280, 720), 11)
_LOOPED = Clips(9, 3, (1280, 720), 1)
_OTHERS = (Clips(4, 2, (1280, 720), 3), Clips(16, 4, (640, 360), 3), Clips(24, 6, (640, 360), 3))
_MINUTE, _SHORTER, _WHILE, _LOOPS = 60, 10, 5, 9  # seconds
_NAMES = {"ours": "ours", "nwb": "nwb-video-widgets", "plain": "play() on each"}
_MOST = "within 1 frame"


def run() -> Figures:
    chromium = find()
    if chromium is None:
        raise RuntimeError("No Chromium: `apt install chromium`, or name one in CHROMIUM.")
    found: dict[tuple[Clips, str], Played] = {}
    every = (_NINE, *_OTHERS, _LOOPED)
    with tempfile.TemporaryDirectory() as name, made(Path(name), every) as url, sync_playwright() as playwright:
        for clips in every:
            for who in _NAMES:
                # The others stay as far apart as they began.
                minute = _MINUTE if who == "ours" else _SHORTER
                seconds = {_NINE: minute, _LOOPED: _LOOPS}.get(clips, _WHILE)
                if clips != _LOOPED or who != "nwb":  # which ends with its first clip
                    found[clips, who] = play(playwright, chromium, url, who, clips, seconds)
    ours, nwb, plain = (found[_NINE, who] for who in _NAMES)
    rows = [
        _row("9 at 720p, a minute, on screen", ours.screen, "nwb", nwb.screen),
        _row("9 at 720p, a minute, on screen", ours.screen, "plain", plain.screen),
        _row("9 at 720p, in time", ours.time, "nwb", nwb.time),
        _row("9 at 720p, over half a second", ours.half_second, "nwb", nwb.half_second),
        _row("9 at 720p, by their clocks", ours.clocks, "nwb", nwb.clocks),
        Row(
            "9 at 720p, of the minute all within 1 frame",
            [ours.together],
            "%",
            _NAMES["nwb"],
            [nwb.together],
            "at least 95 %",
            ours.together >= 95,
        ),
        _row("9 of 6 s, looped, on screen", found[_LOOPED, "ours"].screen, "plain", found[_LOOPED, "plain"].screen),
        *(
            _row(f"{clips.count} at {clips.size[1]}p, on screen", found[clips, "ours"].screen, "nwb", other.screen)
            for clips in _OTHERS
            for other in [found[clips, "nwb"]]
        ),
        _no_more("9 at 720p, dropped of a clip", ours.dropped, plain.dropped, "%"),
        _no_more("9 at 720p, seek until all show it", ours.seeks, plain.seeks, "ms"),
        _no_more("9 at 720p, memory of the page", [ours.memory], [plain.memory], "MiB"),
    ]
    return Figures(rows, f"{_NOTES}\n\n{_table(found)}")


def _row(what: str, ours: list[float], who: str, theirs: list[float]) -> Row:
    return Row(what, ours, "frames", _NAMES[who], theirs, _MOST, bool(ours) and median(ours) < 1.01)


def _no_more(what: str, ours: list[float], plain: list[float], unit: str) -> Row:
    """Holding clips in step may cost a fifth more than not to, or one unit more."""
    reached = median(ours) <= max(1.2 * median(plain), median(plain) + 1)
    return Row(what, ours, unit, _NAMES["plain"], plain, f"at most 1.2 × baseline, or 1 {unit} more", reached)


def _table(found: dict[tuple[Clips, str], Played]) -> str:
    """All that was found, a line for each grid and player."""
    lines = [
        "| clips | player | apart: median, 99 %, worst | all within 1 | dropped | seek-all | memory | cores | beat |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (clips, who), played in found.items():
        apart = sorted(played.screen)
        told = (
            f"{median(apart):.0f}, {apart[int(len(apart) * 0.99)]:.0f}, {apart[-1]:.0f}" if apart else "never all play"
        )
        shape = f"{clips.count} × {clips.size[1]}p" + (", looped" if clips == _LOOPED else "")
        cells = [
            *(shape, _NAMES[who], told, f"{played.together:.1f} %"),
            *(f"{sum(played.dropped) / clips.count:.1f} %", f"{median(played.seeks):.0f} ms"),
            *(f"{played.memory:.0f} MiB", f"{played.cores:.2f}", f"{played.beat:.0f} ms"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


_NOTES = """\
Each player shows the clips in a Chromium of its own, without a GPU, at 1200 × 1000: our live grid's own module, that
of nwb-video-widgets (given addresses in place of an NWB file; it seeks a clip that is 0.1 s off), and `<video>` tags.
All are started, paused and sought through the widgets' own buttons and sliders. Nine clips play a minute, with
the other players 10 s (which stay as far apart as they began), other numbers 5 s, six-second clips that loop 9 s,
starts included. The distance is that between the first
and the last clip, sixty times a second while all play. *On screen*: of the media times that requestVideoFrameCallback
tells. *In time*: each of them moved on since its expectedDisplayTime. *Over half a second*: of the medians of each
clip's last twelve frames in time. *By their clocks*: of `currentTime`. *All within 1*: the share of the whole time in
which all clips play and are at most a frame apart on screen. *Beat*: between two pictures of the page.

What limits: Chromium draws a page that has only 24 frames a second to show 30 times a second, so a clip that misses a
picture is 33 ms, 0.8 frames, behind until the next one. At a pace of exactly 1 it also fits each clip's frames into a
rhythm of those pictures, up to half a frame early or late whatever the clip's clock says: clips whose clocks agreed
to 0.03 frames were 0.8 apart on screen. Ours run 0.6 % faster where nobody hears them, which fits no such rhythm, and
show the frames of their clocks. A seek costs decoding from the last key frame, once a clip, on the two cores; all pay
the same. The clips are of 0.25 Mbit/s; nine of 8 Mbit/s at 720p are more than two cores decode."""
