"""One page that opens from disk: the clips in step, and the requests that made them; no network, no kernel."""

from __future__ import annotations

import base64
import hashlib
import html
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from videogen_nb._version import __version__
from videogen_nb.core.job import Job, Status
from videogen_nb.export.html_players import POSTER, figure_of, kept, marks_of, name_of
from videogen_nb.export.html_sections import section_of
from videogen_nb.export.page_folder import Folder
from videogen_nb.storage.atomic import replacing
from videogen_nb.sweeps.comparison import Comparison, Picks, Place
from videogen_nb.text import plain
from videogen_nb.views.bundles import bundle
from videogen_nb.views.grid import grid_of

__all__ = ["write_page"]

# Bytes of a clip in one element: no string of the page is long, and the browser draws between two of them. Base64 of
# whole threes has no padding in its middle.
_PART = 3 * 2**19
_TITLE = 100  # characters


class _Alone(Comparison):
    """One job as a grid of its clips, of which nothing was picked."""

    def __init__(self, job: Job) -> None:
        super().__init__(None, job.id, [job], [{}], prompt=job.request.prompt)  # type: ignore[arg-type]

    @property
    def picks(self) -> Picks:
        return Picks(None, ())


def write_page(what: Job | Comparison, path: Path, *, limit: int, progress: Callable[[float], None]) -> Path:
    """Write a page that plays its clips in step and tells how each was made.

    Args:
        what: A job, or jobs side by side.
        path: The page; one that is there is replaced. Beside it ``NAME_files/`` may be made, see `limit`.
        limit: Bytes of clips that the page holds itself. If there are more, they are copied into the folder,
            byte for byte, and linked relatively; page and folder are then moved together.
        progress: Called with 0 to 1.

    Returns:
        `path`.

    Raises:
        OSError: A clip can't be read, or the page can't be written; what was there before is as it was.
        RuntimeError: This is a checkout whose js/ was never built.
    """
    comparison = what if isinstance(what, Comparison) else _Alone(what)
    told = _Told(comparison)
    size = sum(clip.stat().st_size for clip in told.clips.values())
    meter = _Meter(progress, size + POSTER * len(told.places))
    folder = Folder(path.with_name(f"{path.stem}_files"))
    try:
        links = folder.copy(told.clips, meter.add) if size > limit else {}
        with replacing(path, sole_writer=True) as part, part.open("w", encoding="utf-8", newline="\n") as page:
            _write(page, told, links, meter)
    except BaseException:
        folder.undo()
        raise
    folder.tidy()
    progress(1.0)
    return path


class _Told:
    """What a page tells, of one moment: a job that ends meanwhile may have made fewer clips than it was asked for."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        while True:
            grid, self.places = grid_of(comparison, interactive=False), comparison.places
            if [cell["key"] for cell in grid["cells"]] == [place.key for place in self.places]:
                break
        self.grid = kept(grid, self.places)
        self.clips = {
            place.key: place.path
            for place, cell in zip(self.places, self.grid["cells"], strict=True)
            if cell["job"]["status"] == Status.SUCCEEDED and place.path and place.path.is_file()
        }

    @property
    def title(self) -> str:
        if isinstance(self.comparison, _Alone) or not self.comparison.axes:
            return plain(self.comparison.prompt or self.grid["title"], _TITLE)
        return plain(self.grid["title"], _TITLE)


class _Meter:
    """Counts bytes, and tells how much of the whole they are."""

    def __init__(self, progress: Callable[[float], None], whole: int) -> None:
        self._progress, self._whole, self._done = progress, max(whole, 1), 0

    def add(self, count: int) -> None:
        self._done += count
        self._progress(min(self._done / self._whole, 1.0))


def _write(page: TextIO, told: _Told, links: dict[str, str], meter: _Meter) -> None:
    grid, script = told.grid, bundle("page.js")
    kinds = ["vgn-one"] * (len(told.places) == 1) + ["vgn-alone"] * isinstance(told.comparison, _Alone)
    page.write(_head(told.title, script, linked=bool(links)))
    page.write(f'<body class="{" ".join(kinds)}">\n')
    page.write(_header(told, linked=bool(links)))
    # Picks of this page are its own: those of another export are older, or newer.
    name = html.escape(f"{grid['id']} {datetime.now(UTC):%Y%m%d%H%M%S%f}")
    page.write(f'<main>\n<div class="videogen-grid" data-name="{name}">\n<div class="vgn-plain">\n')
    for place, cell in zip(told.places, grid["cells"], strict=True):
        page.write(figure_of(place, cell, grid, told.clips.get(place.key), links.get(place.key)))
        meter.add(POSTER)
    page.write(f'</div>\n<script type="application/json">{_json(grid)}</script>\n</div>\n')
    page.write(f'<h2>How {"they were" if len(told.places) > 1 else "it was"} made</h2>\n<div class="vgn-sections">\n')
    for section in _sections(told):
        page.write(section)
    page.write(f"</div>\n</main>\n<footer>Written by videogen-nb {__version__}</footer>\n")
    # Before the clips: posters, grid and words are there while these are still read.
    page.write(f"<script>{script}</script>\n")
    if not links:
        for place in told.places:
            if place.key in told.clips:
                _embed(page, place, told.clips[place.key], meter)
    page.write("</body>\n</html>\n")


def _embed(page: TextIO, place: Place, clip: Path, meter: _Meter) -> None:
    """A clip as text that is never run, and that no attribute has to hold."""
    key, kind = html.escape(place.key), html.escape(place.job.videos[place.clip].media_type)
    with clip.open("rb") as file:
        while block := file.read(_PART):
            page.write(f'<script type="text/plain" class="videogen-part" data-key="{key}" data-type="{kind}">')
            page.write(base64.b64encode(block).decode("ascii"))
            page.write("</script>\n")
            meter.add(len(block))


def _head(title: str, script: str, *, linked: bool) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    files = " 'self' file:" if linked else ""
    policy = (
        f"default-src 'none'; media-src blob:{files}; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f'<meta name="generator" content="videogen-nb {__version__}">\n<title>{html.escape(title)}</title>\n'
        f"<style>{bundle('page.css')}</style>\n</head>\n"
    )


def _header(told: _Told, *, linked: bool) -> str:
    prompts = {place.job.request.prompt for place in told.places}
    prompt = plain(prompts.pop() if len(prompts) == 1 else told.comparison.prompt, lines=True)
    said = f'<p class="vgn-said" dir="auto">{html.escape(prompt)}</p>\n' if prompt not in ("", told.title) else ""
    made, count = len(told.clips), len(told.places)
    facts = [f"{count} clip{'s' if count != 1 else ''}" if made == count else f"{made} of {count} clips"]
    facts += [f"written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC", told.grid["id"]]
    off = "the clips don't play in step." if linked else "the clips, which this page holds itself, can't be played."
    return (
        f'<header>\n<h1 dir="auto">{html.escape(told.title)}</h1>\n{said}'
        f'<p class="vgn-about" dir="auto">{html.escape(" · ".join(facts))}</p>\n'
        f"<noscript><p>Scripts are off here: {off}</p></noscript>\n</header>\n"
    )


def _sections(told: _Told) -> Iterator[str]:
    """One section a job; several clips of one are told of together."""
    for job, places in itertools.groupby(enumerate(told.places, 1), lambda numbered: numbered[1].job):
        numbers = [number for number, _ in places]
        cells = [told.grid["cells"][number - 1] for number in numbers]
        marks = dict.fromkeys(marks_of(cell["key"], told.grid) for cell in cells)
        span = f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"
        names = [name_of(cell, told.grid).split(" · ") for cell in cells]
        shared = " · ".join(word for word in names[0] if all(word in name for name in names))
        yield section_of(job, span, shared or plain(job.model, _TITLE), ", ".join(filter(None, marks)))


def _json(value: Any) -> str:
    # Inside a script element only "<" can do harm, and in JSON it stands inside strings alone.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
