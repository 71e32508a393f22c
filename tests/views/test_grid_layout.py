from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.support.sample_jobs import a_job
from videogen_nb.core.axes import Axis
from videogen_nb.sweeps.comparison import Place
from videogen_nb.views.grid_layout import ABREAST, Layout, lay_out

JOB = a_job()


def grid(columns: int | str | None = None, clips: int = 1, leave: tuple[int, ...] = (), **axes: Any) -> Layout:
    """The layout of all combinations but those left out, each with so many clips."""
    names = [name.replace("__", ".") for name in axes]
    found = [dict(zip(names, values, strict=True)) for values in itertools.product(*axes.values())]
    places = [
        Place(f"{number}/{clip}", JOB, clip, point)
        for number, point in enumerate(found)
        if number not in leave
        for clip in range(clips)
    ]
    return lay_out(
        places, [Axis(name, tuple(values)) for name, values in zip(names, axes.values(), strict=True)], columns
    )


def test_nothing_differs() -> None:
    """No headings, nothing told."""
    plan = grid()
    assert (plan.rows, plan.columns, plan.across, plan.spots, plan.labels) == ((), (), None, ((0, 0),), ((),))
    assert lay_out([], []).spots == ()


def test_one_parameter_stands_in_a_row() -> None:
    """Its values are the columns."""
    plan = grid(cat=["owl", "fox", "elk"])
    assert (plan.rows, plan.columns) == ((), ("owl", "fox", "elk"))
    assert (plan.row_name, plan.column_name, plan.across) == (None, "cat", None)
    assert plan.spots == ((0, 0), (0, 1), (0, 2))
    assert plan.labels == ((), (), ())


def test_many_values_of_one_parameter_flow() -> None:
    """Told below each clip; six still stand abreast, and all do where it is asked for."""
    assert grid(seed=range(ABREAST)).columns == tuple(map(str, range(ABREAST)))
    plan = grid(seed=range(ABREAST + 1))
    assert (plan.rows, plan.columns, plan.across) == ((), (), None)
    assert plan.labels == tuple((f"seed {n}",) for n in range(ABREAST + 1))
    assert len(grid("seed", seed=range(ABREAST + 1)).columns) == ABREAST + 1


def test_two_parameters_are_rows_and_columns() -> None:
    """The last one across; a parameter with one value is neither."""
    plan = grid(model=["a", "b"], cat=["x"], seed=[1, 2, 3])
    assert (plan.rows, plan.columns, plan.row_name, plan.column_name) == (("a", "b"), ("1", "2", "3"), "model", "seed")
    assert plan.spots == tuple(itertools.product((0, 1), (0, 1, 2)))
    assert set(plan.labels) == {()}


@pytest.mark.parametrize(("columns", "across", "down"), [("model", "model", "seed"), ("seed", "seed", "model")])
def test_which_parameter_is_across_can_be_chosen(columns: str, across: str, down: str) -> None:
    """By its name; where each clip stands follows."""
    plan = grid(columns, model=["a", "b"], seed=[1, 2])
    assert (plan.column_name, plan.row_name) == (across, down)
    assert plan.spots[1] == ((1, 0) if columns == "model" else (0, 1))


def test_the_longer_one_goes_down() -> None:
    """Where it is too wide and the other is not; not where it was asked for."""
    assert len(grid(model=["a", "b"], seed=range(9)).rows) == 9
    assert len(grid("seed", model=["a", "b"], seed=range(9)).columns) == 9


def test_whole_prompts_are_rows() -> None:
    """However they come: they are too long to stand over a column."""
    assert grid(seed=[1, 2], prompt=["a", "b"]).row_name == "prompt"
    assert grid(prompt=["a", "b"]).column_name == "prompt"


@pytest.mark.parametrize("count", [3, 4])
def test_more_parameters_fold_into_rows_and_captions(count: int) -> None:
    """A heading is said for each of its rows; what is folded is told below; no two clips share a spot."""
    axes: dict[str, Any] = {"a": [1, 2], "b": [3, 4], "c": [5, 6], "d": [7, 8]}
    plan = grid(**dict(list(axes.items())[:count]))
    assert plan.row_name == "a"
    assert len(plan.rows) == 2 ** (count - 1)
    assert plan.rows == tuple(sorted(plan.rows))
    assert len(set(plan.spots)) == 2**count
    for spot, labels, point in zip(
        plan.spots, plan.labels, itertools.product(*list(axes.values())[:count]), strict=True
    ):
        assert plan.rows[spot[0]] == str(point[0])
        assert plan.columns[spot[1]] == str(point[-1])
        assert labels == tuple(f"{name} {value}" for name, value in zip("bc"[: count - 2], point[1:-1], strict=True))


def test_a_number_of_columns() -> None:
    """Just so many side by side, everything told below."""
    plan = grid(2, model=["a", "b"], seed=[1, 2])
    assert (plan.rows, plan.columns, plan.across) == ((), (), 2)
    assert plan.spots == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert plan.labels[1] == ("a", "seed 2")


def test_several_clips_of_a_job() -> None:
    """Are one more parameter."""
    plan = grid(clips=3)
    assert (plan.columns, plan.column_name) == (("1", "2", "3"), "clip")
    plan = grid(clips=2, model=["a", "b"])
    assert (plan.rows, plan.columns, plan.column_name) == (("a", "b"), ("1", "2"), "clip")
    assert grid("model", clips=2, model=["a", "b"]).row_name == "clip"
    assert grid(clips=2, seed=range(9)).row_name == "seed"


@pytest.mark.parametrize("clips", [1, 2])
def test_a_variable_may_be_called_clip(clips: int) -> None:
    """It is not mistaken for the clips of a job."""
    plan = grid(clips=clips, clip=["long", "short"])
    assert "long" in (plan.columns if clips == 1 else plan.rows)
    assert len(set(plan.spots)) == 2 * clips


def test_some_are_missing() -> None:
    """The others stand where they would."""
    plan = grid(leave=(1,), model=["a", "b"], seed=[1, 2])
    assert plan.spots == ((0, 0), (1, 0), (1, 1))
    assert (plan.rows, plan.columns) == (("a", "b"), ("1", "2"))


def test_a_table_that_would_be_mostly_empty_is_none() -> None:
    """Two clips that differ in everything stand side by side, not on a diagonal."""
    plan = grid(leave=(1, 2), model=["a", "b"], seed=[1, 2])
    assert (plan.rows, plan.columns) == ((), ())
    assert plan.labels == (("a", "seed 1"), ("b", "seed 2"))


def test_two_clips_in_one_spot_are_no_table() -> None:
    """Values that read the same can't be headings."""
    plan = grid(param__x=[1, "1"], model=["a", "b"])
    assert (plan.rows, plan.columns) == ((), ())
    assert len(set(plan.spots)) == 4


def test_how_values_are_told() -> None:
    """What is not set, sizes, and names that say themselves."""
    plan = grid(
        9, seed=[None, 0], model=["a"], resolution=["720p", None], param__cfg_scale=[0.5, 2.0], size=[[64, 32], None]
    )
    assert plan.labels[0] == ("seed not set", "720p", "cfg scale 0.5", "size 64x32")
    assert plan.labels[-1] == ("seed 0", "not set", "cfg scale 2", "size not set")
