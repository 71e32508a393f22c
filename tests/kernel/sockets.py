"""Kernels on Unix sockets of their own; run as a program, a console script of this environment whose kernels are.

A kernel manager chooses TCP ports long before the kernel binds them: by then another process may have taken one.
"""

from __future__ import annotations

import sys
import uuid
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import jupyter_client
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir

__all__ = ["SocketKernelManager", "sockets"]


def sockets() -> dict[str, str]:
    """Settings for the manager of one kernel."""
    folder = Path(jupyter_runtime_dir())  # with a path short enough for a socket's
    folder.mkdir(parents=True, exist_ok=True)
    return {"transport": "ipc", "ip": str(folder / f"kernel-{uuid.uuid4().hex}")}


class SocketKernelManager(AsyncKernelManager):
    """What nbclient starts its kernel with."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**sockets(), **settings)


def main() -> None:
    """Be the console script that the command line names, with the rest as its arguments."""
    del sys.path[0]  # this folder, whose modules the script must not find
    del sys.argv[0]
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # see tests/conftest.py
    jupyter_client.AsyncKernelManager = SocketKernelManager  # type: ignore[attr-defined]
    (script,) = entry_points(group="console_scripts", name=sys.argv[0])
    sys.exit(script.load()())


if __name__ == "__main__":
    main()
