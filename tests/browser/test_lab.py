"""JupyterLab in a browser: a bar beside a busy kernel and across reloads, Cancel, and a failure that is tried again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.cells import BUSY, HELD, LOAD, LONG, prepare
from tests.browser.conftest import Show, Write
from tests.browser.gateway import PacedFarm, rise
from tests.browser.outputs import OUTPUT, PLAYER, WIDGET, check_playing, displays, risen, said, the_clip
from tests.support.servers import Answer, Server, job

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_bar_moves_while_a_later_cell_runs(show: Show, write: Write, folder: Path, farm: PacedFarm) -> None:
    """While the next cell keeps the kernel busy, the bar of the first goes on rising, and the player comes."""
    notebook = show(write(prepare(farm), HELD, BUSY))
    notebook.run(0, 1)
    notebook.start(2)
    said(notebook, "busy...")
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
    notebook.run(0, 1)
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
    notebook.run(0, 1)
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
    notebook.run(0, 1)
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


# Ends when the kernel has heard of a page that shows a view.
HEARD = (
    "import asyncio\nfrom videogen_nb.notebook import live_output as live\n"
    "while not any(output.page_shows_it for output in live._open):\n"
    "    await asyncio.sleep(0.02)"
)
# The time in which a failure can be tried again is over, now and for what fails from here on.
NO_MORE_CHANCE = "display.SECOND_CHANCE = 0\nfor output in [*live._open]:\n    output.later(0, output._give_up)"
HOSTILE = "<img src=x onerror=alert(1)> <script>alert(2)</script> **no**"


def test_a_failure_is_told_as_text_and_can_be_tried_again(show: Show, write: Write) -> None:
    """What a gateway says is text, live and saved; Retry submits anew; at last the output needs no kernel."""
    submit, status = "POST /v1/videos/generations", "GET /v1/videos/generations/v1"
    failed = Answer({"id": "v1", "status": "failed", "error": {"message": f"no: {HOSTILE}"}})
    going = Answer({"id": "v1", "status": "processing"})
    with Server({submit: job({"id": "v1", "status": "queued"}), status: going}) as server:
        quick = (
            "from videogen_nb.notebook import outputs as display\nfrom videogen_nb.providers.infery import Infery\n"
            "display.SECOND_CHANCE, Infery.interval = 500.0, 0.2"
        )
        key = f"%env INFERY_BASE_URL={server.url}\n%env INFERY_API_KEY=inf_0123456789abcdef"
        notebook = show(write(LOAD, key, quick, f"%%videogen --model veo-3-1-fast\n{HOSTILE}", HEARD, NO_MORE_CHANCE))
        dialogs: list[str] = []
        page = notebook.page
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        notebook.run(*range(4))
        # What fails before the kernel has heard of a page that shows it has no Retry: there is nobody to press it.
        page.wait_for_selector(".vgn-bar")
        notebook.run(4)
        server.scripts[status] = [failed]
        page.wait_for_selector(".vgn-ending[data-status=failed]")
        assert HOSTILE in page.locator(".vgn-summary").inner_text()
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
