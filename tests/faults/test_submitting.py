from __future__ import annotations

from pathlib import Path

import pytest

from .fault import Fault
from .matrix import judge, params, play
from .submitting import FAULTS


@pytest.mark.parametrize(("fault", "wire"), params(FAULTS))
def test_a_fault(fault: Fault, wire: str, tmp_path: Path) -> None:
    """A job whose server does this ends as it should, is submitted as often as it may, and says what happened."""
    (outcome,) = play([(fault, wire)], tmp_path).values()
    assert not judge(fault, outcome), outcome.message
