from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.faults.soak import GROWTH, soak


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_many_jobs_with_one_answer_in_ten_spoilt(tmp_path: Path) -> None:
    """Every job ends as the gateway's account says it has to, no memory grows, and nothing is left after close."""
    # In a process of its own: what other tests have left to do here would count as growth.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        figures = pool.submit(soak, 150, 4, tmp_path).result()
    assert not figures.wrong, figures.lines()
    assert not figures.left, figures.lines()
    assert figures.growth < GROWTH, figures.lines()
    assert sum(count for name, count in figures.answers.items() if name.endswith("spoilt")) >= 30, figures.lines()
    assert set(figures.ends) == {"succeeded", "failed", "uncertain"}, figures.lines()
