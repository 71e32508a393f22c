"""A journal for grids."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from videogen_nb.journal import Journal


@pytest.fixture
def book(home: Path) -> Iterator[Journal]:
    made = Journal(home / "journal.sqlite3")
    yield made
    made.close()
