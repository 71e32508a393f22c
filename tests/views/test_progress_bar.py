from __future__ import annotations

import io
import sys

import pytest

from videogen_nb.views import progress_bar as meter
from videogen_nb.views.progress_bar import Meter, bar


class Terminal(io.StringIO):
    """Somebody looks at it."""

    def isatty(self) -> bool:
        return True


class Page(io.StringIO):
    """A kernel's."""


Page.__module__ = "ipykernel.iostream"


class Clock:
    """A time that goes on only when it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(meter, "time", made)
    return made


def out(monkeypatch: pytest.MonkeyPatch, kind: type[io.StringIO]) -> io.StringIO:
    made = kind()
    monkeypatch.setattr(sys, "stdout", made)
    return made


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0, "░░░░"), (0.5, "██░░"), (1, "████"), (7, "████"), (-1, "░░░░")],
    ids=["none", "half", "all", "more", "less"],
)
def test_a_bar_is_filled_as_far_as_it_is(fraction: float, shown: str) -> None:
    """From empty to full, and never longer or shorter than asked for."""
    assert bar(fraction, 4) == shown


def test_nothing_shows_within_the_first_second(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """What is quick leaves no trace."""
    seen = out(monkeypatch, Terminal)
    with Meter("x") as told:
        for tenth in range(10):
            clock.now = 100 + tenth / 10
            told(tenth / 10)
    assert seen.getvalue() == ""


@pytest.mark.parametrize("kind", [Terminal, Page], ids=["terminal", "page"])
def test_it_is_drawn_in_place_and_taken_away(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, kind: type[io.StringIO]
) -> None:
    """At most five times a second, each over the one before, and blank in the end."""
    seen = out(monkeypatch, kind)
    with Meter("Writing x.mp4") as told:
        for hundredth in range(300):
            clock.now = 100 + hundredth / 100
            told(hundredth / 300)
    first, *drawn, blank, end = seen.getvalue().split("\r")
    assert (first, end) == ("", "")
    assert 8 <= len(drawn) <= 10
    assert drawn[0] == f"{bar(1 / 3)}  33% Writing x.mp4"
    assert blank.strip() == ""
    assert len(blank) >= max(map(len, drawn))


def test_nobody_sees_a_file(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Nothing is written where output goes into a file or is captured."""
    seen = out(monkeypatch, io.StringIO)
    with Meter("x") as told:
        clock.now = 200
        told(0.5)
    assert seen.getvalue() == ""


@pytest.mark.parametrize(("asks", "drawn"), [(True, True), (False, False)], ids=["watched", "collected"])
def test_a_program_that_collects_outputs_gets_none(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, asks: bool, drawn: bool
) -> None:
    """A kernel whose front end can't be asked for input has nobody in front of it."""

    class Kernel:
        def get_parent(self, channel: str) -> dict[str, dict[str, bool]]:
            return {"content": {"allow_stdin": asks}}

    class IPython:
        class get_ipython:
            kernel = Kernel()

    monkeypatch.setitem(sys.modules, "IPython", IPython)
    seen = out(monkeypatch, Page)
    with Meter("x") as told:
        clock.now = 200
        told(0.5)
    assert bool(seen.getvalue()) is drawn
