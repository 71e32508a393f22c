"""Decide whether the process that owns a shared row still works on it.

An owner renews its lease while it lives. A process that was killed is known to be gone at once, but only by
processes of the same host and PID namespace: two containers can have one host name and use the same process
ids. Everybody else has to wait until the lease runs out.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from typing import Self

__all__ = ["LEASE", "Owner", "is_held"]

LEASE = 30.0  # seconds an owner keeps a row without renewing its lease


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, identified among those of other hosts and containers.

    Attributes:
        host: Host name, and on Linux the PID namespace.
        pid: Process id in that namespace.
    """

    host: str
    pid: int

    @classmethod
    def this_process(cls) -> Self:
        return cls(_host(), os.getpid())

    def is_known_to_be_gone(self) -> bool:
        """Whether the process ran on this host and has ended; False for processes that can't be seen from here."""
        return self.host == _host() and not _exists(self.pid)


def is_held(owner: Owner, lease: float) -> bool:
    """Whether an owner keeps its row.

    Args:
        owner: The process.
        lease: When its lease runs out, seconds since 1970.
    """
    return lease >= time.time() and not owner.is_known_to_be_gone()


def _host() -> str:
    try:
        return f"{socket.gethostname()}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # no Linux
        return socket.gethostname()


def _exists(pid: int) -> bool:
    if os.name == "nt":  # os.kill(pid, 0) sends Ctrl-C there, so only the lease counts
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
