"""The reference has every public name, and no other."""

from __future__ import annotations

import re

import videogen_nb
from tests.docs.cells import ROOT
from videogen_nb import errors, testing
from videogen_nb.providers import base

REFERENCE = ROOT / "docs" / "reference"
_DIRECTIVE = re.compile(r"^\.\. (?:auto(?:function|class)|py:data):: (\S+)", re.M)


def test_the_reference_has_the_names_that_the_package_offers() -> None:
    """Errors have a page of their own, which is made from their module."""
    documented = [name for page in REFERENCE.glob("*.md") for name in _DIRECTIVE.findall(page.read_text("utf-8"))]
    conformance = [f"videogen_nb.testing.{name}" for name in testing.__all__]
    assert sorted(documented) == sorted([*conformance, *({*videogen_nb.__all__} - {"errors", "VideogenError"})])


def test_modules_that_are_documented_whole_say_what_is_public() -> None:
    """Their pages are made from `__all__`, which also has to be there for that."""
    for module in (errors, base):
        assert f".. automodule:: {module.__name__}" in "".join(
            page.read_text("utf-8") for page in REFERENCE.glob("*.md")
        )
        public = [getattr(module, name) for name in module.__all__]
        assert all(each.__doc__ for each in public if isinstance(each, type)), "an alias has no docstring"


def test_each_public_name_has_a_docstring() -> None:
    for name in {*videogen_nb.__all__} - {"__version__"}:
        assert getattr(videogen_nb, name).__doc__, name
