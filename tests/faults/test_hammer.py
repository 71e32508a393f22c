"""Interrupts at any instruction of `generate`: what was paid for is there, and the next cell works."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.faults.children import Place, fork, hanging, resume
from tests.faults.counting import Counting
from tests.faults.killing import judge
from tests.faults.sharing import hammer, startled, told_of

SEED, INTERRUPTS, PAUSE = 7, 120, 0.005


def test_interrupts_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    """Ctrl-C in the middle of `generate` leaves no open transaction, no stuck job and no unknown submission."""
    dice = random.Random(SEED)
    with Counting() as gateway:
        place = Place(tmp_path, gateway.url)
        child = fork(hammer, place, INTERRUPTS)
        while child.exitcode is None and not told_of(place).exists():
            time.sleep(PAUSE)  # until it can be interrupted
        while child.exitcode is None and not told_of(place).stat().st_size:
            time.sleep(dice.uniform(0, 2 * PAUSE))
            with suppress(ProcessLookupError):
                os.kill(child.pid or 0, signal.SIGINT)
        assert not hanging(child)
        assert child.exitcode == 0
        told = json.loads(told_of(place).read_text())
        print(told)
        assert told["interrupts"] >= INTERRUPTS  # one more may be on its way when the last is counted
        assert told["returned"] >= 5
        assert (told["unfinished"], told["unpaid"], told["open"]) == ([], [], [])
        assert (told["last"], told["following"]) == ("succeeded", 0)
        last = fork(resume, place)
        assert not hanging(last)
        assert last.exitcode == 0
        verdict = judge(place, gateway.record())
        print(verdict)
        assert not verdict.faults
        assert verdict.accepted == verdict.recovered


def test_an_interrupt_while_the_thread_starts_is_survived(tmp_path: Path) -> None:
    """Ctrl-C in the first cell, at the one moment when there is a loop and no thread yet, does not hang the next."""
    with Counting() as gateway:
        child = fork(startled, Place(tmp_path, gateway.url))
        child.join(30)
        hangs = child.exitcode is None
        child.kill()
        assert not hangs
        assert child.exitcode == 0
