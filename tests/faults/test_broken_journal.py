"""A journal that can't be written or read: a clear line, the old file kept, and nothing lost or sent unrecorded."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import videogen_nb as vg
from tests.support.scripted import Gateway, done, going, ranged, when
from videogen_nb.backend import session
from videogen_nb.core.job import Status
from videogen_nb.errors import JournalError, VideogenError
from videogen_nb.storage import database

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]
STATUS = "GET /v1/videos/generations/v1"


def generate(prompt: str = "a paper boat") -> vg.Job:
    return vg.generate(prompt, provider="infery")


def generate_many(count: int) -> None:
    for number in range(count):
        generate(f"{number} " * 200)


def read_and_write() -> None:
    vg.jobs(everywhere=True)
    generate()


def fill(home: Path) -> None:
    """Let the journal's disk be full: SQLite refuses every further page, as it does there."""
    db = session.backend().journal._db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")


def said(error: VideogenError) -> str:
    """Its message, which has to be short and in its user's words."""
    text = str(error)
    assert len(text) < 500
    assert "\n" not in text
    assert "OperationalError" not in text
    return text


def test_a_full_disk_before_a_job(infery: Infery, home: Path) -> None:
    """What can't be recorded is not sent; what was recorded before is all there, and room makes it work again."""
    server = infery(status=going())
    generate()
    fill(home)
    with pytest.raises(JournalError) as caught:
        generate_many(200)
    told = said(caught.value)
    assert "disk is full" in told
    assert "Make room" in told
    rows = session.backend().journal.rows(limit=1000)
    session.backend().journal._db.execute("PRAGMA max_page_count = 1000000")
    made = generate("afterwards")
    assert when(made, "remote_id", bool).wait(60)
    assert len(session.backend().journal.rows(limit=1000)) == len(rows) + 1
    assert len(server.posts) <= len(rows) + 1


def test_a_disk_that_fills_up_under_a_job(infery: Infery, clip: bytes, home: Path) -> None:
    """The clip is there, its user is told that the journal lacks its end, and a later process finds it."""
    server = infery(status=going(), routes={"GET /files/a.mp4": ranged(clip)})
    made = generate()
    assert when(made, "status", lambda status: status is Status.RUNNING).wait(60)
    other = sqlite3.connect(home / "journal.sqlite3")
    other.execute("CREATE TRIGGER full BEFORE UPDATE OF ended ON jobs BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
    other.commit()
    server.scripts[STATUS] = [done()]
    assert made.wait(60).path
    assert "can't be written (disk is full)" in made.notice
    other.execute("DROP TRIGGER full")
    other.commit()
    other.close()
    session.close()
    (again,) = vg.resume()
    assert again.wait(60).path == made.path
    assert (len(server.posts), len(server.requests("GET /files/a.mp4"))) == (1, 1)


SUBMIT = """
import sys, videogen_nb as vg
try:
    vg.generate("a paper boat", provider="infery")
except vg.VideogenError as error:
    print(f"{type(error).__name__}: {error}")
"""


def heed_permissions() -> None:
    """To root no folder is read-only, unless it gives up that right (CAP_DAC_OVERRIDE, capabilities(7))."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_folder_that_can_only_be_read(infery: Infery, home: Path) -> None:
    """One line says where and what to do; the journal in it stays, byte for byte, and nothing is sent."""
    server = infery(status=going())
    generate()
    session.close()
    for each in (home, *home.rglob("*")):
        each.chmod(0o555 if each.is_dir() else 0o444)
    before, posts = (home / "journal.sqlite3").read_bytes(), len(server.posts)
    tried = subprocess.run(
        [sys.executable, "-c", SUBMIT],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=heed_permissions,
    )
    home.chmod(0o755)
    assert tried.stdout.startswith("JournalError: The journal "), tried.stderr
    assert "VIDEOGEN_HOME" in tried.stdout
    assert "Nothing was sent" in tried.stdout
    assert tried.stderr == ""
    assert (home / "journal.sqlite3").read_bytes() == before
    assert len(server.posts) == posts


def test_a_damaged_file(infery: Infery, home: Path, tmp_path: Path) -> None:
    """Whether it is damaged at its head or in its middle: a line, no change to it, and the whole one works again."""
    server = infery(status=going())
    for number in range(30):
        generate(f"{number} " * 300)
    session.close()
    path, posts = home / "journal.sqlite3", len(server.posts)
    whole = path.read_bytes()
    shutil.copy(path, tmp_path / "whole")
    for damaged in (b"not a database" * 400, whole[:100] + bytes(60_000) + whole[60_100:], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(JournalError) as caught:
            read_and_write()
        assert "journal" in said(caught.value)
        session.close()
        assert path.read_bytes() == damaged
    shutil.copy(tmp_path / "whole", path)
    assert len(vg.jobs()) == 30
    assert len(server.posts) == posts


def test_a_journal_from_the_future(infery: Infery, home: Path) -> None:
    """It is not touched, and the line says which of two ways out there are."""
    server = infery()
    session.backend()
    session.close()
    path = home / "journal.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"newer videogen-nb.*Update videogen-nb, or set VIDEOGEN_HOME"):
        generate()
    assert path.read_bytes() == before
    assert [each.name for each in home.iterdir() if each.name.startswith("journal")] == ["journal.sqlite3"]
    assert server.posts == []


def test_another_program_that_holds_it(infery: Infery, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's "database is locked" comes as a line that says how long was waited; afterwards all goes on."""
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    server = infery(status=going())
    session.backend()
    other = sqlite3.connect(home / "journal.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError) as caught:
        generate()
    assert "Another program has kept it locked for 0.2 s; try again." in said(caught.value)
    other.execute("ROLLBACK")
    other.close()
    made = generate()
    assert when(made, "remote_id", bool).wait(60)
    assert len(server.posts) == 1
