"""The outage: the network goes away while jobs are queued, made and fetched, and comes back.

``python -m tests.faults.outage --minutes 10`` plays it in real time, with the pauses that users get.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.faults.quick import backend_in, send
from tests.faults.raw import Site, Stage, Talk
from tests.faults.steps import accept, done, going, hold, mp4
from tests.faults.wires import WIRES
from tests.support.clips import make_clip
from videogen_nb.backend.backend import Backend
from videogen_nb.core.job import Phase
from videogen_nb.errors import VideogenError

__all__ = ["Followed", "Gateway", "play"]

Kind = Literal["refused", "swallowed"]
STATES = ("queued", "running", "downloading")


@dataclass(frozen=True)
class Followed:
    """What an outage was for one job.

    Attributes:
        state: What it was doing when the network went.
        status: How it ended.
        posts: Submissions of it.
        notices: What was said of it while the network was away, in order.
        after: What is said of it at its end.
        whole: Whether the right clip arrived.
        back: Seconds from the network's return to its end.
    """

    state: str
    status: str
    posts: int
    notices: tuple[str, ...]
    after: str
    whole: bool
    back: float


class Gateway:
    """A gateway whose network can go: connections are refused, or taken and never answered."""

    def __init__(self, stage: Stage, wire: str) -> None:
        self.stage, self.wire, self.clip = stage, WIRES[wire], make_clip()
        self.finished = False  # whether the jobs that run are done
        facts = {"wire": self.wire, "clip": self.clip}
        scripts = {"submit": [self._submit], "status": [self._status], "file": [self._file]}
        self.site = stage.open(Site(self.wire.route, scripts, facts))
        self._hole = Site(lambda _: "", {"connect": [hold]})
        self._hole.port = self.site.port

    def go(self, kind: Kind) -> None:
        self.stage.run(self.site.stop())
        if kind == "swallowed":
            self.stage.open(self._hole)

    def come_back(self) -> None:
        self.stage.run(self._hole.stop())
        self.stage.run(self.site.start())
        self.finished = True

    async def _submit(self, talk: Talk) -> None:
        await accept(talk.seen.json()["prompt"].replace(" ", "-"))(talk)

    async def _status(self, talk: Talk) -> None:
        name = talk.seen.path.rpartition("/")[2]
        if self.finished or name.startswith("downloading"):
            await done(f"/files/{name}.mp4")(talk)
        else:
            await going(*((30, None) if name.startswith("running") else (None, "queued")))(talk)

    async def _file(self, talk: Talk) -> None:
        await (mp4() if self.finished else _trickle)(talk)


async def _trickle(talk: Talk) -> None:
    """Half of the clip, then so little at a time that the network goes before the end."""
    await mp4(cut=100_000)(talk)
    for first in range(100_000, 160_000, 100):
        await asyncio.sleep(0.1)
        await talk.write(talk.site.facts["clip"][first : first + 100])


def play(backend: Backend, gateway: Gateway, kind: Kind, each: int, away: Callable[[], None]) -> list[Followed]:
    """Let the network go once every job is in its state; `away` is called when each has said so, and ends it."""
    watches = [_Watch(backend, gateway, state, number) for state in STATES for number in range(each)]
    for watch in watches:
        assert watch.ready.wait(60), f"{watch.state} was not reached: {watch.job}"
    gateway.go(kind)
    for watch in watches:
        assert watch.told.wait(60), f"nothing was said of the outage: {watch.job}"
    away()
    assert not any(watch.job.ended for watch in watches), [repr(watch.job) for watch in watches]
    for watch in watches:
        watch.heard = len(watch.notices)
    gateway.come_back()
    began = time.monotonic()
    return [watch.end(began) for watch in watches]


class _Watch:
    """One job, and what its user is told."""

    def __init__(self, backend: Backend, gateway: Gateway, state: str, number: int) -> None:
        self.state, self.gateway = state, gateway
        self.prompt = f"{state} {number}"
        self.notices: list[str] = []
        self.heard = 0
        self.ended = 0.0
        self.ready, self.told = threading.Event(), threading.Event()
        self.job = send(backend, gateway.wire, gateway.site.url, self.prompt)
        self.job.observe(self._look)
        self._look(None)

    def _look(self, change: Any) -> None:
        job = self.job
        if change and change["name"] == "notice" and change["new"]:
            self.notices.append(change["new"])
            self.told.set()
        if change and change["name"] == "phase" and change["new"] == Phase.ENDED:
            self.ended = time.monotonic()
        reached = {
            "queued": job.remote_id is not None,
            "running": job.progress is not None,
            "downloading": job.received is not None and job.received[0] > 0,
        }
        if reached[self.state]:
            self.ready.set()

    def end(self, began: float) -> Followed:
        try:
            self.job.wait(150)
        except VideogenError as error:
            self.notices.append(str(error))
        job, posts = self.job, [each.json()["prompt"] for each in self.gateway.site.requests("submit")]
        whole = job.path is not None and job.path.read_bytes() == self.gateway.clip
        notices = tuple(dict.fromkeys(self.notices[: self.heard]))
        sent = posts.count(self.prompt)
        return Followed(self.state, str(job.status), sent, notices, job.notice, whole, self.ended - began)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.outage", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--wire", choices=[name for name in WIRES if name != "openai_videos"], default="infery")
    parser.add_argument("--kind", choices=["refused", "swallowed"], default="refused")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Stage() as stage, backend_in(Path(folder)) as backend:
        gateway = Gateway(stage, given.wire)
        found = play(backend, gateway, given.kind, 3, lambda: time.sleep(given.minutes * 60))
    for each in found:
        said = " / ".join(each.notices)
        print(f"{each.state:12} {each.status:10} {each.posts} POST, back after {each.back:5.1f} s; told: {said}")
    good = all(each.status == "succeeded" and each.posts == 1 and each.whole for each in found)
    print(f"{len(found)} jobs through {given.minutes:g} minutes of outage: {'all well' if good else 'NOT WELL'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
