"""What every test stands on: a home of its own, no keys, and nothing left running."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clips import make_clip
from videogen_nb.storage.journal import Journal

_OURS = ("INFERY_", "INFINITYBLUE_", "OPENAI_VIDEOS_", "VIDEOGEN_")

# Containers often set this. Then every worker, kernel and script that a test starts would compile all its imports,
# which takes longer than most tests.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    sys.dont_write_bytecode = False

# jsonschema, which nbformat needs, imports this optional package where it is installed, for a format that no schema
# here uses. Building its grammar takes two seconds of CPU time in each process; without it that format is skipped.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: half of the tests' time is spent waiting for kernels, servers and pauses."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no worker is left alone with it at the end."""
    marks = ("wheel", "kernel", "slow")
    items.sort(key=lambda item: [item.get_closest_marker(mark) is None for mark in marks])


def pytest_collection_finish() -> None:
    """Keep all that was imported and collected out of the collections that IPython makes whenever a shell ends."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the journal and the local gateway; clips go beside it, and the working directory is theirs.

    Kernels and scripts that a test starts inherit all of it.
    """
    for name in list(os.environ):
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("VIDEOGEN_HOME", str(folder))
    monkeypatch.setenv("VIDEOGEN_OUTPUT_DIR", str(tmp_path / "videogen"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.chdir(tmp_path)
    yield folder
    # What the test did not use is not imported for it.
    if session := sys.modules.get("videogen_nb.backend.session"):
        session.close()
    if config := sys.modules.get("videogen_nb.config"):
        config.use(None)


@pytest.fixture
def book(home: Path) -> Iterator[Journal]:
    """A journal of one's own."""
    made = Journal(home / "journal.sqlite3")
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A clip, where a notebook in the test's folder would have it."""
    folder = tmp_path / "videogen"
    folder.mkdir()
    made = folder / "boat.mp4"
    made.write_bytes(make_clip(frames=4))
    return made


@pytest.fixture(scope="session")
def clip() -> bytes:
    """What a server has to give."""
    return make_clip()


@pytest.fixture(scope="session")
def other_clip() -> bytes:
    """Another of the same size, to be told from it by its bytes alone."""
    return make_clip(shade=1)
