"""How a process or an extension can end, or change under our feet: each loses nothing and says one honest line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import videogen_nb as vg
from tests.support.scripted import Gateway, done, going, ranged, when
from videogen_nb.backend import session
from videogen_nb.errors import VideogenError

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]

STATUS = "GET /v1/videos/generations/v1"
Infery = Callable[..., Gateway]

FORKING = """
import json, os, sys, warnings
import videogen_nb as vg
from videogen_nb.backend import session
warnings.simplefilter("ignore")  # Python's own about threads and fork
job = vg.generate("a paper boat", provider="infery")
while not job.remote_id: pass
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    told = {}
    try:
        job.wait(1)
    except vg.VideogenError as error:
        told["wait"] = str(error)
    told["listed"] = [each.id for each in vg.jobs()]
    told["resumed"] = [each.id for each in vg.resume()]
    told["own"] = session.backend().journal.path.exists()
    session.close()
    os.write(writing, json.dumps(told).encode())
    sys.exit(0)
os.close(writing)
told = json.loads(b"".join(iter(lambda: os.read(reading, 65536), b"")))
status = os.waitpid(child, 0)[1]
print(json.dumps({**told, "status": status, "job": job.id, "ended": job.ended}), flush=True)
sys.stdin.readline()
print(job.wait(60).path, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_leaves_its_parents_jobs_alone(infery: Infery, clip: bytes) -> None:
    """It says that they are not its own, reads the journal by a backend of its own, and its end is not theirs."""
    server = infery(status=going(), routes={"GET /files/a.mp4": ranged(clip)})
    parent = subprocess.Popen([sys.executable, "-c", FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdin
    assert parent.stdout
    told = json.loads(parent.stdout.readline())
    assert told["status"] == 0
    assert f"`%videogen resume {told['job']}`" in told["wait"]
    assert told["listed"] == [told["job"]]
    assert told["resumed"] == []
    assert not told["ended"]
    server.scripts[STATUS] = [done()]
    parent.stdin.write("\n")
    parent.stdin.flush()
    assert Path(parent.stdout.readline().strip()).is_file()
    assert parent.wait(60) == 0
    assert len(server.posts) == 1


def test_unloading_says_what_it_leaves(shell: Shell, infery: Infery, clip: bytes) -> None:
    """One line names the unfinished jobs; loading again goes on with them; where none are left it says nothing."""
    server = infery(status=going(), routes={"GET /files/a.mp4": ranged(clip)})
    shell("%%videogen boat --provider infery\na paper boat")
    boat = shell.ns["boat"]
    assert when(boat, "remote_id", bool).wait(20)
    line = shell("%unload_ext videogen_nb")
    assert (
        line
        == f"videogen-nb: 1 unfinished job ({boat.id}) no longer followed. `%load_ext videogen_nb` follows again.\n"
    )
    server.scripts[STATUS] = [done()]
    assert boat.id in shell("%load_ext videogen_nb")
    assert session.find_job(boat.id).wait(60).path
    assert shell("%unload_ext videogen_nb") == ""
    assert len(server.posts) == 1


def test_a_journal_that_vanishes_under_a_session(infery: Infery, home: Path) -> None:
    """Nothing is sent that would be written into a file which nobody can find again; one line says what to do."""
    server = infery(status=going())
    made = vg.generate("a paper boat", provider="infery")
    assert when(made, "remote_id", bool).wait(60)
    for path in home.glob("journal.sqlite3*"):
        path.rename(path.with_name(f"moved-{path.name}"))
    with pytest.raises(VideogenError, match="moved or deleted") as caught:
        vg.generate("another", provider="infery")
    assert "\n" not in str(caught.value)
    assert len(server.posts) == 1
    assert not made.ended
