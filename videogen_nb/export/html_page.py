"""Write one page that opens from disk: the clips in step, and the requests that made them; no network, no kernel."""

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
from videogen_nb.export.html_players import POSTER, figure_of, marks_of, name_of, page_grid
from videogen_nb.export.html_sections import section_of
from videogen_nb.export.page_folder import Folder
from videogen_nb.storage.atomic import replacing
from videogen_nb.sweeps.comparison import Comparison, Picks, Place
from videogen_nb.text import plain
from videogen_nb.views.bundles import bundle
from videogen_nb.views.grid import grid_of

__all__ = ["write"]

# Bytes of a clip in one element: short strings let the browser draw between two of them. A multiple of three, so that
# base64 has no padding in the middle.
_PART = 3 * 2**19
_TITLE = 100  # characters
LIMIT = 100_000_000  # bytes of clips that a page holds itself


class _Alone(Comparison):
    """One job as a grid of its clips, without picks."""

    def __init__(self, job: Job) -> None:
        super().__init__(None, job.id, [job], [{}], prompt=job.request.prompt)  # type: ignore[arg-type]

    @property
    def picks(self) -> Picks:
        return Picks(None, ())


def write(source: Job | Comparison, path: Path, progress: Callable[[float], None], *, limit: int = LIMIT) -> None:
    """Write a page that plays its clips in step and tells how each was made.

    Args:
        source: A job, or jobs side by side.
        path: The page; an existing one is replaced. Beside it ``NAME_files/`` may be made, see `limit`.
        progress: Called with 0 to 1.
        limit: Bytes of clips that the page holds itself. If there are more, they are copied into the folder,
            byte for byte, and linked relatively; page and folder are then moved together.

    Raises:
        OSError: A clip can't be read, or the page can't be written; what was there before is as it was.
        RuntimeError: This is a checkout whose js/ was never built.
    """
    comparison = source if isinstance(source, Comparison) else _Alone(source)
    content = _Content(comparison)
    size = sum(clip.stat().st_size for clip in content.clips.values())
    meter = _Meter(progress, size + POSTER * len(content.places))
    folder = Folder(path.with_name(f"{path.stem}_files"))
    try:
        links = folder.copy(content.clips, meter.add) if size > limit else {}
        with replacing(path, sole_writer=True) as part, part.open("w", encoding="utf-8", newline="\n") as page:
            _write(page, content, links, meter)
    except BaseException:
        folder.undo()
        raise
    folder.tidy()
    progress(1.0)


class _Content:
    """Everything a page shows, read at one moment: a job that ends meanwhile may change how many clips there are."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        while True:
            grid, self.places = grid_of(comparison, interactive=False), comparison.places
            if [cell["key"] for cell in grid["cells"]] == [place.key for place in self.places]:
                break
        self.grid = page_grid(grid, self.places)
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
    """Turns bytes written into a fraction of the whole."""

    def __init__(self, progress: Callable[[float], None], whole: int) -> None:
        self._progress, self._whole, self._done = progress, max(whole, 1), 0

    def add(self, count: int) -> None:
        self._done += count
        self._progress(min(self._done / self._whole, 1.0))


def _write(page: TextIO, content: _Content, links: dict[str, str], meter: _Meter) -> None:
    grid, script = content.grid, bundle("page.js")
    kinds = ["vgn-one"] * (len(content.places) == 1) + ["vgn-alone"] * isinstance(content.comparison, _Alone)
    page.write(_head(content.title, script, linked=bool(links)))
    page.write(f'<body class="{" ".join(kinds)}">\n')
    page.write(_header(content, linked=bool(links)))
    # The name separates this page's picks, which the browser keeps, from those of other exports.
    name = html.escape(f"{grid['id']} {datetime.now(UTC):%Y%m%d%H%M%S%f}")
    page.write(f'<main>\n<div class="videogen-grid" data-name="{name}">\n<div class="vgn-plain">\n')
    for place, cell in zip(content.places, grid["cells"], strict=True):
        page.write(figure_of(place, cell, grid, content.clips.get(place.key), links.get(place.key)))
        meter.add(POSTER)
    page.write(f'</div>\n<script type="application/json">{_json(grid)}</script>\n</div>\n')
    page.write(
        f'<h2>How {"they were" if len(content.places) > 1 else "it was"} made</h2>\n<div class="vgn-sections">\n'
    )
    for section in _sections(content):
        page.write(section)
    page.write(f"</div>\n</main>\n<footer>Written by videogen-nb {__version__}</footer>\n")
    # Before the clips, so that posters, grid and texts are shown while these are still loading.
    page.write(f"<script>{script}</script>\n")
    if not links:
        for place in content.places:
            if place.key in content.clips:
                _embed(page, place, content.clips[place.key], meter)
    page.write("</body>\n</html>\n")


def _embed(page: TextIO, place: Place, clip: Path, meter: _Meter) -> None:
    """Write a clip as base64 in inert script elements, which hold more than an attribute may."""
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


def _header(content: _Content, *, linked: bool) -> str:
    prompts = {place.job.request.prompt for place in content.places}
    prompt = plain(prompts.pop() if len(prompts) == 1 else content.comparison.prompt, lines=True)
    prompt_line = (
        f'<p class="vgn-said" dir="auto">{html.escape(prompt)}</p>\n' if prompt not in ("", content.title) else ""
    )
    available, count = len(content.clips), len(content.places)
    facts = [f"{count} clip{'s' if count != 1 else ''}" if available == count else f"{available} of {count} clips"]
    facts += [f"written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC", content.grid["id"]]
    off = "the clips don't play in step." if linked else "the clips, which this page holds itself, can't be played."
    return (
        f'<header>\n<h1 dir="auto">{html.escape(content.title)}</h1>\n{prompt_line}'
        f'<p class="vgn-about" dir="auto">{html.escape(" · ".join(facts))}</p>\n'
        f"<noscript><p>Scripts are off here: {off}</p></noscript>\n</header>\n"
    )


def _sections(content: _Content) -> Iterator[str]:
    """One section a job, which covers all of its clips."""
    for job, places in itertools.groupby(enumerate(content.places, 1), lambda numbered: numbered[1].job):
        numbers = [number for number, _ in places]
        cells = [content.grid["cells"][number - 1] for number in numbers]
        marks = dict.fromkeys(marks_of(cell["key"], content.grid) for cell in cells)
        span = f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"
        names = [name_of(cell, content.grid).split(" · ") for cell in cells]
        shared = " · ".join(word for word in names[0] if all(word in name for name in names))
        yield section_of(job, span, shared or plain(job.model, _TITLE), ", ".join(filter(None, marks)))


def _json(value: Any) -> str:
    # Inside a script element only "<" can do harm, and in JSON it stands inside strings alone.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
