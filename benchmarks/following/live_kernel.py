"""A real kernel that is asked for values, and for how long it takes."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
from jupyter_client.blocking.client import BlockingKernelClient

from ..kernels import started

__all__ = ["LiveKernel", "live_kernel"]

_PATIENCE = 120.0  # seconds


class LiveKernel:
    """A kernel and its one client."""

    def __init__(self, client: BlockingKernelClient, pid: int) -> None:
        self._client, self.process = client, psutil.Process(pid)

    def run(self, code: str, value: str = "None") -> Any:
        """Run a cell; returns the value of an expression after it.

        Raises:
            RuntimeError: Either fails.
        """
        asked = {"value": value}
        reply = self._client.execute(code, user_expressions=asked, reply=True, timeout=_PATIENCE)["content"]
        told = reply.get("user_expressions", {}).get("value", reply)
        if told["status"] != "ok":
            raise RuntimeError("\n".join(told["traceback"]))
        return ast.literal_eval(told["data"]["text/plain"])

    def latency(self) -> float:
        """Milliseconds from sending an empty cell to its answer."""
        start = time.perf_counter()
        self._client.execute("", reply=True, timeout=_PATIENCE)
        return (time.perf_counter() - start) * 1000

    def said(self, kind: str) -> int:
        """How many messages of a kind it has put out since it was last asked for any."""
        count = 0
        try:
            while True:
                count += self._client.get_iopub_msg(timeout=0)["msg_type"] == kind
        except Empty:
            return count


@contextmanager
def live_kernel(folder: Path, env: Mapping[str, str]) -> Iterator[LiveKernel]:
    """A kernel in a folder, with these variables added to its environment."""
    with started(folder, env) as (client, pid):
        yield LiveKernel(client, pid)
