"""Every cell of the README and of the documentation runs as it is printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import videogen_nb as vg
from tests.docs.cells import LANGUAGES, ROOT, cells_of, pages
from videogen_nb.gateway.app import Gateway
from videogen_nb.providers.local import Local

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]

RENDERER = "tests.docs.plain_renderer"


@pytest.fixture
def plain_clips(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The local provider as it is, but for the pictures: of one colour, they take a hundredth of the time."""

    def app(self: Local, home: Path) -> Any:
        return Gateway(home / "gateway", private_images=True, renderer=RENDERER)

    monkeypatch.setattr(Local, "app", app)


WITH_CELLS = [page for page in pages() if any(cell.runs for cell in cells_of(page.read_text("utf-8")))]


@pytest.mark.parametrize("page", WITH_CELLS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_cells_of_a_page_run_in_their_order(plain_clips: None, bare_shell: Shell, page: Path) -> None:
    """As one notebook, in an empty folder, without a key: none of them fails or warns, and all jobs have clips."""
    for cell in cells_of(page.read_text("utf-8")):
        if cell.runs:
            print(f"-- {page.name}:{cell.line}")
            bare_shell(cell.code)
    for job in vg.jobs():
        assert job.wait(60).path, job


def test_the_readme_and_the_start_have_cells() -> None:
    """A page whose fences were no longer found would pass with none."""
    assert {ROOT / "README.md", ROOT / "docs" / "start.md"} <= set(WITH_CELLS)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_fence_says_what_it_is(page: Path) -> None:
    """A cell in a fence of another name would not be run, and nobody would notice."""
    assert {cell.language for cell in cells_of(page.read_text("utf-8"))} <= LANGUAGES
