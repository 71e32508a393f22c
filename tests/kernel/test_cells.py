"""What a cell says over the protocol: at once, while its job runs, and when it has ended."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.client import Kernel, Message, Ran
from tests.support.servers import Answer, Server

pytestmark = pytest.mark.kernel

TINY = "--size 320x180 -d 1"
LONG = "-d 60"  # more than a minute of rendering: whatever a test does with it comes first
WIDGET = "application/vnd.jupyter.widget-view+json"


def shown(ran: Ran) -> Message:
    """The one display that a cell made."""
    (display,) = [each for each in ran.outputs if each["msg_type"] == "display_data"]
    return display


def id_of(display: Message) -> str:
    return str(display["content"]["transient"]["display_id"])


def final(kernel: Kernel, display: Message) -> Message:
    """What a display was replaced by, once its job has ended."""

    def look() -> Message | None:
        updates = [each for each in kernel.said if each["msg_type"] == "update_display_data"]
        return next((each for each in updates if id_of(each) == id_of(display)), None)

    found = kernel.until(look)
    assert found is not None
    return found


def views(said: list[Message]) -> list[dict[str, Any]]:
    """The views among messages to a page, in order."""
    contents = [each["content"]["data"].get("content", {}) for each in said if each["msg_type"] == "comm_msg"]
    return [each["view"] for each in contents if each.get("kind") == "view"]


def player(html: str) -> str:
    """Where the one player of a piece of HTML takes its clip from."""
    (source,) = re.findall(r'<video[^>]* src="([^"]+)"', html)
    return str(source)


def check_player(data: dict[str, str], folder: Path) -> Path:
    """That a display stands alone and plays a clip beside the notebook; returns the clip."""
    assert set(data) == {"text/html", "image/jpeg", "text/plain"}
    source = player(data["text/html"])
    assert source.startswith("videogen/"), "the link is relative"
    assert source in data["text/plain"]
    clip = folder / source
    assert clip.read_bytes()[4:8] == b"ftyp"
    assert "<script" not in data["text/html"]
    return clip


def test_a_cell_returns_while_its_job_goes_on_and_binds_its_name(kernel: Kernel) -> None:
    """The cell is done, shows its job live and has bound NAME, all before the job has ended."""
    ran = kernel.run(f"%%videogen boat {LONG}\na paper boat")
    assert ran.reply["status"] == "ok"
    assert kernel.value("(type(boat).__name__, boat.ended, boat.request.prompt)") == (
        "Job",
        False,
        "a paper boat",
    )
    data = shown(ran)["content"]["data"]
    assert {WIDGET, "text/html", "text/plain"} <= set(data)
    assert kernel.value("boat.cancel()") is None


def test_views_arrive_while_another_cell_sleeps(kernel: Kernel) -> None:
    """The bar of one cell moves while the kernel's main thread is held by the next."""
    kernel.run("%%videogen boat -d 6\na paper boat")
    ran = kernel.run("import time; time.sleep(3)")
    told = [view["progress"] for view in views(ran.said) if view["progress"] is not None]
    assert len(set(told)) >= 3
    assert told == sorted(told)
    kernel.run("boat.cancel()")


def test_the_last_word_is_html_that_stands_alone(kernel: Kernel, tmp_path: Path) -> None:
    """A front end that never answers a comm still gets the player, by the id of the cell's own display."""
    ran = kernel.run(f"%%videogen boat {TINY}\na paper boat")
    last = final(kernel, shown(ran))
    clip = check_player(last["content"]["data"], tmp_path)
    assert kernel.value("str(boat.path)") == str(clip)
    assert not [each for each in kernel.said if each["buffers"]], "nobody asked for the clip's bytes"


def test_two_jobs_end_each_in_their_own_output(kernel: Kernel, tmp_path: Path) -> None:
    """Jobs that end while neither of their cells runs replace each its own display."""
    ran = [kernel.run(f"%%videogen {name} {TINY}\na {name} at sea") for name in ("boat", "whale")]
    clips = [check_player(final(kernel, shown(each))["content"]["data"], tmp_path) for each in ran]
    assert [clip.name.split("-")[1] for clip in clips] == ["boat", "whale"]


def test_a_page_that_is_loaded_later_is_handed_the_clip(kernel: Kernel) -> None:
    """A page that loads a notebook as it was saved in mid-run greets the view, and gets the clip as bytes."""
    ran = kernel.run(f"%%videogen boat {TINY}\na paper boat")
    final(kernel, shown(ran))
    kernel.tell_widget(shown(ran)["content"]["data"][WIDGET]["model_id"], {"kind": "hello"})
    clip = kernel.until(lambda: next((each for each in kernel.said if each["buffers"]), None))
    assert clip is not None
    assert clip["content"]["data"]["content"]["kind"] == "clip"
    assert bytes(clip["buffers"][0]) == Path(kernel.value("str(boat.path)")).read_bytes()
    assert views(kernel.said)[-1]["status"] == "succeeded"


@pytest.mark.parametrize("stdin", [True, False], ids=["a person", "a program"])
def test_a_wait_ends_with_the_player(kernel: Kernel, tmp_path: Path, stdin: bool) -> None:
    """With --wait, and wherever outputs are only collected, the cell ends when its player is there."""
    ran = kernel.run(f"%%videogen boat {TINY} {'--wait' if stdin else ''}\na paper boat", allow_stdin=stdin)
    assert kernel.value("boat.ended")
    display = shown(ran)
    assert (WIDGET in display["content"]["data"]) is stdin
    last = [each for each in ran.said if each["msg_type"] == "update_display_data"][-1]
    assert id_of(last) == id_of(display)
    check_player(last["content"]["data"], tmp_path)


MISTAKES = {
    "--modl veo-3-1\na boat": "did you mean --model",
    "--model veo-3-1-fats\na boat": "veo-3-1-fast",
    "--model veo-3-1 --provider infery\na boat": "infery_api_key",
    "--provider nobody\na boat": "nobody",
    "--duration soon\na boat": "--duration",
    "--duration 100000\na boat": "duration",
    "--size 33x33\na boat": "size",
    "--image nowhere.png\na boat": "nowhere.png",
    "--seed -1\na boat": "seed",
    "a boat\na boat": "unexpected argument",
    "\na {creature}": "creature",
    "\n   ": "prompt",
}


def test_a_mistake_is_one_line_and_sends_nothing(kernel: Kernel) -> None:
    """Each slip is a UsageError of one line that names it, with no traceback, no job and no variable."""
    for cell, named in MISTAKES.items():
        code = f"%%videogen slip {cell}" if not cell.startswith("a boat") else f"%%videogen {cell}"
        ran = kernel.run(code)
        assert (ran.reply["status"], ran.reply.get("ename")) == ("error", "UsageError"), cell
        assert named in ran.reply["evalue"].lower(), cell
        assert "\n" not in ran.reply["evalue"], cell
        assert not ran.reply["traceback"], cell
        assert "Traceback" not in ran.text, cell
        assert not [each for each in ran.outputs if each["msg_type"] == "display_data"], cell
    kernel.run("import videogen_nb")
    assert kernel.value("(videogen_nb.jobs(everywhere=True), 'slip' in globals())") == ([], False)


def test_a_failure_that_was_waited_for_stops_run_all(kernel: Kernel) -> None:
    """With --wait a job that fails makes its cell fail, in one line, and the output says it too."""
    refusal = Answer({"error": {"message": "<b>No</b> such size", "code": "invalid_request"}}, 400)
    with Server({"POST /v1/videos/generations": refusal}) as server:
        kernel.run(f"%env INFERY_BASE_URL={server.url}\n%env INFERY_API_KEY=inf_0123456789abcdef")
        ran = kernel.run("%%videogen --model veo-3-1-fast --wait\na boat")
        assert len(server.requests("POST /v1/videos/generations")) == 1
    assert (ran.reply["status"], ran.reply.get("ename")) == ("error", "UsageError")
    assert "such size" in ran.reply["evalue"]
    assert not ran.reply["traceback"]
    last = final(kernel, shown(ran))["content"]["data"]
    assert set(last) == {"text/html", "text/plain"}
    assert "Failed" in last["text/html"]
    assert "<b>No" not in last["text/html"]


def test_interrupting_a_wait_leaves_the_job_alone(kernel: Kernel, tmp_path: Path) -> None:
    """The stop button ends the cell in one line; the job goes on and ends in that cell's output."""
    cell = kernel.submit("%%videogen boat -d 4 --wait\na paper boat")
    kernel.until(lambda: [view for view in views(kernel.said) if view["progress"]])
    kernel.interrupt()
    ran = kernel.finish(cell)
    assert (ran.reply["status"], ran.reply.get("ename")) == ("error", "UsageError")
    assert "goes on" in ran.reply["evalue"]
    assert not ran.reply["traceback"]
    assert kernel.run("boat.wait()").reply["status"] == "ok"
    check_player(final(kernel, shown(ran))["content"]["data"], tmp_path)


@pytest.mark.parametrize("wait", ["boat.wait()", "await boat"])
def test_the_users_own_tasks_go_on_during_a_wait(kernel: Kernel, wait: str) -> None:
    """A task on the kernel's loop keeps ticking while a cell waits for its job, and queued cells still run."""
    kernel.run(
        "import asyncio\nticks = 0\n"
        "async def tick():\n    global ticks\n    while True:\n        ticks += 1\n        await asyncio.sleep(0.02)\n"
        "ticking = asyncio.create_task(tick())"
    )
    kernel.run("%%videogen boat --size 320x180 -d 4\na paper boat")
    waiting = kernel.submit(f"before = ticks\ndone = {wait}\nduring = ticks - before")
    queued = kernel.submit("after = True")
    assert kernel.finish(waiting).reply["status"] == "ok"
    assert kernel.finish(queued).reply["status"] == "ok"
    assert kernel.value("done is boat and boat.ended and after")
    assert kernel.value("during") >= 10


def test_tab_completes_over_the_protocol(kernel: Kernel, tmp_path: Path) -> None:
    """Tab offers options, models, providers, shapes, files and commands, and fills in the word at the cursor."""
    (tmp_path / "first frame.png").write_bytes(b"")
    (tmp_path / "first.png").write_bytes(b"")
    cell, line = "%%videogen boat ", "%videogen "
    wanted = {
        cell + "--mo": cell + "--model",
        cell + "--model veo-3-1-f": cell + "--model veo-3-1-fast",
        cell + "-m veo-3-1-f": cell + "-m veo-3-1-fast",
        cell + "--provider in": cell + "--provider infery",
        cell + "--aspect-ratio 1": cell + "--aspect-ratio 16:9",
        cell + "--resolution 7": cell + "--resolution 720p",
        cell + "--image first.": cell + "--image first.png",
        line + "jo": line + "jobs",
    }
    for typed, completed in wanted.items():
        assert completed in kernel.complete(typed), typed
    offered = kernel.complete(cell + "--model ve")
    assert offered == [each for each in offered if each.startswith(cell + "--model ve")]
    assert kernel.complete("import videogen_n") == ["import videogen_nb"]


def test_help_and_dry_run_send_nothing(kernel: Kernel) -> None:
    """Help, with no body at all, and a dry run print, and make no job."""
    assert "--aspect-ratio" in kernel.run("%%videogen -h").text
    assert "Nothing was sent" in kernel.run("%%videogen --dry-run\na boat").text
    assert "No jobs yet" in kernel.run("%videogen jobs").text


def test_loading_is_quiet_and_can_be_repeated(kernel: Kernel) -> None:
    """Loading prints nothing where nothing was left behind, and reloading leaves the magics working."""
    assert kernel.run("%reload_ext videogen_nb").text == ""
    assert kernel.run(f"%%videogen boat {TINY} --wait\na paper boat").reply["status"] == "ok"
