"""Cells that wait for their jobs: how they end, what an interrupt leaves, and what goes on meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.client import Kernel
from tests.kernel.displays import TINY, WIDGET, check_player, final, id_of, printed, shown
from tests.kernel.providers import suspended, use_gateway
from tests.support.scripted import PATH, Gateway, done, going, ranged
from tests.support.servers import Answer, Server

pytestmark = pytest.mark.kernel
slow = pytest.mark.slow


@slow
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


@slow
def test_a_failure_that_was_waited_for_stops_run_all(kernel: Kernel) -> None:
    """With --wait a job that fails makes its cell fail, in one line, and the output says it too."""
    refusal = Answer({"error": {"message": "<b>No</b> such size", "code": "invalid_request"}}, 400)
    with Server({"POST /v1/videos/generations": refusal}) as server:
        use_gateway(kernel, server)
        ran = kernel.run("%%videogen --model veo-3-1-fast --wait\na boat")
        assert len(server.requests("POST /v1/videos/generations")) == 1
    assert (ran.reply["status"], ran.reply.get("ename")) == ("error", "UsageError")
    assert "such size" in ran.reply["evalue"]
    assert not ran.reply["traceback"]
    last = final(kernel, shown(ran))["content"]["data"]
    assert set(last) == {"text/html", "text/plain"}
    assert "Failed" in last["text/html"]
    assert "<b>No" not in last["text/html"]


# Prints when the kernel's loop runs while `boat` is there, which is first in the wait of the cell that binds it.
TELL = """
import asyncio
async def tell():
    while "boat" not in globals():
        await asyncio.sleep(0.01)
    print("in the wait")
telling = asyncio.create_task(tell())
"""


def test_interrupting_a_wait_leaves_the_job_alone(kernel: Kernel, tmp_path: Path) -> None:
    """The stop button ends the cell in one line; the job goes on and ends in that cell's output."""
    kernel.execute(TELL)
    cell = kernel.submit(f"%%videogen boat {TINY} --wait\na paper boat")
    with suspended(kernel):
        kernel.until(lambda: printed(kernel, "in the wait"))
        kernel.interrupt()
        ran = kernel.finish(cell)
    assert (ran.reply["status"], ran.reply.get("ename")) == ("error", "UsageError")
    assert "goes on" in ran.reply["evalue"]
    assert not ran.reply["traceback"]
    assert kernel.run("boat.wait()").reply["status"] == "ok"
    check_player(final(kernel, shown(ran))["content"]["data"], tmp_path)


TICK = """
import asyncio
ticks, before = 0, None
async def tick():
    global ticks
    while before is None or ticks < before + 10:
        ticks += 1
        await asyncio.sleep(0.02)
    print("ten ticks")
ticking = asyncio.create_task(tick())
"""


@slow
@pytest.mark.parametrize("wait", ["boat.wait()", "await boat"])
def test_the_users_own_tasks_go_on_during_a_wait(kernel: Kernel, wait: str, clip: bytes) -> None:
    """A task on the kernel's loop keeps ticking while a cell waits for its job, and queued cells still run."""
    kernel.execute(TICK)
    with Gateway(status=going(), routes={"GET /files/a.mp4": ranged(clip)}) as server:
        use_gateway(kernel, server)
        kernel.execute("%%videogen boat --model veo-3-1-fast\na paper boat")
        waiting = kernel.submit(f"before = ticks\ndone = {wait}")
        queued = kernel.submit("after = True")
        kernel.until(lambda: printed(kernel, "ten ticks"))
        assert not {waiting, queued} & kernel.answered
        server.scripts[f"GET {PATH}/v1"] = [done()]
        assert kernel.finish(waiting).reply["status"] == "ok"
        assert kernel.finish(queued).reply["status"] == "ok"
        assert kernel.value("done is boat and boat.ended and after")
