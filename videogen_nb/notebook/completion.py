"""Tab: options, models, providers, shapes and file names in ``%%videogen``, commands and ids in ``%videogen``."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from typing import Any

__all__ = ["candidates", "install", "remove"]

_CELL = re.compile(r"^\s*%%videogen\b(.*)$")
_LINE = re.compile(r"^\s*%videogen\b(.*)$")
_SHORT = {"-m": "--model", "-p": "--provider", "-r": "--resolution", "-a": "--aspect-ratio", "-i": "--image"}
_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9")
_RESOLUTIONS = ("480p", "720p", "1080p", "4k")
_PEOPLE = ("dont_allow", "allow_adult", "allow_all")


def install(shell: Any) -> None:
    """Add the matcher to the shell's completer, once."""
    remove(shell)
    shell.Completer.custom_matchers.append(_matcher)


def remove(shell: Any) -> None:
    while _matcher in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(_matcher)


def candidates(text: str) -> tuple[str, list[str]]:
    """What the last word of a line may become.

    Args:
        text: The line up to the cursor.

    Returns:
        That word, and its completions; none where the line is not ours.
    """
    if found := _CELL.match(text):
        return _for_cell(found[1])
    if found := _LINE.match(text):
        return _for_line(found[1])
    return "", []


def _for_cell(line: str) -> tuple[str, list[str]]:
    from videogen_nb.notebook.cell_options import option_names

    *before, word = re.split(r"\s+", line) if line else ["", ""]
    last = before[-1] if before else ""
    if last == "--sweep" or word.startswith("--sweep="):
        return word, [each for each in _swept(before, word) if each.startswith(word)]
    option, equals, value = word.partition("=")
    if equals and option.startswith("--"):
        return word, [f"{option}={each}" for each in _values(option, before, value) if each.startswith(value)]
    option = _SHORT.get(last, last)
    if option.startswith("--") and (values := list(_values(option, before, word))):
        return word, [each for each in values if each.startswith(word)]
    if word.startswith("-") or not word:
        return word, [each for each in option_names() if each.startswith(word)]
    return word, []


def _swept(before: list[str], word: str) -> Iterable[str]:
    """What may be swept; behind its name the values that are known, after a comma one more."""
    head = "--sweep=" if word.startswith("--sweep=") else ""
    name, equals, values = word.removeprefix(head).partition("=")
    if not equals:
        from videogen_nb.core.axes import OPTIONS

        return [f"{head}{option.replace('_', '-')}=" for option in OPTIONS if option != "prompt"]
    done, comma, part = values.rpartition(",")
    known = [each for each in _values(f"--{name}", before, part) if each not in done.split(",")]
    return [f"{head}{name}={done}{comma}{each}" for each in known]


def _values(option: str, before: list[str], word: str) -> Iterable[str]:
    if option == "--image":
        return _files(word)
    if option == "--provider":
        from videogen_nb.providers.registry import providers

        return providers()
    if option == "--person-generation":
        return _PEOPLE
    if option not in ("--model", "--resolution", "--aspect-ratio"):
        return ()
    specs = _specs(_given(before, "--provider", "-p"))
    if option == "--model":
        return sorted({spec.id for spec in specs})
    model = _given(before, "--model", "-m")
    chosen = [spec for spec in specs if spec.id == model]
    field = "resolutions" if option == "--resolution" else "aspect_ratios"
    known = [value for spec in chosen for value in getattr(spec, field) or ()]
    return known or (_RESOLUTIONS if option == "--resolution" else _RATIOS)


def _specs(provider: str | None) -> list[Any]:
    """Models of the built-in tables: Tab must not wait for a gateway."""
    from videogen_nb.errors import VideogenError
    from videogen_nb.providers.registry import provider as find
    from videogen_nb.providers.registry import providers

    try:
        return [spec for name in ([provider] if provider else providers()) for spec in find(name).models]
    except VideogenError:
        return []


def _given(words: list[str], *names: str) -> str | None:
    for place, word in enumerate(words):
        if word in names and place + 1 < len(words):
            return words[place + 1]
        for name in names:
            if word.startswith(f"{name}="):
                return word.partition("=")[2]
    return None


def _files(word: str) -> list[str]:
    found = glob.glob(f"{glob.escape(os.path.expanduser(word))}*")
    return sorted(f"{each}{os.sep}" if os.path.isdir(each) else each for each in found)


def _for_line(line: str) -> tuple[str, list[str]]:
    from videogen_nb.notebook.commands import COMMANDS

    *before, word = re.split(r"\s+", line) if line else ["", ""]
    done = [each for each in before if each]
    if not done:
        return word, [name for name in COMMANDS if name.startswith(word)]
    if done[0] == "models":
        from videogen_nb.providers.registry import providers

        return word, [name for name in providers() if name.startswith(word)]
    if done[0] == "tidy":
        return word, [each for each in ("--remove",) if each.startswith(word)]
    if done[0] in ("show", "compare", "cancel", "retry", "resume", "export", "cell"):
        from videogen_nb.backend import session

        # Rows, not jobs: Tab must not wait for a look at every clip.
        rows = session.backend().journal.rows(os.getcwd())
        wanted = [row.id for row in rows if done[0] != "cancel" or row.stage != "ended"]
        found = [each for each in wanted if each.startswith(word)]
        return word, found + (_files(word) if word and done[0] in ("export", "cell") else [])
    return word, []


def _matcher(context: Any) -> Any:
    from IPython.core.completer import SimpleCompletion

    line = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
    if context.cursor_line and not _LINE.match(line):
        return {"completions": []}
    word, found = candidates(line)
    if not found:
        return {"completions": []}
    return {
        "completions": [SimpleCompletion(each, type="magic") for each in found],
        "matched_fragment": word,
        "suppress": True,
        "ordered": True,
    }


_matcher.matcher_api_version = 2  # type: ignore[attr-defined]
_matcher.matcher_identifier = "videogen_nb"  # type: ignore[attr-defined]
_matcher.matcher_priority = 100  # type: ignore[attr-defined]
