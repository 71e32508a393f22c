from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import videogen_nb as vg
from tests.support.scripted import Gateway, done, ranged
from videogen_nb.backend import session
from videogen_nb.backend.switch_interval import INTERVAL, short_switch_interval
from videogen_nb.core.job import Phase, Status

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_it_holds_until_the_last_one_leaves() -> None:
    """Also where the first leaves first, and by an error."""
    usual = sys.getswitchinterval()
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(short_switch_interval())
        second.enter_context(short_switch_interval())
        with pytest.raises(KeyError), first.pop_all():
            raise KeyError
        assert sys.getswitchinterval() == pytest.approx(INTERVAL)
        second.close()
        assert sys.getswitchinterval() == usual


def test_who_has_it_shorter_keeps_it() -> None:
    """The user's own choice is not made worse, and holds afterwards."""
    sys.setswitchinterval(INTERVAL / 2)
    with short_switch_interval():
        assert sys.getswitchinterval() == pytest.approx(INTERVAL / 2)
    assert sys.getswitchinterval() == pytest.approx(INTERVAL / 2)
    with short_switch_interval():
        sys.setswitchinterval(INTERVAL * 2)
    assert sys.getswitchinterval() == pytest.approx(INTERVAL * 2)


def test_a_clip_comes_home_promptly(infery: Infery, clip: bytes) -> None:
    """From its first byte until it is shown, and not while it is waited for."""
    usual, seen = sys.getswitchinterval(), dict[object, float]()

    def note(change: Any) -> None:
        seen["some came" if change["name"] == "received" else change["new"]] = sys.getswitchinterval()

    infery(status=done(), routes={"GET /files/a.mp4": ranged(clip)})
    job = vg.generate("a boat", provider="infery")
    job.observe(note, ["status", "phase", "received"])
    job.wait(60)
    session.close()
    assert seen[Phase.DOWNLOADING] == sys.getswitchinterval() == usual
    assert seen["some came"] == seen[Status.SUCCEEDED] == pytest.approx(INTERVAL)
