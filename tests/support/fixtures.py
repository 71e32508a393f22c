"""Fixtures around the scripted Infery; a test module takes them by `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.providers.conftest import KEY
from tests.support.clips import make_tiny
from tests.support.farm import PATHS, Farm
from tests.support.scripted import Gateway
from videogen_nb.backend import download as fetch
from videogen_nb.backend import follow, session, submit
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
    started: list[Gateway] = []

    def start(**script: Any) -> Gateway:
        server = Gateway(**script)
        server.__enter__()
        started.append(server)
        monkeypatch.setenv("INFERY_BASE_URL", server.url)
        monkeypatch.setenv("INFERY_API_KEY", KEY)
        return server

    yield start
    session.close()
    for server in started:
        server.__exit__(None, None, None)


@pytest.fixture
def farm(quick: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Farm]]:
    """Starts gateways and makes each its provider's of this test."""
    started: list[Farm] = []

    def start(provider: str = "infery", **options: Any) -> Farm:
        server = Farm(PATHS[provider], make_tiny(), **options)
        server.__enter__()
        started.append(server)
        monkeypatch.setenv(f"{provider.upper()}_BASE_URL", server.url)
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", KEY)
        return server

    yield start
    session.close()
    for server in started:
        server.release.set()
        server.__exit__(None, None, None)
