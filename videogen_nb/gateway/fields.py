"""Typed reading of a JSON body: each function takes one field, or refuses it in a sentence that names it."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from .problem import Problem

Body = Mapping[str, Any]

_LONGEST_TEXT = 32_000  # characters
_SIZE = re.compile(r"(\d{2,5})x(\d{2,5})")
_LARGEST = (1920, 1080)


def text(body: Body, name: str, longest: int = _LONGEST_TEXT) -> str | None:
    """A string of at most `longest` characters, unchanged; None when absent, null or blank.

    Raises:
        Problem: It is something else.
    """
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Problem("invalid", f"'{name}' must be a string.", name)
    if len(value) > longest:
        raise Problem("invalid", f"'{name}' is longer than {longest} characters.", name)
    try:
        value.encode()
    except UnicodeEncodeError:  # JSON can spell half a surrogate pair
        raise Problem("invalid", f"'{name}' is not valid Unicode.", name) from None
    return value if value.strip() else None


def required_text(body: Body, name: str, longest: int = _LONGEST_TEXT) -> str:
    """As `text`, but it has to be there.

    Raises:
        Problem: It is not, or is something else.
    """
    value = text(body, name, longest)
    if value is None:
        raise Problem("invalid", f"'{name}' is required.", name)
    return value


def integer(body: Body, name: str, low: int, high: int) -> int | None:
    """A whole number from `low` to `high`, or None when absent or null.

    Raises:
        Problem: It is something else.
    """
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Problem("invalid", f"'{name}' must be an integer from {low} to {high}.", name)
    return value


def number(body: Body, name: str, low: float, high: float) -> float | None:
    """A finite number from `low` to `high`, or None when absent or null.

    Raises:
        Problem: It is something else.
    """
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise Problem("invalid", f"'{name}' must be a number from {low:g} to {high:g}.", name)
    return float(value)


def seconds(body: Body, name: str, low: float, high: float) -> float | None:
    """A duration written as a number or as a string, as ``"4"``; None when absent or null.

    Raises:
        Problem: It is neither, or out of range.
    """
    value = body.get(name)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            value = math.nan
    return number({name: value}, name, low, high)


def choice(body: Body, name: str, allowed: Collection[str]) -> str | None:
    """One of `allowed`, or None when absent or null.

    Raises:
        Problem: It is another value.
    """
    value = text(body, name)
    if value is not None and value not in allowed:
        raise Problem("invalid", f"'{name}' must be one of: {', '.join(allowed)}.", name)
    return value


def frame(width: int, height: int, param: str) -> tuple[int, int]:
    """A frame size that can be rendered: even, 64 to 1920 a side, no larger than 1920x1080 in all.

    Raises:
        Problem: It is not.
    """
    longest, shortest = _LARGEST
    if width % 2 or height % 2 or not (64 <= width <= longest and 64 <= height <= longest):
        raise Problem("size", f"'{param}' must have even sides from 64 to {longest} pixels.", param)
    if width * height > longest * shortest:
        raise Problem("size", f"'{param}' must not exceed {longest}x{shortest} pixels in area.", param)
    return width, height


def size(body: Body, name: str) -> tuple[int, int] | None:
    """(width, height) in pixels from ``"1280x720"``, or None when absent or null.

    Raises:
        Problem: It is written otherwise, or is no size for `frame`.
    """
    value = text(body, name)
    if value is None:
        return None
    match = _SIZE.fullmatch(value)
    if match is None:
        raise Problem("size", f"'{name}' must be WIDTHxHEIGHT, such as 1280x720.", name)
    return frame(int(match[1]), int(match[2]), name)


def width_and_height(body: Body) -> tuple[int, int] | None:
    """(width, height) in pixels from two integer fields, or None when neither is there.

    Raises:
        Problem: One is missing, or they are no size for `frame`.
    """
    width, height = integer(body, "width", 1, 10_000), integer(body, "height", 1, 10_000)
    if width is None and height is None:
        return None
    if width is None or height is None:
        raise Problem("size", "'width' and 'height' must be given together.", "width")
    return frame(width, height, "width")
