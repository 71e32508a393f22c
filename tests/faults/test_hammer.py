"""Interrupts at any instruction of `generate`: what was paid for is there, and the next cell works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.children import Place, fork, hanging, resume
from tests.faults.counting import Counting
from tests.faults.killing import judge
from tests.faults.sharing import ALONE, hammer, startled, told_of

SEED, INTERRUPTS = 7, 120


@pytest.mark.slow
def test_interrupts_at_random_moments_lose_nothing(gateway: Counting, tmp_path: Path) -> None:
    """Ctrl-C in the middle of `generate` leaves no open transaction, no stuck job and no unknown submission."""
    place = Place(tmp_path, gateway.url)
    child = fork(hammer, place, INTERRUPTS, SEED)
    assert not hanging(child)
    assert child.exitcode == 0
    told = json.loads(told_of(place).read_text())
    print(told)
    assert told["interrupts"] == INTERRUPTS
    assert told["returned"] >= INTERRUPTS // ALONE
    assert (told["unfinished"], told["unpaid"], told["open"]) == ([], [], [])
    assert (told["last"], told["following"]) == ("succeeded", 0)
    last = fork(resume, place)
    assert not hanging(last)
    assert last.exitcode == 0
    verdict = judge(place, gateway.record())
    print(verdict)
    assert not verdict.faults
    assert verdict.accepted == verdict.recovered


def test_an_interrupt_while_the_thread_starts_is_survived(gateway: Counting, tmp_path: Path) -> None:
    """Ctrl-C in the first cell, at the one moment when there is a loop and no thread yet, does not hang the next."""
    child = fork(startled, Place(tmp_path, gateway.url))
    assert not hanging(child)
    assert child.exitcode == 0
