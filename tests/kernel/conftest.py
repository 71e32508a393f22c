"""Kernels for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kernel.client import Kernel


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Kernel]]:
    """Starts kernels in the test's folder; they end with the test."""
    started: list[Kernel] = []

    def new() -> Kernel:
        started.append(Kernel(tmp_path))
        return started[-1]

    yield new
    for kernel in started:
        kernel.stop()


@pytest.fixture
def kernel(start: Callable[[], Kernel]) -> Kernel:
    """A kernel with the extension loaded."""
    fresh = start()
    fresh.load()
    return fresh
