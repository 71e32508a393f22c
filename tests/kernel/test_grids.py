"""Sweeps and grids over the protocol: what a cell says, what its page asks for, and what stays in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kernel.client import Kernel, Message
from tests.kernel.displays import TINY, WIDGET, final, players, shown
from tests.kernel.providers import use_gateway
from tests.support.farm import PATHS, Farm

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

PAIR = f"%%videogen seas {TINY} --sweep seed=1,2 --wait\na boat in the rain"


def told(kernel: Kernel, kind: str) -> list[Message]:
    """Messages of that kind to a page, in order."""
    talk = [each for each in kernel.said if each["msg_type"] == "comm_msg"]
    return [each for each in talk if each["content"]["data"].get("content", {}).get("kind") == kind]


def test_a_sweep_returns_at_once_and_ends_as_html(kernel: Kernel, tmp_path: Path, clip: bytes) -> None:
    """The line with the number of jobs comes first; cells change while no cell runs; then players and a script stay."""
    with Farm(PATHS["infery"], clip) as farm:
        use_gateway(kernel, farm)
        sweep = "--model veo-3-1-fast --sweep weather=rain,snow --sweep light=day,night"
        ran = kernel.run(f"%%videogen seas {sweep}\nhold a boat in the {{weather}} by {{light}}")
        assert ran.text.startswith("4 jobs (2 weathers × 2 lights).")
        assert WIDGET in shown(ran)["content"]["data"]
        assert kernel.value("(type(seas).__name__, len(seas.jobs), seas.ended)") == ("Sweep", 4, False)
        farm.release.set()
        last = final(kernel, shown(ran))["content"]["data"]
    assert set(last) == {"text/html", "image/jpeg", "text/plain"}
    assert [tmp_path / source for source in players(last["text/html"])] == [
        Path(path) for path in kernel.value("[str(job.path) for job in seas.jobs]")
    ]
    assert "<script>" in last["text/html"]
    changes = [message["content"]["data"]["content"]["cells"] for message in told(kernel, "cells")]
    assert {cell["cell"]["job"]["id"] for cells in changes for cell in cells} == set(
        kernel.value("[job.id for job in seas.jobs]")
    )


def test_a_page_gets_the_clips_it_wants_and_says_what_was_picked(kernel: Kernel) -> None:
    """Bytes come only for what is wanted; picks are in the journal; Done leaves what needs no kernel."""
    kernel.execute(PAIR)
    ran = kernel.run("import videogen_nb as vg\nvg.compare(seas)")
    page = shown(ran)["content"]["data"][WIDGET]["model_id"]
    first, second = kernel.value("[each.id for each in seas.jobs]")
    kernel.tell_widget(page, {"kind": "hello"})
    kernel.until(lambda: told(kernel, "grid"))
    assert not [each for each in kernel.said if each["buffers"]]
    kernel.tell_widget(page, {"kind": "want", "key": second})
    clip = kernel.until(lambda: next(iter(told(kernel, "clip")), None))
    assert clip is not None
    assert clip["content"]["data"]["content"]["key"] == second
    assert bytes(clip["buffers"][0]) == Path(kernel.value(f"str(vg.jobs(matching={second!r})[0].path)")).read_bytes()

    kernel.tell_widget(page, {"kind": "pick", "winner": second, "favourites": [first, second]})
    look = "(seas.picks.winner and seas.picks.winner.job.id, [place.key for place in seas.picks.favourites])"
    kernel.until(lambda: kernel.value(look) == (second, [first, second]))
    kernel.tell_widget(page, {"kind": "done"})
    last: dict[str, Any] = final(kernel, shown(ran))["content"]["data"]
    assert set(last) == {"text/html", "image/jpeg", "text/plain"}
    assert f'"winner":"{second}"' in last["text/html"]


def test_a_comparison_of_what_was_compared_stays_live(kernel: Kernel) -> None:
    """Though all its jobs ended long ago, it is a widget, and the kernel's end replaces it."""
    kernel.execute(PAIR)
    ran = kernel.run("%videogen compare {seas.jobs[0]} {seas.jobs[1]}")
    assert WIDGET in shown(ran)["content"]["data"]
    kernel.run("%unload_ext videogen_nb")
    assert len(players(final(kernel, shown(ran))["content"]["data"]["text/html"])) == 2


@pytest.mark.parametrize(("answer", "jobs"), [("n", 0), ("y", 13)])
def test_many_jobs_are_asked_about(kernel: Kernel, answer: str, jobs: int) -> None:
    """Above twelve jobs a person is asked, and only a yes submits them."""
    ran = kernel.run_and_answer("%%videogen many -d 60 --sweep seed=1..13\na boat", answer)
    assert ran.reply["status"] == ("ok" if jobs else "error")
    assert kernel.value("len(__import__('videogen_nb').jobs())") == jobs
    if jobs:
        kernel.run("many.cancel()")
    else:
        assert "Nothing was sent" in ran.reply["evalue"]
