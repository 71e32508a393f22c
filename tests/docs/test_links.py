"""Links between the Markdown files of the repository lead somewhere, also for those who read them there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.cells import ROOT, pages

_CODE = re.compile(r"^(`{3,}).*?^\1[ ]*$|`[^`\n]*`", re.M | re.S)
_LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]*))?\)")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.M)
FILES = [*sorted(ROOT.glob("*.md")), *(page for page in pages() if page.parent != ROOT)]


def anchors(path: Path) -> set[str]:
    """What the headings of a page are linked by: as GitHub and MyST form it."""
    headings = _HEADING.findall(_CODE.sub("", path.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", FILES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in _LINK.finditer(_CODE.sub("", page.read_text("utf-8"))):
        target = (page.parent / link["path"]) if link["path"] else page
        assert target.exists(), link[0]
        if link["anchor"]:
            assert link["anchor"] in anchors(target), link[0]
