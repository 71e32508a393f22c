"""`{expressions}` in a cell: found among the text, evaluated in the user's namespace, with one-line errors."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from videogen_nb.errors import RequestError

__all__ = ["expand", "has_code", "is_code", "split"]


def has_code(text: str) -> bool:
    """Whether there is an expression in a text."""
    return any(code for code, _ in parts(text))


def is_code(text: str) -> bool:
    """Whether a text is one expression and nothing else."""
    found = parts(text)
    return len(found) == 1 and found[0][0]


def expand(text: str, names: Mapping[str, Any]) -> Any:
    """Put the values of `{expressions}` into text; text that is one expression gives its value itself.

    >>> expand("a {animal} in {{braces}}", {"animal": "cat"})
    'a cat in {braces}'
    """
    found = parts(text)
    if len(found) == 1 and found[0][0]:
        return _value(found[0][1], names)
    return "".join(str(_value(part, names)) if code else part for code, part in found)


def parts(text: str) -> list[tuple[bool, str]]:
    """Text as (is an expression, text) pieces."""
    pieces: list[tuple[bool, str]] = []
    plain, place = "", 0
    while place < len(text):
        pair, letter = text[place : place + 2], text[place]
        if pair in ("{{", "}}"):
            plain, place = plain + letter, place + 2
        elif letter == "{":
            end = _closing(text, place)
            if plain:
                pieces.append((False, plain))
            pieces.append((True, text[place + 1 : end]))
            plain, place = "", end + 1
        elif letter == "}":
            raise RequestError("A single } stands in the text; write }} for the sign itself. Nothing was sent.")
        else:
            plain, place = plain + letter, place + 1
    return [*pieces, (False, plain)] if plain or not pieces else pieces


def _closing(text: str, start: int) -> int:
    """Place of the brace that closes the one at `start`; quotes inside may hold braces."""
    depth, quote, escaped = 0, "", False
    for place in range(start, len(text)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote and not escaped else quote
            escaped = letter == "\\" and not escaped
        elif letter in "\"'" and depth:
            quote = letter
        elif letter in "{}":
            depth += 1 if letter == "{" else -1
            if depth == 0:
                return place
    raise RequestError("A { is not closed; write {{ for the sign itself. Nothing was sent.")


def _value(code: str, names: Mapping[str, Any]) -> Any:
    if code.strip() in names:  # a prompt's variable may be a word that is none of Python's names, such as "class"
        return names[code.strip()]
    # What stands behind a colon may be a format, as in {price:.2f}; colons stand elsewhere too.
    colons = [place for place, letter in enumerate(code) if letter == ":"]
    for end in (len(code), *colons):
        try:
            compiled = compile(code[:end].strip(), "<prompt>", "eval")
        except SyntaxError:
            continue
        form = code[end + 1 :]
        break
    else:
        raise RequestError(f"{{{code}}} is not an expression; write {{{{…}}}} for braces themselves. Nothing was sent.")
    try:
        value = eval(compiled, dict(names))  # noqa: S307 - the user's own code, in the user's own cell
        return format(value, form) if form else value
    except NameError as error:
        raise RequestError(f"{{{code}}}: {error}. Nothing was sent.") from None
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise RequestError(f"{{{code}}} failed: {said}. Nothing was sent.") from None


def split(line: str) -> list[str]:
    """Shell-like words, where `{…}` holds together whatever is in it."""
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\x01{len(kept) - 1}\x01"

    marked, place = "", 0
    while place < len(line):
        if line[place : place + 2] in ("{{", "}}"):
            marked, place = marked + keep(line[place : place + 2]), place + 2
        elif line[place] == "{":
            end = _closing(line, place)
            marked, place = marked + keep(line[place : end + 1]), end + 1
        else:
            marked, place = marked + line[place], place + 1
    try:
        words = shlex.split(marked)
    except ValueError as error:
        raise RequestError(f"The options can't be read: {str(error).lower()}. Nothing was sent.") from None
    return [re.sub("\x01(\\d+)\x01", lambda found: kept[int(found[1])], word) for word in words]
