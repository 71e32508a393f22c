"""A person's view: JupyterLab in a browser, from the first bar to the notebook that is opened again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from tests.browser.lab import Lab, Notebook
from tests.support.servers import Answer, Server, job

pytestmark = pytest.mark.browser

Show = Callable[[Path], Notebook]
Write = Callable[..., Path]

QUICKSTART = Path(__file__).parent.parent.parent / "notebooks" / "quickstart.ipynb"
LOAD = "%load_ext videogen_nb"
TINY = "--size 320x180 -d 1"
LONG = "-d 60"  # more than a minute of rendering: whatever a test does with it comes first
OUTPUT = ".jp-OutputArea-output"
PLAYER = f"{OUTPUT} .videogen-job video"  # of the final HTML, not of the live view
WIDGET = "application/vnd.jupyter.widget-view+json"


def box(notebook: Notebook) -> dict[str, float]:
    """Where the stage is: that of the live view, or that of the final HTML."""
    stage = notebook.page.locator(".vgn-stage, .videogen-job > div > div:has(> video)")
    found = stage.bounding_box()
    assert found is not None
    return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}


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


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_quickstarts_bar_becomes_a_player_in_its_place(show: Show, folder: Path, theme: str) -> None:
    """The first two cells of the quickstart show a bar that rises, then a player that plays, and nothing moves."""
    path = folder / QUICKSTART.name
    shutil.copy(QUICKSTART, path)
    notebook = show(path)
    notebook.theme(theme)
    load, boat = [place for place, cell in enumerate(_cells(path)) if cell["cell_type"] == "code"][:2]
    notebook.run(load)
    notebook.run(boat)
    risen(notebook)
    before = box(notebook)
    notebook.page.wait_for_selector(PLAYER)
    after = box(notebook)

    values = [value for value, _ in notebook.bars() if value >= 0]
    assert values == sorted(values)
    assert after == {side: pytest.approx(length, abs=1) for side, length in before.items()}
    assert notebook.page.locator(f"{OUTPUT} >> text=local preview").first.is_visible()
    check_playing(notebook, the_clip(folder))


def _cells(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text("utf-8"))["cells"])


def test_the_bar_moves_while_a_later_cell_runs(show: Show, write: Write) -> None:
    """While the next cell sleeps, the bar of the first goes on rising, and the player comes."""
    notebook = show(write(LOAD, "%%videogen boat\na paper boat", "import time; time.sleep(4)"))
    notebook.run(0)
    notebook.run(1)
    so_far = len(notebook.bars())
    notebook.run(2)
    while_busy = {value for value, status in notebook.bars()[so_far:] if status == "busy"}
    assert len(while_busy) >= 3
    notebook.page.wait_for_selector(PLAYER)


def test_a_reload_in_mid_run_keeps_the_bar_and_the_clip(show: Show, write: Write, folder: Path) -> None:
    """A page that is loaded again while the job runs shows its bar again, and then its player."""
    notebook = show(write(LOAD, "%%videogen boat\na paper boat"))
    notebook.run(0)
    notebook.run(1)
    risen(notebook)
    notebook.save()
    seen = max(value for value, _ in notebook.bars())
    notebook.page.reload()
    notebook.ready()
    risen(notebook)
    assert max(value for value, _ in notebook.bars()) > seen
    player = f"{OUTPUT} video[src]"
    notebook.page.wait_for_selector(player)
    check_playing(notebook, the_clip(folder), player)


def test_a_page_opened_after_the_end_shows_the_clip(show: Show, write: Write, folder: Path) -> None:
    """Saved in mid-run, closed, and opened again after the job has ended: the clip is there."""
    path = write(LOAD, "%%videogen boat\na paper boat", "boat.wait()")
    notebook = show(path)
    notebook.run(0)
    notebook.run(1)
    risen(notebook)
    notebook.save()
    notebook.close()
    again = show(path)
    again.run(2)
    player = f"{OUTPUT} video[src]"
    again.page.wait_for_selector(player)
    check_playing(again, the_clip(folder), player)


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
def test_a_saved_notebook_plays_without_its_kernel(
    show: Show, write: Write, folder: Path, lab: Lab, trusted: bool
) -> None:
    """Opened again with its kernel gone, the notebook plays and seeks its clip, whether it is trusted or not."""
    path = write(LOAD, f"%%videogen boat {TINY}\na paper boat")
    notebook = show(path)
    notebook.run(0)
    notebook.run(1)
    notebook.page.wait_for_selector(PLAYER)
    saved = notebook.save()
    (display,) = displays(saved)
    assert set(display) == {"text/html", "image/jpeg", "text/plain"}
    assert "widgets" not in saved["metadata"]
    notebook.close()
    lab.end_kernels()
    if not trusted:  # Lab knows a notebook by a digest of what is in it
        saved["cells"].append({**saved["cells"][0], "id": "stranger", "source": "1", "outputs": []})
        path.write_text(json.dumps(saved), "utf-8")

    again = show(path)
    trust = "window.jupyterapp.shell.currentWidget.content.widgets[1].model.trusted"
    assert again.page.evaluate(trust) is trusted
    check_playing(again, the_clip(folder))
    told = again.page.locator(".jp-Notebook").inner_text()
    assert "model not found" not in told
    assert "Error displaying" not in told


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


HOSTILE = "<img src=x onerror=alert(1)> <script>alert(2)</script> **no**"


def test_a_failure_is_told_as_text_and_can_be_tried_again(show: Show, write: Write) -> None:
    """What a gateway says is text, live and saved; Retry submits anew; at last the output needs no kernel."""
    submit, status = "POST /v1/videos/generations", "GET /v1/videos/generations/v1"
    failed = Answer({"id": "v1", "status": "failed", "error": {"message": f"no: {HOSTILE}"}})
    going = Answer({"id": "v1", "status": "processing"})
    with Server({submit: job({"id": "v1", "status": "queued"}), status: going}) as server:
        quick = (
            "from videogen_nb.notebook import outputs as display\nfrom videogen_nb.providers.infery import Infery\n"
            "display.SECOND_CHANCE, Infery.interval = 5.0, 0.2"
        )
        key = f"%env INFERY_BASE_URL={server.url}\n%env INFERY_API_KEY=inf_0123456789abcdef"
        notebook = show(write(LOAD, key, quick, f"%%videogen --model veo-3-1-fast\n{HOSTILE}"))
        dialogs: list[str] = []
        page = notebook.page
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for cell in range(4):
            notebook.run(cell)
        # What fails before a page shows it has no Retry: there is nobody to press it.
        page.wait_for_selector(".vgn-bar")
        server.scripts[status] = [failed]
        page.wait_for_selector(".vgn-ending[data-status=failed]")
        assert HOSTILE in page.locator(".vgn-summary").inner_text()
        page.locator(".vgn-retry button").click()
        page.wait_for_selector(f"{OUTPUT} .videogen-job")
        assert len(server.requests(submit)) == 2
    assert HOSTILE in page.locator(f"{OUTPUT} .videogen-job").inner_text()
    assert page.locator(f"{OUTPUT} img[src=x], {OUTPUT} .videogen-job script").count() == 0
    assert dialogs == []
    (display,) = displays(notebook.save())
    assert WIDGET not in display
    assert "inf_0123456789abcdef" not in json.dumps(display)
