"""What people type into a form, and how a value is written as they would type it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from videogen_nb.core.axes import label
from videogen_nb.errors import RequestError

__all__ = ["number", "params", "shown"]


def number(text: str) -> Any:
    """What was typed as a number; the text itself where it is none, for the request's own check to refuse."""
    with suppress(ValueError):
        return int(text)
    with suppress(ValueError):
        return float(text)
    return text


def params(text: str) -> dict[str, Any]:
    """Lines of ``key=value``; a value is JSON where it reads as JSON.

    Raises:
        RequestError: A line has no key or no value.
    """
    found: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise RequestError(f"A line must look like key=value, not {line!r}.", option="params")
        try:
            found[key.strip()] = json.loads(value)
        except ValueError:
            found[key.strip()] = value.strip()
    return found


def shown(value: Any) -> str:
    """A value as it would be typed."""
    if isinstance(value, dict):
        return "\n".join(f"{key}={json.dumps(each, ensure_ascii=False)}" for key, each in value.items())
    return "" if value is None else label(value)
