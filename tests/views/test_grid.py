from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.clips import make_clip
from tests.support.sample_jobs import a_job, ended, together
from tests.support.scripted import KEY
from videogen_nb.core.job import Cost
from videogen_nb.errors import JobFailedError
from videogen_nb.storage import grids
from videogen_nb.storage.journal import Journal
from videogen_nb.views.grid import cells_of, grid_of


def test_a_grid_is_plain_json(book: Journal, path: Path) -> None:
    """Read back it is the same but for tuples; each cell stands where the layout puts it."""
    jobs = [ended("succeeded", path, id=f"job{n}", options={"seed": n}) for n in range(3)]
    jobs.append(a_job(id="job3", options={"seed": 3}))
    view = grid_of(together(book, jobs, {"model": ["a", "b"], "cat": ["x", "y"]}))
    told = json.loads(json.dumps(view, allow_nan=False))
    assert (told["title"], told["note"], told["rows"], told["columns"]) == (
        "2 models × 2 cats",
        None,
        ["a", "b"],
        ["x", "y"],
    )
    assert [(each["row"], each["column"]) for each in told["cells"]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [each["key"] for each in told["cells"]] == [job.id for job in jobs]
    assert [each["labels"] for each in told["cells"]] == [[f"seed {n}"] for n in range(4)]
    assert [bool(each["timing"]) for each in told["cells"]] == [True, True, True, False]
    assert told["cells"][0]["timing"] == {
        "duration": pytest.approx(4 / 24, abs=1e-5),
        "fps": 24,
        "frames": 4,
        "start": 0,
        "times": None,
    }
    assert told["cells"][0]["outcome"] == ["made in 60 s"]
    assert told["cells"][3]["outcome"] == []
    assert told["cells"][0]["job"]["videos"][0]["poster"].startswith("data:image/webp;base64,")
    assert (told["winner"], told["favourites"]) == (None, [])


def test_a_seed_that_is_swept_is_told_once(book: Journal) -> None:
    """By its heading; a seed of 0 is one."""
    jobs = [a_job(id=f"job{n}", options={"seed": n}) for n in range(2)]
    assert [each["labels"] for each in grid_of(together(book, jobs, {"seed": [0, 1]}))["cells"]] == [[], []]
    assert grid_of(together(book, jobs[:1], {"cat": ["x"]}))["cells"][0]["labels"] == ["seed 0"]


def test_costs_notes_and_picks(book: Journal, path: Path) -> None:
    """As they are told in words."""
    jobs = [ended("succeeded", path, id=f"job{n}", cost=Cost(80 + n, "credits")) for n in range(2)]
    made = together(book, jobs, {"cat": ["x", "y"]}, note="Local preview.")
    made.reused = frozenset(["job1"])
    made.pick("job1", ["job0"])
    view = grid_of(made)
    outcomes = [cell["outcome"] for cell in view["cells"]]
    assert outcomes == [["made in 60 s", "80 credits"], ["made in 60 s", "81 credits"]]
    assert [each["reused"] for each in view["cells"]] == [False, True]
    assert view["note"] == "Local preview. 1 of 2 had been made before with the same request and seed."
    assert (view["winner"], view["favourites"]) == ("job1", ["job0"])


def test_each_clip_of_a_job_has_a_cell(book: Journal, tmp_path: Path) -> None:
    """With that clip alone, in its own size; places of clips to come have none."""
    paths = []
    for name, width in (("a", 64), ("b", 128)):
        paths.append(tmp_path / f"{name}.mp4")
        paths[-1].write_bytes(make_clip(frames=2, width=width, height=64))
    jobs = [ended("succeeded", *paths, id="job0", options={"count": 2}), a_job(id="job1", options={"count": 2})]
    view = grid_of(together(book, jobs, {"cat": ["x", "y"]}))
    cells = view["cells"]
    assert [each["key"] for each in cells] == ["job0", "job0/2", "job1", "job1/2"]
    assert [Path(each["job"]["videos"][0]["path"]).name for each in cells] == ["a.mp4", "b.mp4", "", ""]
    assert all(len(each["job"]["videos"]) == 1 for each in cells)
    assert [each["job"]["width"] for each in cells[:2]] == [64, 128]
    assert (view["column_name"], list(view["columns"])) == ("clip", ["1", "2"])


def test_only_the_cells_that_are_wanted(book: Journal) -> None:
    """By their places in the whole; each says the same as in the whole."""
    made = together(book, [a_job(id=f"job{n}") for n in range(4)], {"a": [1, 2], "b": [1, 2]})
    whole = grid_of(made)["cells"]
    some = cells_of(made, ["job2", "nobody"])
    assert list(some) == [2]
    assert {**some[2], "job": None} == {**whole[2], "job": None}
    assert cells_of(made, []) == {}


def test_nobody_is_behind_the_buttons_of_a_saved_grid(book: Journal) -> None:
    """Neither to retry nor to cancel."""
    made = together(book, [a_job(id="job0"), ended("failed", id="job1", error=JobFailedError("x"))], {"a": [1, 2]})
    live, saved = (grid_of(made, interactive=each)["cells"] for each in (True, False))
    assert [each["job"]["can_cancel"] for each in live] == [True, False]
    assert [each["job"]["can_retry"] for each in live] == [False, True]
    assert not any(each["job"]["can_cancel"] or each["job"]["can_retry"] for each in saved)


def test_files_that_are_gone_or_broken(book: Journal, path: Path) -> None:
    """Have no timing and no poster; the grid is told all the same."""
    made = together(book, [ended("succeeded", path, id="job0")], {"a": [1]})
    path.write_bytes(b"broken")
    assert grid_of(made)["cells"][0]["timing"] is None
    path.unlink()
    view = grid_of(made)["cells"][0]
    assert (view["timing"], view["job"]["videos"][0]["poster"]) == (None, None)


def test_no_secret_is_in_it(book: Journal) -> None:
    """Neither a key nor a signed link, whatever an error or a notice carries."""
    error = JobFailedError(f"GET https://s.example/a?X-Signature=0a1b2c with Bearer {KEY} failed")
    job = ended("failed", id="job0", error=error, notice="at https://s.example/x?sig=0a1b2c")
    told = json.dumps(grid_of(together(book, [job], {"a": [1]})))
    assert "0a1b2c" not in told
    assert KEY not in told


def test_no_swept_link_is_told_with_its_grant(book: Journal) -> None:
    """Signed addresses can be what a sweep varies: they are in no heading, and not in the journal."""
    links = [f"https://s.example/{name}.png?X-Signature=0a1b2c" for name in "ab"]
    jobs = [ended("succeeded", id=f"job{place}") for place in range(2)]
    told = grid_of(together(book, jobs, {"param.ref": links}))
    assert "0a1b2c" not in json.dumps(told)
    assert "https://s.example/b.png" in json.dumps(told)
    id = grids.add(book, "sweep", "", [("param.ref", links)])  # noqa: A001
    grids.set_cells(book, id, [(0, grids.Cell("job0", {"param.ref": links[0]}))])
    with book.read() as db:
        kept = db.execute("SELECT axes, point FROM grids JOIN grid_cells ON grid = id").fetchall()
    assert kept
    assert "0a1b2c" not in str(kept)
