"""Known to the first frame that a page paints, in a real JupyterLab, idle and while a cell runs, beside four others."""

from __future__ import annotations

import json
import os
import tempfile
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from playwright.sync_api import BrowserContext, sync_playwright

from tests.browser.conftest import notebook_of
from tests.browser.lab import Lab, Notebook, launch
from tools.browser import find

from ..clipserver import Clips, serve
from ..films import film
from ..row import Figures, Row, spread
from .watching import Painted, await_painted, watch

_SIZES = {3: 3, 30: 2, 100: 2}  # MB; how often
_MEMORY = 20  # MB

_SETUP = """
import json, os, time
def note(**facts):
    with open("notes.jsonl", "a") as file:
        print(json.dumps(facts), file=file)
def memory(name):
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith(name))
def level():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return memory("VmRSS")
{more}
"""
_OURS = """
os.environ |= {{"INFERY_BASE_URL": "{url}", "INFERY_API_KEY": "inf_benchmark"}}
%load_ext videogen_nb
import videogen_nb as vg
from videogen_nb.providers.infery import Infery
Infery.interval = 0.25
def known(change):
    if change["new"].ended:
        note(known=time.time(), status=str(change["new"]))
"""
_SUBMIT = """
before = level()
job = vg.generate(json.load(open("next.json")), provider="infery", model="veo-3-1-fast")
job.observe(known, "status")
job
"""
_SHOW = """
name = json.load(open("next.json"))
before = level()
note(known=time.time())
{how}
"""
_PEAK = 'note(peak=memory("VmHWM") - before)'
_BUSY = "while True:\n    pass"
_OTHERS = {
    "Video(path)": ("from IPython.display import Video, display", "display(Video(name))"),
    "Video(embed=True)": ("from IPython.display import Video, display", "display(Video(name, embed=True))"),
    "ipywidgets.Video": (
        "import ipywidgets\nfrom IPython.display import display",
        "display(ipywidgets.Video.from_file(name))",
    ),
    "mediapy": ("import mediapy", "mediapy.show_video(mediapy.read_video(name), fps=24)"),
}
_MOST = {"mediapy": 3}  # MB: it decodes all frames and encodes them anew, which takes as long for larger files


@dataclass
class _Found:
    """What one way of showing took.

    Attributes:
        idle: Milliseconds from known to the first frame, by size in MB.
        busy: The same while a cell runs.
        poster: Milliseconds to the poster.
        checked: Milliseconds from the last byte to known.
        peak: MiB that the kernel's memory rose by.
        saved: Bytes in the saved notebook.
    """

    idle: dict[int, list[float]] = field(default_factory=dict)
    busy: dict[int, list[float]] = field(default_factory=dict)
    poster: dict[int, list[float]] = field(default_factory=dict)
    checked: dict[int, list[float]] = field(default_factory=dict)
    peak: float = 0.0
    saved: float = 0.0


class _Desk:
    """A notebook that shows one clip after the other in its last cell."""

    def __init__(self, context: BrowserContext, lab: Lab, folder: Path, cells: Sequence[str]) -> None:
        self.folder = folder
        folder.mkdir()
        self.lab = lab
        self.notebook = Notebook(context, lab, notebook_of(folder, *cells))
        self.page = self.notebook.page
        self.last = len(cells) - 1
        self.notebook.run(0)

    def clip(self, source: Path) -> str:
        """A clip under a name that no cache knows."""
        name = f"clip{len(list(self.folder.glob('clip*')))}.mp4"
        os.link(source, self.folder / name)
        self.ask_for(name)
        return name

    def ask_for(self, name: str) -> None:
        (self.folder / "next.json").write_text(json.dumps(name))

    def start(self, cell: int) -> None:
        """Run a cell without waiting for it."""
        self.notebook.choose(cell)
        self.page.evaluate("() => { void window.jupyterapp.commands.execute('notebook:run-cell'); }")

    def interrupt(self) -> None:
        kernel = self.lab.api("GET", "sessions")[-1]["kernel"]["id"]
        request = urllib.request.Request(
            f"{self.lab.url}api/kernels/{kernel}/interrupt",
            method="POST",
            headers={"Authorization": f"token {self.lab.token}"},
        )
        urllib.request.urlopen(request).close()
        self.notebook.ready()

    def notes(self, name: str) -> list[float]:
        lines = (self.folder / "notes.jsonl").read_text().splitlines()
        return [each[name] for each in map(json.loads, lines) if name in each]

    def saved(self) -> int:
        self.notebook.command("docmanager:save")
        return self.notebook.path.stat().st_size

    def close(self) -> None:
        with suppress(Exception):
            self.notebook.close()
        self.lab.end_kernels()


def run() -> Figures:
    chromium = find()
    if chromium is None:
        raise RuntimeError("No Chromium: `apt install chromium`, or name one in CHROMIUM.")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        root = Path(name, "root")
        films = Path(name, "films")
        root.mkdir()
        films.mkdir()
        clips = {size: film(films / f"{size}.mp4", size) for size in (*_SIZES, _MEMORY)}
        lab = Lab(root, Path(name, "state"))
        browser = launch(playwright, chromium)
        try:
            context = browser.new_context(viewport={"width": 1000, "height": 1000})
            watch(context)
            with serve(films) as clipserver:
                ours = _ours(_desk(context, lab, "ours", _OURS.format(url=clipserver.url), _SUBMIT), clipserver, films)
            theirs = {}
            for way, (more, how) in _OTHERS.items():
                theirs[way] = _others(_desk(context, lab, way, more, _SHOW.format(how=how)), way, clips)
        finally:
            browser.close()
            lab.stop()
    return Figures(_rows(ours, theirs), _notes(ours, theirs))


def _desk(context: BrowserContext, lab: Lab, name: str, more: str, last: str) -> _Desk:
    cells = [_SETUP.format(more=more), _BUSY, _PEAK, last]
    return _Desk(context, lab, lab.root / "".join(filter(str.isalnum, name)), cells)


def _ours(desk: _Desk, clips: Clips, films: Path) -> _Found:
    found = _Found()
    number = 0

    def once(size: int, *, busy: bool = False) -> tuple[Painted, float]:
        nonlocal number
        number += 1
        name = f"{size}-{number}.mp4"
        os.link(films / f"{size}.mp4", films / name)
        desk.ask_for(name)
        desk.notebook.run(desk.last)
        if busy:
            desk.start(1)
            desk.page.wait_for_timeout(500)
        desk.page.evaluate("window.painted = []")  # the last clip's, which was painted once more
        clips.finish(f"job{number}")
        painted = await_painted(desk.page)
        known = desk.notes("known")[-1]
        if busy:
            desk.interrupt()
        found.checked.setdefault(size, []).append((known - clips.sent()[name]) * 1000)
        return painted, known

    empty = desk.saved()
    once(3)  # modules and fonts are loaded
    once(_MEMORY)
    desk.notebook.run(2)
    found.peak, found.saved = desk.notes("peak")[-1], desk.saved() - empty
    for size, times in _SIZES.items():
        for _ in range(times):
            painted, known = once(size)
            found.idle.setdefault(size, []).append((painted.frame - known) * 1000)
            found.poster.setdefault(size, []).append(((painted.poster or painted.frame) - known) * 1000)
            painted, known = once(size, busy=True)
            found.busy.setdefault(size, []).append((painted.frame - known) * 1000)
    desk.close()
    return found


def _others(desk: _Desk, way: str, clips: dict[int, Path]) -> _Found:
    found = _Found()

    def once(size: int) -> float:
        desk.clip(clips[size])
        desk.start(desk.last)
        painted = await_painted(desk.page)
        desk.notebook.ready()
        return (painted.frame - desk.notes("known")[-1]) * 1000

    before = desk.saved()
    once(3)
    once(_MEMORY)
    desk.notebook.run(2)
    found.peak, found.saved = desk.notes("peak")[-1], desk.saved() - before
    for size, times in _SIZES.items():
        if size <= _MOST.get(way, 100):
            # What takes ten seconds and more is not repeated.
            found.idle[size] = [once(size) for _ in range(1 if size > 30 or way in _MOST else times)]
    desk.close()
    return found


def _rows(ours: _Found, theirs: dict[str, _Found]) -> list[Row]:
    embed = theirs["Video(embed=True)"]
    rows = []
    for what, figures in (("", ours.idle), (", a cell running", ours.busy)):
        for size in _SIZES:
            reached = median(figures[size]) < median(embed.idle[size])
            label = f"known to first frame, {size} MB{what}"
            rows.append(Row(label, figures[size], "ms", "Video(embed=True)", embed.idle[size], "faster", reached))
    peaks, saved = ([[found.peak], [found.saved / 1000]] for found in (ours, embed)), ours.saved <= 40_000
    (peak, kept), (other_peak, other_kept) = peaks
    told = f"kernel's memory, {_MEMORY} MB"
    rows.append(Row(told, peak, "MiB", "Video(embed=True)", other_peak, "at most 25 MiB", ours.peak <= 25))
    rows.append(Row("a clip in the notebook", kept, "kB", "Video(embed=True)", other_kept, "at most 40 kB", saved))
    return rows


def _notes(ours: _Found, theirs: dict[str, _Found]) -> str:
    head = ["", *(f"{size} MB" for size in _SIZES), f"memory, {_MEMORY} MB", f"notebook, {_MEMORY} MB"]
    lines = [head, ["---"] * len(head)]
    for way, found in {"videogen-nb": ours, "videogen-nb, a cell running": None, **theirs}.items():
        times = found.idle if found else ours.busy
        told = [spread(times.get(size, ()), "ms") for size in _SIZES]
        rest = [f"{found.peak:,.0f} MiB", f"{found.saved / 1000:,.1f} kB"] if found else ["", ""]
        lines.append([way, *told, *rest])
    cells = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    posters = ", ".join(spread(ours.poster[size], "ms") for size in _SIZES)
    before = ", ".join(spread(ours.checked[size], "ms") for size in _SIZES)
    return f"""\
In a real JupyterLab in Chromium without a window; clips of 8 s at 1280 x 720 with grain, on a server in a process of
its own. "Known": a job's status becomes `succeeded`, its file on the disk; for the others the start of the call that
shows a file. First frame: `requestVideoFrameCallback` of the player, both by the clock of the machine. Each way has a
kernel and a page of its own, a first clip is not counted. Memory: the peak of the kernel's resident memory above what
it was before the cell. A cell that runs is `while True: pass`; the others can't begin before it ends, so ours in a
running cell stands beside theirs in an idle kernel. mediapy decodes and encodes all frames, whatever the file's size.

{cells}

Our poster, which is the first frame, is painted after {posters}. Between the last byte and "known" the clip is hashed,
checked, synced and recorded, and its poster drawn: {before} (idle and with a running cell).

What is left, by one profile of 3 MB in an idle kernel: 20 ms for the picture that stands for the output where no HTML
is shown, 15 ms until the page has the output, 25 ms until JupyterLab has made its address, and the rest is Chromium's:
request, decoder, first frame. `Video(path)` is the floor, and keeps nothing of the clip in the notebook but a link."""
