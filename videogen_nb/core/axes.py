"""What a sweep varies: named values, read from text or given, and all their combinations."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videogen_nb.core.options import SWEEPABLE
from videogen_nb.errors import RequestError
from videogen_nb.text import without_grants

__all__ = ["Axis", "axes_of", "axis_name", "fill", "label", "points", "read_values", "variables", "written"]

PARAM = "param."
MOST_VALUES = 1000  # of one parameter; a slip like 1..1000000 must not fill the memory before it is refused

_RANGE = re.compile(r"(-?\d{1,99})\s*\.\.\s*(-?\d{1,99})(?:\s*\.\.\s*(-?\d{1,99}))?")
_VARIABLE = re.compile(r"\{([^\W\d]\w*)\}")


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter of a sweep and the values it takes, in order.

    Attributes:
        name: An option of `videogen_nb.generate`, ``"param.KEY"`` for a field that has no name there, or a
            variable of the prompt.
        values: At least one, no two the same.
    """

    name: str
    values: tuple[Any, ...]

    @property
    def title(self) -> str:
        """The name as a person reads it."""
        return self.name.removeprefix(PARAM).replace("_", " ")

    def __str__(self) -> str:
        """How many there are of what, such as ``"3 seeds"``."""
        count, word = len(self.values), self.title
        if count == 1 or word.endswith("s"):
            return f"{count} {word}"
        return f"{count} {word[:-1]}ies" if re.search("[^aeiou]y$", word) else f"{count} {word}s"


def read_values(text: str) -> tuple[Any, ...]:
    r"""Read the values of a parameter as people type them.

    Values stand between commas; ``1..8`` are the whole numbers from 1 to 8, ``0..100..25`` every 25th;
    a comma inside a value is written ``\,``, or all of them as a JSON list.

    Raises:
        RequestError: There is no value, or a range is not one.

    >>> read_values("cat, 7, 0.5")
    ('cat', 7, 0.5)
    >>> read_values("1..3")
    (1, 2, 3)
    """
    text = text.strip()
    if text.startswith("["):
        try:
            listed = json.loads(text)
        except (ValueError, RecursionError):
            listed = None
        if isinstance(listed, list):
            return tuple(listed)
    values: list[Any] = []
    for part in re.split(r"(?<!\\),", text):
        word = part.replace("\\,", ",").strip()
        if found := _RANGE.fullmatch(word):
            values += _range(word, *(int(each) if each else None for each in found.groups()))
        elif word:
            values.append(_value(word))
    return tuple(values)


def _range(text: str, first: int | None, last: int | None, step: int | None) -> range:
    assert first is not None
    assert last is not None
    down = last < first
    step = step if step is not None else -1 if down else 1
    if step == 0 or (step < 0) != down:
        raise RequestError(f"The range {text} has no values. Nothing was sent.")
    if (count := (last - first) // step + 1) > MOST_VALUES:
        raise RequestError(f"The range {text} has {count:,} values; the most is {MOST_VALUES:,}. Nothing was sent.")
    return range(first, last + (-1 if down else 1), step)


def _value(word: str) -> Any:
    """A number where it reads as one and is written as one is: ``007``, ``0.50`` and ``1e3`` stay text."""
    kind = int if re.fullmatch(r"-?[0-9]{1,99}", word) else float if re.fullmatch(r"-?[0-9]+\.[0-9]+", word) else str
    return kind(word) if str(kind(word)) == word else word


def label(value: Any) -> str:
    """A value as a heading shows it; of a signed address without what lets its reader in."""
    return written(without_grants(value))


def written(value: Any) -> str:
    """A value as it is put into a prompt or typed in a cell, whole."""
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else float.__repr__(value)
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return "x".join(map(str, value))
    return str(value)


def variables(prompt: str) -> list[str]:
    """Names that stand in braces in a prompt, in order: what can be swept in it.

    >>> variables("a {animal} in the {weather}, a {animal}")
    ['animal', 'weather']
    """
    return list(dict.fromkeys(_VARIABLE.findall(prompt)))


def fill(prompt: str, values: Mapping[str, Any]) -> str:
    """Put values in the place of their names in braces; other braces are text.

    >>> fill("a {animal} in {braces}", {"animal": "cat"})
    'a cat in {braces}'
    """
    return _VARIABLE.sub(lambda found: written(values[found[1]]) if found[1] in values else found[0], prompt)


def axis_name(name: str) -> str:
    """The name of a parameter as `videogen_nb.generate` has it: an option may be typed with dashes.

    >>> axis_name("aspect-ratio"), axis_name("my-word")
    ('aspect_ratio', 'my-word')
    """
    option = name.replace("-", "_")
    return option if option in SWEEPABLE else name


def axes_of(prompt: str, given: Mapping[str, Sequence[Any]]) -> tuple[Axis, ...]:
    """Check what is to be swept.

    Args:
        prompt: With the variables' names in braces.
        given: The values of each parameter.

    Raises:
        RequestError: A parameter is none, or there twice, or has no value, too many, or one twice.
    """
    axes: list[Axis] = []
    for name, values in given.items():
        name = axis_name(name)
        known = name in SWEEPABLE or (name.startswith(PARAM) and name != PARAM) or name in variables(prompt)
        if not known:
            raise RequestError(
                f"Nothing takes {name!r}: it is no option, and the prompt has no {{{name}}}. "
                f"A field of the provider's own is {PARAM}{name}. Nothing was sent.",
                option="prompt",
            )
        option = name if name in SWEEPABLE else "params" if name.startswith(PARAM) else "prompt"
        if any(axis.name == name for axis in axes):
            raise RequestError(f"{name} is swept twice; give all its values together. Nothing was sent.", option=option)
        if not values:
            raise RequestError(f"{name} has no value to try. Nothing was sent.", option=option)
        if len(values) > MOST_VALUES:
            raise RequestError(f"{name} has more than {MOST_VALUES:,} values. Nothing was sent.", option=option)
        twice, count = Counter(map(label, values)).most_common(1)[0]
        if count > 1:
            raise RequestError(f"{name} has {twice} twice. Nothing was sent.", option=option)
        axes.append(Axis(name, tuple(map(_own, values))))
    return tuple(axes)


def _own(value: Any) -> Any:
    """One of NumPy's numbers as Python's own, so that it can be written down."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def points(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """Every combination of values, the last parameter changing first."""
    for values in itertools.product(*(axis.values for axis in axes)):
        yield {axis.name: value for axis, value in zip(axes, values, strict=True)}
