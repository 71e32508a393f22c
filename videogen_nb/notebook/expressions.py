"""Expand the `{expressions}` in a cell: find them in the text and evaluate them in the user's namespace."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from videogen_nb.errors import RequestError

__all__ = ["expand", "has_code", "is_code", "split"]


def has_code(text: str) -> bool:
    """Whether a text has an expression in it."""
    return any(is_expression for is_expression, _ in parts(text))


def is_code(text: str) -> bool:
    """Whether a text is one expression and nothing else."""
    pieces = parts(text)
    return len(pieces) == 1 and pieces[0][0]


def expand(text: str, names: Mapping[str, Any]) -> Any:
    """Replace the `{expressions}` in a text by their values. Of a lone expression the value itself is returned.

    >>> expand("a {animal} in {{braces}}", {"animal": "cat"})
    'a cat in {braces}'
    """
    pieces = parts(text)
    if is_code(text):
        return _value(pieces[0][1], names)
    return "".join(str(_value(piece, names)) if is_expression else piece for is_expression, piece in pieces)


def parts(text: str) -> list[tuple[bool, str]]:
    """Split a text into (is an expression, text) pieces; doubled braces are single ones in the text."""
    pieces: list[tuple[bool, str]] = []
    plain, position = "", 0
    while position < len(text):
        pair, letter = text[position : position + 2], text[position]
        if pair in ("{{", "}}"):
            plain, position = plain + letter, position + 2
        elif letter == "{":
            end = _closing(text, position)
            if plain:
                pieces.append((False, plain))
            pieces.append((True, text[position + 1 : end]))
            plain, position = "", end + 1
        elif letter == "}":
            raise RequestError("A single } has no { before it. Nothing was sent; write }} for a literal brace.")
        else:
            plain, position = plain + letter, position + 1
    return [*pieces, (False, plain)] if plain or not pieces else pieces


def _closing(text: str, start: int) -> int:
    """Position of the brace that closes the one at `start`. Strings in the expression may contain braces."""
    depth, quote, escaped = 0, "", False
    for position in range(start, len(text)):
        letter = text[position]
        if quote:
            quote = "" if letter == quote and not escaped else quote
            escaped = letter == "\\" and not escaped
        elif letter in "\"'" and depth:
            quote = letter
        elif letter in "{}":
            depth += 1 if letter == "{" else -1
            if depth == 0:
                return position
    raise RequestError("A { is not closed. Nothing was sent; write {{ for a literal brace.")


def _value(code: str, names: Mapping[str, Any]) -> Any:
    if code.strip() in names:  # also a variable of the prompt whose name is a keyword of Python, such as "class"
        return names[code.strip()]
    # The text behind a colon may be a format, as in {price:.2f}, but not every colon begins one.
    colons = [position for position, letter in enumerate(code) if letter == ":"]
    for end in (len(code), *colons):
        try:
            compiled = compile(code[:end].strip(), "<prompt>", "eval")
        except SyntaxError:
            continue
        spec = code[end + 1 :]
        break
    else:
        raise RequestError(f"{{{code}}} is not an expression. Nothing was sent; write {{{{…}}}} for literal braces.")
    try:
        value = eval(compiled, dict(names))  # noqa: S307 - the user's own code, in the user's own cell
        return format(value, spec) if spec else value
    except NameError as error:
        raise RequestError(f"{{{code}}}: {error}. Nothing was sent.") from None
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise RequestError(f"{{{code}}} failed: {reason}. Nothing was sent.") from None


def split(line: str) -> list[str]:
    """Split a line into words like a shell, except that an `{expression}` is never split."""
    protected: list[str] = []

    def protect(text: str) -> str:
        protected.append(text)
        return f"\x01{len(protected) - 1}\x01"

    marked, position = "", 0
    while position < len(line):
        if line[position : position + 2] in ("{{", "}}"):
            marked, position = marked + protect(line[position : position + 2]), position + 2
        elif line[position] == "{":
            end = _closing(line, position)
            marked, position = marked + protect(line[position : end + 1]), end + 1
        else:
            marked, position = marked + line[position], position + 1
    try:
        words = shlex.split(marked)
    except ValueError as error:
        raise RequestError(f"The options can't be read: {str(error).lower()}. Nothing was sent.") from None
    return [re.sub("\x01(\\d+)\x01", lambda match: protected[int(match[1])], word) for word in words]
