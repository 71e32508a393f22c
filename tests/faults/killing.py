"""Kill the process at every step of a job's life, resume in a new one, and let the gateway's count judge.

``python -m tests.faults.killing --rounds 300 --seed 7`` does it at random moments, with many jobs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, fields
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.faults.children import HANGS, POINTS, Place, fork, hanging, resume, until_killed, work
from tests.faults.counting import PATHS, Accepted, Counting, Record
from videogen_nb.storage.clips import sidecar_path
from videogen_nb.storage.job_rows import Row
from videogen_nb.storage.journal import Journal

__all__ = ["Harness", "Summary", "judge", "main", "rows_of"]

CHAIN = 3  # times in a row that a process is killed before one is let live
STEPS = 21  # points of its own that a process surely comes to with each job
PAUSE = 0.15  # seconds after such a point within which a process is killed


@dataclass
class Summary:
    """What rounds of killing came to. Counts are of submissions, but for kills and rounds.

    Attributes:
        kills: Processes ended by SIGKILL.
        accepted: Submissions that the gateway took as jobs, by its own count.
        recovered: Of these, those whose clip is on the disk, to the byte.
        uncertain: Of these, those that ended as `uncertain`, and say how to check.
        unsent: Journal rows of what never reached the gateway; they ended as failed, cancelled or uncertain.
        lost: Accepted, and neither of the above.
        twice: Accepted more than once.
        faults: Everything that is not as it must be, in words; empty after a good run.
    """

    seed: int = 0
    rounds: int = 0
    kills: int = 0
    accepted: int = 0
    recovered: int = 0
    uncertain: int = 0
    unsent: int = 0
    lost: int = 0
    twice: int = 0
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: Summary) -> Summary:
        sums: dict[str, Any] = {
            each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)
        }
        return Summary(**{**sums, "seed": self.seed or other.seed})

    def __str__(self) -> str:
        counts = [(each.name, getattr(self, each.name)) for each in fields(self) if each.name != "faults"]
        head = "  ".join(f"{name:>9}" for name, _ in counts)
        return "\n".join([head, "  ".join(f"{count:>9}" for _, count in counts), *self.faults[:20]])


class Harness:
    """Runs rounds against one gateway, each in a folder of its own.

    Args:
        gateway: Where jobs are made; its count is set back after each round.
        folder: Where the rounds' folders go; those of good rounds are deleted.
        seed: Decides after which steps the random rounds kill.
    """

    def __init__(self, gateway: Counting, folder: Path, seed: int = 0) -> None:
        self.gateway, self.folder, self.seed = gateway, folder, seed
        self._random = random.Random(seed)
        self._count = 0

    def named(self, *points: str, provider: str = "infery") -> Summary:
        """One job, killed at the first point; its resumes, killed at the further ones; then one that lives."""
        place = self._place()
        kills, faults = 0, []
        for number, point in enumerate(points):
            child = fork(resume, place, point) if number else fork(work, place, [(provider, "a paper boat")], point)
            faults += self._end_of(child, point)
            kills += child.exitcode == -signal.SIGKILL
            if child.exitcode == 0:
                faults.append(f"{'+'.join(points)}: never came to {point}")
        return self._closed(place, "+".join(points), Summary(kills=kills, rounds=1, faults=faults))

    def random(self) -> Summary:
        """Four to eight jobs on both providers, killed at a random moment, and so are the resumes, but for the last.

        A moment is a number of steps and a pause after them, so that no kill depends on the machine's speed.
        """
        dice, place = self._random, self._place()
        prompts = [(dice.choice(list(PATHS)), f"boat {number}") for number in range(dice.randint(4, 8))]
        moments = [self._moment(len(prompts) * STEPS) for _ in range(dice.randint(1, CHAIN))]
        name = f"round {self._count} ({', '.join(f'{steps} steps + {pause:.3f} s' for steps, pause in moments)})"
        kills, faults = 0, []
        for number, (steps, pause) in enumerate(moments):
            task, args = (resume, ()) if number else (work, (prompts,))
            reached, sender = Pipe(duplex=False)
            with reached:
                with sender:
                    child = fork(until_killed, task, place, steps, sender, *args)
                # A resume may have less to do: it waits for its kill at its end then.
                if not _comes_to_it(reached) and not number:
                    faults.append(f"{name}: never came to {steps} steps")
                time.sleep(pause)
                child.kill()
            faults += self._end_of(child, name) or ([] if child.exitcode else [f"{name}: a process ended by itself"])
            kills += child.exitcode == -signal.SIGKILL
        return self._closed(place, name, Summary(kills=kills, rounds=1, faults=faults))

    def _moment(self, steps: int) -> tuple[int, float]:
        """(steps, seconds after them): half of the kills come at once, half while it waits or downloads."""
        return self._random.randint(1, steps), self._random.choice((0.0, self._random.uniform(0, PAUSE)))

    def _closed(self, place: Place, name: str, so_far: Summary) -> Summary:
        """The last resume, which lives, and the verdict."""
        faults = self._end_of(fork(resume, place), name)
        verdict = judge(place, self.gateway.record())
        self.gateway.reset()
        made = so_far + verdict + Summary(faults=faults)
        made.faults = [fault if fault.startswith(name) else f"{name}: {fault}" for fault in made.faults]
        if not made.faults:
            shutil.rmtree(place.folder)
        return made

    def _end_of(self, child: BaseProcess, name: str) -> list[str]:
        if hanging(child):
            child.kill()
            child.join()
            return [f"{name}: a process hangs"]
        return [] if child.exitcode in (0, -signal.SIGKILL) else [f"{name}: a process ended with {child.exitcode}"]

    def _place(self) -> Place:
        self._count += 1
        folder = self.folder / f"round-{self._count}"
        folder.mkdir(parents=True)
        return Place(folder, self.gateway.url)


def _comes_to_it(reached: Connection) -> bool:
    """Wait until a child comes to its moment; whether it does before its end."""
    try:
        return bool(reached.poll(HANGS) and reached.recv())
    except EOFError:  # it died, and its exit code says how
        return False


def judge(place: Place, record: Record) -> Summary:
    """Hold the journal and the folder of clips against the gateway's count."""
    made = Summary(accepted=len(record.accepted))
    rows, clips = _read(place)
    for job, times in Counter(each.job for each in record.accepted).items():
        if times > 1:
            made.twice += 1
            made.faults.append(f"job {job} was accepted {times} times")
    for each in record.accepted:
        _judge_one(made, each, rows.get(each.job), clips.get(each.job, []))
    known = {each.job for each in record.accepted}
    made.unsent = sum(job not in known for job in rows)
    for job, row in rows.items():
        if row.stage != "ended":
            made.faults.append(f"job {job} is left open ({row.stage})")
        elif job not in known and row.status not in ("failed", "cancelled", "uncertain"):
            made.faults.append(f"job {job} never reached the gateway and ended as {row.status}")
    made.faults += _strays(place, rows, clips)
    return made


def _judge_one(made: Summary, accepted: Accepted, row: Row | None, clips: list[tuple[Path, str]]) -> None:
    if row is None:
        made.lost += 1
        made.faults.append(f"job {accepted.job} was accepted, and the journal does not know it")
    elif row.status == "succeeded":
        whole = [path for path, said in clips if path.is_file() and said == accepted.sha256 == _digest(path)]
        if len(whole) == 1 and row.remote_id == accepted.remote_id:
            made.recovered += 1
        else:
            made.lost += 1
            made.faults.append(f"job {accepted.job} succeeded, but its clip is not the gateway's")
    elif row.status == "uncertain" and row.remote_id is None and "%videogen retry" in (row.error or ""):
        made.uncertain += 1
    else:
        made.lost += 1
        made.faults.append(f"job {accepted.job} was accepted and ended as {row.status}: {row.error}")


def rows_of(place: Place) -> list[Row]:
    """All rows of the journal, newest first."""
    return list(_read(place)[0].values())


def _read(place: Place) -> tuple[dict[str, Row], dict[str, list[tuple[Path, str]]]]:
    if not place.journal.exists():
        return {}, {}
    journal = Journal(place.journal)
    try:
        rows = {row.id: row for row in journal.rows(limit=-1)}
        return rows, {job: [(clip.path, clip.sha256) for clip in journal.clips(job)] for job in rows}
    finally:
        journal.close()


def _strays(place: Place, rows: dict[str, Row], clips: dict[str, list[tuple[Path, str]]]) -> list[str]:
    """What is in the folder of clips beside the clips of succeeded jobs and their sidecars, or is missing there."""
    folder = place.folder / "videogen"
    there = set(folder.iterdir()) if folder.exists() else set()
    kept = {path for job, row in rows.items() if row.status == "succeeded" for path, _ in clips[job]}
    sidecars = {sidecar_path(path): path for path in kept}
    posters = {path.with_suffix(".webp") for path in kept}
    faults = [f"{path.name} is left over" for path in sorted(there - kept - set(sidecars) - posters)]
    for sidecar, path in sidecars.items():
        if sidecar not in there:
            faults.append(f"{sidecar.name} is missing")
        elif json.loads(sidecar.read_text("utf-8"))["clip"]["sha256"] != _digest(path):
            faults.append(f"{sidecar.name} tells of another clip")
    return faults


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    """Kill at every named point on both wires, then at random moments, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="random rounds; each kills one to three times")
    parser.add_argument("--seed", type=int, default=random.randrange(1, 10**6), help="printed, to run it again")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="killing-"))
    total = Summary(seed=options.seed)
    began = time.monotonic()
    with Counting() as gateway:
        harness = Harness(gateway, folder, options.seed)
        for provider in PATHS:
            for point in POINTS:
                if point.endswith("-claim"):  # of a fresh job as much as of a resumed one
                    total += harness.named("after-accepted", point, provider=provider)
                total += harness.named(point, provider=provider)
        print(f"every named point, {time.monotonic() - began:.0f} s\n{total}", flush=True)
        for number in range(1, options.rounds + 1):
            total += harness.random()
            if number % 50 == 0:
                print(f"{number} random rounds, {time.monotonic() - began:.0f} s\n{total}", flush=True)
    print(f"all, {time.monotonic() - began:.0f} s\n{total}")
    if total.faults:
        raise SystemExit(f"{len(total.faults)} faults; what is left of those rounds is in {folder}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
