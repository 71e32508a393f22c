"""The grammar of ``%%videogen``: options, `{expressions}`, and one-line errors for every slip."""

from __future__ import annotations

import argparse
import difflib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .errors import RequestError

__all__ = ["Cell", "expand", "parse", "usage"]

FOREVER = "forever"
_NAMED = ("model", "provider", "duration", "resolution", "aspect_ratio", "size", "fps", "seed", "count")
_MORE = ("negative_prompt", "person_generation", "user", "image")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, read.

    Attributes:
        prompt: The body.
        name: Variable to bind the job to.
        options: Those given, under the names of `videogen_nb.generate`.
        wait: Seconds to wait, infinity for as long as it takes, None for not at all.
        dry_run: Show the request and send nothing.
        max_cost: Refuse a known price above this.
        embed: Put the clip into the notebook.
        help: Print the help and do nothing else.
    """

    prompt: str = ""
    name: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    wait: float | None = None
    dry_run: bool = False
    max_cost: float | None = None
    embed: bool = False
    help: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        message = re.sub(r"argument (-\w/)?(--[\w-]+)[^:]*: ", r"\2: ", message)
        message = re.sub(r"invalid (?:float|_number|_whole) value: (.+)", r"\1 is not a number", message)
        raise RequestError(f"{message[:1].upper()}{message[1:]}. Nothing was sent; `%%videogen -h` shows all options.")


def _whole(text: str) -> int:
    value = float(text)
    if not value.is_integer():
        raise ValueError
    return int(value)


def parser() -> argparse.ArgumentParser:
    """The options of the cell magic, in the order of the help text."""
    made = _Parser(
        prog="%%videogen",
        usage="%%videogen [NAME] [options], with the prompt in the lines below",
        description="Submit the prompt and return at once; the clip appears here when it is done.",
        epilog="{expression} in the prompt and in options is evaluated; {{ and }} are literal braces.",
        add_help=False,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=32, width=100),
    )
    made.add_argument("name", nargs="?", metavar="NAME", help="variable that the Job is bound to")
    add = made.add_argument_group("what runs it").add_argument
    add("-m", "--model", metavar="ID", help="model id or alias; `%%videogen models` lists them")
    add("-p", "--provider", metavar="NAME", help="provider; `%%videogen providers` lists them")
    add = made.add_argument_group("the clip").add_argument
    add("-d", "--duration", type=float, metavar="S", help="length in seconds")
    add("-r", "--resolution", metavar="720p", help="shorter edge")
    add("-a", "--aspect-ratio", metavar="16:9", help="width to height")
    add("--size", metavar="WxH", help="pixels, in place of the two above")
    add("--fps", type=_whole, metavar="N", help="frames a second")
    add = made.add_argument_group("the generation").add_argument
    add("-s", "--seed", type=_whole, metavar="N", help="same seed, same clip, where the model keeps to it")
    add("-n", "--count", type=_whole, metavar="N", help="how many clips")
    add("--negative-prompt", metavar="TEXT", help="what not to show")
    add("--person-generation", metavar="WORD", help="dont_allow, allow_adult or allow_all")
    add("--user", metavar="NAME", help="your own name for the end user")
    add("-i", "--image", metavar="PICTURE", help="first frame: path, URL, or {variable} with a picture or a Job")
    add("--param", action="append", default=[], metavar="KEY=VALUE", help="any other field; VALUE may be JSON")
    add = made.add_argument_group("how it runs and shows").add_argument
    add("-w", "--wait", metavar="[S]", help="wait for the clip, S seconds at most")
    add("--dry-run", action="store_true", help="show the exact request and send nothing")
    add("--max-cost", type=float, metavar="X", help="refuse a known price above X")
    add("--embed", action="store_true", help="put the clip itself into the notebook")
    add("-h", "--help", action="store_true", help="print this and send nothing")
    return made


def usage() -> str:
    """The help text."""
    return parser().format_help()


def option_names() -> list[str]:
    """All long options, such as ``--aspect-ratio``."""
    # argparse has no public way to list what was added to a parser.
    return [name for action in parser()._actions for name in action.option_strings if name.startswith("--")]


def parse(line: str, body: str, names: Mapping[str, Any]) -> Cell:
    """Read a cell.

    Args:
        line: What stands behind ``%%videogen``.
        body: The lines below.
        names: The user's variables, for `{expressions}`.

    Raises:
        RequestError: Something in it is wrong; one line says what.
    """
    tokens = [expand(token, names) for token in _split(line)]
    objects: dict[str, Any] = {}  # argparse knows text only; other values go around it under a mark
    words = []
    for token in _give_wait_a_value(tokens):
        if not isinstance(token, str):
            mark = f"\0{len(objects)}"
            objects[mark] = token
            token = mark
        words.append(token)
    found, unknown = parser().parse_known_args(words)
    if found.help:
        return Cell(help=True)
    if unknown:
        raise RequestError(_not_an_option(str(objects.get(unknown[0], unknown[0]))))
    if found.name is not None and not str(found.name).isidentifier():
        raise RequestError(
            f"{found.name!r} can't be a variable name; the prompt goes into the lines below. Nothing was sent."
        )
    options = {name: getattr(found, name) for name in (*_NAMED, *_MORE) if getattr(found, name) is not None}
    options = {name: objects.get(value, value) if isinstance(value, str) else value for name, value in options.items()}
    if found.param:
        options["params"] = dict(_pair(objects.get(text, text)) for text in found.param)
    if not body.strip():
        raise RequestError("The prompt is empty: write it in the lines below %%videogen. Nothing was sent.")
    prompt = expand(body.strip("\n").rstrip(), names)
    return Cell(
        prompt if isinstance(prompt, str) else str(prompt),
        found.name,
        options,
        _seconds(found.wait),
        found.dry_run,
        found.max_cost,
        found.embed,
    )


def expand(text: str, names: Mapping[str, Any]) -> Any:
    """Put the values of `{expressions}` into text; text that is one expression gives its value itself.

    >>> expand("a {animal} in {{braces}}", {"animal": "cat"})
    'a cat in {braces}'
    """
    parts = list(_parts(text))
    if len(parts) == 1 and parts[0][0]:
        return _value(parts[0][1], names)
    return "".join(str(_value(part, names)) if is_code else part for is_code, part in parts)


def _parts(text: str) -> list[tuple[bool, str]]:
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
    depth, quote = 0, ""
    for place in range(start, len(text)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "\"'" and depth:
            quote = letter
        elif letter in "{}":
            depth += 1 if letter == "{" else -1
            if depth == 0:
                return place
    raise RequestError("A { is not closed; write {{ for the sign itself. Nothing was sent.")


def _value(code: str, names: Mapping[str, Any]) -> Any:
    expression, form = code.strip(), ""
    try:
        compiled = compile(expression, "<prompt>", "eval")
    except SyntaxError:
        expression, _, form = expression.rpartition(":")  # {price:.2f}
        try:
            compiled = compile(expression.strip(), "<prompt>", "eval")
        except SyntaxError:
            raise RequestError(
                f"{{{code}}} is not an expression; write {{{{…}}}} for braces themselves. Nothing was sent."
            ) from None
    try:
        value = eval(compiled, dict(names))  # noqa: S307 - the user's own code, in the user's own cell
        return format(value, form) if form else value
    except NameError as error:
        raise RequestError(f"{{{code}}}: {error}. Nothing was sent.") from None
    except Exception as error:
        raise RequestError(f"{{{code}}} failed: {type(error).__name__}: {error}. Nothing was sent.") from None


def _split(line: str) -> list[str]:
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


def _give_wait_a_value(tokens: list[Any]) -> list[Any]:
    """``--wait`` may stand alone, and then must not take the variable's name for its seconds."""
    out: list[Any] = []
    for place, token in enumerate(tokens):
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        out.append(token)
        if token in ("-w", "--wait") and not (isinstance(after, str) and re.fullmatch(r"[\d.]+", after)):
            out.append(FOREVER)
    return [f"{each}" if isinstance(each, (int, float)) and not isinstance(each, bool) else each for each in out]


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    if text == FOREVER:
        return float("inf")
    try:
        return float(text)
    except ValueError:
        raise RequestError(f"--wait: {text!r} is not a number of seconds. Nothing was sent.") from None


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise RequestError(f"--param must look like key=value, not {text!r}. Nothing was sent.")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _not_an_option(word: str) -> str:
    if not word.startswith("-"):
        return f"{word!r} is one word too many; the prompt goes into the lines below. Nothing was sent."
    close = difflib.get_close_matches(word.partition("=")[0], option_names(), 2)
    maybe = f" Did you mean {' or '.join(close)}?" if close else ""
    return f"Unknown option {word}.{maybe} Nothing was sent; `%%videogen -h` shows all options."
