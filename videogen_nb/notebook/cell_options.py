"""The grammar of ``%%videogen``: options, `{expressions}`, and one-line errors for every slip."""

from __future__ import annotations

import argparse
import difflib
import itertools
import json
import keyword
import math
import numbers
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from videogen_nb.core.axes import MOST_VALUES, OPTIONS, read_values
from videogen_nb.errors import RequestError
from videogen_nb.notebook.expressions import expand, has_code, is_code, split

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
        axes: Values of what is swept; its variables stand in the prompt in braces.
        columns: How many clips stand side by side, or whose values are the columns.
        fresh: Make clips again that are there already.
        max_jobs: Most jobs to submit without asking.
        panel: Fill the form in and send nothing.
        help: Print the help and do nothing else.
    """

    prompt: str = ""
    name: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    wait: float | None = None
    dry_run: bool = False
    max_cost: float | None = None
    embed: bool = False
    axes: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    columns: int | str | None = None
    fresh: bool = False
    max_jobs: int | None = None
    panel: bool = False
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
    add = made.add_argument_group("comparing").add_argument
    add(
        "--sweep",
        action="append",
        default=[],
        metavar="KEY=V1,V2",
        help="one job a value: an option, or {KEY} in the prompt; 1..8 is a range; several --sweep: all combinations",
    )
    add("--columns", metavar="N|KEY", help="how many clips side by side, or whose values are the columns")
    add("--fresh", action="store_true", help="make clips again that the same request with the same seed has made")
    add("--max-jobs", type=whole, metavar="N", help="submit up to N jobs without asking")
    add = made.add_argument_group("how it runs and shows").add_argument
    add("-w", "--wait", metavar="[S]", help="wait for the clip, S seconds at most")
    add("--dry-run", action="store_true", help="show the exact request and send nothing")
    add("--max-cost", type=number, metavar="X", help="refuse a known price above X")
    add("--embed", action="store_true", help="put the clip itself into the notebook")
    add("--panel", action="store_true", help="open the form, filled in, and send nothing")
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
    axes: dict[str, tuple[Any, ...]] = {}
    for mark in found.sweep:
        key, values = kept[mark]
        if key in axes:
            raise RequestError(f"--sweep {key} stands there twice; write all its values into one. Nothing was sent.")
        axes[key] = values
    if not body.strip() and not found.panel and "prompt" not in axes:
        raise RequestError("The prompt is empty: write it in the lines below %%videogen. Nothing was sent.")
    if body.strip() and "prompt" in axes:
        raise RequestError("The prompt is given and swept; leave the lines below %%videogen empty. Nothing was sent.")
    # What is swept keeps its braces here; its values are put in for each job.
    swept = {key: f"{{{key}}}" for key in axes if key.isidentifier()}
    return Cell(
        str(expand(body.strip("\n").rstrip(), {**names, **swept})),
        name,
        options,
        _seconds(given["wait"]),
        found.dry_run,
        found.max_cost,
        found.embed,
        axes,
        _columns(given["columns"]),
        found.fresh,
        found.max_jobs,
        found.panel,
    )


def _words(line: str, names: Mapping[str, Any], kept: dict[str, Any]) -> list[str]:
    """The words for argparse; what an expression gives is kept under a mark, so that it stays one value."""

    def keep(value: Any) -> str:
        kept[mark := f"\0{len(kept)}"] = value
        return mark

    words: list[str] = []
    for token in split(line):
        option, equals, text = token.partition("=")
        if option in _PAIRS and equals:
            words.append(f"{option}={keep(_PAIRS[option](text, names))}")
        elif words and words[-1] in _PAIRS:
            words.append(keep(_PAIRS[words[-1]](token, names)))
        elif not has_code(token):
            words.append(expand(token, names))
        elif equals and option.startswith("-"):
            words.append(f"{option}={keep(expand(text, names))}")
        else:
            words.append(keep(expand(token, names)))
    return words


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
    key = str(expand(key, names))
    value = expand(rest, names)
    if is_code(rest):
        return key, value
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):
        return key, value


def _axis(text: str, names: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """A parameter and its values: those of a lone expression, else as `read_values` reads them."""
    key, equals, rest = text.partition("=")
    key = _option(key.strip())
    if not equals or not key:
        raise RequestError(f"--sweep must look like key=v1,v2, not {text!r}. Nothing was sent.")
    value = expand(rest, names)
    if isinstance(value, str):
        return key, read_values(value)
    try:
        return key, tuple(itertools.islice(value, MOST_VALUES + 1))  # what has no end is refused for having too many
    except TypeError:
        return key, (value,)


_PAIRS: Mapping[str, Callable[[str, Mapping[str, Any]], Any]] = {"--param": _pair, "--sweep": _axis}


def _columns(given: Any) -> int | str | None:
    if given is None or not str(given).strip().isdecimal():
        return given if given is None else _option(str(given))
    if not int(given):
        raise RequestError("--columns must be 1 or more, or the name of what is swept. Nothing was sent.")
    return int(given)


def _option(name: str) -> str:
    """The name of what is swept, an option's as `videogen_nb.generate` has it."""
    return name.replace("-", "_") if name.replace("-", "_") in OPTIONS else name


def _not_an_option(word: str) -> str:
    if not word.startswith("-"):
        return f"{word!r} is one word too many; the prompt goes into the lines below. Nothing was sent."
    close = difflib.get_close_matches(word.partition("=")[0], option_names(), 2)
    maybe = f" Did you mean {' or '.join(close)}?" if close else ""
    return f"Unknown option {word}.{maybe} Nothing was sent; `%%videogen -h` shows all options."
