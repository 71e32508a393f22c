"""Tab completion: options and their values in ``%%videogen``, commands and job ids in ``%videogen``."""

from __future__ import annotations

import glob
import itertools
import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from videogen_nb.core.model_spec import ModelSpec
    from videogen_nb.core.options import Option

__all__ = ["candidates", "install", "remove"]

_CELL = re.compile(r"^\s*%%videogen\b(.*)$")
_LINE = re.compile(r"^\s*%videogen\b(.*)$")


def install(shell: Any) -> None:
    """Add the matcher to the shell's completer, once."""
    remove(shell)
    shell.Completer.custom_matchers.append(_matcher)


def remove(shell: Any) -> None:
    while _matcher in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(_matcher)


def candidates(text: str) -> tuple[str, list[str]]:
    """The completions of the last word of a line.

    Args:
        text: The line up to the cursor.

    Returns:
        That word, and its completions; none where the line is neither of the magics.
    """
    if cell := _CELL.match(text):
        return _for_cell(cell[1])
    if line := _LINE.match(text):
        return _for_line(line[1])
    return "", []


def _for_cell(line: str) -> tuple[str, list[str]]:
    from videogen_nb.notebook.cell_options import option_names

    *before, word = re.split(r"\s+", line) if line else ["", ""]
    last = before[-1] if before else ""
    if last == "--sweep" or word.startswith("--sweep="):
        return word, _beginning_with(word, _swept(before, word))
    flag, equals, value = word.partition("=")
    if equals and flag.startswith("--"):
        return word, [f"{flag}={known}" for known in _beginning_with(value, _values(_option(flag), before, value))]
    if values := list(_values(_option(last), before, word)):
        return word, _beginning_with(word, values)
    if word.startswith("-") or not word:
        return word, _beginning_with(word, option_names())
    return word, []


def _beginning_with(start: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.startswith(start)]


def _option(flag: str) -> Option | None:
    from videogen_nb.core.options import OPTIONS

    return next((option for option in OPTIONS.values() if flag in option.flags), None)


def _swept(before: list[str], word: str) -> Iterable[str]:
    """What may be swept; behind its name its known values, after a comma one more of them."""
    from videogen_nb.core.axes import axis_name
    from videogen_nb.core.options import OPTIONS, SWEEPABLE

    head = "--sweep=" if word.startswith("--sweep=") else ""
    name, equals, values = word.removeprefix(head).partition("=")
    if not equals:
        return [f"{head}{option.replace('_', '-')}=" for option in SWEEPABLE if option != "prompt"]
    typed, comma, part = values.rpartition(",")
    known = _values(OPTIONS.get(axis_name(name)), before, part)
    return [f"{head}{name}={typed}{comma}{value}" for value in known if value not in typed.split(",")]


def _values(option: Option | None, before: list[str], word: str) -> Iterable[str]:
    """The known values of an option; those of a shape depend on the model among the words before it."""
    from videogen_nb.core.option_kinds import IMAGE
    from videogen_nb.core.options import OPTIONS
    from videogen_nb.providers.registry import providers

    if option is None:
        return ()
    if option.kind is IMAGE:
        return _files(word)
    if option.name == "provider":
        return providers()
    if option.name == "model":
        return sorted({spec.id for spec in _specs(before)})
    if not option.suggestions or not option.model_values:
        return option.suggestions
    model = _given(before, OPTIONS["model"].flags)
    chosen = [spec for spec in _specs(before) if spec.id == model]
    return [value for spec in chosen for value in getattr(spec, option.model_values) or ()] or option.suggestions


def _specs(before: list[str]) -> list[ModelSpec]:
    """Models of the built-in tables, of the provider that is named if one is: Tab must not wait for a gateway."""
    from videogen_nb.core.options import OPTIONS
    from videogen_nb.errors import VideogenError
    from videogen_nb.providers.registry import provider, providers

    named = _given(before, OPTIONS["provider"].flags)
    try:
        return [spec for name in ([named] if named else providers()) for spec in provider(name).models]
    except VideogenError:
        return []


def _given(words: list[str], flags: Sequence[str]) -> str | None:
    """The value that an option has among these words."""
    for word, following in itertools.pairwise(words):
        if word in flags:
            return following
    for word in words:
        flag, equals, value = word.partition("=")
        if equals and flag in flags:
            return value
    return None


def _files(word: str) -> list[str]:
    paths = glob.glob(f"{glob.escape(os.path.expanduser(word))}*")
    return sorted(f"{path}{os.sep}" if os.path.isdir(path) else path for path in paths)


def _for_line(line: str) -> tuple[str, list[str]]:
    from videogen_nb.notebook.commands import COMMANDS

    *before, word = re.split(r"\s+", line) if line else ["", ""]
    command = next(filter(None, before), None)
    if command is None:
        return word, _beginning_with(word, COMMANDS)
    if command == "models":
        from videogen_nb.providers.registry import providers

        return word, _beginning_with(word, providers())
    if command == "tidy":
        return word, _beginning_with(word, ["--remove"])
    if command in ("show", "compare", "cancel", "retry", "resume", "export", "cell"):
        from videogen_nb.backend import session

        # Rows, not jobs: a job is built by looking at its clips, and Tab must not wait for that.
        rows = session.backend().journal.rows(os.getcwd())
        ids = [row.id for row in rows if command != "cancel" or row.stage != "ended"]
        return word, _beginning_with(word, ids) + (_files(word) if word and command in ("export", "cell") else [])
    return word, []


def _matcher(context: Any) -> Any:
    from IPython.core.completer import SimpleCompletion

    line = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
    if context.cursor_line and not _LINE.match(line):
        return {"completions": []}
    word, completions = candidates(line)
    if not completions:
        return {"completions": []}
    return {
        "completions": [SimpleCompletion(text, type="magic") for text in completions],
        "matched_fragment": word,
        "suppress": True,
        "ordered": True,
    }


_matcher.matcher_api_version = 2  # type: ignore[attr-defined]
_matcher.matcher_identifier = "videogen_nb"  # type: ignore[attr-defined]
_matcher.matcher_priority = 100  # type: ignore[attr-defined]
