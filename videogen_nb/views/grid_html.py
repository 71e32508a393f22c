"""A grid as standalone HTML: plain players, and the script that plays them in step where scripts run."""

from __future__ import annotations

import html
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from videogen_nb.sweeps.comparison import Comparison, Place
from videogen_nb.text import plain
from videogen_nb.views.grid import grid_of
from videogen_nb.views.job_html import AS_IS, FONT, MUTED, WRAP, badge, ending, player, silence, stage

__all__ = ["grid_html"]

_HEADING = "font-size:12px;font-weight:600;opacity:.8;min-width:0"
_LEAST = 220  # pixels of a clip's width, where clips flow
_MOST = 240  # characters of a heading or a label


def grid_html(
    comparison: Comparison,
    *,
    folder: Path,
    embed_limit: int = 0,
    abandoned: bool = False,
    script: str = "",
    unheard: Collection[str] = (),
) -> str:
    """The whole output of a grid as it stands.

    Args:
        comparison: The jobs.
        folder: Folder of the notebook: links are relative to it.
        embed_limit: Largest clip, in bytes, to put into the page itself; 0 links all of them.
        abandoned: Whether the kernel has ended and nobody follows the jobs, so that the page says how to resume.
        script: The script that plays the grid in step; "" leaves plain players.
        unheard: Codecs whose sound the page does not play; see `front_end.unheard`.
    """
    grid = grid_of(comparison, interactive=False)
    cells = "".join(
        _cell(place, cell, grid, folder, embed_limit, abandoned)
        for place, cell in zip(comparison.places, grid["cells"], strict=True)
    )
    title = html.escape(grid["title"])
    note = f'<div style="{MUTED}">{html.escape(grid["note"])}</div>' if grid["note"] else ""
    silent = silence([video for job in comparison.jobs for video in job.videos], unheard)
    return (
        f'<div class="videogen-grid {AS_IS}" style="{FONT};{WRAP}">'
        f'<div style="margin-bottom:8px"><b>{title}</b> <span style="{MUTED}">{grid["id"]}</span>{note}{silent}</div>'
        f'<div class="videogen-cells" style="{_columns(grid)}">{_headings(grid)}{cells}</div>'
        f"{_script(grid, script) if script else ''}</div>"
    )


def _columns(grid: dict[str, Any]) -> str:
    columns = len(grid["columns"]) or grid["across"]
    if not columns:
        return f"display:grid;gap:12px 8px;grid-template-columns:repeat(auto-fit,minmax(min(100%,{_LEAST}px),1fr))"
    side = "minmax(40px,max-content) " if grid["rows"] else ""
    return f"display:grid;gap:12px 8px;grid-template-columns:{side}repeat({columns},minmax(0,1fr))"


def _headings(grid: dict[str, Any]) -> str:
    shift = 2 if grid["rows"] else 1
    headings = [
        f'<div style="grid-row:1;grid-column:{index + shift};{_HEADING}">{_named(grid["column_name"], heading)}</div>'
        for index, heading in enumerate(grid["columns"])
    ]
    for index, heading in enumerate(grid["rows"]):
        if index == 0 or grid["rows"][index - 1] != heading:
            style = f"grid-row:{index + 2};grid-column:1;max-width:140px;{_HEADING}"
            headings.append(f'<div style="{style}">{_named(grid["row_name"], heading)}</div>')
    return "".join(headings)


def _named(name: str | None, heading: str) -> str:
    muted = f'<span style="font-weight:400;opacity:.75">{html.escape(name)}</span> ' if name else ""
    return f'{muted}<span dir="auto">{html.escape(plain(heading, _MOST))}</span>'


def _cell(
    place: Place, cell: dict[str, Any], grid: dict[str, Any], folder: Path, embed_limit: int, abandoned: bool
) -> str:
    video = place.job.videos[place.clip] if place.clip < len(place.job.videos) else None
    files = cell["job"]["videos"]  # as the job was a moment ago
    if video:
        poster = files[0]["poster"] if files else None
        # preload="none": opening a notebook must not fetch every clip of its grids.
        shown = player(video, poster, folder, embed_limit, more='loop muted preload="none"')
        box = stage(shown, video.size, badge(cell["job"]))
    else:
        box = stage(
            ending(place.job, cell["job"], abandoned and not place.job.status.ended), place.job.request.pixel_size()
        )
    spot = ""
    if grid["columns"]:
        spot = f"grid-row:{cell['row'] + 2};grid-column:{cell['column'] + (2 if grid['rows'] else 1)};"
    marks = ["winner"] if grid["winner"] == cell["key"] else []
    marks += ["favourite"] if cell["key"] in grid["favourites"] else []
    parts = [*marks, *(plain(label, _MOST) for label in cell["labels"]), *cell["outcome"]]
    words = html.escape(" · ".join([*parts, *(["reused"] if cell["reused"] else [])]))
    caption = f'<div dir="auto" style="{MUTED}">{words}</div>' if words else ""
    return f'<div class="videogen-cell" style="{spot}min-width:0">{box}{_spot(cell, grid)}{caption}</div>'


def _spot(cell: dict[str, Any], grid: dict[str, Any]) -> str:
    # The cell's row and column in words. A host that drops styles shows them, since it drops this "display:none" too.
    if not grid["columns"]:
        return ""
    headings = [_named(grid["row_name"], grid["rows"][cell["row"]])] if grid["rows"] else []
    headings.append(_named(grid["column_name"], grid["columns"][cell["column"]]))
    return f'<div style="display:none">{" · ".join(headings)}</div>'


def _script(grid: dict[str, Any], script: str) -> str:
    """The grid as data, and the script that draws it. Posters are left out: the players have them already."""
    cells = [
        {**cell, "job": {**cell["job"], "videos": [{**video, "poster": None} for video in cell["job"]["videos"]]}}
        for cell in grid["cells"]
    ]
    data = json.dumps({**grid, "cells": cells}, ensure_ascii=False, separators=(",", ":"))
    # "<" alone can end a script element; in JSON it occurs only inside strings, where it may be escaped.
    data = data.replace("<", "\\u003c")
    return f'<script type="application/json">{data}</script><script>{script}</script>'
