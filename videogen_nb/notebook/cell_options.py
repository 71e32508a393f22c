"""Parse a ``%%videogen`` cell: its options and `{expressions}`, with a one-line error for each mistake."""

from __future__ import annotations

import argparse
import difflib
import itertools
import keyword
import math
import numbers
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from videogen_nb.core.axes import MOST_VALUES, axis_name, read_values
from videogen_nb.core.option_kinds import NUMBER, PARAMS, WHOLE, Kind, json_or_text
from videogen_nb.core.options import OPTIONS
from videogen_nb.errors import RequestError
from videogen_nb.notebook.expressions import expand, has_code, is_code, split

__all__ = ["Cell", "expand", "parse", "usage"]

FOREVER = "forever"


@dataclass(frozen=True, slots=True)
class Cell:
    """A parsed cell.

    Attributes:
        prompt: The body.
        name: Variable to bind the job to.
        options: The options of the request that it gives, under the names of `videogen_nb.generate`.
        wait: Seconds to wait; infinity for no limit, None for no wait.
        dry_run: Show the request and send nothing.
        max_cost: Refuse a known price above this.
        embed: Put the clip into the notebook.
        axes: The swept parameters and their values; variables of the prompt keep their braces in it.
        columns: How many clips to show side by side, or the parameter whose values are the columns.
        fresh: Generate clips again although an identical request has generated them.
        max_jobs: Most jobs to submit without asking.
        panel: Open the form with these values and send nothing.
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


def parser(values: Mapping[str, Any] | None = None) -> argparse.ArgumentParser:
    """The parser of the cell magic's options, in the order of the help text.

    Args:
        values: The values that markers among the words stand for, since argparse takes only text.
    """

    def unmarked(word: str) -> Any:
        return (values or {}).get(word, word)

    def reader(kind: Kind) -> Callable[[str], Any]:
        def read(word: str) -> Any:
            try:
                return kind.parse(unmarked(word))
            except ValueError as error:
                raise argparse.ArgumentTypeError(str(error)) from None

        return read

    cell = _Parser(
        prog="%%videogen",
        usage="%%%%videogen [NAME] [options], with the prompt in the lines below",
        description="Submit the prompt and return at once; the clip appears here when it is done.",
        epilog="{expression} in the prompt and in options is evaluated; {{ and }} are literal braces.",
        add_help=False,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=32, width=100),
    )
    cell.add_argument("name", nargs="?", type=unmarked, metavar="NAME", help="variable that the Job is bound to")
    in_cell = (option for option in OPTIONS.values() if option.flags)
    for title, options in itertools.groupby(in_cell, lambda option: option.group):
        group = cell.add_argument_group(title)
        for option in options:
            group.add_argument(
                *option.flags,
                dest=option.name,
                # An expression may give None, so an option that the cell does not give is left out instead.
                default=argparse.SUPPRESS,
                action="append" if option.kind is PARAMS else "store",
                type=reader(option.kind),
                metavar=option.metavar,
                help=option.help.replace("%", "%%"),
            )
    add = cell.add_argument_group("comparing").add_argument
    add(
        "--sweep",
        action="append",
        default=[],
        type=unmarked,
        metavar="KEY=V1,V2",
        help="one job per value of an option or of {KEY} in the prompt; 1..8 is a range; several: all combinations",
    )
    add(
        "--columns",
        type=unmarked,
        metavar="N|KEY",
        help="clips side by side, or the key whose values are the columns",
    )
    add("--fresh", action="store_true", help="generate clips again although an identical request has them")
    add("--max-jobs", type=reader(WHOLE), metavar="N", help="submit up to N jobs without asking")
    add = cell.add_argument_group("how it runs and shows").add_argument
    add("-w", "--wait", type=unmarked, metavar="[S]", help="wait for the clip, S seconds at most")
    add("--dry-run", action="store_true", help="show the exact request and send nothing")
    add("--max-cost", type=reader(NUMBER), metavar="X", help="refuse a known price above X")
    add("--embed", action="store_true", help="put the clip itself into the notebook")
    add("--panel", action="store_true", help="open the form, filled in, and send nothing")
    add("-h", "--help", action="store_true", help="print this and send nothing")
    return cell


def usage() -> str:
    """The help text."""
    return parser().format_help()


def option_names() -> list[str]:
    """All long options, such as ``--aspect-ratio``."""
    # argparse has no public way to list what was added to a parser.
    return [name for action in parser()._actions for name in action.option_strings if name.startswith("--")]


def parse(line: str, body: str, names: Mapping[str, Any]) -> Cell:
    """Parse a cell.

    Args:
        line: The text behind ``%%videogen``.
        body: The lines below.
        names: The user's variables, for `{expressions}`.

    Raises:
        RequestError: Something in it is wrong; the message is one line.
    """
    values: dict[str, Any] = {}
    words = _words(line, names, values)
    given, unknown = parser(values).parse_known_args(_give_wait_a_value(words, values))
    if given.help:
        return Cell(help=True)
    if unknown:
        raise RequestError(_unexpected(str(values.get(unknown[0], unknown[0]))))
    name = given.name
    if name is not None and (not str(name).isidentifier() or keyword.iskeyword(name)):
        raise RequestError(
            f"{str(name)!r} can't be a variable name. Nothing was sent; put the prompt on the lines below."
        )
    options = {option: getattr(given, option) for option in OPTIONS if hasattr(given, option)}
    options |= {option: dict(pairs) for option, pairs in options.items() if OPTIONS[option].kind is PARAMS}
    axes = _axes(given.sweep)
    if not body.strip() and not given.panel and "prompt" not in axes:
        raise RequestError("The prompt is empty. Nothing was sent; write it on the lines below %%videogen.")
    if body.strip() and "prompt" in axes:
        raise RequestError("The prompt is given and swept. Nothing was sent; leave the lines below %%videogen empty.")
    # A swept variable keeps its braces here; the sweep fills its values in, one for each job.
    swept = {key: f"{{{key}}}" for key in axes if key.isidentifier()}
    return Cell(
        prompt=str(expand(body.strip("\n").rstrip(), {**names, **swept})),
        name=name,
        options=options,
        wait=_seconds(given.wait),
        dry_run=given.dry_run,
        max_cost=given.max_cost,
        embed=given.embed,
        axes=axes,
        columns=_columns(given.columns),
        fresh=given.fresh,
        max_jobs=given.max_jobs,
        panel=given.panel,
    )


def _words(line: str, names: Mapping[str, Any], values: dict[str, Any]) -> list[str]:
    """The words for argparse. The value of an expression goes into `values` and is replaced by a marker.

    So it reaches its option as it is, whatever its type is and whatever a text among them looks like.
    """

    def keep(value: Any) -> str:
        values[marker := f"\0{len(values)}"] = value
        return marker

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


def _give_wait_a_value(words: list[str], values: Mapping[str, Any]) -> list[str]:
    """Put a value behind a bare ``--wait``, which must not take the variable's name for its seconds."""
    complete: list[str] = []
    for word, following in itertools.zip_longest(words, words[1:]):
        complete.append(word)
        value = values.get(following, following)
        is_limit = isinstance(value, numbers.Real) or (isinstance(value, str) and re.fullmatch(r"[\d.]+", value))
        if word in ("-w", "--wait") and not is_limit:
            complete.append(FOREVER)
    return complete


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    if value == FOREVER:
        return math.inf
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = math.nan
    if not seconds >= 0:
        raise RequestError(f"--wait: {value!r} is not a number of seconds. Nothing was sent.")
    return seconds


def _pair(text: str, names: Mapping[str, Any]) -> tuple[str, Any]:
    """A field and its value: that of a lone expression as it is, else JSON, else text."""
    key, equals, rest = text.partition("=")
    if not equals or not key:
        raise RequestError(f"--param must look like key=value, not {text!r}. Nothing was sent.")
    key = str(expand(key, names))
    value = expand(rest, names)
    return key, value if is_code(rest) else json_or_text(value)


def _axis(text: str, names: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """A parameter and its values: those of a lone expression, else as `read_values` reads them."""
    key, equals, rest = text.partition("=")
    key = axis_name(key.strip())
    if not equals or not key:
        raise RequestError(f"--sweep must look like key=v1,v2, not {text!r}. Nothing was sent.")
    value = expand(rest, names)
    if isinstance(value, str):
        return key, read_values(value)
    try:
        # Of an endless iterator one value more than allowed is taken, and the sweep refuses that.
        return key, tuple(itertools.islice(value, MOST_VALUES + 1))
    except TypeError:
        return key, (value,)


# Options whose value is a pair, key=value, and how that is read.
_PAIRS: Mapping[str, Callable[[str, Mapping[str, Any]], Any]] = {"--param": _pair, "--sweep": _axis}


def _axes(pairs: Iterable[tuple[str, tuple[Any, ...]]]) -> dict[str, tuple[Any, ...]]:
    """The swept parameters in the order of the line, which is that of the grid's rows and columns."""
    axes: dict[str, tuple[Any, ...]] = {}
    for key, values in pairs:
        if key in axes:
            raise RequestError(f"--sweep {key} is given twice. Nothing was sent; put all its values into one.")
        axes[key] = values
    return axes


def _columns(value: Any) -> int | str | None:
    if value is None or not str(value).strip().isdecimal():
        return None if value is None else axis_name(str(value))
    if not int(value):
        raise RequestError("--columns must be 1 or more, or the key of a --sweep. Nothing was sent.")
    return int(value)


def _unexpected(word: str) -> str:
    if not word.startswith("-"):
        return f"Unexpected argument {word!r}. Nothing was sent; put the prompt on the lines below."
    close = difflib.get_close_matches(word.partition("=")[0], option_names(), 2)
    suggestion = f" Did you mean {' or '.join(close)}?" if close else ""
    return f"Unknown option {word}.{suggestion} Nothing was sent; `%%videogen -h` shows all options."
