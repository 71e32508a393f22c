"""The tables of the reference have what the program has."""

from __future__ import annotations

import re

from tools.docs_tables import formats, keys, options
from videogen_nb.export import FORMATS
from videogen_nb.notebook.cell_options import usage

_LONG = re.compile(r"(?<![\w-])--[a-z-]+")


def test_the_table_of_options_has_each_option_of_the_help() -> None:
    first_cells = [row.split(" | ")[0] for row in options().splitlines() if row.startswith("| `-")]
    in_help = [line for line in usage().splitlines() if line.startswith("  -")]
    assert [_LONG.findall(cell) for cell in first_cells] == [_LONG.findall(line)[:1] for line in in_help]


def test_the_table_of_formats_has_each_suffix() -> None:
    assert set(FORMATS) <= set(re.findall(r"`(\.\w+)`", formats()))


def test_the_table_of_keys_is_read_from_the_page() -> None:
    """Every key of the commands in TypeScript is in it, as code."""
    rows = keys().splitlines()[2:]
    assert len(rows) > 10
    assert all(re.fullmatch(r"\| .*`[^`]+`.* \| .+ \|", row) for row in rows)
