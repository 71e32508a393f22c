"""``%load_ext`` in a live kernel, and the first ``%%videogen`` after it, up to the first paint of its bar."""

from __future__ import annotations

import ast
import time
from collections import defaultdict
from contextlib import closing
from statistics import median

from ..kernels import Live, several
from ..row import Figures, Row
from .painting import Scene, painted

_ROUNDS, _PAGES = 3, 2
_PAUSE = 1.0  # seconds, in which nobody has yet typed a prompt
_PEERS = {"jupysql": "sql", "bigquery-magics": "bigquery_magics", "jupyter-ai": "jupyter_ai_magics"}
_FLOOR = "import ipywidgets"
_LOAD = "%load_ext videogen_nb"
_CELL = "%%videogen --provider local --duration 1 --size 320x180\na paper boat in the rain"
_THEIRS = "import ipywidgets\nipywidgets.IntProgress(40)"
_SCENES = {
    "at once": Scene(_LOAD, _CELL, ".vgn-bar"),
    "after a pause": Scene(_LOAD, _CELL, ".vgn-bar", _PAUSE),
    "IntProgress": Scene("1", _THEIRS, ".widget-hprogress"),
}
_NOTES = """
`%load_ext` is timed inside a kernel in which nothing was run before, in turns, after a round that brought all files
into the system's cache. What the others import depends on what else is installed: jupysql imports pandas and
matplotlib where it finds them, as here. Ours imports {modules:.0f} modules of its own; widgets, HTTP, video and server
libraries wait.

They are imported one at a time while the kernel is idle after `%load_ext`, so that a cell never waits for more than one
of them; in all that takes {memory:.1f} MiB and {idle:.0f} ms:
{parts}.
"At once" is a cell that comes right behind `%load_ext`, as Run All has it, and has to import them itself: these
milliseconds are what limits it. "After a pause" comes {pause:g} s later. Both are the first `%%videogen` of a new home,
so the journal is made too; the provider is the local one. The baseline is a cell that imports ipywidgets and shows an
`IntProgress`, as the first one of its kernel.

"At the client" ends when the message that shows the widget arrives. "Painted" is a page of JupyterLab in Chromium:
from the click on Run to the frame after the bar stands in the document, each time in a new page and a new kernel. Of
it JupyterLab itself takes {lab:.0f} ms before the kernel hears of the cell.
"""
_PROBE = """
import sys
modules = len([name for name in sys.modules if name.startswith("videogen_nb")])
import time, psutil
from videogen_nb.notebook import preload as warming
before, taken, start = psutil.Process().memory_info().rss, [], time.perf_counter()
for _ in warming._steps():
    taken.append((time.perf_counter() - start) * 1000)
    start = time.perf_counter()
taken.append((time.perf_counter() - start) * 1000)
names = [*warming._PARTS, *warming._PROVIDERS, "looking for plug-ins"]
print([modules, (psutil.Process().memory_info().rss - before) / 2**20, dict(zip(names, taken, strict=True))])
"""


def run() -> Figures:
    loading: defaultdict[str, list[float]] = defaultdict(list)
    shown: defaultdict[str, list[float]] = defaultdict(list)
    for place in range(_ROUNDS + 1):  # the first round fills the system's cache
        for into, found in zip((loading, shown), _round(), strict=True):
            for name, taken in found.items() if place else ():
                into[name].append(taken)
    pages, lab = painted(_SCENES, _PAGES)
    ours = loading.pop("ours")
    rows = [
        Row("%load_ext in a kernel", ours, "ms", name, taken, "at most 25 ms", median(ours) <= 25)
        for name, taken in loading.items()
    ]
    for what, seen in {"first bar at the client": shown, "first bar painted": pages}.items():
        rows += [
            Row(f"{what}, {when}", seen[when], "ms", "IntProgress", seen["IntProgress"])
            for when in ("at once", "after a pause")
        ]
    modules, memory, parts = _parts()
    told = ", ".join(f"{part.lstrip('.')} {taken:.0f}" for part, taken in parts.items() if taken >= 5)
    idle = sum(parts.values())
    notes = _NOTES.format(modules=modules, idle=idle, parts=told, memory=memory, pause=_PAUSE, lab=median(lab))
    return Figures(rows, notes.strip())


def _round() -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds of one turn of all, a fresh kernel for each: to load it, and to its first view."""
    loading, shown = {}, {}
    with closing(several(4 + len(_PEERS))) as kernels:
        loading["ours"] = _load(kernel := next(kernels), "videogen_nb")
        shown["at once"] = kernel.first_view(_CELL)
        for name, extension in _PEERS.items():
            loading[name] = _load(next(kernels), extension)
        loading[_FLOOR] = next(kernels).timed(_FLOOR)
        (kernel := next(kernels)).run(_LOAD)
        time.sleep(_PAUSE)
        shown["after a pause"] = kernel.first_view(_CELL)
        (kernel := next(kernels)).run("1")
        shown["IntProgress"] = kernel.first_view(_THEIRS)
    return loading, shown


def _load(kernel: Live, extension: str) -> float:
    return kernel.timed(f'get_ipython().run_line_magic("load_ext", "{extension}")')


def _parts() -> tuple[float, float, dict[str, float]]:
    """Our modules after `%load_ext`, MiB and milliseconds of each part that the first cell needs; of three kernels."""
    found = [ast.literal_eval(kernel.run(f"{_LOAD}\n{_PROBE}").splitlines()[-1]) for kernel in several(3)]
    modules, memory, parts = zip(*found, strict=True)
    return median(modules), median(memory), {name: median(own[name] for own in parts) for name in parts[0]}
