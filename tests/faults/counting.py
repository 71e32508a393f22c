"""A gateway in a process of its own: it outlives its clients, counts what it accepted, and can end a client itself.

It speaks Infery's wire and Infinity Blue's generic one. No `Idempotency-Key` is heeded, so that a
submission that is sent twice counts twice. Every job has a clip of its own, served slowly.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import ProxyHandler, Request, build_opener

__all__ = ["MOMENTS", "PATHS", "Accepted", "Asked", "Counting", "Record", "order"]

PATHS = {"infery": "/v1/videos/generations", "infinityblue": "/v1/video/generations"}
POST_MOMENTS = ("post-head", "post-body", "post-accepted", "post-half-answer")
MOMENTS = (*POST_MOMENTS, "poll", "between-polls", "download-head", "download-half")
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Accepted:
    """One submission that was taken as a job.

    Attributes:
        job: The client's own id, from its `Idempotency-Key`.
        sha256: Hash of the clip's bytes, in hex.
    """

    job: str
    provider: str
    remote_id: str
    sha256: str


@dataclass(frozen=True)
class Asked:
    """One status or download request; `at` is on the machine's monotonic clock, in seconds."""

    client: str
    remote_id: str
    at: float


@dataclass(frozen=True)
class Record:
    """What a gateway saw since it was last reset.

    Attributes:
        struck: When it sent its signal to which process, on the clock of `Asked.at`.
    """

    accepted: tuple[Accepted, ...] = ()
    asked: tuple[Asked, ...] = ()
    struck: Mapping[int, float] = field(default_factory=dict)


class Counting:
    """Starts the gateway's process, and reads its count.

    Attributes:
        url: Its base URL, for both wires.
    """

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.faults.tallying"]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()  # its stdin closes, which ends it

    def record(self) -> Record:
        """The count, taken when every client has hung up, so that nothing is on its way any more."""
        told = _ask(self.url, "/control/record")
        return Record(
            tuple(Accepted(**each) for each in told["accepted"]),
            tuple(Asked(**each) for each in told["asked"]),
            {int(pid): at for pid, at in told["struck"].items()},
        )

    def reset(self) -> None:
        """Forget all jobs; done when every client has hung up."""
        _ask(self.url, "/control/reset")


def order(url: str, moment: str, client: str, number: int = signal.SIGKILL) -> None:
    """Have the gateway send a signal to this process, once, when it comes with that key to one of `MOMENTS`."""
    _ask(url, "/control/order", {"moment": moment, "client": client, "pid": os.getpid(), "number": int(number)})


def _ask(url: str, path: str, body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    with build_opener(ProxyHandler({})).open(Request(url + path, data=content), timeout=60) as answer:
        return json.load(answer)
