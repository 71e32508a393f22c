"""The one table of export formats: what each suffix is written as, by which module, with which options."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from videogen_nb.core.job import Job
from videogen_nb.errors import RequestError
from videogen_nb.sweeps.comparison import Comparison

__all__ = ["FORMATS", "Format", "Option", "flags", "format_of", "markdown_table"]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a format.

    Attributes:
        name: As a keyword of `export`; a number is a flag ``--name`` of ``%videogen export`` too.
        kind: ``int``, ``float`` or ``bool``.
        help: What it decides, with its unit and default.
        least: Smallest number taken.
        most: Largest number taken.
    """

    name: str
    kind: type
    help: str
    least: float = 1
    most: float = math.inf

    def check(self, value: Any) -> None:
        """Refuse a value of another kind or outside the limits.

        Raises:
            RequestError: Names the option and what it takes.
        """
        if self.kind is bool:
            if isinstance(value, bool):
                return
            takes = "True or False"
        else:
            kinds = (int, float) if self.kind is float else int
            if isinstance(value, kinds) and not isinstance(value, bool) and self.least <= value <= self.most:
                return
            limits = f"{self.least:g} or more" if self.most == math.inf else f"{self.least:g} to {self.most:,.0f}"
            takes = f"a {'' if self.kind is float else 'whole '}number, {limits}"
        raise RequestError(f"{self.name} must be {takes}, not {value!r}. Nothing was written.", option=self.name)


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Attributes:
        module: Module of this package whose `write(source, path, progress, **options)` writes it. It is imported
            on first use, since it brings a codec or a browser bundle along.
        help: What the file is, in a few words.
        options: What may be given.
        single: How a single job is written, where that is another module or takes other options.
        whole: Whether `write` itself puts a complete file, and what belongs beside it, in place.
    """

    module: str
    help: str
    options: tuple[Option, ...]
    single: Format | None = None
    whole: bool = False

    def of(self, source: Job | Comparison) -> Format:
        """The format as it is for this source."""
        return self.single if self.single and isinstance(source, Job) else self

    @property
    def write(self) -> Callable[..., None]:
        """The module's writer."""
        return importlib.import_module(f"videogen_nb.export.{self.module}").write  # type: ignore[no-any-return]

    def check(self, suffix: str, options: Mapping[str, Any]) -> None:
        """Refuse an option that the format does not take, or a value that the option does not.

        Raises:
            RequestError: Names the option.
        """
        known = {option.name: option for option in self.options}
        if unknown := sorted(set(options) - set(known)):
            raise RequestError(
                f"{suffix} does not take {' and '.join(unknown)}; it takes {', '.join(known)}. Nothing was written.",
                option=unknown[0],
            )
        for name, value in options.items():
            known[name].check(value)


_WIDTH = Option(
    "width",
    int,
    "pixels in all; default: as the clips need, at most 1920, for an animation 480 (one clip) or 960",
    least=16,
    most=8192,
)
_FPS = Option("fps", float, "frames a second; default: those of the quickest clip, 12 for an animation", most=60)
_COLUMNS = Option("columns", int, "how many clips stand side by side; default: as in the notebook", most=1000)
_FRAMES = Option("columns", int, "how many frames of each clip; default: 5", most=1000)
_LABELS = Option("labels", bool, "whether title, headings and captions are drawn; default: yes")
_LIMIT = Option("limit", int, "bytes of clips that the page holds; more go into a folder beside it (100 MB)", least=0)
_MOVING = (_WIDTH, _FPS, _COLUMNS, _LABELS)
_ANIMATION = Format("animation", "an animation that repeats", _MOVING)
_PICTURE = Format(
    "contact_sheet",
    "a contact sheet, a row each; of a single job its first frame",
    (_WIDTH, _FRAMES, _LABELS),
    single=Format("still", "the first frame", (_WIDTH,)),
)
FORMATS: Mapping[str, Format] = {
    ".html": Format("html_page", "one page that plays the clips in step, without a server", (_LIMIT,), whole=True),
    ".mp4": Format("mp4", "the grid as one video, side by side, without sound", _MOVING),
    ".gif": _ANIMATION,
    ".webp": _ANIMATION,
    ".png": _PICTURE,
    ".jpg": _PICTURE,
    ".jpeg": _PICTURE,
}


def format_of(suffix: str) -> Format:
    """The format of a suffix, such as ``".mp4"``.

    Raises:
        RequestError: There is none; the message lists all.
    """
    if suffix not in FORMATS:
        supported = "; ".join(f"{name} ({entry.help})" for name, entry in FORMATS.items())
        raise RequestError(f"Unsupported format {suffix or 'without suffix'}; supported: {supported}.")
    return FORMATS[suffix]


def flags() -> dict[str, tuple[str, type]]:
    """Options of all formats as flags of ``%videogen export``: name and kind; a bool's flag turns it off."""
    options = [option for entry in FORMATS.values() for option in entry.options]
    return {f"--no-{o.name}" if o.kind is bool else f"--{o.name}": (o.name, o.kind) for o in options}


def markdown_table() -> str:
    """All formats and their options as a Markdown table, for the documentation."""
    rows = ["| suffix | what it is | options |", "|---|---|---|"]
    suffixes: dict[int, list[str]] = {}
    for suffix, entry in FORMATS.items():
        suffixes.setdefault(id(entry), []).append(f"`{suffix}`")
    for entry in {id(entry): entry for entry in FORMATS.values()}.values():
        options = ", ".join(f"`{option.name}`" for option in entry.options)
        rows.append(f"| {' '.join(suffixes[id(entry)])} | {entry.help} | {options} |")
    rows += ["", "| option | |", "|---|---|"]
    options_by_help = {option.help: option for entry in FORMATS.values() for option in entry.options}
    rows += [f"| `{option.name}` | {option.help} |" for option in options_by_help.values()]
    return "\n".join(rows) + "\n"
