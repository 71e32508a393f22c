"""Clips that nobody saw arrive come back into view, each once, and only those."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.client import Kernel, Ran, Start
from tests.kernel.displays import TINY

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

Begin = Callable[[], Kernel]
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def served(tmp_path: Path) -> dict[str, str]:
    """What a Jupyter server tells the kernel of `notebook.ipynb`."""
    return {"JPY_SESSION_NAME": str(tmp_path / "notebook.ipynb")}


@pytest.fixture
def begin(lend: Start, served: dict[str, str]) -> Begin:
    """Gives the shared kernel, once, as that notebook's and with the extension loaded."""

    def lent() -> Kernel:
        kernel = lend(**served)
        kernel.load()
        return kernel

    return lent


@pytest.fixture
def first(start: Start, served: dict[str, str]) -> Kernel:
    """A kernel of that notebook that a test may end, with the extension loaded."""
    kernel = start(**served)
    kernel.load()
    return kernel


def shown(ran: Ran) -> list[str]:
    """Ids of the jobs in the displays of a cell, in order."""
    told = [each["content"]["data"]["text/plain"] for each in ran.outputs if each["msg_type"] == "display_data"]
    return [line.split()[0] for text in told for line in text.splitlines()]


def save(folder: Path, *displays: dict[str, Any]) -> None:
    """Save the notebook with these displays."""
    outputs = [{"output_type": "display_data", "data": data, "metadata": {}} for data in displays]
    (folder / "notebook.ipynb").write_text(json.dumps({"cells": [{"cell_type": "code", "outputs": outputs}]}), "utf-8")


def display(ran: Ran) -> dict[str, Any]:
    (only,) = [each["content"]["data"] for each in ran.outputs if each["msg_type"] == "display_data"]
    return dict(only)


def test_what_a_closed_page_missed_is_shown_once(begin: Begin, tmp_path: Path) -> None:
    """In a page that was opened anew, resume shows what the notebook was not saved with; a second time nothing."""
    kernel = begin()
    kernel.run(f"%%videogen boat {TINY} --wait\na boat", cell="a")
    kernel.run(f"%%videogen whale {TINY} --wait\na whale", cell="b")
    boat, whale = kernel.value("boat.id"), kernel.value("whale.id")
    assert shown(kernel.run("%videogen resume", cell="c")) == []
    kernel.reload()
    assert shown(kernel.run("%videogen resume", cell="c")) == [boat, whale]
    assert shown(kernel.run("%videogen resume", cell="d")) == []
    kernel.reload()
    save(tmp_path, {"text/html": [f"<b>job {boat}", "</b>"], "text/plain": "boat"})
    assert shown(kernel.run("%videogen resume", cell="c")) == [whale]


def test_a_live_view_that_still_answers_is_in_view(first: Kernel, begin: Begin, tmp_path: Path) -> None:
    """A page that loads the notebook as saved in mid-run has the view; when its kernel is gone, it has nothing."""
    kernel = first
    data = display(kernel.run(f"%%videogen boat {TINY}\na boat", cell="a"))
    kernel.run("boat.wait()", cell="b")
    boat = kernel.value("boat.id")
    save(tmp_path, data)
    kernel.reload()
    assert VIEW in data
    assert shown(kernel.run("%videogen resume", cell="c")) == []
    kernel.stop()
    assert shown(begin().run("%videogen resume", cell="c")) == [boat]


def test_only_the_last_run_of_a_cell_comes_back(first: Kernel, begin: Begin) -> None:
    """What a cell made before it was run again is not dug up; a sweep comes back as its grid."""
    kernel = first
    for word in ("boat", "whale"):
        kernel.run(f"%%videogen one {TINY} --wait\na {word}", cell="a")
    kernel.run(f"%%videogen seas {TINY} --sweep seed=1,2 --wait\nthe sea", cell="b")
    one, seas = kernel.value("one.id"), kernel.value("[job.id for job in seas.jobs]")
    kernel.stop()
    ran = begin().run("%videogen resume", cell="c")
    assert shown(ran) == [one, *seas]
    grid = [each["content"]["data"]["text/html"] for each in ran.outputs if each["msg_type"] == "display_data"][-1]
    assert len(re.findall(r"<video", grid)) == 2


def test_a_notebooks_clips_are_its_own(begin: Begin, start: Start) -> None:
    """A kernel of the same folder that serves no notebook, or another one, is not shown them."""
    other = start()
    begin().run(f"%%videogen one {TINY} --wait\na boat", cell="a")
    other.load()
    ran = other.run("%videogen resume")
    assert shown(ran) == []
    assert "Nothing to resume" in ran.text


def test_a_cell_that_is_run_again_shows_it_again(begin: Begin) -> None:
    """The page has cleared what the cell displayed, so it is out of view once more."""
    kernel = begin()
    kernel.run(f"%%videogen boat {TINY} --wait\na boat", cell="a")
    boat = kernel.value("boat.id")
    kernel.reload()
    for _ in range(2):
        assert shown(kernel.run("%videogen resume", cell="c")) == [boat]
    assert shown(kernel.run("%videogen resume", cell="d")) == []
    kernel.run("'something else'", cell="c")
    assert shown(kernel.run("%videogen resume", cell="d")) == [boat]
