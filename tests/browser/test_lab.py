"""JupyterLab in a browser: a bar beside a busy kernel and across reloads, Cancel, and a failure that is tried again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from ..providers.servers import Answer, Server, job
from .gateway import PacedFarm, prepare, rise
from .lab import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Show = Callable[..., Notebook]
Write = Callable[..., Path]

LOAD = "%load_ext videogen_nb"
TINY = "--size 320x180 -d 1"
HELD = "%%videogen boat\nhold a paper boat"
LONG = "-d 60"  # more than a minute of rendering: whatever a test does with it comes first
# Keeps its kernel busy until there is a file `go` beside the notebook.
BUSY = "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.05)"
OUTPUT = ".jp-OutputArea-output"
PLAYER = f"{OUTPUT} .videogen-job video"  # of the final HTML, not of the live view
WIDGET = "application/vnd.jupyter.widget-view+json"


def check_playing(notebook: Notebook, clip: Path, selector: str = PLAYER) -> None:
    """That the player shows the clip whole, plays it and seeks in it."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        size, seconds = [stream.width, stream.height], float(container.duration or 0) / 1_000_000
    page = notebook.page
    page.wait_for_function("player => document.querySelector(player)?.readyState >= 1", arg=selector)
    assert (
        page.evaluate("p => { const v = document.querySelector(p); return [v.videoWidth, v.videoHeight]; }", selector)
        == size
    )
    page.evaluate("async p => { const v = document.querySelector(p); v.muted = true; await v.play(); }", selector)
    page.wait_for_function("player => document.querySelector(player).currentTime > 0.2", arg=selector)
    there = page.evaluate(
        """([p, time]) => new Promise((done) => {
          const v = document.querySelector(p);
          v.pause();
          v.onseeked = () => done(v.currentTime);
          v.currentTime = time;
        })""",
        [selector, seconds * 0.6],
    )
    assert there == pytest.approx(seconds * 0.6, abs=0.05)


def the_clip(folder: Path) -> Path:
    (clip,) = folder.glob("videogen/*.mp4")
    return clip


def displays(saved: dict[str, Any]) -> list[dict[str, Any]]:
    """The displays in a saved notebook, in order."""
    outputs = [output for cell in saved["cells"] for output in cell.get("outputs", [])]
    return [output["data"] for output in outputs if output["output_type"] == "display_data"]


def risen(notebook: Notebook, values: int = 3) -> None:
    """Wait until the bar has shown so many values."""
    notebook.page.wait_for_function("values => new Set(window.bars.map(([value]) => value)).size >= values", arg=values)


def test_the_bar_moves_while_a_later_cell_runs(show: Show, write: Write, folder: Path, farm: PacedFarm) -> None:
    """While the next cell keeps the kernel busy, the bar of the first goes on rising, and the player comes."""
    notebook = show(write(prepare(farm), HELD, BUSY))
    notebook.run(0)
    notebook.run(1)
    notebook.start(2)
    rise(notebook, farm, 20, 40, 60)
    while_busy = {value for value, status in notebook.bars() if status == "busy"}
    assert len(while_busy) >= 3
    (folder / "go").touch()
    farm.release.set()
    notebook.page.wait_for_selector(PLAYER)


def test_a_reload_in_mid_run_keeps_the_bar_and_the_clip(
    show: Show, write: Write, folder: Path, farm: PacedFarm
) -> None:
    """A page that is loaded again while the job runs shows its bar again, and then its player."""
    notebook = show(write(prepare(farm), HELD))
    notebook.run(0)
    notebook.run(1)
    rise(notebook, farm, 10, 20, 30)
    notebook.save()
    seen = max(value for value, _ in notebook.bars())
    notebook.page.reload()
    notebook.ready()
    rise(notebook, farm, 50, 60, 70)
    assert max(value for value, _ in notebook.bars()) > seen
    farm.release.set()
    player = f"{OUTPUT} video[src]"
    notebook.page.wait_for_selector(player)
    check_playing(notebook, the_clip(folder), player)


def test_a_page_opened_after_the_end_shows_the_clip(show: Show, write: Write, folder: Path, farm: PacedFarm) -> None:
    """Saved in mid-run, closed, and opened again after the job has ended: the clip is there."""
    path = write(prepare(farm), HELD, "boat.wait()")
    notebook = show(path)
    notebook.run(0)
    notebook.run(1)
    rise(notebook, farm, 10, 20, 30)
    notebook.save()
    notebook.close()
    farm.release.set()
    again = show(path)
    again.run(2)
    player = f"{OUTPUT} video[src]"
    again.page.wait_for_selector(player)
    check_playing(again, the_clip(folder), player)


def test_cancel_asks_once_and_ends_the_job(show: Show, write: Write) -> None:
    """Cancel, then its confirmation, end the job: the output says so, and what it cost; Retry is there."""
    notebook = show(write(LOAD, f"%%videogen boat {LONG}\na paper boat", "print(boat.status, boat.ended)"))
    notebook.run(0)
    notebook.run(1)
    risen(notebook)
    page = notebook.page
    page.get_by_role("button", name="Cancel", exact=True).click()
    assert page.get_by_text("Stops it; nothing is charged.").is_visible()
    page.get_by_role("button", name="Yes, cancel").click()
    page.wait_for_selector(".vgn-ending[data-status=cancelled]")
    assert page.get_by_text("Nothing was charged.").is_visible()
    assert page.locator(".vgn-retry button").is_visible()
    notebook.run(2)
    page.wait_for_function("() => document.body.innerText.includes('cancelled True')")
    assert not page.locator(f"{OUTPUT} video").count()


# The time in which a failure can be tried again is over, now and for what fails from here on.
NO_MORE_CHANCE = (
    "from videogen_nb import live\ndisplay.SECOND_CHANCE = 0\nfor output in [*live._open]:\n"
    "    output.later(0, output._give_up)"
)
HOSTILE = "<img src=x onerror=alert(1)> <script>alert(2)</script> **no**"


def test_a_failure_is_told_as_text_and_can_be_tried_again(show: Show, write: Write) -> None:
    """What a gateway says is text, live and saved; Retry submits anew; at last the output needs no kernel."""
    submit, status = "POST /v1/videos/generations", "GET /v1/videos/generations/v1"
    failed = Answer({"id": "v1", "status": "failed", "error": {"message": f"no: {HOSTILE}"}})
    going = Answer({"id": "v1", "status": "processing"})
    with Server({submit: job({"id": "v1", "status": "queued"}), status: going}) as server:
        quick = (
            "from videogen_nb import display\nfrom videogen_nb.providers.infery import Infery\n"
            "display.SECOND_CHANCE, Infery.interval = 500.0, 0.2"
        )
        key = f"%env INFERY_BASE_URL={server.url}\n%env INFERY_API_KEY=inf_0123456789abcdef"
        notebook = show(write(LOAD, key, quick, f"%%videogen --model veo-3-1-fast\n{HOSTILE}", "", NO_MORE_CHANCE))
        dialogs: list[str] = []
        page = notebook.page
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for cell in range(4):
            notebook.run(cell)
        # What fails before a page shows it has no Retry: there is nobody to press it. A page that draws a view has
        # told the kernel so, and what it says is heard before a cell that it runs later.
        page.wait_for_selector(".vgn-bar")
        notebook.run(4)
        server.scripts[status] = [failed]
        page.wait_for_selector(".vgn-ending[data-status=failed]")
        assert HOSTILE in page.locator(".vgn-what").inner_text()
        server.scripts[status] = [going]
        page.locator(".vgn-retry button").click()
        page.wait_for_selector(".vgn-bar")
        server.scripts[status] = [failed]
        page.wait_for_selector(".vgn-ending[data-status=failed]")
        notebook.run(5)
        page.wait_for_selector(f"{OUTPUT} .videogen-job")
        assert len(server.requests(submit)) == 2
    assert HOSTILE in page.locator(f"{OUTPUT} .videogen-job").inner_text()
    assert page.locator(f"{OUTPUT} img[src=x], {OUTPUT} .videogen-job script").count() == 0
    assert dialogs == []
    (display,) = displays(notebook.save())
    assert WIDGET not in display
    assert "inf_0123456789abcdef" not in json.dumps(display)
