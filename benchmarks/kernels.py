"""A real kernel, fresh and with a home of its own, and a client that notes when what it says arrives."""

from __future__ import annotations

import compileall
import functools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

import videogen_nb

__all__ = ["VIEW", "Live", "fresh", "started"]

VIEW = "application/vnd.jupyter.widget-view+json"
_PATIENCE = 60.0  # seconds
_TIMED = "import time as _time\n_start = _time.perf_counter()\n{code}\nprint((_time.perf_counter() - _start) * 1000)"
Message = dict[str, Any]


class Live:
    """A kernel that runs, seen from its client."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, code: str, seen: Callable[[Message], object] = lambda _: None) -> str:
        """Run a cell, wait for its end, and return what it printed; `seen` gets each of its messages as it arrives.

        Raises:
            RuntimeError: The cell failed.
        """
        id, printed, failed = self._client.execute(code), [], ""  # noqa: A001
        while True:
            message = self._client.get_iopub_msg(timeout=_PATIENCE)
            if message["parent_header"].get("msg_id") != id:
                continue
            seen(message)
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            elif message["msg_type"] == "error":
                failed = f"{content['ename']}: {content['evalue']}"
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        if failed:
            raise RuntimeError(failed)
        return "".join(printed)

    def timed(self, code: str) -> float:
        """Milliseconds that the code takes, by the kernel's own clock."""
        return float(self.run(_TIMED.format(code=code)).split()[-1])

    def first_view(self, code: str) -> float:
        """Milliseconds from sending a cell off to the arrival of the first widget that it displays."""
        arrived: list[float] = []

        def seen(message: Message) -> None:
            if VIEW in message["content"].get("data", {}):
                arrived.append(time.perf_counter())

        start = time.perf_counter()
        self.run(code, seen)
        return (arrived[0] - start) * 1000


@contextmanager
def started(folder: Path, env: Mapping[str, str]) -> Iterator[tuple[BlockingKernelClient, int]]:
    """A kernel in a folder, with these variables added to its environment: its client, and its process's number."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env={**os.environ, **env}, extra_arguments=["--log-level=40"])
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=_PATIENCE)
        yield client, manager.provisioner.process.pid  # type: ignore[union-attr]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@contextmanager
def fresh(**environment: str) -> Iterator[Live]:
    """A kernel that nothing was run in, in an empty folder; ended and forgotten afterwards.

    Args:
        environment: Further environment variables.
    """
    _compile()
    with tempfile.TemporaryDirectory() as home:
        env = {"VIDEOGEN_HOME": str(Path(home, "videogen-nb")), "IPYTHONDIR": home, **environment}
        with started(Path(home), env) as (client, _):
            yield Live(client)


@functools.cache
def _compile() -> None:
    """What pip does to all that it installs, but for what is installed to be edited."""
    compileall.compile_dir(Path(videogen_nb.__file__).parent, quiet=1)
