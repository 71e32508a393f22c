"""Waiting for what a widget comes to say."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

__all__ = ["until"]

PATIENCE = 60.0  # seconds before something that has to happen is given up


def until(thing: Any, holds: Callable[[], bool]) -> None:
    """Wait until something holds that comes with a change of this object's traits."""
    event = threading.Event()

    def look(_: Any = None) -> None:
        if holds():
            event.set()

    thing.observe(look)
    try:
        look()
        assert event.wait(PATIENCE), f"never: plan {getattr(thing, 'plan_line', '')!r}, {getattr(thing, 'error', '')!r}"
    finally:
        thing.unobserve(look)
