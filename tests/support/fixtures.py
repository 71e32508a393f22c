"""Fixtures around the scripted Infery; a test module takes them by `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.clips import make_tiny
from tests.support.farm import PATHS, Farm
from tests.support.scripted import Gateway
from tests.support.serving import serving
from videogen_nb.backend import download as fetch
from videogen_nb.backend import follow, submit
from videogen_nb.providers.infery import Infery
from videogen_nb.providers.infinityblue import InfinityBlue
from videogen_nb.providers.local import Local


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polls and pauses of a few milliseconds."""
    monkeypatch.setattr(Infery, "interval", 0.02)
    monkeypatch.setattr(InfinityBlue, "interval", 0.02)
    monkeypatch.setattr(Local, "interval", 0.05)
    for module in (follow, fetch, submit):
        monkeypatch.setattr(module, "backoff", lambda misses: 0.02)


@pytest.fixture
def infery(quick: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Gateway]]:
    """Starts scripted gateways and makes them the Infery of this test."""
    with serving(monkeypatch) as start:
        yield lambda **script: start(Gateway(**script), "infery")


@pytest.fixture
def farm(quick: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Farm]]:
    """Starts gateways and makes each its provider's of this test."""
    with serving(monkeypatch) as start:
        yield lambda provider="infery", **options: start(Farm(PATHS[provider], make_tiny(), **options), provider)
