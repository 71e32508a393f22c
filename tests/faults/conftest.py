"""One counting gateway for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .counting import Counting


@pytest.fixture(scope="session")
def counting() -> Iterator[Counting]:
    with Counting() as started:
        yield started


@pytest.fixture
def gateway(counting: Counting) -> Counting:
    """The gateway, with its count at zero."""
    counting.reset()
    return counting
