"""The types of value that request options take, and how each is read.

A value comes from a cell, from the panel's form or from a sweep. A cell is refused where a word of it can't be
read. The form and the sweep keep what they can't read: the request's own check then refuses it, with the limits
of the option in the message, and the form shows that beside the field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from videogen_nb.errors import RequestError

__all__ = ["IMAGE", "NUMBER", "PARAMS", "SIZE", "TEXT", "WHOLE", "WORD", "Kind", "json_or_text"]


class Kind(NamedTuple):
    """One type of value.

    Attributes:
        name: What the documentation calls it.
        read: Reads what was typed into the form, or one value of a sweep; returns what it can't read as it is.
        parse: Reads a word of a cell, or the value of an `{expression}` in it; raises `ValueError` with the reason.
        is_single: Whether a sequence or an array is one value, and not several to sweep.
    """

    name: str
    read: Callable[[Any], Any] = lambda value: value
    parse: Callable[[Any], Any] = lambda value: value
    is_single: Callable[[Any], bool] = lambda _: False


def json_or_text(text: str) -> Any:
    """The value of a JSON text; other text as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _read_number(value: Any) -> Any:
    if isinstance(value, str):
        for number in (int, float):
            with suppress(ValueError):
                return number(value)
    return value


def _parse_number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        raise ValueError(f"{value!r} is not a number")
    return number


def _parse_whole(value: Any) -> int:
    number = _parse_number(value)
    if not number.is_integer():
        raise ValueError(f"{value!r} is not a whole number")
    return int(number)


def _read_params(value: Any) -> Any:
    """Read lines of ``key=value``; a value is JSON where it reads as JSON.

    Raises:
        RequestError: A line has no key or no value.
    """
    if not isinstance(value, str):
        return value
    params: dict[str, Any] = {}
    for line in filter(None, map(str.strip, value.splitlines())):
        key, equals, text = line.partition("=")
        if not equals or not key.strip():
            raise RequestError(f"A line must look like key=value, not {line!r}.", option="params")
        params[key.strip()] = json_or_text(text.strip())
    return params


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(edge, int) for edge in value)


TEXT = Kind("text", read=str)
WORD = Kind("word", read=str)  # one of a few; a number is taken as its text, so that resolution=720 is "720"
NUMBER = Kind("number", read=_read_number, parse=_parse_number)
WHOLE = Kind("whole number", read=_read_number, parse=_parse_whole)
SIZE = Kind("size", is_single=_is_pair)
IMAGE = Kind("picture", is_single=lambda value: hasattr(value, "ndim"))  # an array of pixels
PARAMS = Kind("fields", read=_read_params)
