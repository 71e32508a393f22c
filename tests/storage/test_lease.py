"""Who counts as the living owner of a shared row."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import pytest

from videogen_nb.storage.lease import Owner, is_held


@pytest.fixture
def gone() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_a_lease_that_ran_out_holds_nothing(gone: int) -> None:
    """Whoever owns the row."""
    for owner in (Owner.this_process(), Owner("elsewhere", gone)):
        assert is_held(owner, time.time() + 10)
        assert not is_held(owner, time.time() - 1)


def test_a_process_that_has_ended_holds_nothing(gone: int) -> None:
    """It is known at once where it ran here, and nowhere else."""
    here = Owner.this_process()
    assert here.pid == os.getpid()
    assert not is_held(Owner(here.host, gone), time.time() + 10)


def test_a_container_of_the_same_name_is_another_host(gone: int) -> None:
    """Its processes can't be seen from here, and one of ours may have the same id."""
    name = socket.gethostname()
    assert is_held(Owner(f"{name}/1", gone), time.time() + 10)
    assert Owner.this_process().host != f"{name}/1"
