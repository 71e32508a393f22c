"""Start scripted gateways, and make each the one of its provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import pytest

from tests.providers.conftest import KEY
from tests.support.servers import Server
from videogen_nb.backend import session

__all__ = ["serving"]

Served = TypeVar("Served", bound=Server)


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Served, str], Served]]:
    """Starts gateways, and makes each the one of the provider that is named; they end after the backend."""
    with ExitStack() as servers:

        def start(server: Served, provider: str) -> Served:
            servers.enter_context(server)
            monkeypatch.setenv(f"{provider.upper()}_BASE_URL", server.url)
            monkeypatch.setenv(f"{provider.upper()}_API_KEY", KEY)
            return server

        yield start
        session.close()
