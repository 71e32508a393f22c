"""Kernels for the tests of this folder: one that they share, and fresh ones for those that end theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.client import Kernel, Start
from tests.kernel.shared import SharedKernel


@pytest.fixture(scope="session")
def shared_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedKernel]:
    """The kernel of this test process, started for the first test that wants it."""
    shared = SharedKernel(tmp_path_factory.mktemp("kernel"))
    yield shared
    shared.close()


@pytest.fixture
def lend(shared_kernel: SharedKernel, tmp_path: Path) -> Iterator[Start]:
    """Gives the shared kernel, once, in the test's folder and without the extension; takes more variables for it."""
    yield lambda **variables: shared_kernel.lend(tmp_path, variables)
    shared_kernel.take_back()


@pytest.fixture
def kernel(lend: Start) -> Kernel:
    """The shared kernel with the extension loaded."""
    shared = lend()
    shared.load()
    return shared


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts kernels in the test's folder, with more variables where given; they end with the test."""
    started: list[Kernel] = []

    def new(**variables: str) -> Kernel:
        started.append(Kernel(tmp_path, variables))
        return started[-1]

    yield new
    for kernel in started:
        kernel.stop()
