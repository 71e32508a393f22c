"""Panels that are closed when their test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from videogen_nb.widgets.panel import Panel


@pytest.fixture
def panel() -> Iterator[Callable[..., Panel]]:
    """Makes panels."""
    made: list[Panel] = []

    def make(*args: Any, **options: Any) -> Panel:
        made.append(Panel(*args, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
