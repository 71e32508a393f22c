"""The notebook's grid as data for pictures: which clip, label and heading goes into which row and column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from videogen_nb.core.job import Job, Status
from videogen_nb.sweeps.comparison import Comparison, Place
from videogen_nb.text import plain, redact
from videogen_nb.views.grid_layout import Layout, lay_out

__all__ = ["Board", "Heading", "Tile", "board_of", "places_of"]

_BADGE = "local preview"  # never left out: the clip does not come from the model that it names


@dataclass(frozen=True, slots=True)
class Tile:
    """One cell.

    Attributes:
        row: From the top, from 0.
        column: From the left, from 0.
        path: The clip; None if there is none to show.
        words: Shown in place of a missing clip; "" otherwise.
        label: Caption below the clip.
        name: All that distinguishes it from the others, in one line.
        aspect: Width to height, as far as it is known without the clip.
    """

    row: int
    column: int
    path: Path | None
    words: str
    label: str
    name: str
    aspect: float


@dataclass(frozen=True, slots=True)
class Heading:
    """A value of a parameter over a column or beside rows.

    Attributes:
        name: The parameter; "" if the value says enough.
        value: The value.
        first: Its first row or column.
        count: How many rows or columns it spans.
    """

    name: str
    value: str
    first: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Board:
    """All of a grid.

    Attributes:
        title: What the clips have in common.
        subtitle: How they differ, in a few words; may be empty.
        tiles: In order.
        rows: Headings at the left, from the top; empty: none.
        columns: Headings above, from the left; empty: none.
    """

    title: str
    subtitle: str
    tiles: tuple[Tile, ...]
    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]

    @property
    def size(self) -> tuple[int, int]:
        """How many columns and rows there are."""
        across = max(tile.column for tile in self.tiles) + 1
        down = max(tile.row for tile in self.tiles) + 1
        return max(across, len(self.columns)), down


def places_of(source: Job | Comparison) -> list[Place]:
    """A place for each clip, also of a single job."""
    if isinstance(source, Comparison):
        return source.places
    count = max(len(source.videos) or source.request.count, 1)
    return [Place(f"{source.id}/{clip + 1}" if clip else source.id, source, clip, {}) for clip in range(count)]


def board_of(source: Job | Comparison, columns: int | None = None) -> Board:
    """The grid as the notebook lays it out.

    Args:
        source: A job, or jobs side by side.
        columns: How many stand side by side; None: as in the notebook, or what gives the best shape.
    """
    places = places_of(source)
    axes = source.axes if isinstance(source, Comparison) else ()
    wanted = source.columns if isinstance(source, Comparison) else None
    layout = lay_out(places, axes, columns or wanted)
    single_column = lay_out(places, axes, 1)  # has no headings, so that its labels name every parameter
    contents = [_content(place) for place in places]
    local = [
        place.job.provider == "local" and path is not None for place, (path, _) in zip(places, contents, strict=True)
    ]
    only_local = all(place.job.provider == "local" for place, (path, _) in zip(places, contents, strict=True) if path)
    swept = {axis.name for axis in axes}
    aspects = [_aspect(place) for place in places]
    spots = layout.spots
    if not layout.columns and not layout.across:
        across = _abreast(aspects)
        spots = tuple(divmod(number, across) for number in range(len(places)))
    tiles = tuple(
        Tile(
            *spot,
            *contents[number],
            label=_line([*labels, *_seed(place, swept), *([_BADGE] if local[number] and not only_local else [])]),
            name=_line([*all_labels, *_seed(place, swept)]) or _line([place.job.model, *_seed(place, swept)]),
            aspect=aspects[number],
        )
        for number, (place, spot, labels, all_labels) in enumerate(
            zip(places, spots, layout.labels, single_column.labels, strict=True)
        )
    )
    title = source.prompt if isinstance(source, Comparison) else source.request.prompt
    over = " × ".join(map(str, axes)) or (f"{len(places)} clips" if len(places) > 1 else "")
    subtitle = _line([*([over] if title else []), *([_BADGE] if any(local) and only_local else [])])
    return Board(_clean(title or over), subtitle, tiles, _rows(layout), _columns(layout))


def _rows(layout: Layout) -> tuple[Heading, ...]:
    """Headings from the top; equal neighbours become one that spans their rows."""
    headings: list[Heading] = []
    for row, value in enumerate(map(_clean, layout.rows)):
        if headings and layout.rows[row - 1] == layout.rows[row]:
            headings[-1] = replace(headings[-1], count=headings[-1].count + 1)
        else:
            headings.append(Heading(_clean(layout.row_name or ""), value, row))
    return tuple(headings)


def _columns(layout: Layout) -> tuple[Heading, ...]:
    name = _clean(layout.column_name or "")
    return tuple(Heading(name, _clean(value), column) for column, value in enumerate(layout.columns))


def _content(place: Place) -> tuple[Path | None, str]:
    """The clip, or the words in place of a missing one."""
    job, path = place.job, place.path
    if path is not None:
        return (path, "") if path.is_file() else (None, f"missing: {_clean(path.name)}")
    if job.error is not None:
        return None, f"{job.status}: {_clean(job.error.message)}"
    return None, "no such clip" if job.status is Status.SUCCEEDED else "still running"


def _aspect(place: Place) -> float:
    videos = place.job.videos
    size = videos[place.clip].size if place.clip < len(videos) else place.job.request.pixel_size()
    return size.width / size.height


def _abreast(aspects: Sequence[float]) -> int:
    """How many in a row bring the whole picture nearest to 16:9."""
    shape = math.prod(aspects) ** (1 / len(aspects))
    counts = range(1, len(aspects) + 1)
    return min(counts, key=lambda count: abs(math.log(count * shape / math.ceil(len(aspects) / count) / (16 / 9))))


def _seed(place: Place, swept: set[str]) -> list[str]:
    """The seed, unless it is one of the grid's parameters."""
    seed = place.job.request.seed
    return [] if seed is None or "seed" in swept else [f"seed {seed}"]


def _line(parts: Sequence[str]) -> str:
    return " · ".join(_clean(part) for part in parts if part)


def _clean(text: str) -> str:
    return plain(redact(text))
