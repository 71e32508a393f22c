"""Files are replaced as a whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from videogen_nb.storage.atomic import replacing, sync_and_rename, temporary, write


def test_the_new_content_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """Bytes, or text in UTF-8, and nothing is left beside it."""
    path = tmp_path / "a.b.json"
    write(path, b"\xff old")
    write(path, "雨 🚤\n")
    assert path.read_bytes() == "雨 🚤\n".encode()
    assert os.listdir(tmp_path) == ["a.b.json"]


def test_what_fails_leaves_the_old_content(tmp_path: Path) -> None:
    """And no temporary file."""
    path = tmp_path / "a.txt"
    write(path, "old")

    def fail() -> None:
        with replacing(path) as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


KILLED = """
import os, signal, sys
from pathlib import Path
from videogen_nb.storage.atomic import replacing
with replacing(Path(sys.argv[1])) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_leaves_the_old_content(tmp_path: Path) -> None:
    """What had been written stands in a hidden file until a writer knows that it is the only one."""
    path = tmp_path / "a.txt"
    write(path, "old")
    assert subprocess.run([sys.executable, "-c", KILLED, path]).returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    (part,) = (each for each in tmp_path.iterdir() if each != path)
    assert part.name.startswith(".a.txt.")
    assert part.name.endswith(".part")
    write(path, "new")
    assert (path.read_text(), part.read_text()) == ("new", "half")
    others = [tmp_path / name for name in (".a.txt.part", ".a.txt.b.0a1b2c3d.part", ".b.txt.0a1b2c3d.part")]
    for other in others:
        other.touch()
    write(path, "newer", sole_writer=True)
    assert path.read_text() == "newer"
    assert sorted(tmp_path.iterdir()) == sorted([path, *others])


def test_two_writers_of_one_file(tmp_path: Path) -> None:
    """Each writes a file of its own, and the last one to finish stays."""
    path, first_is_open, second_is_done = tmp_path / "a.txt", threading.Event(), threading.Event()

    def first() -> None:
        with replacing(path) as part:
            part.write_text("first")
            first_is_open.set()
            second_is_done.wait(20)

    thread = threading.Thread(target=first)
    thread.start()
    assert first_is_open.wait(20)
    write(path, "second")
    assert path.read_text() == "second"
    second_is_done.set()
    thread.join()
    assert path.read_text() == "first"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("name", ["x" * 255, "雨" * 85])
def test_the_longest_name(tmp_path: Path, name: str) -> None:
    """Its temporary neighbour's is no longer than the file system allows."""
    write(tmp_path / name, "x")
    assert os.listdir(tmp_path) == [name]


def test_a_temporary_file_may_be_renamed_or_stay_away(tmp_path: Path) -> None:
    """Where the final name depends on the content."""
    with temporary(tmp_path / "a.txt") as part:
        part.write_text("x")
        part.replace(tmp_path / "b.txt")
    with temporary(tmp_path / "c.txt"):
        pass
    assert os.listdir(tmp_path) == ["b.txt"]


def test_a_complete_file_gets_its_name(tmp_path: Path) -> None:
    """It takes the place of what had it."""
    part, path = tmp_path / ".a.part", tmp_path / "a.mp4"
    part.write_text("new")
    path.write_text("old")
    sync_and_rename(part, path)
    assert path.read_text() == "new"
    assert not part.exists()
