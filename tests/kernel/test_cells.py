"""What a cell says over the protocol: at once, while its job runs, and when it has ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.client import Kernel, Message
from tests.kernel.displays import LONG, TINY, WIDGET, check_player, final, shown, views

pytestmark = pytest.mark.kernel
slow = pytest.mark.slow


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


@slow
def test_views_arrive_while_another_cell_sleeps(kernel: Kernel, tmp_path: Path) -> None:
    """The bar of one cell moves while the kernel's main thread is held by the next, which ends once it has moved."""

    def moves(said: list[Message]) -> list[float]:
        return [view["progress"] for view in views(said) if view["progress"] is not None]

    kernel.run(f"%%videogen boat {LONG}\na paper boat")
    cell = kernel.submit("import os, time\nwhile not os.path.exists('moved'): time.sleep(0.01)")
    kernel.until(lambda: len(set(moves(kernel.since(cell)))) >= 3)
    (tmp_path / "moved").touch()
    progress = moves(kernel.finish(cell).said)
    assert len(set(progress)) >= 3
    assert progress == sorted(progress)


def test_the_last_word_is_html_that_stands_alone(kernel: Kernel, tmp_path: Path) -> None:
    """A front end that never answers a comm still gets the player, by the id of the cell's own display."""
    ran = kernel.run(f"%%videogen boat {TINY}\na paper boat")
    last = final(kernel, shown(ran))
    clip = check_player(last["content"]["data"], tmp_path)
    assert kernel.value("str(boat.path)") == str(clip)
    assert not [each for each in kernel.said if each["buffers"]], "nobody asked for the clip's bytes"


@slow
def test_two_jobs_end_each_in_their_own_output(kernel: Kernel, tmp_path: Path) -> None:
    """Jobs that end while neither of their cells runs replace each its own display."""
    ran = [kernel.run(f"%%videogen {name} {TINY}\na {name} at sea") for name in ("boat", "whale")]
    clips = [check_player(final(kernel, shown(each))["content"]["data"], tmp_path) for each in ran]
    assert [clip.name.split("-")[1] for clip in clips] == ["boat", "whale"]


@slow
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


@slow
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


@slow
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


@slow
def test_help_and_dry_run_send_nothing(kernel: Kernel) -> None:
    """Help, with no body at all, and a dry run print, and make no job."""
    assert "--aspect-ratio" in kernel.run("%%videogen -h").text
    assert "Nothing was sent" in kernel.run("%%videogen --dry-run\na boat").text
    assert "No jobs yet" in kernel.run("%videogen jobs").text


@slow
def test_loading_is_quiet_and_can_be_repeated(kernel: Kernel) -> None:
    """Loading prints nothing where nothing was left behind, and reloading leaves the magics working."""
    assert kernel.run("%reload_ext videogen_nb").text == ""
    assert kernel.run(f"%%videogen boat {TINY} --wait\na paper boat").reply["status"] == "ok"
