from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

import pytest

FPS = 25.0
Mark = tuple[float, Any]


def clip(late: float = 0.0, *, frames: int = 50, from_: int = 0) -> list[Mark]:
    """A clip that plays, each frame shown so many milliseconds late."""
    shown = ((frame * 1000 / FPS + late, frame / FPS) for frame in range(from_, frames))
    return [(from_ * 1000 / FPS + late, True), *shown]


def distances(marks: Sequence[Sequence[Mark]], fps: float, *, over: int = 0) -> list[float]:
    """The benchmark's; its package imports a browser's driver, which no other worker needs."""
    from benchmarks.grid import apart

    return apart.distances(marks, fps, over=over)


@pytest.mark.parametrize("over", [0, 1, 12])
def test_clips_that_show_the_same_frames_at_the_same_time_are_not_apart(over: int) -> None:
    """However it is looked at, and all the time."""
    found = distances([clip(), clip(), clip()], FPS, over=over)
    assert len(found) > 60
    assert max(found) == pytest.approx(0, abs=1e-9)


def test_a_clip_that_is_late_by_some_frames_is_so_far_apart() -> None:
    """On screen by whole frames, in time by what it is late."""
    on_screen = distances([clip(), clip(120.0)], FPS)  # whose end the first one reaches first
    assert (median(on_screen), max(on_screen)) == pytest.approx((3, 3))
    for over in (1, 12):
        in_time = distances([clip(), clip(50.0)], FPS, over=over)
        assert (min(in_time), max(in_time)) == pytest.approx((1.25, 1.25))


def test_clips_count_only_while_all_of_them_play() -> None:
    """From the last one's first frame on, and not while one of them stands or leaps."""
    whole, short = clip(), clip(frames=25)
    assert len(distances([whole, clip(from_=25)], FPS)) < len(distances([whole, whole], FPS)) * 0.6
    stopped = [*short, (25 * 1000 / FPS, False)]
    assert len(distances([whole, stopped], FPS)) == pytest.approx(60, abs=3)
    assert distances([whole, []], FPS) == []
