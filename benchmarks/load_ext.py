"""``%load_ext videogen_nb`` in a process that has a kernel's modules, beside the floor: importing ipywidgets."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from statistics import median

from .row import Figures, Row

_SCRIPT = """
import time
import ipykernel.ipkernel, ipykernel.zmqshell
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
start = time.perf_counter()
{what}
print((time.perf_counter() - start) * 1000)
"""


def run(times: int = 7) -> Figures:
    ours = [_once('shell.run_line_magic("load_ext", "videogen_nb")') for _ in range(times)]
    theirs = [_once("import ipywidgets") for _ in range(times)]
    return Figures(
        [Row("%load_ext in a kernel", ours, "ms", "import ipywidgets", theirs, "at most 25 ms", median(ours) <= 25)]
    )


def _once(what: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT.format(what=what)],
            env={"PATH": "", "VIDEOGEN_HOME": home, "IPYTHONDIR": home},
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout.split()[-1])
