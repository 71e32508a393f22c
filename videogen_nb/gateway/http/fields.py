"""The fields of a JSON body: each one validates its value, with an error that names it, and has a JSON Schema.

The schema is part of the OpenAPI document and is built from the limits that are checked. Some checks can't be
expressed in it, such as whether a picture can be decoded or which durations a model supports.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from videogen_nb.gateway.http.problem import Problem

Body = Mapping[str, Any]
Schema = dict[str, Any]

MAX_SEED = 2**32 - 1
LONGEST_TEXT = 32_000  # characters
_LARGEST = (1920, 1080)
_SMALLEST = 64
_SIZE = r"([0-9]{2,5})x([0-9]{2,5})"


@dataclass(frozen=True)
class Field(ABC):
    """One field, which may be missing or null unless its class says otherwise.

    Attributes:
        name: Its key in the body.
        about: Its description; "" if the name is enough.
    """

    name: str
    about: str = ""

    @abstractmethod
    def read(self, body: Body) -> Any:
        """The validated value; None if it is missing or null.

        Raises:
            Problem: The value is invalid.
        """

    @property
    @abstractmethod
    def shape(self) -> Schema:
        """The JSON Schema of its values."""

    def invalid(self, reason: str) -> Problem:
        """The error to raise; `reason` continues the sentence that starts with the field's name."""
        return Problem("invalid", f"'{self.name}' {reason}.", self.name)


@dataclass(frozen=True)
class Text(Field):
    """A string, unchanged; an empty one counts as missing.

    Attributes:
        longest: Most characters.
        known: The values that the wire accepts, for the schema only; the wire itself rejects others.
    """

    longest: int = LONGEST_TEXT
    known: tuple[str, ...] = ()

    def read(self, body: Body) -> str | None:
        value = body.get(self.name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.invalid("must be a string")
        if len(value) > self.longest:
            raise self.invalid(f"is longer than {self.longest} characters")
        try:
            value.encode()
        except UnicodeEncodeError:  # JSON can contain half a surrogate pair
            raise self.invalid("is not valid Unicode") from None
        return value or None

    @property
    def shape(self) -> Schema:
        if self.known:
            return {"enum": [*self.known, "", None]}
        return {"type": ["string", "null"], "maxLength": self.longest}


@dataclass(frozen=True)
class RequiredText(Text):
    """A string that must be present and not blank."""

    def read(self, body: Body) -> str:
        value = super().read(body)
        if value is None or not value.strip():
            raise self.invalid("is required")
        return value

    @property
    def shape(self) -> Schema:
        if self.known:
            return {"enum": list(self.known)}
        return {"type": "string", "maxLength": self.longest, "pattern": r"\S"}


@dataclass(frozen=True)
class Choice(Text):
    """One of the `known` values; an empty string counts as missing."""

    def read(self, body: Body) -> str | None:
        value = super().read(body)
        if value is not None and value not in self.known:
            raise self.invalid(f"must be one of: {', '.join(self.known)}")
        return value


@dataclass(frozen=True)
class Integer(Field):
    """An integer from `low` to `high`; ``4.0`` is accepted."""

    low: int = 1
    high: int = 1

    def read(self, body: Body) -> int | None:
        value = body.get(self.name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise self.invalid(f"must be an integer from {self.low} to {self.high}")
        return value

    @property
    def shape(self) -> Schema:
        return {"type": ["integer", "null"], "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class StrictInteger(Integer):
    """An integer that is not written as ``4.0``."""

    def read(self, body: Body) -> int | None:
        if isinstance(body.get(self.name), float):
            raise self.invalid("must be an integer")
        return super().read(body)


@dataclass(frozen=True)
class Number(Field):
    """A finite number from `low` to `high`."""

    low: float = 0
    high: float = 3600

    def read(self, body: Body) -> float | None:
        value = body.get(self.name)
        return None if value is None else self._checked(value)

    def _checked(self, value: Any) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise self.invalid(f"must be a number from {self.low:g} to {self.high:g}")
        return float(value)

    @property
    def shape(self) -> Schema:
        return {"type": ["number", "null"], "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Decimal(Number):
    """A number in a string, such as ``"4"``.

    Attributes:
        bare: Whether a plain number is accepted as well.
        pattern: The format of the string.
    """

    bare: bool = False
    pattern: str = r"[0-9]{1,9}(\.[0-9]{1,9})?"

    def read(self, body: Body) -> float | None:
        value = body.get(self.name)
        if isinstance(value, str):
            value = float(value) if re.fullmatch(self.pattern, value) else math.nan
        elif value is not None and not self.bare:
            raise self.invalid("must be a string")
        return None if value is None else self._checked(value)

    @property
    def shape(self) -> Schema:
        text = {"type": ["string", "null"], "pattern": f"^({self.pattern})$"}
        return {"anyOf": [text, super().shape]} if self.bare else text


@dataclass(frozen=True)
class Size(Field):
    """Width and height in pixels as ``"1280x720"``, see `frame`; an empty string counts as missing."""

    def read(self, body: Body) -> tuple[int, int] | None:
        value = Text(self.name).read(body)
        if value is None:
            return None
        match = re.fullmatch(_SIZE, value)
        if match is None:
            raise Problem("size", f"'{self.name}' must be WIDTHxHEIGHT, such as 1280x720.", self.name)
        return frame(int(match[1]), int(match[2]), self.name)

    @property
    def shape(self) -> Schema:
        return {"type": ["string", "null"], "pattern": f"^({_SIZE})?$"}


class Fields:
    """The fields of one object; other fields of it are ignored.

    Args:
        fields: In the order in which they are checked.
    """

    def __init__(self, *fields: Field) -> None:
        self.fields = fields

    def read(self, body: Body) -> dict[str, Any]:
        """The validated values by name.

        Raises:
            Problem: Of the first invalid field.
        """
        return {field.name: field.read(body) for field in self.fields}

    def schema(self, only: Collection[str] | None = None) -> Schema:
        """The JSON Schema of the object; with `only`, these fields are the only ones allowed."""
        fields = [field for field in self.fields if only is None or field.name in only]
        properties = {
            field.name: {**field.shape, **({"description": field.about} if field.about else {})} for field in fields
        }
        required = [field.name for field in fields if isinstance(field, RequiredText)]
        closed = {"additionalProperties": False} if only is not None else {}
        return {"type": "object", "required": required, "properties": properties, **closed}


WIDTH_AND_HEIGHT = (
    Integer("width", "Pixels, together with height.", 1, 10_000),
    Integer("height", "Pixels, together with width.", 1, 10_000),
)


def width_and_height(values: Mapping[str, Any]) -> tuple[int, int] | None:
    """(width, height) in pixels from two validated fields; None if both are missing.

    Raises:
        Problem: Only one is given, or `frame` rejects them.
    """
    width, height = values["width"], values["height"]
    if width is None and height is None:
        return None
    if width is None or height is None:
        raise Problem("size", "'width' and 'height' must be given together.", "width")
    return frame(width, height, "width")


def frame(width: int, height: int, param: str) -> tuple[int, int]:
    """Check a frame size: even, each side 64 to 1920 pixels, and not larger than 1920x1080 in area.

    Raises:
        Problem: It can't be rendered.
    """
    longest, shortest = _LARGEST
    if width % 2 or height % 2 or not (_SMALLEST <= width <= longest and _SMALLEST <= height <= longest):
        raise Problem("size", f"'{param}' must have even sides from {_SMALLEST} to {longest} pixels.", param)
    if width * height > longest * shortest:
        raise Problem("size", f"'{param}' must not exceed {longest}x{shortest} pixels in area.", param)
    return width, height
