"""A kill at every step of a job's life, and at random moments; the gateway's own count judges."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.children import POINTS, bare, fork, hanging
from tests.faults.counting import PATHS, Counting
from tests.faults.killing import Harness

ROUNDS, SEED = 15, 20261121
# One kill before a job can have cost anything, one when nobody knows, one of a download, on both wires.
USUAL = {"in-sending", "post-accepted", "download-half"}
# What must become of the one job that a kill at this point meets; of all others: its clip is there, to the byte.
NO_TRACE = {"before-add", "in-add"}
UNSENT = {"after-add", "before-claim", "after-claim", "before-sending", "in-sending"}
UNKNOWN_UNSENT = {"after-sending", "post-head", "post-body"}
UNKNOWN = {"post-accepted", "post-half-answer", "before-accepted", "in-accepted"}
CHAINS = (
    ("after-sending", "before-ended", "after-ended"),
    ("after-add", "before-ended", "in-claim"),
    ("after-accepted", "in-claim", "download-half", "before-clip"),
    ("download-half", "after-clip", "before-ended"),
    ("after-clip", "before-sidecar", "in-ended"),
    ("before-sidecar", "after-sidecar", "before-ended"),
)


@pytest.fixture
def harness(gateway: Counting, tmp_path: Path) -> Harness:
    return Harness(gateway, tmp_path)


def test_children_are_as_good_as_fresh() -> None:
    """What children are forked from runs no thread but its own."""
    child = fork(bare)
    assert not hanging(child)
    assert child.exitcode == 0


@pytest.mark.parametrize(
    "point", [pytest.param(point, marks=() if point in USUAL else pytest.mark.slow) for point in POINTS]
)
def test_a_kill_at_this_point_loses_nothing_and_buys_nothing_twice(harness: Harness, point: str) -> None:
    """A job whose process is killed here is accounted for by a resume, in the one way that is true."""
    provider = list(PATHS)[POINTS.index(point) % 2]
    made = harness.named(point, provider=provider)
    assert not made.faults
    assert made.kills == 1
    if point in {"post-head", "post-body"} and made.accepted:  # the system had taken it over from the dead process
        assert (made.accepted, made.unsent, made.recovered, made.uncertain) == (1, 0, 0, 1)
        return
    sent = point not in NO_TRACE | UNSENT | UNKNOWN_UNSENT
    assert (made.accepted, made.unsent) == (int(sent), int(not sent and point not in NO_TRACE))
    assert (made.recovered, made.uncertain) == (int(sent and point not in UNKNOWN), int(point in UNKNOWN))


@pytest.mark.slow
@pytest.mark.parametrize("chain", CHAINS, ids="+".join)
def test_a_resume_may_be_killed_too(harness: Harness, chain: tuple[str, ...]) -> None:
    """A job whose process, and whose resumes one after another, are killed is accounted for by the one that lives."""
    made = harness.named(*chain)
    assert not made.faults
    assert made.kills == len(chain)
    assert made.accepted == made.recovered == int(chain[0] not in {"after-sending", "after-add"})


@pytest.mark.parametrize("number", [0, *(pytest.param(number, marks=pytest.mark.slow) for number in range(1, ROUNDS))])
def test_kills_at_random_moments(gateway: Counting, tmp_path: Path, number: int) -> None:
    """Jobs of both wires, killed at any moment and again while they are resumed, are all accounted for."""
    made = Harness(gateway, tmp_path, SEED + number).random()
    print(f"\n{made}")
    assert not made.faults
    assert made.kills >= 1
    assert made.accepted == made.recovered + made.uncertain
