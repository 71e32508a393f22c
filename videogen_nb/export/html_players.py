"""The grid of a page: its data, and the plain players shown before its script runs, or without it."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from videogen_nb.core.data_uri import write_data_uri
from videogen_nb.core.job import Status
from videogen_nb.export.html_sections import bare, ending_of
from videogen_nb.storage.posters import poster
from videogen_nb.sweeps.comparison import Place
from videogen_nb.text import plain, redact

__all__ = ["POSTER", "figure_of", "marks_of", "name_of", "page_grid"]

POSTER = 30_000  # bytes of a poster, at most
_MOST = 240  # characters of a caption
_NUMBER = re.compile(r"[0-9.]*[0-9][0-9.]*")


def page_grid(grid: dict[str, Any], places: list[Place]) -> dict[str, Any]:
    """The grid as the page keeps it: without posters, which the players have, without folders, all jobs ended."""
    cells = []
    for place, cell in zip(places, grid["cells"], strict=True):
        name = place.path.name if place.path else ""
        job = {**cell["job"], "videos": [{"src": None, "poster": None, "path": plain(name)}]}
        if not Status(job["status"]).ended:
            job |= {"phase": "ended", "error": {"summary": ending_of(place.job), "charged": "", "next": ""}}
        cells.append({**cell, "job": job})
    data: dict[str, Any] = _bare({**grid, "cells": cells})
    return data


def _bare(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        return value if name in ("prompt", "id", "key") else redact(bare(value))
    if isinstance(value, dict):
        return {key: _bare(inner, key) for key, inner in value.items()}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def figure_of(place: Place, cell: dict[str, Any], grid: dict[str, Any], clip: Path | None, link: str | None) -> str:
    """A plain player: the script takes it over; print, and a page without scripts, keeps it."""
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
    caption = " · ".join(filter(None, [marks_of(cell["key"], grid), *cell["outcome"]])).replace(" s", "\u00a0s")
    return (
        f'<figure class="videogen-cell">{box}<figcaption><b dir="auto">{name}</b> '
        f"<span>{html.escape(plain(caption, _MOST))}</span></figcaption></figure>\n"
    )


def _poster(clip: Path) -> str:
    try:
        return write_data_uri(poster(clip, 640, POSTER), "image/webp")
    except OSError:  # the player shows its first frame itself
        return ""


def name_of(cell: dict[str, Any], grid: dict[str, Any]) -> str:
    """The parameter values that distinguish a clip from the others, as `nameOf` in ``js/src`` has them.

    A number says little alone, so it has the parameter's name before it.
    """
    values = []
    for headings, index, name in (("rows", "row", "row_name"), ("columns", "column", "column_name")):
        if cell[index] < len(grid[headings]):
            heading = grid[headings][cell[index]]
            values.append(f"{grid[name]} {heading}" if grid[name] and _NUMBER.fullmatch(heading) else heading)
    return plain(" · ".join([*values, *cell["labels"]]) or cell["job"]["model"], _MOST)


def marks_of(key: str, grid: dict[str, Any]) -> str:
    return " · ".join(
        [*(["winner"] if grid["winner"] == key else []), *(["favourite"] if key in grid["favourites"] else [])]
    )
