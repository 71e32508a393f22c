"""Run the notebooks for the documentation, on the local provider: pages with outputs, and their clips beside them.

The site shows what a saved notebook shows: the HTML that each cell left, and the clips that it links. The log that a
run without a front end prints in place of the bar is left out, and so is the state of widgets, which would need
scripts of another site.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "notebooks"
PAGES = ROOT / "docs" / "notebooks"
# Copied to the site as they are, under the path that the pages' links have.
CLIPS = ROOT / "docs" / "_generated" / "extra" / "notebooks" / "videogen"
HOME = "/home/me/notebooks"  # what the pages show in place of the folder in which they were run
_LOG = re.compile(r"^\d\d:\d\d:\d\d  .*\n?", re.M)


def main() -> int:
    # Made on this machine whatever keys are set: building the documentation must not spend money.
    for name in [name for name in os.environ if name.endswith(("_API_KEY", "_BASE_URL"))]:
        del os.environ[name]
    os.environ["VIDEOGEN_PROVIDER"] = "local"
    os.environ.pop("VIDEOGEN_OUTPUT_DIR", None)
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.rmtree(CLIPS, ignore_errors=True)
    PAGES.mkdir(parents=True)
    CLIPS.mkdir(parents=True)
    for path in sorted(SOURCE.glob("*.ipynb")):
        print(f"Running {path.relative_to(ROOT)} …", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            run(path, Path(folder).resolve())
    print(f"{len(list(CLIPS.glob('*.mp4')))} clips")
    return 0


def run(path: Path, folder: Path) -> None:
    """Run one notebook in an empty folder; its page and its clips go to the documentation.

    Raises:
        CellExecutionError: One of its cells failed.
    """
    import nbformat
    from nbclient import NotebookClient

    os.environ["VIDEOGEN_HOME"] = str(folder / "home")
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        extra_arguments=["--log-level=40"],  # the kernel warns of its transport, which never leaves this machine
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.text = _LOG.sub("", output.text)
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if output.get("text", "kept").strip()]
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    # The folder's own name has no characters that JSON or HTML would write differently.
    (PAGES / path.name).write_text(re.sub(re.escape(str(folder)), HOME, text), "utf-8")
    for file in (folder / "videogen").iterdir():
        if file.suffix in (".mp4", ".webp"):  # a clip, or its poster
            shutil.copy(file, CLIPS)


if __name__ == "__main__":
    sys.exit(main())
