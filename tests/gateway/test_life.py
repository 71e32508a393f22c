"""Jobs and processes over time: restarts, several gateways, cancelling, crashes, threads and loops."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from tests.gateway.support import ENV, PATIENCE, alive, ended, make, mounted, on_loop, settled, told, until, workers
from videogen_nb.gateway.app import Gateway
from videogen_nb.gateway.jobs.queue import Queue

_HOST = """
import asyncio
from pathlib import Path
from tests.gateway.support import make, mounted

async def main():
    async with mounted(Path({home!r})) as client:
        print(await make(client, "hold {gate}"), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def status(client: httpx2.AsyncClient, job_id: str) -> str:
    return str((await client.get(f"/v1/videos/{job_id}")).json()["status"])


async def running(client: httpx2.AsyncClient, job_id: str) -> bool:
    job = (await client.get(f"/v1/videos/{job_id}")).json()
    return bool(job["status"] == "in_progress" and job["progress"])


async def pid_of(client: httpx2.AsyncClient, job_id: str) -> int:
    await ended(client, f"/v1/videos/{job_id}")
    return int(told((await client.get(f"/v1/videos/{job_id}/content")).content)["pid"])


@on_loop
async def test_a_closed_gateway_leaves_no_process(home: Path, tmp_path: Path) -> None:
    """Closing ends busy and idle workers; the job cut short is rendered after a restart."""
    async with mounted(home, workers=2) as client:
        await ended(client, f"/v1/videos/{await make(client)}")
        cut = await make(client, f"hold {tmp_path / 'gate'}")
        await until(lambda: running(client, cut))
        assert workers()
    assert not workers()
    assert not list((home / "attempts").iterdir())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("videogen-worker")]
    (tmp_path / "gate").touch()
    async with mounted(home) as client:
        job = await ended(client, f"/v1/videos/{cut}")
        assert job["status"] == "completed"
        answer = await client.get("/v1/models")
    assert answer.status_code == 200


@on_loop
async def test_closing_is_final_and_can_be_said_twice(home: Path) -> None:
    """A second close does nothing, also without a start; a request after it is told so."""
    never = Gateway(home)
    await never.aclose()
    gateway = Gateway(home)
    transport = httpx2.ASGITransport(app=gateway)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        await client.get("/v1/models")
        await gateway.aclose()
        await gateway.aclose()
        assert (await client.get("/v1/models")).status_code == 503


@on_loop
async def test_closing_in_any_moment(home: Path) -> None:
    """However soon after a submit it comes, closing ends the scheduler, and leaves no job claimed."""
    for steps in range(10):
        async with asyncio.timeout(PATIENCE):
            async with mounted(home / str(steps)) as client:
                job_id = await make(client)
                for _ in range(steps):
                    await asyncio.sleep(0)
        queue = Queue(home / str(steps) / "gateway.sqlite3")
        job = queue.find(job_id)
        queue.close()
        assert job
        assert job.status in ("queued", "succeeded")


@on_loop
async def test_closing_at_a_wake_up(home: Path) -> None:
    """However close to a wake-up of the scheduler it comes, closing ends it."""
    for steps in range(8):
        gateway = Gateway(home)
        transport = httpx2.ASGITransport(app=gateway)
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
            await client.get("/v1/models")
        await asyncio.sleep(0)
        gateway._scheduler.wake()
        for _ in range(steps):
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            await gateway.aclose()


@on_loop
async def test_cancelling_kills_the_render(home: Path, tmp_path: Path) -> None:
    """When DELETE answers, the process that rendered is gone, with its files, and the next job starts."""
    async with mounted(home) as client:
        stopped, queued, following = [await make(client, f"hold {tmp_path / 'gate'}") for _ in range(3)]
        await until(lambda: running(client, stopped))
        (worker,) = workers()
        assert (await client.delete(f"/v1/videos/{queued}")).json()["deleted"]
        assert alive(worker)
        assert (await client.delete(f"/v1/videos/{stopped}")).json()["deleted"]
        assert not alive(worker)
        assert (await client.get(f"/v1/videos/{stopped}")).status_code == 404
        (tmp_path / "gate").touch()
        assert await pid_of(client, following) != worker.pid
        assert len(list((home / "media").iterdir())) == 1


@on_loop
async def test_two_gateways_share_a_home(home: Path, tmp_path: Path) -> None:
    """Both render, each output once; either answers for every job, and cancels what the other renders."""
    gate = tmp_path / "gate"
    async with mounted(home) as one, mounted(home) as two:
        await two.get("/v1/videos/wake-up")
        jobs = [await make(one, f"hold {gate}") for _ in range(4)]

        async def both() -> list[psutil.Process] | None:
            busy = [job for job in jobs if await running(two, job)]
            return workers() if len(busy) == 2 else None

        pair = await until(both)
        assert len(pair) == 2
        doomed = [job for job in jobs if await status(two, job) == "in_progress"]
        await two.delete(f"/v1/videos/{doomed[0]}")
        await one.delete(f"/v1/videos/{doomed[1]}")
        await until(lambda: settled(not any(alive(worker) for worker in pair)))
        gate.touch()
        rest = [job for job in jobs if job not in doomed]
        for job in rest:
            assert await pid_of(one, job) == await pid_of(two, job)


@on_loop
async def test_a_killed_host_leaves_no_worker_and_loses_no_job(home: Path, tmp_path: Path) -> None:
    """After SIGKILL its worker ends by itself, and its job is taken by another gateway as soon as someone asks."""
    gate = tmp_path / "gate"
    command = [sys.executable, "-c", _HOST.format(home=str(home), gate=gate)]
    gateway = Gateway(home, workers=1, renderer="tests.gateway.renderer")
    transport = httpx2.ASGITransport(app=gateway)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        await client.get("/v1/models")
        await until(lambda: settled(gateway._scheduler._idle))  # or it would render the job itself
        with subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, text=True) as host:
            try:
                assert host.stdout
                job = host.stdout.readline().strip()
                (worker,) = await until(lambda: settled(psutil.Process(host.pid).children()))
                await until(lambda: running(client, job))
            finally:
                host.kill()
        await until(lambda: settled(not alive(worker)))
        gate.touch()
        assert await pid_of(client, job) != worker.pid
    await gateway.aclose()


@on_loop
async def test_an_interrupt_does_not_reach_the_workers(home: Path, tmp_path: Path) -> None:
    """Ctrl-C in a kernel goes to its process group; the clip goes on."""
    async with mounted(home) as client:
        job = await make(client, f"hold {tmp_path / 'gate'}")
        await until(lambda: running(client, job))
        (worker,) = workers()
        assert os.getpgid(worker.pid) != os.getpgid(0)
        worker.send_signal(signal.SIGINT)
        (tmp_path / "gate").touch()
        assert await pid_of(client, job) == worker.pid


@on_loop
async def test_workers_are_reused_and_polite(home: Path) -> None:
    """One process renders clip after clip, below normal priority, whatever a renderer prints."""
    async with mounted(home) as client:
        pids = {await pid_of(client, await make(client, prompt)) for prompt in ("a", "chat", "b")}
        assert pids == {workers()[0].pid}
        lowest = 19  # no process can be politer than that, nor is a worker that was started by one
        assert psutil.Process(pids.pop()).nice() >= min(psutil.Process().nice() + 1, lowest)


def test_idle_workers_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker without work ends after a while, and the next job gets another."""
    monkeypatch.setattr("videogen_nb.gateway.jobs.pool._IDLE", 0.05)

    @on_loop
    async def run() -> None:
        async with mounted(home) as client:
            await ended(client, f"/v1/videos/{await make(client)}")
            await until(lambda: settled(not workers()))
            assert (await ended(client, f"/v1/videos/{await make(client)}"))["status"] == "completed"

    run()


def test_a_plain_loop_in_another_thread(home: Path) -> None:
    """A selector loop in a thread that is not the main one renders all the same."""
    seen: list[Any] = []

    async def run() -> None:
        async with mounted(home) as client:
            seen.append(await ended(client, f"/v1/videos/{await make(client)}"))

    def body() -> None:
        loop = asyncio.SelectorEventLoop()
        loop.run_until_complete(run())
        loop.close()

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert seen[0]["status"] == "completed"


def test_a_clip_outlives_odd_surroundings(home: Path, tmp_path: Path) -> None:
    """Files in the notebook's folder named like modules, and a package that is not installed, do no harm."""
    for name in ("queue.py", "json.py", "numpy.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')")
    code = (
        f"import sys; sys.path.append({ENV['PYTHONPATH']!r})\n"
        "import asyncio, json, pathlib, tests.gateway.support as g\n"
        "async def main():\n"
        f"    async with g.mounted(pathlib.Path({str(home)!r})) as client:\n"
        "        print(json.dumps(await g.ended(client, '/v1/videos/' + await g.make(client))))\n"
        "sys.path.insert(0, ''); asyncio.run(main())\n"
    )
    env = {name: value for name, value in ENV.items() if name != "PYTHONPATH"}
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout)["status"] == "completed"
    assert run.stderr == ""
