"""The matrix: every fault, in every dialect it is played in, against the real backend.

``python -m tests.faults.matrix [words of a name]`` plays it and prints what became of each job.
"""

from __future__ import annotations

import argparse
import base64
import functools
import importlib
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import pytest

from tests.faults import fetching, following, submitting
from tests.faults.fault import MONEY, Fault
from tests.faults.quick import backend_in, hurry, quickly, send
from tests.faults.raw import Site, Stage
from tests.faults.wires import WIRES
from tests.providers.conftest import KEY
from tests.support.clips import make_clip, make_webm
from videogen_nb.backend.backend import Backend
from videogen_nb.errors import VideogenError, WaitTimeoutError

__all__ = ["CASES", "USUAL", "Outcome", "clips", "judge", "params", "play"]

FAULTS: tuple[Fault, ...] = (*submitting.FAULTS, *following.FAULTS, *fetching.FAULTS)
CASES = tuple((fault.on(wire), wire) for fault in FAULTS for wire in fault.wires)
# Of each stage one fault that passes and one that does not, and those in which money is at stake.
USUAL = {
    "submit: reset once it was read",
    "submit: 502 in HTML",
    "submit: 401",
    "submit: bare 429",
    "status: reset once it was read",
    "status: 404 for good",
    "status: failed without a reason",
    "download: reset in the middle",
    "download: redirect to storage that takes no key",
    "download: 403 XML for good",
}
PATIENCE = 60.0  # seconds until a job that should have ended counts as hung


@dataclass(frozen=True)
class Outcome:
    """What became of one fault in one dialect.

    Attributes:
        end: The job's status; ``following`` where it rightly goes on, ``hung`` where it should not.
        posts: Submissions that the server saw; `taken`: those that it took.
        message: What the user reads.
        kind: Class of the error; "" if none.
        progress: All values that the bar showed, in order.
        arrived: The clip's bytes; None if there is none.
        left: Names of what else lies in the output folder.
        journal: Status in the journal.
        gaps: Seconds between the first two submissions, and between the first two polls.
        elsewhere: Requests to the other origin that showed the key.
    """

    end: str
    posts: int
    taken: int
    message: str
    kind: str
    progress: tuple[float, ...]
    arrived: bytes | None
    left: tuple[str, ...]
    journal: str
    gaps: tuple[float, ...]
    elsewhere: int


@functools.cache
def clips() -> Mapping[str, bytes]:
    """What the sites serve: ``mp4``, unless a fault says ``other`` or ``webm``."""
    return {"mp4": make_clip(), "other": make_clip(shade=1), "webm": make_webm()}


def params(faults: Sequence[Fault]) -> list[Any]:
    """Faults in each of their dialects, as the parameters of a test; all but `USUAL` are slow."""
    return [
        pytest.param(
            fault.on(wire),
            wire,
            id=f"{fault.name} [{wire}]",
            marks=() if fault.name in USUAL else (pytest.mark.slow,),
        )
        for fault in faults
        for wire in fault.wires
    ]


def play(cases: Sequence[tuple[Fault, str]], folder: Path) -> dict[tuple[str, str], Outcome]:
    """Play faults, side by side where they share their limits; by (fault, dialect)."""
    outcomes: dict[tuple[str, str], Outcome] = {}
    by_limits = sorted(cases, key=lambda case: sorted(case[0].limits.items()))
    for number, (limits, group) in enumerate(groupby(by_limits, key=lambda case: dict(case[0].limits))):
        with _limited(limits), Stage() as stage, backend_in(folder / str(number)) as backend:
            acts = [_Act(fault, wire, stage, backend, folder / str(number)) for fault, wire in group]
            end = time.monotonic() + PATIENCE
            for act in acts:
                outcomes[act.fault.name, act.wire.name] = act.outcome(max(end - time.monotonic(), 0.01))
    return outcomes


def judge(fault: Fault, outcome: Outcome) -> list[str]:
    """What is wrong with an outcome; nothing, if all is well."""
    said = outcome.message
    money = [name for name, words in MONEY.items() if re.search(words, said)]
    wrong = {
        f"ended {outcome.end}, not {fault.end} ({outcome.kind})": outcome.end != fault.end,
        f"{outcome.posts} submissions, not {fault.posts}": fault.posts not in (None, outcome.posts),
        f"{outcome.taken} jobs taken, not {fault.taken}": outcome.taken != fault.taken,
        f"says nothing of {fault.says!r}": not re.search(fault.says, said, re.S),
        "says something": not fault.says and bool(said),
        f"money is {money or 'not spoken of'}, not {fault.money!r}": money != ([fault.money] if fault.money else []),
        "speaks of charges that it does not know": not fault.money and "charged" in said,
        "says that nothing was charged of a job that was taken": "Nothing was charged" in said and outcome.taken > 0,
        f"{len(said)} characters": len(said) > 400,
        f"{said.count(chr(10)) + 1} lines": said.count("\n") > 1,
        "holds control characters": any(not char.isprintable() and char != "\n" for char in said),
        "holds markup": bool(re.search(r"</?\w+[^>]*>", said)),
        "holds a secret": KEY in said or "hush" in said,
        f"progress fell or left 0 to 1: {outcome.progress}": not _sound(outcome.progress),
        f"the journal says {outcome.journal}": outcome.end not in ("following", outcome.journal),
        "another clip arrived": outcome.end == "succeeded" and outcome.arrived != clips()[fault.clip],
        "there is a clip": outcome.end != "succeeded" and outcome.arrived is not None,
        f"left lying: {outcome.left}": outcome.end == "succeeded" and bool(outcome.left),
        f"came again too soon: {outcome.gaps}": fault.gap > 0 and (not outcome.gaps or outcome.gaps[0] < fault.gap),
        "the key went elsewhere": outcome.elsewhere > 0,
    }
    return [what for what, holds in wrong.items() if holds]


class _Act:
    """One fault as it is played: its sites, and its job."""

    def __init__(self, fault: Fault, wire: str, stage: Stage, backend: Backend, folder: Path) -> None:
        self.fault, self.wire, self.backend, self.folder = fault, WIRES[wire], backend, folder
        facts = {"wire": self.wire, "clip": clips()["mp4"], "inline": _inline(clips()["mp4"]), **clips()}
        self.storage = stage.open(Site(lambda _: "storage", {"storage": fault.storage}))
        routes = ("connect", "submit", "status", "file", "content")
        scripts = {name: steps for name in routes if (steps := getattr(fault, name))}
        self.site = stage.open(Site(self.wire.route, scripts, {**facts, "storage": self.storage.url}))
        self.storage.facts.update(facts)
        self.notices: list[str] = []
        self.progress: list[float] = []
        self.told = threading.Event()
        self.job = send(backend, self.wire, self.site.url, f"a boat for {wire}", **fault.asks)
        self.job.observe(lambda change: self.progress.append(change["new"]), "progress")
        self.job.observe(lambda change: self._notice(change["new"]), "notice")
        self._notice(self.job.notice)

    def _notice(self, words: str) -> None:
        self.notices.append(words)
        if self.fault.end == "following" and re.search(self.fault.says, words):
            self.told.set()

    def _gap(self, route: str) -> float | None:
        times = [when for name, _, when in self.site.asked if name == route]
        return times[1] - times[0] if len(times) > 1 else None

    def outcome(self, patience: float) -> Outcome:
        """See the act to its end, or stop it where it rightly has none."""
        end, job, said = "", self.job, ""
        if self.fault.end == "following":
            end = "following" if self.told.wait(patience) and not job.ended else "hung"
            said = next((each for each in self.notices if re.search(self.fault.says, each)), self.notices[-1])
            job.cancel()
            patience = PATIENCE
        try:
            job.wait(patience)
        except WaitTimeoutError:
            end = "hung"
        except VideogenError:
            pass  # how it ended is judged
        said = said or str(job.error or job.notice)
        row = self.backend.journal.row(job.id)
        tree = os.walk(self.folder / "videogen")
        files = [Path(place, name) for place, *names in tree for name in chain(*names) if job.id in name]
        finals = [path for path in files if path.suffix in (".mp4", ".webm", ".mov")]
        kept = [path.name for path in files if path not in finals and path.suffix not in (".json", ".webp")]
        return Outcome(
            end=end or str(job.status),
            posts=len(self.site.requests("submit")),
            taken=self.site.accepted,
            message=said,
            kind=type(job.error).__name__ if job.error else "",
            progress=tuple(value for value in self.progress if value is not None),
            arrived=finals[0].read_bytes() if finals else None,
            left=tuple(kept),
            journal=row.status if row else "nothing",
            gaps=tuple(filter(None, map(self._gap, ("submit", "status")))),
            elsewhere=sum("authorization" in seen.headers for seen in self.storage.requests("storage")),
        )


def _inline(clip: bytes) -> Any:
    uri = "data:video/mp4;base64," + base64.b64encode(clip).decode()
    return lambda wire: wire.done(uri)


def _sound(progress: Sequence[float]) -> bool:
    return list(progress) == sorted(progress) and all(0 <= value <= 1 for value in progress)


@contextmanager
def _limited(limits: Mapping[str, float]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        quickly(patch)
        for name, value in limits.items():
            if name == "timeout":
                hurry(patch, value)
                continue
            module, _, constant = name.rpartition(".")
            patch.setattr(importlib.import_module(f"videogen_nb.{module}"), constant, value)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.matrix", description=__doc__)
    parser.add_argument("words", nargs="*", help="only faults whose names hold each of these")
    words = parser.parse_args().words
    cases = [case for case in CASES if all(word in case[0].name for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        outcomes = play(cases, Path(folder))
    bad = 0
    print(f"{'fault':58} {'wire':13} {'end':10} POSTs  message")
    for fault, wire in cases:
        outcome = outcomes[fault.name, wire]
        complaints = judge(fault, outcome)
        bad += bool(complaints)
        print(f"{fault.name[:58]:58} {wire:13} {outcome.end:10} {outcome.posts:5}  {outcome.message}")
        for each in complaints:
            print(f"{'':58} !! {each}")
    print(f"{len({fault.name for fault, _ in cases})} faults, {len(cases)} runs, {bad} not as they should be.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
