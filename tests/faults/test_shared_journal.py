"""Eight processes on one journal, some of which die: each job has one follower, and none is dropped."""

from __future__ import annotations

import itertools
import json
import math
import random
import signal
from collections import defaultdict
from pathlib import Path

import pytest

from tests.faults.children import Place, fork, hanging
from tests.faults.counting import PATHS, Asked, Counting, Record
from tests.faults.killing import judge
from tests.faults.sharing import share, told_of

PROCESSES = 8
DEATHS = {0: "between-polls", 3: "download-half", 5: "poll"}  # by number: where a process is killed


@pytest.mark.slow
# Without WAL a commit waits for the disk four times, with everybody else waiting for it: so fewer jobs there.
@pytest.mark.parametrize(("network", "each"), [(False, 6), (True, 2)], ids=["one-host", "network-file-system"])
def test_eight_processes_share_one_journal(gateway: Counting, tmp_path: Path, network: bool, each: int) -> None:
    """No job is followed by two at once or dropped when its owner dies, each is sent once, no lock is ever seen.

    On a network file system the journal is not in WAL mode and each process believes that it is on
    a machine of its own, so that only the lease can tell that another has died.
    """
    dice, children = random.Random(5), {}
    for number in range(PROCESSES):
        lease, host = (15.0, f"host-{number}") if network else (30.0, "")
        place = Place(tmp_path, gateway.url, f"client-{number}-0123456789", lease, host, network)
        prompts = [(dice.choice(list(PATHS)), f"boat {number}-{turn}") for turn in range(each)]
        children[place] = fork(share, place, prompts, DEATHS.get(number))
    for number, child in enumerate(children.values()):
        assert not hanging(child)
        assert child.exitcode == (-signal.SIGKILL if number in DEATHS else 0)
    mode = place.journal.read_bytes()[18:20]  # before the judge opens it, who is on no network
    record = gateway.record()
    verdict = judge(place, record)
    print(verdict)
    assert not verdict.faults
    assert verdict.accepted >= (PROCESSES - len(DEATHS)) * each
    assert verdict.uncertain + verdict.unsent <= len(DEATHS) * each
    assert mode == (b"\x01\x01" if network else b"\x02\x02")
    died = {place.client: record.struck.get(child.pid or 0, math.inf) for place, child in children.items()}
    overlaps, handovers = _followers(record, died)
    assert not overlaps
    assert handovers
    said = [json.loads(line) for place in children for line in told_of(place).read_text("utf-8").splitlines()]
    assert said
    assert not [text for text in said if "locked" in text or "journal" in text]


def _followers(record: Record, died: dict[str, float]) -> tuple[list[str], int]:
    """Jobs that somebody asked for while another was alive that had asked before; and how often one took over."""
    asked: defaultdict[str, list[Asked]] = defaultdict(list)
    for each in record.asked:
        if each.at < died[each.client]:  # else the dead one's last words came late
            asked[each.remote_id].append(each)
    overlaps, handovers = [], 0
    for job, polls in asked.items():
        polls.sort(key=lambda each: each.at)
        for before, after in itertools.pairwise(polls):
            if before.client != after.client:
                handovers += 1
                if died[before.client] > after.at:
                    overlaps.append(f"{job}: {after.client} asks while {before.client} is alive")
    return overlaps, handovers
