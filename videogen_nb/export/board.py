"""What stands where in a picture of clips side by side: the grid that the notebook shows, without its page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from videogen_nb.core.job import Job, Status
from videogen_nb.sweeps.comparison import Comparison, Place
from videogen_nb.text import plain, redact
from videogen_nb.views.grid_layout import Layout, lay_out

__all__ = ["Board", "Heading", "Tile", "board_of", "places_of"]

_BADGE = "local preview"  # never left out: such a clip does not come from the model it is named after


@dataclass(frozen=True, slots=True)
class Tile:
    """One clip's place.

    Attributes:
        row: From the top, from 0.
        column: From the left, from 0.
        path: The clip; None where there is none to show.
        words: What stands in its place; "" where there is a clip.
        told: What is said below it.
        name: All that tells it from the others, in one line.
        aspect: Width to height, as far as it is known without the clip.
    """

    row: int
    column: int
    path: Path | None
    words: str
    told: str
    name: str
    aspect: float


@dataclass(frozen=True, slots=True)
class Heading:
    """A value of a parameter over a column or beside rows.

    Attributes:
        name: The parameter; "" where the value says enough.
        value: The value.
        first: Its first row or column.
        count: Over how many it stands.
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
        subtitle: How they differ, in a few words; "" if nothing is to be said.
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


def places_of(what: Job | Comparison) -> list[Place]:
    """A place for each clip, also of a single job."""
    if isinstance(what, Comparison):
        return what.places
    count = max(len(what.videos) or what.request.count, 1)
    return [Place(f"{what.id}/{clip + 1}" if clip else what.id, what, clip, {}) for clip in range(count)]


def board_of(what: Job | Comparison, columns: int | None = None) -> Board:
    """The grid as the notebook lays it out.

    Args:
        what: A job, or jobs side by side.
        columns: How many stand side by side; None: as in the notebook, or what gives the best shape.
    """
    places = places_of(what)
    axes = what.axes if isinstance(what, Comparison) else ()
    wanted = what.columns if isinstance(what, Comparison) else None
    plan = lay_out(places, axes, columns or wanted)
    named = lay_out(places, axes, 1)  # tells everything below each clip
    shown = [_shown(place) for place in places]
    local = [place.job.provider == "local" and path is not None for place, (path, _) in zip(places, shown, strict=True)]
    only_local = all(place.job.provider == "local" for place, (path, _) in zip(places, shown, strict=True) if path)
    swept = {axis.name for axis in axes}
    aspects = [_aspect(place) for place in places]
    spots = plan.spots
    if not plan.columns and not plan.across:
        across = _abreast(aspects)
        spots = tuple(divmod(number, across) for number in range(len(places)))
    tiles = tuple(
        Tile(
            *spot,
            *shown[number],
            told=_line([*told, *_seed(place, swept), *([_BADGE] if local[number] and not only_local else [])]),
            name=_line([*all_told, *_seed(place, swept)]) or _line([place.job.model, *_seed(place, swept)]),
            aspect=aspects[number],
        )
        for number, (place, spot, told, all_told) in enumerate(zip(places, spots, plan.told, named.told, strict=True))
    )
    title = what.prompt if isinstance(what, Comparison) else what.request.prompt
    over = " × ".join(map(str, axes)) or (f"{len(places)} clips" if len(places) > 1 else "")
    subtitle = _line([*([over] if title else []), *([_BADGE] if any(local) and only_local else [])])
    return Board(_clean(title or over), subtitle, tiles, _rows(plan), _columns(plan))


def _rows(plan: Layout) -> tuple[Heading, ...]:
    """Headings from the top; one that is said twice stands once, over all of its rows."""
    made: list[Heading] = []
    for place, value in enumerate(map(_clean, plan.rows)):
        if made and plan.rows[place - 1] == plan.rows[place]:
            made[-1] = Heading(made[-1].name, value, made[-1].first, made[-1].count + 1)
        else:
            made.append(Heading(_clean(plan.row_name or ""), value, place))
    return tuple(made)


def _columns(plan: Layout) -> tuple[Heading, ...]:
    name = _clean(plan.column_name or "")
    return tuple(Heading(name, _clean(value), place) for place, value in enumerate(plan.columns))


def _shown(place: Place) -> tuple[Path | None, str]:
    """The clip, or what stands in its place."""
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
    """How many in a row make of all of them a picture that is nearest to a screen's shape."""
    shape = math.prod(aspects) ** (1 / len(aspects))
    counts = range(1, len(aspects) + 1)
    return min(counts, key=lambda count: abs(math.log(count * shape / math.ceil(len(aspects) / count) / (16 / 9))))


def _seed(place: Place, swept: set[str]) -> list[str]:
    """The seed, where no parameter says it."""
    seed = place.job.request.seed
    return [] if seed is None or "seed" in swept else [f"seed {seed}"]


def _line(told: Sequence[str]) -> str:
    return " · ".join(_clean(each) for each in told if each)


def _clean(text: str) -> str:
    return plain(redact(text))
