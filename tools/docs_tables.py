"""Write the tables of the documentation from the code: options, commands, settings, keys of a grid, export formats.

They are made by `make docs` and not committed, so that none can disagree with the program.
"""

from __future__ import annotations

import argparse
import functools
import io
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "_generated"
JS = ROOT / "js"


def main() -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    tables = {
        "options": options(),
        "commands": commands(),
        "settings": settings(),
        "keys": keys(),
        "formats": formats(),
    }
    for name, text in tables.items():
        (OUT / f"{name}.md").write_text(text, "utf-8")
        print(f"docs/_generated/{name}.md  {text.count(chr(10))} lines")
    return 0


def options() -> str:
    """The options of a cell, from its parser, in their groups."""
    from videogen_nb.notebook.cell_options import parser

    parts = []
    # argparse has no public way to list what was added to a parser.
    for group in parser()._action_groups:
        rows = [_option(action) for action in group._group_actions if action.option_strings]
        if rows:
            title = (group.title or "").capitalize()
            parts.append(f"## {title}\n\n{_table(('option', 'meaning'), rows)}")
    return "\n".join(parts)


def _option(action: argparse.Action) -> tuple[str, str]:
    names = ", ".join(_code(name) for name in action.option_strings)
    value = f" {_code(str(action.metavar))}" if action.metavar else ""
    return names + value, _text((action.help or "").replace("%%", "%"))


def commands() -> str:
    """What `%videogen` says of itself."""
    lines = _printed("%videogen").splitlines()
    rows = [tuple(part.strip() for part in line.split("  ", 1)) for line in lines if line.strip()]
    return _table(("command", "what it does"), [(_code(name), _text(does)) for name, does in rows])


def settings() -> str:
    """The traits that `%config VideogenMagics` has."""
    magics = _shell().magics_manager.registry["VideogenMagics"]
    rows = []
    for name, trait in sorted(type(magics).class_traits(config=True).items()):
        default = trait.default_value
        rows.append((_code(name), "" if default is None else _code(repr(default)), _text(trait.help)))
    return _table(("setting", "default", "meaning"), rows)


@functools.cache
def _shell() -> Any:
    """A shell with the extension loaded."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "videogen_nb")
    return shell


def _printed(cell: str) -> str:
    with redirect_stdout(io.StringIO()) as printed:
        _shell().run_cell(cell).raise_error()
    return printed.getvalue()


def keys() -> str:
    """The keys of a grid, from the table of commands that the page's own help shows."""
    command = ["npm", "run", "--silent", "keys"]
    return subprocess.run(command, cwd=JS, check=True, capture_output=True, text=True).stdout


def formats() -> str:
    """The formats of `export`, with the options that each takes."""
    from videogen_nb.export.formats import markdown_table

    return markdown_table()


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ["---"] * len(head), *escaped))


def _text(help: str) -> str:  # noqa: A002
    """Help as Markdown: options and variables in it are code, and keep their dashes and braces."""
    return re.sub(r"`[^`]*`|(?<![\w`])(?:--[a-z][\w-]*|%[a-z]\w*|\{\w+\}|VIDEOGEN_\w+)", _as_code, help)


def _as_code(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith("`") else f"`{match[0]}`"


def _code(text: str) -> str:
    return f"`{text}`"


if __name__ == "__main__":
    sys.exit(main())
