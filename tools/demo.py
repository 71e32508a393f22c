"""``make demo``: run the quickstart on the local provider, and say where its clips and its page are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "notebooks" / "quickstart.ipynb"
OUT = ROOT / "demo"


def main() -> int:
    import nbformat
    from nbclient.exceptions import CellExecutionError
    from nbconvert import HTMLExporter

    OUT.mkdir(exist_ok=True)
    target = OUT / SOURCE.name
    # Made on this machine whatever keys are set: a demo must not spend money.
    os.environ["VIDEOGEN_PROVIDER"] = "local"
    os.environ.pop("VIDEOGEN_OUTPUT_DIR", None)
    os.environ["VIDEOGEN_HOME"] = str(OUT / ".videogen-nb")
    notebook = nbformat.read(SOURCE, as_version=4)  # type: ignore[no-untyped-call]
    started = time.monotonic()
    print(f"Running {SOURCE.relative_to(ROOT)} on the local provider …")
    try:
        client()(
            notebook,
            timeout=300,
            kernel_name="python3",
            extra_arguments=["--log-level=40"],  # the kernel warns of its transport, which never leaves this machine
            resources={"metadata": {"path": str(OUT)}},
        ).execute()
    except CellExecutionError as error:
        print(f"The notebook failed:\n{error}", file=sys.stderr)
        return 1
    finally:
        nbformat.write(notebook, target)  # type: ignore[no-untyped-call]
    page, _ = HTMLExporter().from_notebook_node(notebook)  # type: ignore[no-untyped-call]
    target.with_suffix(".html").write_text(page, "utf-8")

    clips = sorted((OUT / "videogen").glob("*.mp4"), key=lambda clip: clip.stat().st_mtime)
    print(f"\nDone in {time.monotonic() - started:.0f} s.")
    print(f"Notebook  {target}\nPage      {target.with_suffix('.html')}")
    for clip in clips:
        print(f"Clip      {clip}  ({clip.stat().st_size / 1e6:.1f} MB)")
    if not clips:
        print("No clip was made.", file=sys.stderr)
        return 1
    if sys.stdout.isatty() and not os.environ.get("CI"):
        print("\nOpening JupyterLab; Ctrl-C ends it.")
        subprocess.run([sys.executable, "-m", "jupyterlab", str(target)])
    return 0


def client() -> Any:
    """A notebook client that prints each cell and how far its clip is."""
    from nbclient import NotebookClient

    class Client(NotebookClient):
        async def async_execute_cell(self, cell: Any, cell_index: int, *args: Any, **kwargs: Any) -> Any:
            if cell.cell_type == "code":
                print(f"  {cell.source.splitlines()[0]}")
            return await super().async_execute_cell(cell, cell_index, *args, **kwargs)

        def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
            if msg["msg_type"] in ("display_data", "update_display_data"):
                report(msg["content"]["data"].get("text/plain", ""))
            return super().process_message(msg, cell, cell_index)

    return Client


def report(line: str) -> None:
    """One line of progress, redrawn in place on a terminal."""
    if not line:
        return
    line = line.replace(f"{OUT}{os.sep}", "")
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 5
        end = "\n" if "→" in line else ""
        print(f"\r    {line[:width]:<{width}}", end=end, flush=True)
    else:
        print(f"    {line}")


if __name__ == "__main__":
    sys.exit(main())
