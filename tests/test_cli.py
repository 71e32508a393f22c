from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

import videogen_nb as vg
from tests.support.scripted import Answer, Gateway, done, going, ranged, when
from videogen_nb.backend import session
from videogen_nb.cli import main

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]


def generate() -> vg.Job:
    return vg.generate("a paper boat", provider="infery")


def test_jobs(infery: Infery, clip: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, newest first."""
    infery(routes={"GET /files/a.mp4": ranged(clip)})
    first, second = generate().wait(20), generate().wait(20)
    assert main(["jobs"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == [second.id, first.id]


def test_resume_waits_for_the_end(infery: Infery, clip: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """A job that a kernel left is finished by the command, and its status says whether all is well."""
    server = infery(status=going(), routes={"GET /files/a.mp4": ranged(clip)})
    made = generate()
    assert when(made, "remote_id", bool).wait(20)
    session.close()
    server.scripts["GET /v1/videos/generations/v1"] = [done()]
    assert main(["resume"]) == 0
    assert f"a-paper-boat-{made.id}.mp4" in capsys.readouterr().out
    assert main(["resume"]) == 0
    assert "Nothing to resume" in capsys.readouterr().out
    assert len(server.posts) == 1


def test_a_resume_that_fails_says_so_by_its_status(infery: Infery, capsys: pytest.CaptureFixture[str]) -> None:
    """For scripts."""
    infery(submit=Answer(drop=True))
    made = generate()
    with pytest.raises(vg.VideogenError):
        made.wait(20)
    assert main(["resume", made.id]) == 1
    assert main(["resume", "zzzz"]) == 1
    assert "videogen-nb: " in capsys.readouterr().err


def test_the_program() -> None:
    """It starts, tells its version and its commands, and refuses others."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "videogen_nb.cli", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert run("--version").stdout.strip() == vg.__version__
    assert all(word in run("--help").stdout for word in ("serve", "jobs", "resume"))
    assert run("nothing").returncode == 2
    assert run("jobs").returncode == 0


def test_a_server_for_others_needs_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    """It is not opened to the network without one."""
    assert main(["serve", "--host", "0.0.0.0", "--port", "0"]) == 1
    assert "key" in capsys.readouterr().err
