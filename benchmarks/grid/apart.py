"""How far clips are apart while they play, from what a page noted of each of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

__all__ = ["distances"]


def distances(marks: Sequence[Sequence[tuple[float, Any]]], fps: float, *, over: int = 0) -> list[float]:
    """Frames between the first and the last clip, sixty times a second while all of them play.

    Args:
        marks: Of each clip, in the order of time: (ms, True) when it plays on, (ms, False) when it stops or leaps,
            (ms, seconds) when the frame of that media time is on screen.
        fps: Frames a second of the clips.
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
            apart = (max(middles) - min(middles)) * fps
            found += [apart] * (int(until * 0.06) - int(at * 0.06))
    return found
