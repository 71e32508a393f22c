"""What makes a kernel's clips: processes that a test can keep from finishing, or a scripted gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.kernel.client import Kernel
from tests.support.scripted import KEY
from tests.support.servers import Server

__all__ = ["rendering", "suspended", "use_gateway"]


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


def use_gateway(kernel: Kernel, server: Server) -> None:
    """Make a scripted gateway the kernel's Infery, which it asks several times a second."""
    kernel.execute(f"%env INFERY_BASE_URL={server.url}\n%env INFERY_API_KEY={KEY}")
    kernel.execute("from videogen_nb.providers.infery import Infery\nInfery.interval = 0.05")
