from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storage.facts import FACTS
from videogen_nb.core.job import Cost, Video
from videogen_nb.core.request import Size
from videogen_nb.errors import JobFailedError, VideogenError
from videogen_nb.storage import journal as module
from videogen_nb.storage.job_rows import request_of
from videogen_nb.storage.journal import Journal, held
from videogen_nb.storage.lease import LEASE


@pytest.fixture
def journal(home: Path) -> Iterator[Journal]:
    made = Journal(home / "journal.sqlite3")
    yield made
    made.close()


@pytest.fixture
def other(journal: Journal) -> Iterator[Journal]:
    """The journal as another process of this machine that is alive sees it."""
    made = Journal(journal.path)
    yield made
    made.close()


def end(journal: Journal, job: str, status: str = "succeeded", **facts: Any) -> None:
    journal.ended(job, status, **{"error": None, "notice": "", "cost": None, "videos": (), **facts})


def test_a_row_is_there_for_others_at_once(journal: Journal, other: Journal) -> None:
    """Each step is committed when the call returns."""
    row = journal.add(**FACTS)
    assert other.row(row.id) == row
    assert (row.stage, row.status, row.remote_id) == ("waiting", "queued", None)
    journal.sending(row.id)
    seen = other.row(row.id)
    assert seen
    assert seen.stage == "sending"
    assert seen.sent
    journal.accepted(row.id, "v1", "r1")
    seen = other.row(row.id)
    assert seen
    assert (seen.stage, seen.remote_id, seen.request_id) == ("sent", "v1", "r1")


def test_commits_are_synced(journal: Journal) -> None:
    """SQLite is told to sync each commit, and keeps a log beside the file so that readers never wait."""
    assert journal._db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert journal._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_ids_are_short_and_read_well(journal: Journal) -> None:
    """Eight letters and digits that can't be taken for each other, different each time."""
    ids = {journal.add(**FACTS).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(each) == 8 and not set(each) & set("01ilo") and each.isalnum() for each in ids)


def test_an_id_that_is_taken_is_drawn_again(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older row stays."""
    drawn = iter(["aaaaaaaa", "aaaaaaaa", "bbbbbbbb"])
    monkeypatch.setattr(module, "new_id", lambda: next(drawn))
    assert [journal.add(**FACTS).id, journal.add(**FACTS).id] == ["aaaaaaaa", "bbbbbbbb"]


def test_an_end_has_everything(journal: Journal, tmp_path: Path) -> None:
    """Status, error, cost and clips in one transaction, and the lease is given up."""
    row = journal.add(**FACTS)
    video = Video(tmp_path / "ä.mp4", Size(640, 360), 2.5, 24.0, "video/mp4", 9, "f" * 64)
    error = JobFailedError("It broke.", charged="Nothing was charged.")
    end(journal, row.id, "failed", error=error, notice="n", cost=Cost(80, "credits"), videos=[video, video])
    seen = journal.row(row.id)
    assert seen
    assert (seen.stage, seen.status, seen.error_kind, seen.error) == ("ended", "failed", "JobFailedError", str(error))
    assert (seen.cost, seen.cost_unit, seen.notice, seen.owner, seen.lease) == (80, "credits", "n", None, None)
    assert journal.clips(row.id) == (video, video)
    assert request_of(seen) == {"prompt": "x"}


def test_a_job_is_followed_by_one(journal: Journal, other: Journal) -> None:
    """A living owner keeps it; what it gives up, another may claim; nobody claims what is not there."""
    row = journal.add(**FACTS)
    assert journal.claim(row.id)
    assert not other.claim(row.id)
    journal.drop(row.id)
    assert other.claim(row.id)
    assert not journal.claim(row.id)
    other.release()
    assert journal.claim(row.id)
    assert not journal.claim("nothing")


def test_one_of_many_wins_a_claim(journal: Journal) -> None:
    """Claims at the same moment do not both succeed."""
    row = journal.add(**FACTS)
    journal.release()
    rivals = [Journal(journal.path) for _ in range(6)]
    won: list[bool] = []
    start = threading.Barrier(len(rivals))

    def claim(rival: Journal) -> None:
        start.wait()
        won.append(rival.claim(row.id))

    threads = [threading.Thread(target=claim, args=[rival]) for rival in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for rival in rivals:
        rival.close()
    assert sorted(won) == [False] * 5 + [True]


def test_a_lease_that_ran_out_is_free(journal: Journal, other: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a closed laptop; and its former owner learns from `renew` that it is not its own any more."""
    mine, lost = journal.add(**FACTS), journal.add(**FACTS)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LEASE + 1)
    assert other.claim(lost.id)
    assert journal.renew() == {mine.id}
    assert not other.claim(mine.id)


def test_a_dead_owner_holds_nothing(journal: Journal) -> None:
    """On this machine a process that is gone is known to be; of another machine only its lease tells."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    later, here = time.time() + 10, journal.owner.rsplit(":", 2)[0]
    assert not held(f"{here}:{gone.pid}:x", later)
    assert held(f"{here}:{os.getpid()}:x", later)
    assert held(f"elsewhere:{gone.pid}:x", later)
    assert not held(f"elsewhere:{gone.pid}:x", time.time() - 1)
    assert not held(None, later)
    assert not held("x", None)


def test_what_a_dead_process_left_open(journal: Journal, other: Journal) -> None:
    """Open rows of this folder that nobody follows, oldest first."""
    first, second = journal.add(**FACTS), journal.add(**FACTS)
    elsewhere, over = journal.add(**{**FACTS, "folder": "/there"}), journal.add(**FACTS)
    end(journal, over.id)
    assert other.left_open("/here") == []
    journal.release()
    assert [row.id for row in other.left_open("/here")] == [first.id, second.id]
    assert {row.id for row in other.left_open()} == {first.id, second.id, elsewhere.id}


def test_rows_are_found_newest_first_and_by_prefix(journal: Journal) -> None:
    """Of one folder or of all; a prefix is text, not a pattern."""
    first, second = journal.add(**FACTS), journal.add(**{**FACTS, "folder": "/there"})
    assert [row.id for row in journal.rows()] == [second.id, first.id]
    assert [row.id for row in journal.rows("/here")] == [first.id]
    assert [row.id for row in journal.rows(limit=1)] == [second.id]
    assert [row.id for row in journal.matching(first.id[:6])] == [first.id]
    assert journal.matching("%") == journal.matching("_") == []
    assert journal.row("nothing") is None


def test_durations_are_of_jobs_that_succeeded(journal: Journal) -> None:
    """Of the same model, from sending to the provider's end."""
    for status, model in (("succeeded", "veo-3-1"), ("failed", "veo-3-1"), ("succeeded", "wan")):
        row = journal.add(**{**FACTS, "model": model})
        journal.sending(row.id)
        journal.accepted(row.id, "v1", None)
        journal.finished(row.id)
        end(journal, row.id, status)
    assert len(journal.durations("infery", "veo-3-1")) == 1
    assert journal.durations("infery", "other") == []


def test_costs_are_summed(journal: Journal) -> None:
    """By day, provider, model and unit; jobs without a cost do not count."""
    for cost in (Cost(80, "credits"), Cost(0.5, "credits"), Cost(1, "USD"), None):
        end(journal, journal.add(**FACTS).id, cost=cost)
    found = sorted((unit, amount, jobs) for _, provider, model, unit, amount, jobs in journal.costs())
    assert found == [("USD", 1.0, 1), ("credits", 80.5, 2)]


def test_an_ended_job_can_be_opened_again(journal: Journal, tmp_path: Path) -> None:
    """It keeps its remote id and forgets its end, with the clips that it had; one that goes on is left as it is."""
    row = journal.add(**FACTS)
    journal.accepted(row.id, "v1", None)
    video = Video(tmp_path / "a.mp4", Size(640, 360), 2.5, 24.0, "video/mp4", 9, "f" * 64)
    end(journal, row.id, videos=[video])
    assert journal.clips(row.id) == (video,)
    journal.reopen(row.id)
    assert journal.clips(row.id) == ()
    assert journal.claim(row.id)
    end(journal, row.id, "failed", error=JobFailedError("x"))
    assert journal.clips(row.id) == ()
    journal.reopen(row.id)
    seen = journal.row(row.id)
    assert seen
    assert (seen.stage, seen.remote_id, seen.error, seen.error_kind, seen.ended) == ("sent", "v1", None, None, None)


@pytest.mark.parametrize("content", [b"not a database, but quite long enough to be taken for one" * 20, None])
def test_a_journal_that_can_not_be_used_is_told(tmp_path: Path, content: bytes | None) -> None:
    """In one line that says that nothing was sent and what to do."""
    path = tmp_path / "home2" / "journal.sqlite3"
    if content:
        path.parent.mkdir()
        path.write_bytes(content)
    else:
        path.parent.write_text("a file is in the way")
    with pytest.raises(VideogenError, match="VIDEOGEN_HOME") as caught:
        Journal(path)
    assert "\n" not in str(caught.value)


def test_a_journal_of_a_newer_version_is_left_alone(journal: Journal) -> None:
    """It may mean something else by its columns."""
    journal._db.execute("PRAGMA user_version = 99")
    with pytest.raises(VideogenError, match="newer"):
        Journal(journal.path)
    with sqlite3.connect(journal.path) as plain:
        assert plain.execute("PRAGMA user_version").fetchone()[0] == 99


def test_opening_twice_migrates_once(journal: Journal) -> None:
    """Rows written before stay readable."""
    row = journal.add(**FACTS)
    again = Journal(journal.path)
    assert again.row(row.id) == row
    again.close()


def test_many_threads_write_at_once(journal: Journal) -> None:
    """The backend's thread, the cell's and a page's handler share it."""

    def work() -> None:
        for _ in range(10):
            journal.accepted(journal.add(**FACTS).id, "v", None)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.rows()) == 40
    assert {row.remote_id for row in journal.rows()} == {"v"}


SEARCHED = {
    "one folder": ("/here", 100, "", ()),
    "one folder, a few": ("/here", 3, "", ()),
    "all folders": (None, 5, "", ()),
    "words": ("/here", 100, "BOAT veo", ()),
    "words of all folders": (None, 100, "straße", ()),
    "ids of other folders": ("/here", 4, "", ("there",)),
    "ids and words": ("/here", 100, "owl", ("there",)),
}


@pytest.mark.parametrize("case", SEARCHED)
def test_rows_are_those_that_a_plain_look_at_all_of_them_finds(journal: Journal, case: str) -> None:
    """Whichever way they are looked up: folder or one of the ids, each word, newest first, no more than asked for."""
    prompts = ("a paper boat", "an owl", "die STRASSE", "a boat \\ on 100% sea")
    for place in range(24):
        facts = {"folder": ("/here", "/there")[place % 2], "request": f'{{"prompt": "{prompts[place % 4]}"}}'}
        journal.add(**{**FACTS, **facts})
    ids = [each for (each,) in journal._db.execute("SELECT id FROM jobs ORDER BY rowid DESC")]
    everything = [row for row in map(journal.row, ids) if row]
    folder, limit, words, named = SEARCHED[case]
    also = [row.id for row in everything if row.folder == "/there"][-2:] if named else []
    expected = [
        row.id
        for row in everything
        if (folder is None or row.folder == folder or row.id in also)
        and all(word.casefold() in f"{row.request} {row.model}".casefold() for word in words.split())
    ]
    assert expected
    assert [row.id for row in journal.rows(folder, limit, words, also)] == expected[:limit]


def test_what_people_wait_for_reads_no_whole_table(journal: Journal, other: Journal) -> None:
    """SQLite looks its rows up by an index, however long the journal is."""
    asked: list[str] = []
    journal._db.set_trace_callback(asked.append)
    journal.rows("/here", also=["a"])
    journal.rows()
    journal.row("a")
    journal.matching("a")
    journal.left_open("/here")
    journal.left_open()
    journal.of_notebook("/here/notebook.ipynb")
    journal.durations("infery", "veo-3-1")
    journal.reusable("infery", "veo-3-1", "https://api.infery.ai", "/here/videogen")
    journal.costs()
    journal.clips("a")
    journal.renew()
    journal.release()
    journal._db.set_trace_callback(None)
    queries = [each for each in asked if each.split()[0] in ("SELECT", "UPDATE")]
    assert len(queries) > 12
    for query in queries:
        plan = [row[3] for row in other._db.execute(f"EXPLAIN QUERY PLAN {query}")]
        scanned = [step for step in plan if step in ("SCAN jobs", "SCAN clips")]
        sorted_whole = [step for step in plan if "jobs_by_time" in step and "WHERE TRUE" not in query]
        assert (scanned, sorted_whole) == ([], []), (query, plan)


def test_a_days_costs_are_its_own(journal: Journal) -> None:
    """A day ends at midnight UTC, and its jobs are summed apart from the next one's, newest day first."""
    for created in (86_399.5, 86_400.0, 86_400.5):
        row = journal.add(**FACTS)
        end(journal, row.id, cost=Cost(2, "credits"))
        journal._db.execute("UPDATE jobs SET created = ? WHERE id = ?", [created, row.id])
    assert [(day, amount, jobs) for day, _, _, _, amount, jobs in journal.costs()] == [
        ("1970-01-02", 4.0, 2),
        ("1970-01-01", 2.0, 1),
    ]


def test_a_retry_stands_for_what_it_was_a_retry_of(journal: Journal) -> None:
    """Of a notebook's cell the new job is listed, and the old one is not."""
    facts = {**FACTS, "notebook": "/here/a.ipynb", "cell": "c", "execution": "e"}
    old, other = journal.add(**facts), journal.add(**facts)
    new = journal.add(**facts, retry_of=old.id)
    assert [row.id for row in journal.of_notebook("/here/a.ipynb")] == [other.id, new.id]
