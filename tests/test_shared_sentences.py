"""Sentences, class names, sizes and rules that the page and Python share are the same in Python's code.

The page imports them from ``js/src/protocol/shared.json``; its own tests are in ``js/tests/protocol/shared.test.ts``.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

import videogen_nb
from tests.export.samples import plain
from tests.support.sample_jobs import a_job, ended, together
from videogen_nb.core.image import MAX_BYTES
from videogen_nb.export import html_page
from videogen_nb.export.html_players import marks_of, name_of
from videogen_nb.storage.journal import Journal
from videogen_nb.sweeps.comparison import Sweep
from videogen_nb.views.grid_html import grid_html
from videogen_nb.views.job import queue_position, view_of
from videogen_nb.views.job_html import _ENDINGS, _WARN, GONE, ending, job_html
from videogen_nb.views.unplayable import HOW_TO_FIND
from videogen_nb.widgets.form import Form
from videogen_nb.widgets.history import History
from videogen_nb.widgets.job import JobWidget
from videogen_nb.widgets.panel import Panel

SHARED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "js" / "src" / "protocol" / "shared.json").read_text("utf-8")
)
GEOMETRY: dict[str, float] = SHARED["geometry"]
PAGE_ONLY = {"silence_seconds"}  # Python has no use for it; js/tests compares it with `keep_alive_seconds`


@pytest.fixture
def picked(book: Journal, path: Path) -> Sweep:
    """Two clips: the first is winner, favourite and reused."""
    sweep = together(book, [ended("succeeded", path, id=f"job{number}") for number in range(2)], {"cat": ["a", "b"]})
    sweep.reused = frozenset({"job0"})
    sweep.pick("job0", ["job0"])
    return sweep


def exported(sweep: Sweep, target: Path) -> str:
    """The exported page of a sweep."""
    html_page.write(sweep, target, lambda _: None, limit=10**9)
    return target.read_text("utf-8")


def test_every_shared_value_is_checked_here() -> None:
    """A value that is added to the shared file needs a test in this one."""
    checked = re.findall(r"SHARED\[.(\w+).\]", Path(__file__).read_text("utf-8"))
    assert {*SHARED} == {*checked} | PAGE_ONLY


def test_endings_have_the_same_titles_and_colours() -> None:
    """Also in the HTML of a job that ended in that way."""
    assert {str(status): title for status, (title, _) in _ENDINGS.items()} == SHARED["endings"]
    colors = SHARED["colors"]
    shades = {str(status): colour for status, (_, colour) in _ENDINGS.items()}
    assert shades["failed"] == f"var(--jp-error-color1,{colors['error']})"
    assert shades["uncertain"] == _WARN == f"var(--jp-warn-color1,{colors['warning']})"
    for status, title in SHARED["endings"].items():
        job = ended(status)
        view = {**view_of(job), "error": {"summary": "It ended.", "charged": "", "next": ""}}
        assert f"{title}</div><div>It ended." in ending(job, view, abandoned=False)


def test_a_missing_clip_is_explained_in_the_same_words() -> None:
    """The handler on a saved player says what the live player says."""
    name, rest = SHARED["clip_missing"].split("{name}")
    assert name == ""
    assert rest.endswith(HOW_TO_FIND.replace("`", ""))
    assert f"d.textContent=this.getAttribute('aria-label')+'{rest}';" in GONE


def test_buttons_have_the_same_labels() -> None:
    """Retry where nothing was charged, and Generate."""
    assert view_of(ended("failed"))["retry_label"] == SHARED["retry_label"]
    form = Form(lambda _: None)
    assert form.generate.description == SHARED["generate_label"]
    form.close()


def test_marks_have_the_same_words(picked: Sweep, tmp_path: Path) -> None:
    """In a saved grid and on an exported page."""
    marks = f"{SHARED['winner_mark']} · {SHARED['favourite_mark']}"
    assert marks_of("job0", {"winner": "job0", "favourites": ["job0"]}) == marks
    first, second = grid_html(picked, folder=tmp_path).split('<div class="videogen-cell"')[1:]
    assert f">{marks} · " in first
    assert f" · {SHARED['reused_mark']}</div>" in first
    assert marks not in second
    assert SHARED["reused_mark"] not in second


def test_an_image_may_be_as_large_on_both_sides() -> None:
    """The page refuses what Python would refuse."""
    assert SHARED["image_max_bytes"] == MAX_BYTES


@pytest.mark.parametrize("name", ["job", "history"])
def test_a_running_job_is_sent_as_often_as_the_page_expects(name: str) -> None:
    """After each flush the next one is due in that many seconds."""

    async def due() -> tuple[float, float, float]:
        job = a_job()
        widget: JobWidget | History = JobWidget(job) if name == "job" else Strip()
        if isinstance(widget, History):
            widget._watch([job], None)
        clock = asyncio.get_running_loop().time
        before = clock()
        widget.flush()
        after, reminder = clock(), widget._reminder
        widget.close()
        assert reminder is not None
        return before, reminder.when() - SHARED["keep_alive_seconds"], after

    before, flushed, after = asyncio.run(due())
    assert before <= flushed + 1e-6
    assert flushed <= after + 1e-6


class Strip(History):
    """A history that does not read the journal."""

    def __init__(self) -> None:
        super().__init__(lambda _: None, lambda _: None, lambda: None)

    def load(self) -> None: ...


def test_elements_have_the_classes_by_which_the_page_finds_them(picked: Sweep, path: Path, tmp_path: Path) -> None:
    """In saved grids, exported pages and the panel."""
    saved, page = grid_html(picked, folder=tmp_path), exported(picked, tmp_path / "grid.html")
    grid, cell = SHARED["grid_class"], SHARED["cell_class"]
    assert f'<div class="{grid} ' in saved
    assert f'<div class="{grid}" data-name=' in page
    assert saved.count(f'<div class="{cell}"') == page.count(f'<figure class="{cell}"') == 2
    part, text = SHARED["clip_part_class"], SHARED["cell_text_class"]
    assert f'<script type="text/plain" class="{part}" data-key="job0"' in page
    assert page.count(f'<div class="{text}"><h4>') == 2
    path.unlink()
    missing = SHARED["missing_clip_class"]
    assert f'<p class="{missing}" data-key="job0"' in exported(picked, tmp_path / "gone.html")
    panel = Panel()
    assert SHARED["panel_class"] in panel._dom_classes
    panel.close()


@pytest.mark.parametrize(("width", "height"), [(128, 64), (64, 128)])
def test_a_saved_job_has_the_size_of_the_live_card(tmp_path: Path, width: int, height: int) -> None:
    """So that nothing moves where one replaces the other."""
    size, ratio = GEOMETRY, width / height
    clips = [plain(tmp_path / f"{number}.mp4", size=(width, height)) for number in range(2)]
    one = job_html(ended("succeeded", clips[0], provider="local"), folder=tmp_path)
    assert f"width:min(100%,{size['stage_width']}px,{size['stage_height'] * ratio:.0f}px)" in one
    assert f"border-radius:{size['stage_radius']}px;overflow:hidden;" in one
    assert f"position:absolute;top:{size['badge_offset']}px;left:{size['badge_offset']}px;" in one
    assert f"max-width:{size['caption_width']}px;margin-top:{size['caption_gap']}px" in one

    two = job_html(ended("succeeded", *clips), folder=tmp_path)
    tile = min(size["tile_width"], size["tile_height"] * ratio)
    assert f"gap:{size['tile_gap']}px;max-width:{2 * tile + size['tile_gap']:.0f}px;" in two
    assert f"minmax(min(100%,{size['tile_shrink'] * tile:.0f}px),1fr)" in two


@pytest.mark.parametrize("sample", SHARED["picks_samples"], ids=lambda sample: str(sample["winner"]))
def test_the_line_that_records_picks_is_a_call_of_ours(sample: dict[str, Any]) -> None:
    """`videogen_nb.picks` takes it, and with these values."""
    call = ast.parse(sample["line"], mode="eval").body
    assert isinstance(call, ast.Call)
    assert ast.unparse(call.func) == "videogen_nb.picks"
    values = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    bound = inspect.signature(videogen_nb.picks).bind(*map(ast.literal_eval, call.args), **values)
    expected = {"grid": sample["id"], "winner": sample["winner"], "favourites": sample["favourites"]}
    assert bound.arguments == expected


@pytest.mark.parametrize("sample", SHARED["queue_samples"], ids=lambda sample: str(sample["position"]))
def test_a_queue_position_has_the_same_words(sample: dict[str, Any]) -> None:
    """In text lines as on the page."""
    assert queue_position(sample["position"]) == sample["text"]


@pytest.mark.parametrize("sample", SHARED["name_samples"], ids=lambda sample: str(sample["name"]))
def test_a_clip_has_the_same_name(sample: dict[str, Any]) -> None:
    """On an exported page as in a grid."""
    cell = {**sample["cell"], "job": {"model": sample["cell"]["model"]}}
    assert name_of(cell, sample["grid"]) == sample["name"]
