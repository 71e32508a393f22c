from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from videogen_nb.errors import VideogenError
from videogen_nb.storage import grids
from videogen_nb.storage.grids import Cell
from videogen_nb.storage.journal import Journal

FIRST_VERSION = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, created REAL NOT NULL, folder TEXT NOT NULL, output TEXT NOT NULL,
    provider TEXT NOT NULL, base_url TEXT NOT NULL, model TEXT NOT NULL, family TEXT NOT NULL,
    request TEXT NOT NULL, digest TEXT NOT NULL, retry_of TEXT,
    stage TEXT NOT NULL DEFAULT 'waiting', status TEXT NOT NULL DEFAULT 'queued',
    remote_id TEXT, request_id TEXT, sent REAL, finished REAL, ended REAL,
    error_kind TEXT, error TEXT, notice TEXT NOT NULL DEFAULT '', cost REAL, cost_unit TEXT,
    owner TEXT, lease REAL
);
CREATE INDEX jobs_by_folder ON jobs (folder, created);
CREATE INDEX jobs_open ON jobs (stage) WHERE stage != 'ended';
CREATE INDEX jobs_by_model ON jobs (provider, model, finished) WHERE status = 'succeeded';
CREATE TABLE clips (
    job TEXT NOT NULL REFERENCES jobs (id), place INTEGER NOT NULL, path TEXT NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, duration REAL NOT NULL, fps REAL NOT NULL,
    media_type TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (job, place)
);
PRAGMA user_version = 1;
"""


def test_a_journal_of_the_first_version_keeps_all_it_has(tmp_path: Path) -> None:
    """It is brought up to date once, by one of many that open it; jobs and clips stay as they were."""
    path = tmp_path / "old.sqlite3"
    db = sqlite3.connect(path)
    db.executescript(FIRST_VERSION)
    db.execute(
        "INSERT INTO jobs (id, created, folder, output, provider, base_url, model, family, request, digest, stage, "
        "status, remote_id, cost, cost_unit) VALUES ('a', 5, '/f', '/f/v', 'infery', 'https://x', 'veo', '', "
        "'{\"prompt\": \"x\"}', 'd', 'ended', 'succeeded', 'v1', 80, 'credits'), "
        "('b', 6, '/f', '/f/v', 'infery', 'https://x', 'veo', '', '{\"prompt\": \"y\"}', 'e', 'sent', 'running', "
        "'v2', NULL, NULL)"
    )
    db.execute("INSERT INTO clips VALUES ('a', 0, '/f/v/a.mp4', 64, 32, 1.5, 24, 'video/mp4', 9, 'f')")
    db.commit()
    before = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in ("jobs", "clips")}
    db.close()
    first, second = Journal(path), Journal(path)
    for table, rows in before.items():
        assert [row[: len(rows[0])] for row in first._db.execute(f"SELECT * FROM {table}")] == rows
    assert [row.id for row in second.rows()] == ["b", "a"]
    assert [row.id for row in first.left_open()] == ["b"]
    assert str(first.clips("a")[0].path) == str(Path("/f/v/a.mp4"))
    grid = grids.add(first, "sweep", "x", [])
    assert [each.id for each in grids.find(second, grid)] == [grid]
    first.close()
    second.close()


def test_a_journal_of_a_later_version_is_left_alone(book: Journal) -> None:
    """It is not written, and the line says what to do."""
    version = book._db.execute("PRAGMA user_version").fetchone()[0]
    book._db.execute(f"PRAGMA user_version = {version + 1}")
    with pytest.raises(VideogenError, match="newer videogen-nb"):
        Journal(book.path)


def test_a_grid_is_read_back_as_it_was_written(book: Journal) -> None:
    """Kinds of values, order of cells, odd text; what JSON has no word for is text."""
    axes: list[tuple[str, list[Any]]] = [
        ("cat", ["ä 'so' {x}", "\n"]),
        ("seed", [0, None, 1.5, True, [64, 32]]),
        ("path", [Path("/a")]),
    ]
    id = grids.add(book, "sweep", "a {cat} \0", axes)  # noqa: A001
    grids.set_cells(book, id, [(1, Cell("b", {"seed": None})), (0, Cell("a", {"seed": [64, 32], "p": Path("/a")}))])
    (found,) = grids.find(book, id)
    assert (found.kind, found.prompt) == ("sweep", "a {cat} \0")
    assert found.axes == [(name, values) for name, values in [*axes[:2], ("path", [str(Path("/a"))])]]
    assert found.cells == [Cell("a", {"seed": [64, 32], "p": str(Path("/a"))}), Cell("b", {"seed": None})]
    grids.set_cells(book, id, [(0, Cell("c", {}))])
    assert [cell.job for cell in grids.find(book, id)[0].cells] == ["c", "b"]


def test_grids_are_found_by_the_beginning_of_their_id(book: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first; a sign of SQL's is a letter like others."""
    drawn = iter(["aa2", "aa3", "b"])
    monkeypatch.setattr(grids, "new_id", lambda: next(drawn))
    ids = [grids.add(book, "sweep", "", []) for _ in range(3)]
    assert [each.id for each in grids.find(book, "gaa")] == ids[1::-1]
    assert [each.id for each in grids.find(book, "gb")] == ids[2:]
    assert grids.find(book, "g%") == grids.find(book, "g_") == grids.find(book, "x") == []


def test_which_grid_is_the_same(book: Journal) -> None:
    """Of one kind and of the same parameters, with the same jobs in the same order, all of them and no more."""
    axes = [("cat", ("owl", [64, 32]))]

    def made(kind: str, *jobs: str) -> str:
        id = grids.add(book, kind, "", axes)  # noqa: A001
        grids.set_cells(book, id, [(place, Cell(job, {})) for place, job in reversed([*enumerate(jobs)])])
        return id

    sweep = made("sweep", "a", "b")
    assert grids.find_same(book, "comparison", axes, ["a", "b"]) is None
    both, three = made("comparison", "a", "b"), made("comparison", "a", "b", "c")
    assert grids.find_same(book, "sweep", axes, ["a", "b"]) == sweep
    assert grids.find_same(book, "comparison", axes, ["a", "b"]) == both
    assert grids.find_same(book, "comparison", axes, ["a", "b", "c"]) == three
    assert grids.find_same(book, "sweep", [("animal", ("owl", [64, 32]))], ["a", "b"]) is None
    for jobs in (["b", "a"], ["a"], ["b"], ["a", "c"], ["a b"], ["a", "b", "c", "d"]):
        assert grids.find_same(book, "comparison", axes, jobs) is None
    many = [f"j{n:03}" for n in range(300)]
    assert made("comparison", *many) == grids.find_same(book, "comparison", axes, many)


def test_picks_take_the_place_of_those_before(book: Journal) -> None:
    """In their order, of this grid alone, also for another process."""
    other = Journal(book.path)
    grids.set_picks(book, "g1", "a", ["c", "b", "a"])
    grids.set_picks(book, "g2", None, ["z"])
    assert grids.picks_of(other, "g1") == ("a", ("c", "b", "a"))
    grids.set_picks(other, "g1", None, ["b"])
    assert grids.picks_of(book, "g1") == (None, ("b",))
    assert grids.picks_of(book, "g2") == (None, ("z",))
    assert grids.picks_of(book, "g3") == (None, ())
    other.close()
