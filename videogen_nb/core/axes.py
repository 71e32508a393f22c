"""The parameters that a sweep varies, their values as people type them, and all combinations of them."""

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

__all__ = ["Axis", "as_text", "axes_of", "axis_name", "fill", "label", "points", "read_values", "variables"]

PARAM = "param."
MOST_VALUES = 1000  # of one parameter: a typo like 1..1000000 must be refused before it fills the memory

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
        """The name for people."""
        return self.name.removeprefix(PARAM).replace("_", " ")

    def __str__(self) -> str:
        """The count and the name, such as ``"3 seeds"``."""
        count, word = len(self.values), self.title
        if count == 1 or word.endswith("s"):
            return f"{count} {word}"
        return f"{count} {word[:-1]}ies" if re.search("[^aeiou]y$", word) else f"{count} {word}s"


def read_values(text: str) -> tuple[Any, ...]:
    r"""Read the values of a parameter as people type them.

    Values stand between commas; ``1..8`` are the whole numbers from 1 to 8, ``0..100..25`` every 25th;
    a comma inside a value is written ``\,``, or all of them as a JSON list.

    Raises:
        RequestError: A range has no values or too many.

    >>> read_values("cat, 7, 0.5")
    ('cat', 7, 0.5)
    >>> read_values("1..3")
    (1, 2, 3)
    """
    text = text.strip()
    if text.startswith("["):
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            content = None
        if isinstance(content, list):
            return tuple(content)
    values: list[Any] = []
    for part in re.split(r"(?<!\\),", text):
        word = part.replace("\\,", ",").strip()
        if match := _RANGE.fullmatch(word):
            values += _range(word, *(int(bound) if bound else None for bound in match.groups()))
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
        raise RequestError(f"The range {text} has {count:,} values; the limit is {MOST_VALUES:,}. Nothing was sent.")
    return range(first, last + (-1 if down else 1), step)


def _value(word: str) -> Any:
    """A number if the word is how Python writes it; so ``007``, ``0.50`` and ``1e3`` stay text."""
    kind = int if re.fullmatch(r"-?[0-9]{1,99}", word) else float if re.fullmatch(r"-?[0-9]+\.[0-9]+", word) else str
    return kind(word) if str(kind(word)) == word else word


def label(value: Any) -> str:
    """A value as a heading shows it: a signed address without its signature."""
    return as_text(without_grants(value))


def as_text(value: Any) -> str:
    """A value as it is put into a prompt or typed in a cell."""
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else float.__repr__(value)
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return "x".join(map(str, value))
    return str(value)


def variables(prompt: str) -> list[str]:
    """The names in braces in a prompt, in order: its variables.

    >>> variables("a {animal} in the {weather}, a {animal}")
    ['animal', 'weather']
    """
    return list(dict.fromkeys(_VARIABLE.findall(prompt)))


def fill(prompt: str, values: Mapping[str, Any]) -> str:
    """Replace names in braces by their values; other braces are text.

    >>> fill("a {animal} in {braces}", {"animal": "cat"})
    'a cat in {braces}'
    """
    return _VARIABLE.sub(lambda match: as_text(values[match[1]]) if match[1] in values else match[0], prompt)


def axis_name(name: str) -> str:
    """The name of a parameter as `videogen_nb.generate` has it: an option may be typed with dashes.

    >>> axis_name("aspect-ratio"), axis_name("my-word")
    ('aspect_ratio', 'my-word')
    """
    option = name.replace("-", "_")
    return option if option in SWEEPABLE else name


def axes_of(prompt: str, given: Mapping[str, Sequence[Any]]) -> tuple[Axis, ...]:
    """Check the parameters of a sweep.

    Args:
        prompt: With the variables' names in braces.
        given: The values of each parameter.

    Raises:
        RequestError: A parameter is unknown or given twice, or has no value, too many, or one of them twice.
    """
    axes: list[Axis] = []
    for name, values in given.items():
        name = axis_name(name)
        known = name in SWEEPABLE or (name.startswith(PARAM) and name != PARAM) or name in variables(prompt)
        if not known:
            raise RequestError(
                f"Unknown sweep key {name!r}: neither an option nor a {{variable}} in the prompt. Nothing was sent; "
                f"a field of the provider's own is written {PARAM}{name}.",
                option="prompt",
            )
        option = name if name in SWEEPABLE else "params" if name.startswith(PARAM) else "prompt"
        if any(axis.name == name for axis in axes):
            raise RequestError(f"{name} is swept twice; give all its values together. Nothing was sent.", option=option)
        if not values:
            raise RequestError(f"{name} has no values. Nothing was sent.", option=option)
        if len(values) > MOST_VALUES:
            raise RequestError(f"{name} has more than {MOST_VALUES:,} values. Nothing was sent.", option=option)
        value, count = Counter(map(label, values)).most_common(1)[0]
        if count > 1:
            raise RequestError(f"{name} has {value} twice. Nothing was sent.", option=option)
        axes.append(Axis(name, tuple(map(_without_numpy, values))))
    return tuple(axes)


def _without_numpy(value: Any) -> Any:
    """A NumPy scalar as a Python number, so that it can be stored as JSON."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def points(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """Every combination of values, the last parameter changing first."""
    for values in itertools.product(*(axis.values for axis in axes)):
        yield {axis.name: value for axis, value in zip(axes, values, strict=True)}
