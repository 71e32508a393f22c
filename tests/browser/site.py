"""A folder of clips over HTTP, and a page that plays them with the package's sync engine, built from its source."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.staticfiles import StaticFiles

__all__ = ["add_engine", "serve"]

_JS = Path(__file__).parents[2] / "js"


def add_engine(folder: Path) -> None:
    """Add the page and the engine to a folder."""
    harness = _JS / "tests" / "harness"
    shutil.copy(harness / "sync.html", folder / "index.html")
    shutil.copy(harness / "marks.js", folder)
    esbuild = [
        str(_JS / "node_modules" / ".bin" / "esbuild"),
        str(_JS / "src" / "playback" / "sync.ts"),
        "--log-level=error",
    ]
    bundle = ["--bundle", "--format=iife", "--global-name=Sync", f"--outfile={folder / 'sync.js'}"]
    subprocess.run([*esbuild, *bundle], check=True)


@contextmanager
def serve(folder: Path, beside: Mapping[str, Path] | None = None) -> Iterator[str]:
    """Serve a folder on loopback, byte ranges included, and others under the names given; yields its URL."""
    app = Starlette()
    for name, other in (beside or {}).items():
        app.mount(f"/{name}", StaticFiles(directory=other))
    app.mount("/", StaticFiles(directory=folder, html=True))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("The server did not start.")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()
