"""A real ipykernel and a client that keeps all it says: a front end without a page."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.kernel.sockets import sockets

__all__ = ["PATIENCE", "Kernel", "Message", "Ran", "Start"]

T = TypeVar("T")
Message = dict[str, Any]
PATIENCE = 90.0  # seconds before a test gives up on something that has to happen
_PAUSE = 50  # milliseconds to wait for a message before looking again


@dataclass(frozen=True)
class Ran:
    """A cell that has been run: its id, its answer on the shell channel, and all that was said meanwhile."""

    id: str
    reply: dict[str, Any]
    said: list[Message]

    @property
    def outputs(self) -> list[Message]:
        """What the cell itself put out, in order."""
        return [each for each in self.said if each["parent_header"].get("msg_id") == self.id]

    @property
    def text(self) -> str:
        """What it printed."""
        return "".join(each["content"]["text"] for each in self.outputs if each["msg_type"] == "stream")


class Kernel:
    """A kernel in a folder, and a client that answers no comm.

    Its process starts at once and the first cell waits until it is ready, so that several can start side by side.

    Args:
        folder: Its working directory.
        variables: What its environment has beside that of this process.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str] = {}) -> None:
        self.folder = folder
        self.said: list[Message] = []
        self._replies: dict[str, Message] = {}
        self._running: set[str] = set()
        self._ready = False
        self._manager = KernelManager(kernel_name="python3", **sockets())
        environment = {**os.environ, **variables}
        self._manager.start_kernel(cwd=str(folder), extra_arguments=["--log-level=40"], env=environment)
        self.process = psutil.Process(self._manager.provisioner.process.pid)  # type: ignore[union-attr]
        self._client: BlockingKernelClient = self._manager.client()
        self._client.start_channels()
        self._poller = zmq.Poller()
        for channel in (self._client.iopub_channel, self._client.shell_channel):
            self._poller.register(channel.socket, zmq.POLLIN)

    def submit(self, code: str, *, allow_stdin: bool = True, cell: str | None = None) -> str:
        """Send a cell off, with its id if given; returns its message id."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": allow_stdin,
            "stop_on_error": True,
        }
        if not self._ready:
            self._client.wait_for_ready(timeout=PATIENCE)
            self._ready = True
        metadata = {"cellId": cell} if cell else {}
        message = self._client.session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(message)
        self._running.add(message["header"]["msg_id"])
        return str(message["header"]["msg_id"])

    def reload(self) -> None:
        """Be another page from now on, as after a reload."""
        self._client.session.session = str(uuid.uuid4())

    @property
    def page(self) -> str:
        """The session of its client, by which it knows one page from another."""
        return str(self._client.session.session)

    def forget(self) -> None:
        """Drop all that was said so far."""
        self.said.clear()
        self._replies.clear()

    @property
    def idle(self) -> bool:
        """Whether the process is there and has ended each cell that it was sent."""
        return self._manager.is_alive() and not self._running

    def finish(self, id: str) -> Ran:  # noqa: A002
        """Wait until a cell has answered and its kernel is idle again."""
        self.until(lambda: id in self._replies and self._place(id, "idle"))
        self._running.discard(id)
        first, last = self._place(id, "busy"), self._place(id, "idle")
        return Ran(id, self._replies[id]["content"], self.said[first : last + 1])

    @property
    def answered(self) -> set[str]:
        """The cells that have answered."""
        return set(self._replies)

    def since(self, id: str) -> list[Message]:  # noqa: A002
        """All that was said since a cell began; nothing where it has not."""
        begun = self._place(id, "busy")
        return self.said[begun:] if begun else []

    def run(self, code: str, *, allow_stdin: bool = True, cell: str | None = None) -> Ran:
        return self.finish(self.submit(code, allow_stdin=allow_stdin, cell=cell))

    def execute(self, code: str) -> Ran:
        """Run a cell that must not fail."""
        ran = self.run(code)
        assert ran.reply["status"] == "ok", ran.reply
        return ran

    def run_and_answer(self, code: str, answer: str) -> Ran:
        """Run a cell that asks one question."""
        id = self.submit(code)  # noqa: A001
        asked = self._client.get_stdin_msg(timeout=PATIENCE)
        assert asked["msg_type"] == "input_request"
        self._client.input(answer)
        return self.finish(id)

    def load(self) -> Ran:
        """Load the extension; fails where that fails."""
        return self.execute("%load_ext videogen_nb")

    def value(self, expression: str) -> Any:
        """The value of an expression made of literals."""
        return eval(self.execute(f"print(repr({expression}))").text)

    def complete(self, code: str) -> list[str]:
        """What Tab offers at the end of `code`, each as the whole line that it would make."""
        content = self._client.complete(code, len(code), reply=True, timeout=PATIENCE)["content"]
        assert content["status"] == "ok", content
        return [code[: content["cursor_start"]] + match for match in content["matches"]]

    def tell_widget(self, model_id: str, content: Any) -> None:
        """Say something to a widget, as its page would."""
        data = {"comm_id": model_id, "data": {"method": "custom", "content": content}}
        self._client.shell_channel.send(self._client.session.msg("comm_msg", data))

    def until(self, look: Callable[[], T]) -> T:
        """What `look` gives as soon as it is true, listening to the kernel meanwhile."""
        end = time.monotonic() + PATIENCE
        while not (value := look()):
            if time.monotonic() > end:
                kinds = [each["msg_type"] for each in self.said[-20:]]
                raise AssertionError(f"It did not happen in {PATIENCE:.0f} s; the last said: {kinds}")
            self._listen()
        return value

    def _place(self, parent: str, state: str) -> int:
        """Where among all that was said the kernel went `state` for a cell; 0 where it has not yet."""
        for place, each in enumerate(self.said):
            told = each["msg_type"] == "status" and each["parent_header"].get("msg_id") == parent
            if told and each["content"]["execution_state"] == state:
                return place
        return 0

    def _listen(self) -> None:
        """Take in what the kernel has said; where that is nothing, wait a moment for it."""
        iopub, shell = self._client.iopub_channel, self._client.shell_channel
        self._poller.poll(_PAUSE)
        while iopub.msg_ready():
            self.said.append(iopub.get_msg(timeout=0))
        while shell.msg_ready():
            reply = shell.get_msg(timeout=0)
            self._replies[reply["parent_header"]["msg_id"]] = reply

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def kill(self) -> None:
        """End it as the system would when memory runs out: by SIGKILL, with no word of farewell."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> list[psutil.Process]:
        """Shut it down as a server does; returns those of its children that are still there, after ending them."""
        children = _children(self.process)
        self._client.stop_channels()
        if self._manager.has_kernel:
            self._manager.shutdown_kernel()
        alive: list[psutil.Process] = psutil.wait_procs(children, timeout=10)[1]
        for process in alive:
            process.kill()
        self._manager.cleanup_resources()
        return alive


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


Start = Callable[..., Kernel]  # gives a kernel in the test's folder, with these variables in its environment
