"""Files and folders that the pages name are there: a move must not leave the pages behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.cells import ROOT, pages

_TEST = re.compile(r"`(test_\w+\.py)`")
_PATH = re.compile(r"`((?:videogen_nb|tests|js|tools|docs|notebooks|benchmarks|binder|\.github)/[\w./-]*)`")
NAMING = [page for page in (*sorted(ROOT.glob("*.md")), *pages()[1:]) if _PATH.search(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_paths_that_a_page_names_exist(page: Path) -> None:
    missing = {path for path in _PATH.findall(page.read_text("utf-8")) if not (ROOT / path).exists()}
    missing |= {name for name in _TEST.findall(page.read_text("utf-8")) if not any((ROOT / "tests").rglob(name))}
    assert not missing
