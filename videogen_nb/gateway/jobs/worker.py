"""A worker process, which renders one clip at a time and reports its progress.

Started as ``python -m videogen_nb.gateway.jobs.worker MODULE``, where MODULE has the renderer (`RenderSpec`, `render`).
It reads and writes one JSON object a line. A job is the fields of a `RenderSpec` and ``path``; the replies are
``{"progress": 0.5}`` and finally ``{"done": true}`` or ``{"error": "why"}``. It ends as soon as its standard input is
closed, even within a frame, so that a host that was killed leaves no process behind.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, TextIO

_REPORT_EVERY = 0.1  # seconds
_NICENESS = 10  # the notebook, the browser and the user's code have priority


def _listen(jobs: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        jobs.put(json.loads(line))
    os._exit(0)  # from this thread, whatever the renderer is doing


def _render(renderer: Any, job: dict[str, Any], out: TextIO) -> None:
    path = Path(job.pop("path"))
    if job.get("image") is not None:
        job["image"] = Path(job["image"])
    last = 0.0

    def report(progress: float) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= _REPORT_EVERY:
            last = now
            print(json.dumps({"progress": progress}), file=out, flush=True)

    renderer.render(renderer.RenderSpec(**job), path, report)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupting the kernel must not cancel the clip
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # What libraries print goes to standard error; the pipe carries messages only.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    jobs: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    renderer = importlib.import_module(sys.argv[1])
    while True:
        job = jobs.get()
        try:
            _render(renderer, job, out)
        except Exception as error:
            traceback.print_exc()
            answer: dict[str, Any] = {"error": f"{type(error).__name__}: {error}"}
        else:
            answer = {"done": True}
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
