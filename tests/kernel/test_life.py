"""What is left when the extension is unloaded and when a kernel ends, and what the next kernel finds."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from tests.kernel.client import PATIENCE, Kernel, Start
from tests.kernel.displays import LONG, TINY, check_player, final, shown
from tests.kernel.providers import rendering, suspended, use_gateway
from tests.support.servers import Answer, Server, job

pytestmark = pytest.mark.kernel
slow = pytest.mark.slow

SUBMIT = "POST /v1/videos/generations"
# All that a process can hold: seen from inside, so that the kernel's own sockets can be told apart.
HELD = """
import os, threading, psutil
def held():
    me = psutil.Process()
    return {
        "threads": sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("videogen")),
        "children": [child.pid for child in me.children(recursive=True)],
        "sockets": sorted((*each.laddr, *each.raddr) for each in me.net_connections("inet")),
        "files": sorted(each.path for each in me.open_files() if each.path.startswith(os.environ["VIDEOGEN_HOME"])),
    }
"""


@slow
def test_unloading_leaves_nothing_behind(kernel: Kernel) -> None:
    """After unloading no thread, process, socket, file, magic or completion of ours is there."""
    kernel.run("%unload_ext videogen_nb")
    kernel.run(HELD)
    before = kernel.value("held()")
    kernel.load()
    accepted = job({"id": "v1", "status": "queued"})
    with Server(
        {SUBMIT: accepted, "GET /v1/videos/generations/v1": Answer({"id": "v1", "status": "processing"})}
    ) as far:
        use_gateway(kernel, far)
        kernel.run("%%videogen far --model veo-3-1-fast\na paper boat")
        near = kernel.run(f"%%videogen near --provider local {LONG}\na paper boat")
        rendering(kernel)
        kernel.until(lambda: kernel.value("far.remote_id"))
        assert kernel.value("held()") != before

        kernel.run("%unload_ext videogen_nb")
        assert kernel.value("held()") == before
    assert set(final(kernel, shown(near))["content"]["data"]) == {"text/html", "text/plain"}
    assert kernel.run("%%videogen\na boat").reply["status"] == "error"
    assert kernel.run("%videogen jobs").reply["status"] == "error"
    assert "%%videogen --model" not in kernel.complete("%%videogen --mo")


@slow
def test_loading_again_goes_on_with_what_unloading_left(kernel: Kernel) -> None:
    """A job that ran when the extension was unloaded is followed again after the next load; one line says so."""
    kernel.run(f"%%videogen boat {TINY}\na paper boat")
    with suspended(kernel):
        kernel.until(lambda: kernel.value("boat.remote_id"))
        kernel.run("%unload_ext videogen_nb")
        assert kernel.value("boat.path") is None
    line = kernel.run("%load_ext videogen_nb").text
    assert line.count("\n") == 1
    assert kernel.value("boat.id") in line
    again = "__import__('videogen_nb').jobs()[0]"
    assert kernel.value(f"{again}.wait().path.exists()")


@slow
def test_shutting_down_ends_the_renderer(start: Start) -> None:
    """A kernel that is shut down in the middle of a job leaves no process behind."""
    kernel = start()
    kernel.load()
    kernel.run(f"%%videogen boat {LONG}\na paper boat")
    assert rendering(kernel)
    assert kernel.stop() == []


@slow
def test_shutting_down_leaves_a_plain_output(start: Start) -> None:
    """What a shut-down kernel leaves in the notebook is no live view: that would reopen as an error."""
    kernel = start()
    kernel.load()
    ran = kernel.run(f"%%videogen boat {LONG}\na paper boat")
    kernel.run("exit")
    assert set(final(kernel, shown(ran))["content"]["data"]) == {"text/html", "text/plain"}


def test_a_killed_kernels_job_is_finished_by_the_next(start: Start, tmp_path: Path) -> None:
    """After SIGKILL the next kernel of the folder says one line and the clip comes; no process survives the first."""
    first, second = start(), start()
    first.load()
    first.run(f"%%videogen boat {TINY}\na paper boat")
    with suspended(first) as renderers:
        first.until(lambda: first.value("boat.remote_id"))
        job_id = first.value("boat.id")
        first.kill()
    assert not psutil.wait_procs(renderers, timeout=PATIENCE)[1]
    assert not list(tmp_path.glob("videogen/*.mp4"))

    line = second.load().text
    assert line.count("\n") == 1
    assert job_id in line
    ran = second.run(f"%videogen show {job_id}")
    clip = check_player(final(second, shown(ran))["content"]["data"], tmp_path)
    assert [clip] == list(tmp_path.glob("videogen/*.mp4"))
    assert second.run("%videogen jobs").text.count("succeeded") == 1


@slow
def test_a_kernel_of_another_folder_leaves_it_alone(start: Start, lend: Start) -> None:
    """Unfinished jobs are resumed by kernels of their own folder only."""
    first = start()
    first.load()
    first.run(f"%%videogen boat {LONG}\na paper boat")
    first.until(lambda: first.value("boat.remote_id"))
    first.kill()
    second = lend()
    second.run("import os; os.makedirs('elsewhere'); os.chdir('elsewhere')")
    assert second.load().text == ""


@slow
@pytest.mark.skipif(
    not version("ipykernel").startswith("7.0."), reason="only ipykernel 7.0 is unsupported: `make matrix`"
)
def test_an_unsupported_kernel_is_told_so(start: Start) -> None:
    """ipykernel 7.0 gets one clear line, and is not left with clips that never appear without a word."""
    ran = start().load()
    assert ran.text.count("\n") == 1
    assert "ipykernel 7.0" in ran.text
    assert "pip install" in ran.text
