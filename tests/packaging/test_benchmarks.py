from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import av
import psutil
import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.films import film
from benchmarks.kernels import several
from benchmarks.row import Figures, Row, table


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_can_run_alone(name: str) -> None:
    """It is a module that loads where no baseline is installed, and that says what it finds as figures."""
    run = import_module(f"benchmarks.{name}").run
    assert all(each.default is not inspect.Parameter.empty for each in inspect.signature(run).parameters.values())
    assert inspect.signature(run, eval_str=True).return_annotation is Figures


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Is refused before anything is installed, with the names there are."""
    assert main(["lost", "gird"]) == 2
    assert capsys.readouterr().err.startswith("No such benchmark: gird. There are: load_ext, ")


def test_the_table() -> None:
    """Medians with their range, ours to theirs, and whether the target was reached."""
    rows = [
        Row("to open", [1.0, 3.0, 2.0], "ms", "theirs", [4.0, 1000.0, 3.0], "at most 5 ms", True),
        Row("memory", [1234.5], "kB", target="at most 60 kB", reached=False),
        Row("asked", [0.25, 0.0], "s"),
    ]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table(rows).splitlines()]
    assert lines[0] == ["figure", "ours", "baseline", "ratio", "target"]
    assert lines[2] == ["to open", "2.0 [1.0, 3.0] ms", "theirs: 4.0 [3.0, 1,000] ms", "0.50", "✓ at most 5 ms"]
    assert lines[3] == ["memory", "1,234 kB", "", "", "✗ at most 60 kB"]
    assert lines[4] == ["asked", "0.12 [0.0, 0.25] s", "", "", ""]
    assert len({len(line) for line in table(rows).splitlines()}) == 1


def test_a_film(tmp_path: Path) -> None:
    """Is as long as it was asked to be, and about as large."""
    path = film(tmp_path / "film.mp4", 3, seconds=1)
    assert path.stat().st_size == pytest.approx(3_000_000, rel=0.06)
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 24


@pytest.mark.slow
def test_kernels_of_one_turn() -> None:
    """They start together, and the one that was given before has ended when the next one comes."""
    kernels = several(2)
    of_process = "import os\nprint(os.getpid(), os.getcwd())"
    (first, home), (second, other) = (next(kernels).run(of_process).split() for _ in range(2))
    assert home != other
    assert not psutil.pid_exists(int(first))
    assert psutil.pid_exists(int(second))
    kernels.close()
    assert not psutil.pid_exists(int(second))
