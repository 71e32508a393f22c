from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import videogen_nb as vg
from tests.support.scripted import Gateway, done, ranged
from videogen_nb.backend import session
from videogen_nb.errors import RequestError
from videogen_nb.notebook import commands_files as filing
from videogen_nb.notebook.commands import run

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]

Infery = Callable[..., Gateway]


@pytest.fixture
def server(infery: Infery, clip: bytes) -> Gateway:
    """An Infery that makes a clip at once."""
    return infery(status=done(), routes={"GET /files/a.mp4": ranged(clip)})


def made(prompt: str = "a paper boat") -> vg.Job:
    return vg.generate(prompt, provider="infery").wait(60)


def test_export_of_a_job(server: Gateway, shell: Shell, tmp_path: Path) -> None:
    """Into the file that is named, else one with a readable name; a line says where it is and how large."""
    job = made()
    said = shell(f"%videogen export {job.id}")
    assert said.split()[0] == f"a-paper-boat-{job.id}.html"
    assert (tmp_path / said.split()[0]).read_text("utf-8").startswith("<!")
    assert "B" in said.split()[-1]
    assert shell(f"%videogen export {job.id[:5]} 'out of/one picture.png'").startswith("out of/one picture.png  ")
    assert (tmp_path / "out of" / "one picture.png").read_bytes().startswith(b"\x89PNG")


def test_export_of_several(server: Gateway, shell: Shell, tmp_path: Path) -> None:
    """Jobs are put side by side; a grid is named by its own id."""
    jobs = [made(), made("an owl")]
    shell(f"%videogen export {jobs[0].id} {jobs[1].id} both.mp4 --width=320 --fps 8 --no-labels")
    assert (tmp_path / "both.mp4").stat().st_size
    grid = vg.compare(*jobs)
    said = shell(f"%videogen export {grid.id}")
    assert said.split()[0] == f"clip-{grid.id}.html"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "needs ids of jobs"),
        ("boat.html", "needs ids of jobs"),
        ("{id} a.html b.html", "needs ids of jobs"),
        ("{id} --width wide", "--width needs a number, not 'wide'"),
        ("{id} --width", "--width needs a number"),
        ("{id} --colour red", "has no option --colour; it has --limit"),
        ("{id} a.avi", "avi"),
        ("nobody a.html", "No job 'nobody'"),
    ],
)
def test_an_export_that_can_not_be(server: Gateway, shell: Shell, tmp_path: Path, line: str, says: str) -> None:
    """One line says what is wrong, and nothing is written."""
    job = made()
    before = sorted(tmp_path.iterdir())
    assert says in shell.refused(f"%videogen export {line.format(id=job.id)}")
    assert sorted(tmp_path.iterdir()) == before


def test_tidy(server: Gateway, shell: Shell, tmp_path: Path) -> None:
    """It lists, with sizes and reasons, and removes only when told."""
    job = made()
    assert "Nothing is left over" in shell("%videogen tidy")
    stray = tmp_path / "videogen" / "stray.mp4"
    stray.write_bytes(b"x" * 2_300_000)
    (tmp_path / "videogen" / "boat-k3x9ab2c.webp").write_bytes(b"x" * 1_000)
    said = shell("%videogen tidy").splitlines()
    assert said[0].split(maxsplit=3) == ["videogen/boat-k3x9ab2c.webp", "1.0", "kB", "its clip is gone"]
    assert said[1].split(maxsplit=3)[:3] == ["videogen/stray.mp4", "2.3", "MB"]
    assert said[2] == "2 files, 2.3 MB. `%videogen tidy --remove` removes them."
    assert stray.exists()
    assert "Removed 2 of 2 files, 2.3 MB: 2.3 MB freed." in shell("%videogen tidy --remove")
    assert not stray.exists()
    assert job.path
    assert job.path.exists()
    assert "--all" in shell.refused("%videogen tidy --all")


def test_cell(server: Gateway, shell: Shell, tmp_path: Path) -> None:
    """It stands in the next input, by the job's id, by its clip and by what is beside that."""
    job = made("a boat\nat sea")
    assert job.path
    for word in (job.id[:6], str(job.path), f"videogen/{job.path.stem}.json"):
        shell.ip.rl_next_input = None
        assert shell(f"%videogen cell {word}") == ""
        assert shell.ip.rl_next_input == vg.as_cell(job)
    assert "needs a job's id" in shell.refused("%videogen cell")
    assert "There is no file" in shell.refused("%videogen cell gone.mp4")
    assert "No job" in shell.refused("%videogen cell gone")


def test_a_cell_of_somebody_elses_clip_can_be_run(
    server: Gateway, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It makes the same request again."""
    job = made("it's {not} a variable")
    assert job.path
    sent = Path(shutil.copytree(job.path.parent, tmp_path / "sent")) / job.path.name
    session.close()
    monkeypatch.setenv("VIDEOGEN_HOME", str(tmp_path / "another home"))
    shell(f"%videogen cell {sent}")
    text = shell.ip.rl_next_input
    assert isinstance(text, str)
    assert shell.run(text.replace("%%videogen", "%%videogen again", 1)).success
    assert shell.ns["again"].request.to_json() == {**job.request.to_json(), "model": job.model}


def test_a_cell_where_nobody_has_a_next_input(server: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """A program that only collects outputs gets it as text."""
    job = made()
    parent = {"content": {"allow_stdin": False}, "header": {}}
    shell: Any = SimpleNamespace(user_ns={}, kernel=SimpleNamespace(get_parent=lambda _: parent))
    filing.cell([job.id], shell)
    assert capsys.readouterr().out == f"{vg.as_cell(job)}\n"


def test_a_damaged_sidecar_is_told_in_one_line(tmp_path: Path) -> None:
    """As IPython shows it, not as a stack of ours."""
    (tmp_path / "a.json").write_text(json.dumps({"schema": 1, "job": 1, "request": {}, "clip": {}}))
    with pytest.raises(RequestError, match=r"a\.json does not record"):
        run("cell a.json", SimpleNamespace(user_ns={}))
