"""The grammar of ``%%videogen``: options, `{expressions}`, and one-line errors for every slip."""

from __future__ import annotations

import argparse
import difflib
import json
import keyword
import math
import numbers
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
        raise RequestError(f"{message[:1].upper()}{message[1:]}. Nothing was sent; `%%videogen -h` shows all options.")


def parser(kept: Mapping[str, Any] | None = None) -> argparse.ArgumentParser:
    """The options of the cell magic, in the order of the help text.

    Args:
        kept: Values that go around argparse, which knows text only, by the marks that stand for them.
    """

    def number(text: str) -> float:
        value = (kept or {}).get(text, text)
        try:
            read = float(value)
        except (TypeError, ValueError):
            read = math.nan
        if math.isnan(read):
            raise argparse.ArgumentTypeError(f"{value!r} is not a number")
        return read

    def whole(text: str) -> int:
        read = number(text)
        if not read.is_integer():
            raise argparse.ArgumentTypeError(f"{(kept or {}).get(text, text)!r} is not a whole number")
        return int(read)

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
    add("-d", "--duration", type=number, metavar="S", help="length in seconds")
    add("-r", "--resolution", metavar="720p", help="shorter edge")
    add("-a", "--aspect-ratio", metavar="16:9", help="width to height")
    add("--size", metavar="WxH", help="pixels, in place of the two above")
    add("--fps", type=whole, metavar="N", help="frames a second")
    add = made.add_argument_group("the generation").add_argument
    add("-s", "--seed", type=whole, metavar="N", help="same seed, same clip, where the model keeps to it")
    add("-n", "--count", type=whole, metavar="N", help="how many clips")
    add("--negative-prompt", metavar="TEXT", help="what not to show")
    add("--person-generation", metavar="WORD", help="dont_allow, allow_adult or allow_all")
    add("--user", metavar="NAME", help="your own name for the end user")
    add("-i", "--image", metavar="PICTURE", help="first frame: path, URL, or {variable} with a picture or a Job")
    add("--param", action="append", default=[], metavar="KEY=VALUE", help="any other field; VALUE may be JSON")
    add = made.add_argument_group("how it runs and shows").add_argument
    add("-w", "--wait", metavar="[S]", help="wait for the clip, S seconds at most")
    add("--dry-run", action="store_true", help="show the exact request and send nothing")
    add("--max-cost", type=number, metavar="X", help="refuse a known price above X")
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
    kept: dict[str, Any] = {}
    words = _words(line, names, kept)
    found, unknown = parser(kept).parse_known_args(_give_wait_a_value(words, kept))
    if found.help:
        return Cell(help=True)
    if unknown:
        raise RequestError(_not_an_option(str(kept.get(unknown[0], unknown[0]))))
    given = {name: kept.get(value, value) if isinstance(value, str) else value for name, value in vars(found).items()}
    name = given["name"]
    if name is not None and (not str(name).isidentifier() or keyword.iskeyword(name)):
        raise RequestError(
            f"{str(name)!r} can't be a variable name; the prompt goes into the lines below. Nothing was sent."
        )
    options = {name: given[name] for name in (*_NAMED, *_MORE) if getattr(found, name) is not None}
    if found.param:
        options["params"] = dict(kept[mark] for mark in found.param)
    if not body.strip():
        raise RequestError("The prompt is empty: write it in the lines below %%videogen. Nothing was sent.")
    return Cell(
        str(expand(body.strip("\n").rstrip(), names)),
        name,
        options,
        _seconds(given["wait"]),
        found.dry_run,
        found.max_cost,
        found.embed,
    )


def _words(line: str, names: Mapping[str, Any], kept: dict[str, Any]) -> list[str]:
    """The words for argparse; what an expression gives is kept under a mark, so that it stays one value."""

    def keep(value: Any) -> str:
        kept[mark := f"\0{len(kept)}"] = value
        return mark

    words: list[str] = []
    for token in _split(line):
        option, equals, text = token.partition("=")
        if option == "--param" and equals:
            words.append(f"--param={keep(_pair(text, names))}")
        elif words and words[-1] == "--param":
            words.append(keep(_pair(token, names)))
        elif not _has_code(token):
            words.append(expand(token, names))
        elif equals and option.startswith("-"):
            words.append(f"{option}={keep(expand(text, names))}")
        else:
            words.append(keep(expand(token, names)))
    return words


def _has_code(text: str) -> bool:
    return any(is_code for is_code, _ in _parts(text))


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


def _give_wait_a_value(words: list[str], kept: Mapping[str, Any]) -> list[str]:
    """``--wait`` may stand alone, and then must not take the variable's name for its seconds."""
    out: list[str] = []
    for place, word in enumerate(words):
        out.append(word)
        after = kept.get(words[place + 1], words[place + 1]) if place + 1 < len(words) else None
        limited = isinstance(after, numbers.Real) or (isinstance(after, str) and re.fullmatch(r"[\d.]+", after))
        if word in ("-w", "--wait") and not limited:
            out.append(FOREVER)
    return out


def _seconds(given: Any) -> float | None:
    if given is None:
        return None
    if given == FOREVER:
        return math.inf
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = math.nan
    if not seconds >= 0:
        raise RequestError(f"--wait: {given!r} is not a number of seconds. Nothing was sent.")
    return seconds


def _pair(text: str, names: Mapping[str, Any]) -> tuple[str, Any]:
    """A field and its value: what a lone expression gives, else JSON, else text."""
    key, equals, rest = text.partition("=")
    if not equals or not key:
        raise RequestError(f"--param must look like key=value, not {text!r}. Nothing was sent.")
    value = expand(rest, names)
    parts = list(_parts(rest))
    if len(parts) == 1 and parts[0][0]:
        return key, value
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
