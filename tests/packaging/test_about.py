"""Files about the project that repeat a fact of it agree with where that fact lives."""

from __future__ import annotations

import re
from pathlib import Path

import videogen_nb

ROOT = Path(__file__).parents[2]


def test_the_citation_names_this_version() -> None:
    found = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)
    assert found
    assert found[1] == videogen_nb.__version__
