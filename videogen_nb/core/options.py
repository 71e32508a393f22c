"""The one table of request options.

Each field of `VideoRequest` has one row here. The cell's parser and its help, Tab completion, sweeps, the providers'
check, the panel's form, copied code and the table in the documentation are made from the rows, so a new option is
a field of the request, a row here, a keyword of `videogen_nb.generate` and a line in each wire that has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, NamedTuple

from videogen_nb.core.option_kinds import IMAGE, NUMBER, PARAMS, SIZE, TEXT, WHOLE, WORD, Kind
from videogen_nb.core.request import VideoRequest

__all__ = ["OPTIONS", "SWEEPABLE", "Option", "form_order"]

_TARGET = "what runs it"
_CLIP = "the clip"
_GENERATION = "the generation"


class Option(NamedTuple):
    """One option of a request.

    Attributes:
        name: The field of `VideoRequest`, and the keyword of `videogen_nb.generate`.
        kind: How its values are read.
        help: What it means, for the cell's help and the documentation.
        example: A value that every request accepts, as a call has it.
        label: What the form calls it.
        flags: Its names in a cell, the long one last; none for the prompt, which is the cell's body.
        metavar: What stands for its value in the cell's help.
        group: Its heading in the cell's help.
        wire: Whether it needs a place on the provider's wire: a provider without one refuses it.
        model_values: The attribute of `ModelSpec` that lists the values a model takes.
        suggestions: Values that Tab offers where no model lists its own.
        hint: What its empty control in the form says.
        unit: What stands behind its values in the form.
        rows: Lines of text that its control in the form has.
        several: Whether the form can switch it to several values, one job each.
        advanced: Whether the form keeps it under "More".
        before: The option that it stands before in the form, where the form's order is not that of this table.
    """

    name: str
    kind: Kind
    help: str
    example: Any
    label: str
    flags: tuple[str, ...] = ()
    metavar: str = ""
    group: str = ""
    wire: bool = True
    model_values: str = ""
    suggestions: tuple[str, ...] = ()
    hint: str = ""
    unit: str = ""
    rows: int = 1
    several: bool = False
    advanced: bool = False
    before: str = ""

    @property
    def default(self) -> Any:
        """The value of a request that does not name it; "" for the prompt."""
        return _DEFAULTS[self.name]


# fmt: off
_ROWS = (  # in the order of the request's fields; of each row the first line is the request, then the cell, the form
    Option("prompt", TEXT, "what to show", "a paper boat", wire=False,
           label="Prompt", hint="What to show; {animal} can take several values", rows=4),
    Option("model", TEXT, "model id or alias; `%videogen models` lists them", "veo-3-1", wire=False,
           flags=("-m", "--model"), metavar="ID", group=_TARGET,
           label="Model", several=True),
    Option("provider", TEXT, "provider; `%videogen providers` lists them", "local", wire=False,
           flags=("-p", "--provider"), metavar="NAME", group=_TARGET,
           label="Provider", before="model"),
    Option("duration", NUMBER, "length in seconds", 4,
           flags=("-d", "--duration"), metavar="S", group=_CLIP, model_values="durations",
           label="Duration", hint="seconds", unit="s", several=True),
    Option("resolution", WORD, "shorter edge", "720p",
           flags=("-r", "--resolution"), metavar="720p", group=_CLIP, model_values="resolutions",
           suggestions=("480p", "720p", "1080p", "4k"),
           label="Resolution", hint="such as 720p", several=True),
    Option("aspect_ratio", WORD, "width to height", "16:9",
           flags=("-a", "--aspect-ratio"), metavar="16:9", group=_CLIP, model_values="aspect_ratios",
           suggestions=("16:9", "9:16", "1:1", "4:3", "3:4", "21:9"),
           label="Aspect ratio", hint="such as 16:9", several=True),
    Option("size", SIZE, "pixels, in place of the two above", "1280x720",
           flags=("--size",), metavar="WxH", group=_CLIP, model_values="sizes",
           label="Size", hint="such as 1280x720", several=True, advanced=True),
    Option("fps", WHOLE, "frames a second", 24,
           flags=("--fps",), metavar="N", group=_CLIP,
           label="Frames a second", hint="such as 24", several=True, advanced=True),
    Option("seed", WHOLE, "same seed, same clip, where the model keeps to it", 7,
           flags=("-s", "--seed"), metavar="N", group=_GENERATION,
           label="Seed", hint="random", several=True),
    Option("count", WHOLE, "how many clips", 2,
           flags=("-n", "--count"), metavar="N", group=_GENERATION,
           label="Count", before="seed"),
    Option("negative_prompt", TEXT, "what not to show", "fog, rain",
           flags=("--negative-prompt",), metavar="TEXT", group=_GENERATION,
           label="Not to show", rows=2, advanced=True),
    Option("person_generation", TEXT, "dont_allow, allow_adult or allow_all", "dont_allow",
           flags=("--person-generation",), metavar="WORD", group=_GENERATION,
           suggestions=("dont_allow", "allow_adult", "allow_all"),
           label="People", hint="such as dont_allow", several=True, advanced=True),
    Option("user", TEXT, "your own name for the end user", "me",
           flags=("--user",), metavar="NAME", group=_GENERATION,
           label="End user", advanced=True),
    Option("image", IMAGE, "first frame: path, URL, or {variable} with a picture or a Job", "boat.png",
           flags=("-i", "--image"), metavar="PICTURE", group=_GENERATION,
           label="Image", hint="path or https://…"),
    Option("params", PARAMS, "any other field; VALUE may be JSON", {"style": "ink"}, wire=False,
           flags=("--param",), metavar="KEY=VALUE", group=_GENERATION,
           label="Other fields", hint="key=value, one a line", rows=2, advanced=True),
)
# fmt: on

OPTIONS: Mapping[str, Option] = {option.name: option for option in _ROWS}
# Params are swept one field at a time, as `param.KEY`.
SWEEPABLE = tuple(option.name for option in _ROWS if option.kind is not PARAMS)
_DEFAULTS: Mapping[str, Any] = {
    field.name: "" if field.default is MISSING else field.default for field in fields(VideoRequest)
} | {"params": {}}


def form_order() -> list[Option]:
    """The options in the order of the panel's form."""
    order: list[Option] = []
    for option in _ROWS:
        following = [other.name for other in order].index(option.before) if option.before else len(order)
        order.insert(following, option)
    return order
