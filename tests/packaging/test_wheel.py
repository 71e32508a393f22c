"""What people install: the wheel holds all it needs, and works in an environment that has nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.packaging.environments import environment

pytestmark = [pytest.mark.wheel, pytest.mark.slow, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
BUNDLES = (
    *(f"{name}.{kind}" for name in ("job", "grid", "history", "image", "page") for kind in ("js", "css")),
    "saved.js",
)
# Settings of the session that must not lead the fresh environment back to the checkout.
_LEAVE_OUT = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; fails with its errors where it fails."""
    env = {name: value for name, value in os.environ.items() if name not in _LEAVE_OUT}
    ran = subprocess.run([str(each) for each in command], cwd=cwd, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment in which only the wheel and what it asks for are installed."""
    with ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        wanted = message_from_bytes(archive.read(metadata)).get_all("Requires-Dist") or []
    fresh = environment(tmp_path_factory.mktemp("empty"), wanted)
    # Without an index pip installs the wheel only where all that it asks for is there, in a version that it takes.
    pip = (sys.executable, "-m", "pip", "--python", fresh)
    run(*pip, "install", "--quiet", "--no-index", wheel, cwd=fresh.parent)
    return fresh


def test_the_wheel_holds_the_package_and_its_bundles_and_nothing_else(wheel: Path) -> None:
    """Built bundles, types marker and licence are inside; sources of the page, tests and tools are not."""
    with ZipFile(wheel) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    for name in ("py.typed", "gateway/jobs/worker.py"):
        assert f"videogen_nb/{name}" in sizes
    bundles = {name: size for name, size in sizes.items() if name.startswith("videogen_nb/static/")}
    assert {*bundles} == {f"videogen_nb/static/{name}" for name in BUNDLES}
    assert min(bundles.values()) > 1000
    assert any(name.endswith("licenses/LICENSE") for name in sizes)
    assert {name.partition("/")[0].partition("-")[0] for name in sizes} == {"videogen_nb"}
    modules = {f"{each.relative_to(ROOT).as_posix()}" for each in (ROOT / "videogen_nb").rglob("*.py")}
    assert {name for name in sizes if name.endswith(".py")} == modules
    assert not [name for name in sizes if name.endswith((".ts", ".pyc", ".map", ".ipynb"))]


def test_the_extension_loads_where_only_the_wheel_is_installed(python: Path, tmp_path: Path) -> None:
    """IPython of the fresh environment loads the extension from there and makes a clip."""
    (tmp_path / "cells.ipy").write_text(
        "%load_ext videogen_nb\n"
        "import videogen_nb; print('from', videogen_nb.__file__)\n"
        "import importlib.util as util\n"
        "print('beside', *(name for name in ('ipykernel', 'pytest', 'tests') if util.find_spec(name)))\n"
        "get_ipython().run_cell_magic('videogen', 'boat --size 320x180 -d 1 --wait', 'a paper boat')\n"
        "print('made', boat.path)\n"
        "from videogen_nb.widgets.job import JobWidget; print('widget', len(JobWidget(boat)._esm) > 1000)\n"
    )
    told = run(python, "-m", "IPython", "--colors=nocolor", "cells.ipy", cwd=tmp_path)
    lines = {line.partition(" ")[0]: line.partition(" ")[2] for line in told.splitlines()}
    assert Path(lines["from"]).is_relative_to(python.parent.parent)
    assert lines["beside"] == ""
    assert Path(lines["made"]).read_bytes()[4:8] == b"ftyp"
    assert lines["widget"] == "True"


def test_a_plain_script_makes_a_clip_without_ipython(python: Path, tmp_path: Path) -> None:
    """A script that knows no notebook submits, waits, has its file, and ends by itself; the command line lists it."""
    (tmp_path / "script.py").write_text(
        "import sys\n"
        "import videogen_nb as vg\n"
        "job = vg.generate('a paper boat', size='320x180', duration=1, seed=7).wait()\n"
        "assert 'IPython' not in sys.modules\n"
        "print(job.path, *job.videos[0].size, job.videos[0].duration)\n"
    )
    path, width, height, seconds = run(python, "script.py", cwd=tmp_path).split()
    assert Path(path).read_bytes()[4:8] == b"ftyp"
    assert (int(width), int(height), float(seconds)) == (320, 180, 1.0)
    command = python.parent / "videogen-nb"
    assert Path(path).name in run(command, "jobs", cwd=tmp_path)
