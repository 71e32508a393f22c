"""Colours for cells: the prompt below ``%%videogen`` is text, and not Python with strange words in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers.python import PythonLexer
from pygments.token import Keyword, Name, String, Text, _TokenType
from sphinx.application import Sphinx

Token = tuple[int, _TokenType, str]
_WORDS = re.compile(r"(?P<option>--?[A-Za-z][\w-]*)|(?P<expression>\{[^{}]*\})|(?P<other>[^\s{]+|[\s{])")
_EXPRESSION = re.compile(r"(\{\{|\}\})|(\{[^{}]*\})")


class CellLexer(Lexer):
    """A cell: a line that begins with ``%`` is a magic; the rest is Python, or below ``%%`` a prompt."""

    name = "IPython cell"
    aliases = ["ipython"]  # noqa: RUF012  # as pygments has it

    def get_tokens_unprocessed(self, text: str) -> Iterator[Token]:
        first, newline, body = text.partition("\n")
        if first.startswith("%%"):
            yield from _magic(0, first + newline)
            yield from _prompt(len(first + newline), body)
            return
        start = 0
        for lines in re.findall(r"(?:^%.*\n?)|(?:^(?!%).*\n?)+", text, re.M):
            yield from _magic(start, lines) if lines.startswith("%") else _python(start, lines)
            start += len(lines)


def _magic(start: int, line: str) -> Iterator[Token]:
    name = re.match(r"%+\w*", line)
    assert name
    yield start, Keyword, name[0]
    for word in _WORDS.finditer(line, name.end()):
        kind = {"option": Name.Attribute, "expression": String.Interpol}.get(str(word.lastgroup), Text)
        yield start + word.start(), kind, word[0]


def _prompt(start: int, text: str) -> Iterator[Token]:
    end = 0
    for match in _EXPRESSION.finditer(text):
        yield start + end, Text, text[end : match.start()]
        yield start + match.start(), String.Interpol if match[2] else Text, match[0]
        end = match.end()
    yield start + end, Text, text[end:]


def _python(start: int, text: str) -> Iterator[Token]:
    for offset, kind, value in PythonLexer().get_tokens_unprocessed(text):
        yield start + offset, kind, value


def setup(app: Sphinx) -> dict[str, Any]:
    # Notebooks name the lexer of IPython itself.
    for name in ("ipython", "ipython3"):
        app.add_lexer(name, CellLexer)
    return {"parallel_read_safe": True}
