"""The processes in which a kernel's local provider renders, and how a test keeps them from finishing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.kernel.client import Kernel

__all__ = ["rendering", "suspended"]


def rendering(kernel: Kernel) -> list[psutil.Process]:
    """The renderer's processes, as soon as there are any."""

    def look() -> list[psutil.Process]:
        children = kernel.process.children(recursive=True)
        return [child for child in children if "videogen_nb" in " ".join(child.cmdline())]

    return kernel.until(look)


@contextmanager
def suspended(kernel: Kernel) -> Iterator[list[psutil.Process]]:
    """Stop them as soon as they are there, long before a frame is drawn; they go on after it."""
    processes = rendering(kernel)
    for process in processes:
        process.suspend()
    try:
        yield processes
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):  # ended meanwhile
                process.resume()
