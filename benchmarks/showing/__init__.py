"""Known to the first frame that a page paints, in a real JupyterLab, idle and while a cell runs, beside four others."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from tests.browser.lab import Lab, launch
from tools.browser import find

from ..clipserver import Clips, serve
from ..films import film
from ..row import Figures, Row, spread
from .desk import Desk, desks
from .watching import Painted, await_painted, forget, watch

_SIZES = {3: 3, 30: 2, 100: 2}  # MB; how often
_MEMORY = 20  # MB
_FIRST = 0  # of 3 MB, but only a second long: shown first, and not counted

_OURS = """
os.environ |= {"INFERY_BASE_URL": URL, "INFERY_API_KEY": "inf_benchmark"}
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


def run() -> Figures:
    chromium = find()
    if chromium is None:
        raise RuntimeError("No Chromium: `apt install chromium`, or name one in CHROMIUM.")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright, ThreadPoolExecutor() as beside:
        root, films = Path(name, "root"), Path(name, "films")
        root.mkdir()
        films.mkdir()
        making = {size: beside.submit(film, films / f"{size}.mp4", size) for size in (*_SIZES, _MEMORY)}
        making[_FIRST] = beside.submit(film, films / "first.mp4", 3, seconds=1)
        lab = Lab(root, Path(name, "state"))
        browser = launch(playwright, chromium)
        try:
            context = browser.new_context(viewport={"width": 1000, "height": 1000})
            watch(context)
            with serve(films) as clipserver:
                ways = {"": (f"URL = {clipserver.url!r}\n{_OURS}", _SUBMIT)}
                ways |= {way: (more, _SHOW.format(how=how)) for way, (more, how) in _OTHERS.items()}
                open_ = desks(context, lab, ways)
                clips = {size: made.result() for size, made in making.items()}
                ours = _ours(open_.pop(""), clipserver, clips)
            theirs = {way: _others(desk, way, clips) for way, desk in open_.items()}
        finally:
            browser.close()
            lab.stop()
    return Figures(_rows(ours, theirs), _notes(ours, theirs))


def _ours(desk: Desk, server: Clips, clips: dict[int, Path]) -> _Found:
    found = _Found()
    number = 0

    def once(size: int, *, busy: bool = False) -> tuple[Painted, float]:
        nonlocal number
        number += 1
        served = clips[size].with_stem(f"{size}-{number}")
        os.link(clips[size], served)
        desk.ask_for(served.name)
        desk.show()
        if busy:
            desk.occupy()
        forget(desk.page)  # the last clip's, which was painted once more
        server.finish(f"job{number}")
        painted = await_painted(desk.page, poster=True)
        known = desk.notes("known")[-1]
        if busy:
            desk.interrupt()
        found.checked.setdefault(size, []).append((known - server.sent()[served.name]) * 1000)
        return painted, known

    empty = desk.begin()
    once(_FIRST)  # modules and fonts are loaded
    once(_MEMORY)
    found.peak, found.saved = desk.peak(), desk.saved() - empty
    for size, times in _SIZES.items():
        for _ in range(times):
            painted, known = once(size)
            found.idle.setdefault(size, []).append((painted.frame - known) * 1000)
            found.poster.setdefault(size, []).append(((painted.poster or painted.frame) - known) * 1000)
            painted, known = once(size, busy=True)
            found.busy.setdefault(size, []).append((painted.frame - known) * 1000)
    desk.close()
    return found


def _others(desk: Desk, way: str, clips: dict[int, Path]) -> _Found:
    found = _Found()

    def once(size: int) -> float:
        desk.clip(clips[size])
        forget(desk.page)
        desk.start()
        painted = await_painted(desk.page)
        desk.ready()
        return (painted.frame - desk.notes("known")[-1]) * 1000

    empty = desk.begin()
    once(_FIRST)
    once(_MEMORY)
    found.peak, found.saved = desk.peak(), desk.saved() - empty
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
kernel and a page of its own, and shows a clip of a second first, which is not counted. Memory: the peak of the kernel's
resident memory above what it was before the cell. A cell that runs is `while True: pass`; the others can't begin before
it ends, so ours in a running cell stands beside theirs in an idle kernel. mediapy decodes and encodes all frames,
whatever the file's size.

{cells}

Our poster, which is the first frame, is painted after {posters}. Between the last byte and "known" the clip is hashed,
checked, synced and recorded, and its poster drawn: {before} (idle and with a running cell).

What is left, by one profile of 3 MB in an idle kernel: 20 ms for the picture that stands for the output where no HTML
is shown, 15 ms until the page has the output, 25 ms until JupyterLab has made its address, and the rest is Chromium's:
request, decoder, first frame. `Video(path)` is the floor, and keeps nothing of the clip in the notebook but a link.
In a running cell that picture takes 30 to 45 ms, since each of some twenty calls that draw it gives the interpreter to
the loop for a switch interval (0.5 ms then; with Python's own 5 ms it took 100 to 125), and the page has one core."""
