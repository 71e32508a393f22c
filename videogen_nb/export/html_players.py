"""The grid of a page: as data, and as the plain players that are there before its script and where none runs."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any
from urllib.parse import quote

from videogen_nb.core.data_uri import write_data_uri
from videogen_nb.core.job import Status
from videogen_nb.export.html_sections import bare, ending_of
from videogen_nb.storage.posters import poster
from videogen_nb.sweeps.comparison import Place
from videogen_nb.text import plain, redact

__all__ = ["POSTER", "figure_of", "kept", "marks_of", "name_of"]

POSTER = 30_000  # bytes of a poster, at most
_MOST = 240  # characters of what is told below a clip


def kept(grid: dict[str, Any], places: list[Place]) -> dict[str, Any]:
    """The grid as the page has it: without posters, which the players have, without folders, nothing going on."""
    cells = []
    for place, cell in zip(places, grid["cells"], strict=True):
        name = place.path.name if place.path else ""
        job = {**cell["job"], "videos": [{"src": None, "poster": None, "path": plain(name)}]}
        if not Status(job["status"]).ended:
            job |= {"phase": "ended", "error": {"what": ending_of(place.job), "charged": "", "next": ""}}
        cells.append({**cell, "job": job})
    told: dict[str, Any] = _bare({**grid, "cells": cells})
    return told


def _bare(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        return value if name in ("prompt", "id", "key") else redact(bare(value))
    if isinstance(value, dict):
        return {each: _bare(inner, each) for each, inner in value.items()}
    return [_bare(each) for each in value] if isinstance(value, list) else value


def figure_of(place: Place, cell: dict[str, Any], grid: dict[str, Any], clip: Path | None, link: str | None) -> str:
    """A plain player, for the script to take over, for print and for where scripts are off."""
    job = cell["job"]
    name = html.escape(name_of(cell, grid))
    if clip:
        source = f' controls src="{html.escape(quote(link))}"' if link else ""
        box = (
            f'<video{source} muted playsinline preload="none" width="{job["width"]}" height="{job["height"]}" '
            f'poster="{_poster(clip)}" aria-label="{name}"></video>'
        )
    elif job["status"] == Status.SUCCEEDED:
        missing = job["videos"][0]["path"] or "The clip"
        why = html.escape(f"{missing} was not there any more when this page was written.")
        box = f'<p class="vgn-gone" data-key="{html.escape(place.key)}" dir="auto">{why}</p>'
    else:
        box = f'<p class="vgn-gone" dir="auto">{html.escape(plain(ending_of(place.job), lines=True))}</p>'
    told = " · ".join(filter(None, [marks_of(cell["key"], grid), *cell["made"]])).replace(" s", "\u00a0s")
    return (
        f'<figure class="videogen-cell">{box}<figcaption><b dir="auto">{name}</b> '
        f"<span>{html.escape(plain(told, _MOST))}</span></figcaption></figure>\n"
    )


def _poster(clip: Path) -> str:
    try:
        return write_data_uri(poster(clip, 640, POSTER), "image/webp")
    except OSError:  # it is shown by its player alone
        return ""


def name_of(cell: dict[str, Any], grid: dict[str, Any]) -> str:
    """What tells a clip from the others."""
    told = []
    for lines, place, name in (("rows", "row", "row_name"), ("columns", "column", "column_name")):
        if cell[place] < len(grid[lines]):
            heading = grid[lines][cell[place]]
            told.append(f"{grid[name]} {heading}" if heading.replace(".", "").isdigit() else heading)
    return plain(" · ".join([*told, *cell["told"]]) or cell["job"]["model"], _MOST)


def marks_of(key: str, grid: dict[str, Any]) -> str:
    return " · ".join(
        [*(["winner"] if grid["winner"] == key else []), *(["favourite"] if key in grid["favourites"] else [])]
    )
