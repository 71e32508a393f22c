"""Real kernels, fresh and with a home of their own, and a client that notes when what they say arrives."""

from __future__ import annotations

import compileall
import functools
import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

import videogen_nb

__all__ = ["VIEW", "Live", "fresh", "several", "started"]

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
    with _starting(folder, env) as (client, process):
        client.wait_for_ready(timeout=_PATIENCE)
        yield client, process


@contextmanager
def fresh(**environment: str) -> Iterator[Live]:
    """A kernel that nothing was run in, in an empty folder; ended and forgotten afterwards.

    Args:
        environment: Further environment variables.
    """
    with _alone(environment) as client:
        client.wait_for_ready(timeout=_PATIENCE)
        yield Live(client)


def several(count: int) -> Generator[Live]:
    """So many fresh kernels, which start side by side; each is ended before the next one is given."""
    with ExitStack() as all_of_them:
        kernels = []
        for _ in range(count):
            own = all_of_them.enter_context(ExitStack())
            kernels.append((own, own.enter_context(_alone({}))))
        for _, client in kernels:
            client.wait_for_ready(timeout=_PATIENCE)
        for own, client in kernels:
            with own:
                yield Live(client)


@contextmanager
def _alone(environment: Mapping[str, str]) -> Iterator[BlockingKernelClient]:
    """A kernel that starts in an empty folder, where it finds nothing of anybody's."""
    _compile()
    with tempfile.TemporaryDirectory() as home:
        env = {"VIDEOGEN_HOME": str(Path(home, "videogen-nb")), "IPYTHONDIR": home, **environment}
        with _starting(Path(home), env) as (client, _):
            yield client


@contextmanager
def _starting(folder: Path, env: Mapping[str, str]) -> Iterator[tuple[BlockingKernelClient, int]]:
    """A kernel that is not awaited."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env={**os.environ, **env}, extra_arguments=["--log-level=40"])
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    try:
        yield client, manager.provisioner.process.pid  # type: ignore[union-attr]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@functools.cache
def _compile() -> None:
    """What pip does to all that it installs, but for what is installed to be edited."""
    compileall.compile_dir(Path(videogen_nb.__file__).parent, quiet=1)
