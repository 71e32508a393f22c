"""Start, use and end the worker processes that render clips."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

_IDLE = 60.0  # seconds
_PACKAGE_ROOT = Path(__file__).resolve().parents[3]


class RenderError(Exception):
    """A render failed; the message is one short line for the job's `error`."""


class Worker:
    """One worker process and the thread that reads its output.

    It does not use asyncio's subprocesses: with uvloop's policy installed and a plain selector loop, they raise
    NotImplementedError on Python 3.11, because that policy has no child watcher.

    Args:
        renderer: Dotted name of the module with `RenderSpec` and `render`.
        directory: Working directory of the process, so that it keeps no folder of the user's in use.
    """

    def __init__(self, renderer: str, directory: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._ended = asyncio.Event()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the reading thread
        self.process = subprocess.Popen(  # noqa: S603
            # -P: a queue.py beside the user's notebooks must not shadow the standard library's.
            [sys.executable, "-P", "-m", "videogen_nb.gateway.jobs.worker", renderer],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=directory,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_import_path())},
            start_new_session=True,  # Jupyter interrupts the kernel's whole process group
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("no pipes to the worker")
        self._stdin, self._stdout = self.process.stdin, self.process.stdout
        threading.Thread(target=self._read, name=f"videogen-worker-{self.process.pid}", daemon=True).start()

    def _read(self) -> None:
        with suppress(RuntimeError, ValueError, OSError):  # the loop was closed, or the process died within a line
            for line in self._stdout:
                self._loop.call_soon_threadsafe(self._messages.put_nowait, json.loads(line))
        self.process.kill()
        code = self.process.wait()
        last_line = self._last_line()
        for stream in (self._stdin, self._stdout, self._errors):
            with suppress(OSError):
                stream.close()
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._messages.put_nowait, {"ended": code, "words": last_line})
            self._loop.call_soon_threadsafe(self._ended.set)

    def _last_line(self) -> str:
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 2000))
        lines = self._errors.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    @property
    def running(self) -> bool:
        return not self._ended.is_set() and self.process.poll() is None

    async def render(self, fields: dict[str, Any], on_progress: Callable[[float], None]) -> None:
        """Render one clip. If this is cancelled, the process goes on and must be stopped.

        Args:
            fields: Those of a `RenderSpec`, and ``path`` of the clip.
            on_progress: Called on the loop with 0 to 1.

        Raises:
            RenderError: The renderer raised, or the process ended.
        """
        with suppress(OSError, ValueError):  # it has ended, as its last message says
            self._errors.seek(0)
            self._errors.truncate()
            self._stdin.write(json.dumps(fields).encode() + b"\n")
            self._stdin.flush()
        while True:
            message = await self._messages.get()
            if "progress" in message:
                on_progress(message["progress"])
            elif "error" in message:
                raise RenderError(_short(message["error"]))
            elif "ended" in message:
                raise RenderError(_short(f"the render process ended ({message['ended']}) {message['words']}"))
            else:
                return

    async def stop(self) -> None:
        """Kill the process, even while it renders, and wait until it has ended."""
        with suppress(OSError):
            self.process.kill()
        await self._ended.wait()


class Pool:
    """Idle worker processes, kept for a minute in case another clip is to be rendered.

    The caller of `take` limits their number.
    """

    def __init__(self, renderer: str, directory: Path) -> None:
        self._renderer = renderer
        self._directory = directory
        self._idle: dict[Worker, asyncio.TimerHandle] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    def take(self) -> Worker:
        """An idle worker, or a new one."""
        while self._idle:
            worker, timer = self._idle.popitem()
            timer.cancel()
            if worker.running:
                return worker
        return Worker(self._renderer, self._directory)

    def give_back(self, worker: Worker) -> None:
        """Keep a worker that has finished its clip."""
        self._idle[worker] = asyncio.get_running_loop().call_later(_IDLE, self._retire, worker)

    def _retire(self, worker: Worker) -> None:
        self._idle.pop(worker, None)
        task = asyncio.ensure_future(worker.stop())
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def aclose(self) -> None:
        """End the idle workers; busy ones are stopped by the tasks that took them."""
        for worker, timer in list(self._idle.items()):
            timer.cancel()
            self._retire(worker)
        await asyncio.gather(*self._stopping)


def _import_path() -> list[str]:
    """The import path of this process, with the package itself if it is not installed."""
    path = [os.path.abspath(entry) for entry in sys.path if entry]
    return path if str(_PACKAGE_ROOT) in path else [*path, str(_PACKAGE_ROOT)]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"
