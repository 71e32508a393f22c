from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import videogen_nb as vg
from tests.support.farm import Farm
from tests.support.scripted import when
from videogen_nb.core.job import Job
from videogen_nb.errors import JobError, JobFailedError, MissingKeyError, RequestError, VideogenError, WaitTimeoutError
from videogen_nb.sweeps import comparison as module

pytest_plugins = ["tests.support.fixtures"]

FarmOf = Callable[..., Farm]


def sweep(*words: str, **options: Any) -> vg.Sweep:
    return vg.sweep("a {x}", x=list(words), provider="infery", **options)


# -- waiting ------------------------------------------------------------------------------


def test_some_failures_are_no_failure_of_the_sweep(farm: FarmOf) -> None:
    """The wait returns it; the failures stay in their places with their reasons."""
    farm()
    made = sweep("cat", "fail", "owl")
    assert made.wait(60) is made
    assert [str(job.status) for job in made.jobs] == ["succeeded", "failed", "succeeded"]
    assert "GPU caught fire" in _rows(made)[1]["error"]
    assert made.ended
    assert len(made) == 3
    assert "2 succeeded, 1 failed" in repr(made)


def test_where_all_fail_the_wait_fails(farm: FarmOf) -> None:
    """With the first one's reason, also when awaited."""
    farm()
    made = sweep("fail first", "refused second")
    with pytest.raises(JobFailedError, match="GPU caught fire"):
        made.wait(60)

    async def awaited() -> None:
        await made

    with pytest.raises(JobFailedError, match="GPU caught fire"):
        asyncio.run(awaited())


def test_awaiting_returns_the_sweep(farm: FarmOf) -> None:
    """Some failures or none; other tasks of the loop go on meanwhile."""
    server = farm()
    made = sweep("hold", "fail", "cat")

    async def both() -> tuple[vg.Sweep, bool]:
        asyncio.get_running_loop().call_soon(server.release.set)
        return await made, server.release.is_set()

    assert asyncio.run(both()) == (made, True)


def test_a_wait_that_is_too_short(farm: FarmOf) -> None:
    """Says how many are left; nothing is lost."""
    server = farm()
    made = sweep("hold a", "cat", "hold b")
    made.jobs[1].wait(60)
    with pytest.raises(WaitTimeoutError, match=r"2 of 3 jobs are still running after 0\.1 s; they go on"):
        made.wait(0.1)
    server.release.set()
    assert made.wait(60).ended
    made.wait(0)


def test_a_job_that_can_not_be_followed_ends_the_wait(farm: FarmOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait that returned would claim that it has ended."""
    from videogen_nb.backend import session

    farm()
    made = sweep("hold a", "hold b")
    assert when(made.jobs[0], "remote_id", bool).wait(60)
    assert when(made.jobs[1], "remote_id", bool).wait(60)
    session.close()
    monkeypatch.delenv("INFERY_API_KEY")
    found = vg.compare(made.id)
    assert not found.ended
    with pytest.raises(MissingKeyError):
        found.wait(60)

    async def awaited() -> None:
        await found

    with pytest.raises(MissingKeyError):
        asyncio.run(awaited())


def test_interrupting_the_wait_leaves_the_jobs_alone(farm: FarmOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go on, and can be waited for again."""
    server = farm()
    made = sweep("hold a", "hold b")

    def interrupted(self: Job, timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Job, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            made.wait()
    server.release.set()
    made.wait(60)
    assert {str(job.status) for job in made.jobs} == {"succeeded"}


def test_cancelling_a_sweep(farm: FarmOf) -> None:
    """Only what has not ended."""
    farm()
    made = sweep("hold", "cat")
    made.jobs[1].wait(60)
    assert when(made.jobs[0], "remote_id", bool).wait(60)
    made.cancel()
    made.wait(60)
    assert [str(job.status) for job in made.jobs] == ["cancelled", "succeeded"]


# -- making again -------------------------------------------------------------------------


def test_only_what_failed_is_made_again(farm: FarmOf) -> None:
    """In its place; what is uncertain or was cancelled may have been charged, and is left alone."""
    server = farm()
    made = sweep("fail", "cat", "lost", "hold")
    assert when(made.jobs[3], "remote_id", bool).wait(60)
    made.jobs[3].cancel()
    made.wait(60)
    before = made.jobs
    assert [str(job.status) for job in before] == ["failed", "succeeded", "uncertain", "cancelled"]
    server.release.set()
    new = made.retry()
    assert made.jobs[:1] == new
    assert made.jobs[1:] == before[1:]
    assert [job.request for job in made.jobs] == [job.request for job in before]
    made.wait(60)
    assert [str(job.status) for job in made.jobs] == ["failed", "succeeded", "uncertain", "cancelled"]
    assert len(server.posts) == 5
    again = vg.compare(made.id)
    assert again.jobs == made.jobs
    assert again.places[0].point == {"x": "fail"}
    assert sweep("cat").wait(60).retry() == ()


def test_a_comparison_makes_again_too(farm: FarmOf) -> None:
    """It is then the comparison of the new jobs."""
    farm()
    a = vg.generate("fail", provider="infery")
    b = vg.generate("cat", provider="infery").wait(60)
    with pytest.raises(VideogenError):
        a.wait(60)
    made = vg.compare(a, b)
    (new,) = made.retry()
    assert vg.compare(new, b).id == made.id
    assert vg.compare(a, b).id != made.id


# -- the table ----------------------------------------------------------------------------


def test_the_table_without_pandas(farm: FarmOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of plain values, the parameters first."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    farm()
    made = sweep("cat", "fail", size=[(640, 360)]).wait(60)
    rows = made.table()
    assert isinstance(rows, list)
    assert list(rows[0]) == ["x", "size", "status", "time", "cost", "unit", "path", "error", "job"]
    first, second = rows
    assert first["path"].exists()
    assert first["time"] >= 0
    told = ("x", "size", "status", "cost", "unit", "error", "job")
    assert [first[name] for name in told] == ["cat", "640x360", "succeeded", 80, "credits", None, made.jobs[0].id]
    assert (second["x"], second["status"], second["path"]) == ("fail", "failed", None)


def test_the_table_while_it_runs(farm: FarmOf) -> None:
    """What is not known yet is None."""
    farm()
    (row,) = _rows(sweep("hold"))
    assert row["status"] in ("queued", "running")
    assert (row["time"], row["cost"], row["path"], row["error"]) == (None, None, None, None)


def test_a_parameter_named_as_one_of_our_columns(farm: FarmOf) -> None:
    """Keeps its own column."""
    farm()
    made = vg.sweep("a city at {time}, {status}", time=["dawn", "dusk"], status=["quiet"], provider="infery").wait(60)
    rows = _rows(made)
    assert [row["{time}"] for row in rows] == ["dawn", "dusk"]
    assert [row["{status}"] for row in rows] == ["quiet", "quiet"]
    assert [row["status"] for row in rows] == ["succeeded", "succeeded"]


def test_several_clips_of_a_job_have_a_row_each(farm: FarmOf) -> None:
    """And a column that counts them; each has its own key."""
    farm()
    made = sweep("cat", count=2).wait(60)
    rows = _rows(made)
    assert [row["clip"] for row in rows] == [1, 2]
    assert len({row["path"] for row in rows}) == 2
    job = made.jobs[0]
    assert [place.key for place in made.places] == [job.id, f"{job.id}/2"]


def test_the_table_with_pandas(farm: FarmOf) -> None:
    """A DataFrame of the same rows."""
    import pandas  # here, since every worker imports this file and one runs this test

    farm()
    made = sweep("cat", "fail").wait(60)
    frame = made.table()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["x"]) == ["cat", "fail"]
    assert frame.set_index("status").loc["succeeded", "path"] == made.jobs[0].path
    assert frame["cost"].sum() == 80


def _rows(made: vg.Comparison) -> list[dict[str, Any]]:
    return [module._row(place, any(each.clip for each in made.places)) for place in made.places]


# -- picks --------------------------------------------------------------------------------


def test_picks_are_kept_and_read_back(farm: FarmOf) -> None:
    """By job or key, in the order picked, in the place of what had been; by another object at once."""
    farm()
    made = sweep("a", "b", "c").wait(60)
    a, b, c = made.jobs
    assert made.picks == vg.Picks(None, ())
    assert "none" in repr(made.picks)
    picks = made.pick(b, [c, a.id, c])
    assert picks.winner
    assert picks.winner.job is b
    assert [place.job for place in picks.favourites] == [c, a]
    assert vg.picks(made.id) == vg.compare(made.id).picks == made.picks == picks
    assert repr(picks) == f"<Picks winner: {b.id}; favourites: {c.id}, {a.id}>"
    assert vg.picks(made.id, winner=a).winner == made.places[0]
    assert made.picks.favourites == ()
    assert made.pick() == vg.Picks(None, ())


def test_picks_of_what_is_not_there(farm: FarmOf) -> None:
    """Are refused, and what was picked stays."""
    farm()
    made, other = sweep("a", "b").wait(60), sweep("c").wait(60)
    made.pick(made.jobs[0])
    for winner, favourites in (
        (other.jobs[0], []),
        ("nothing", []),
        (f"{made.jobs[0].id}/2", []),
        ("", []),
        (None, [made.jobs[1], "x"]),
        (None, "ab"),
    ):
        with pytest.raises(RequestError, match="is not in sweep"):
            made.pick(winner, favourites)
    assert made.picks.winner == made.places[0]
    with pytest.raises(RequestError, match="No sweep or comparison 'gzzz'"):
        vg.picks("gzzz")


def test_the_second_clip_of_a_job_can_win(farm: FarmOf) -> None:
    """By its key, which says its number."""
    farm()
    made = sweep("a", count=2).wait(60)
    picks = made.pick(f"{made.jobs[0].id}/2")
    assert picks.winner
    assert picks.winner.clip == 1
    assert picks.winner.path == made.jobs[0].videos[1].path


def test_picks_of_a_job_that_was_replaced(farm: FarmOf) -> None:
    """Are gone with it; the others stay."""
    farm()
    made = sweep("fail", "b").wait(60)
    made.pick(made.jobs[0], made.jobs)
    made.retry()
    assert made.picks.winner is None
    assert [place.job for place in made.picks.favourites] == [made.jobs[1]]


def test_another_process_reads_what_was_picked(farm: FarmOf) -> None:
    """And what it picks is read back here."""
    farm()
    made = sweep("a", "b").wait(60)
    made.pick(made.jobs[0])
    code = f"""
import videogen_nb as vg
print(vg.picks({made.id!r}).winner.key)
vg.picks({made.id!r}, winner={made.jobs[1].id!r}, favourites=[{made.jobs[0].id!r}])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=_root())
    assert (ran.returncode, ran.stdout.strip()) == (0, made.jobs[0].id), ran.stderr
    assert made.picks.winner == made.places[1]
    assert made.picks.favourites == (made.places[0],)


def _root() -> Path:
    return Path(__file__).parents[2]


# -- being interrupted --------------------------------------------------------------------


def test_a_sweep_that_is_interrupted_half_way(farm: FarmOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was submitted stands in it, and can be opened; one that submitted nothing can't."""
    from videogen_nb.backend import session

    farm()
    submit, count = session.submit, iter(range(9))

    def broken(plan: Any) -> Job:
        if next(count) == 2:
            raise KeyboardInterrupt
        return submit(plan)

    monkeypatch.setattr(session, "submit", broken)
    with pytest.raises(KeyboardInterrupt):
        sweep("a", "b", "c", "d")
    monkeypatch.undo()
    (grid,) = session.backend().journal._db.execute("SELECT id FROM grids").fetchone()
    found = vg.compare(grid)
    assert [job.request.prompt for job in found.jobs] == ["a a", "a b"]
    assert [place.point["x"] for place in found.places] == ["a", "b"]
    found.cancel()


def test_a_job_that_takes_anothers_place_is_told(farm: FarmOf) -> None:
    """To whoever observes the jobs, from any thread."""
    farm()
    made = sweep("fail")
    with pytest.raises(JobError):
        made.wait(60)
    told: list[Any] = []
    made.observe(told.append, "jobs")
    thread = threading.Thread(target=made.retry)
    thread.start()
    thread.join(60)
    (change,) = told
    assert change["old"] != change["new"] == made.jobs
