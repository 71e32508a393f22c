"""The check that stands before a release: it names whatever is missing from the files, and refuses them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

import pytest

from hatch_build import BUNDLES
from tools.check_dist import SMALLEST_BUNDLE, check, main

BUNDLE_PATHS = [f"videogen_nb/static/{name}" for name in BUNDLES]
PACKAGE = ["videogen_nb/__init__.py", "videogen_nb/py.typed", *BUNDLE_PATHS]
WHEEL = [*PACKAGE, "videogen_nb-1.2.0.dist-info/METADATA", "videogen_nb-1.2.0.dist-info/licenses/LICENSE"]
SDIST = [
    *PACKAGE,
    "hatch_build.py",
    "pyproject.toml",
    "js/package.json",
    "js/package-lock.json",
    "js/build.mjs",
    "js/src/dom.ts",
]
CONTENT = b"x" * SMALLEST_BUNDLE


def write_wheel(folder: Path, names: Iterable[str], *, version: str = "1.2.0", empty: str = "") -> None:
    with ZipFile(folder / f"videogen_nb-{version}-py3-none-any.whl", "w") as archive:
        for name in names:
            archive.writestr(name, b"" if name == empty else CONTENT)


def write_sdist(folder: Path, names: Iterable[str], *, version: str = "1.2.0") -> None:
    with tarfile.open(folder / f"videogen_nb-{version}.tar.gz", "w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(f"videogen_nb-{version}/{name}")
            member.size = len(CONTENT)
            archive.addfile(member, io.BytesIO(CONTENT))


def without(names: list[str], missing: str) -> list[str]:
    assert missing in names
    return [name for name in names if name != missing]


def test_a_complete_release_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wheel and sdist with everything in them, and the tag of their version."""
    write_wheel(tmp_path, WHEEL)
    write_sdist(tmp_path, SDIST)
    assert main([str(tmp_path), "--tag", "v1.2.0"]) == 0
    assert "complete" in capsys.readouterr().out


@pytest.mark.parametrize("bundle", BUNDLE_PATHS)
def test_a_wheel_without_a_bundle_is_refused(tmp_path: Path, bundle: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever it is; the message names it, and the command fails."""
    write_wheel(tmp_path, without(WHEEL, bundle))
    write_sdist(tmp_path, SDIST)
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"videogen_nb-1.2.0-py3-none-any.whl: the bundle {bundle} is missing.\n"


def test_a_wheel_with_an_empty_bundle_is_refused(tmp_path: Path) -> None:
    """A build that failed half-way leaves a file of no use."""
    write_wheel(tmp_path, WHEEL, empty=BUNDLE_PATHS[0])
    write_sdist(tmp_path, SDIST)
    (problem,) = check(tmp_path)
    assert problem.endswith(f"the bundle {BUNDLE_PATHS[0]} is empty (0 bytes).")


@pytest.mark.parametrize("missing", ["videogen_nb/py.typed", BUNDLE_PATHS[-1], "js/src/dom.ts", "js/build.mjs"])
def test_an_sdist_has_the_bundles_and_their_sources(tmp_path: Path, missing: str) -> None:
    """So that it installs without Node and can be built anew with it."""
    write_wheel(tmp_path, WHEEL)
    write_sdist(tmp_path, without(SDIST, missing))
    (problem,) = check(tmp_path)
    assert problem.startswith("videogen_nb-1.2.0.tar.gz: ")
    assert missing.rpartition("/")[0] in problem


def test_other_files_have_no_place_in_a_wheel(tmp_path: Path) -> None:
    """Tests or tools at its top would be importable by everyone who installs it."""
    write_wheel(tmp_path, [*WHEEL, "tests/__init__.py"])
    write_sdist(tmp_path, SDIST)
    assert check(tmp_path) == ["videogen_nb-1.2.0-py3-none-any.whl: tests does not belong to the package."]


def test_a_tag_of_another_version_is_refused(tmp_path: Path) -> None:
    write_wheel(tmp_path, WHEEL)
    write_sdist(tmp_path, SDIST)
    assert check(tmp_path, "v1.3.0") == ["The tag is v1.3.0, the version 1.2.0; expected the tag v1.2.0."]


def test_files_of_two_versions_are_refused(tmp_path: Path) -> None:
    write_wheel(tmp_path, WHEEL)
    write_sdist(tmp_path, SDIST, version="1.3.0")
    (problem,) = check(tmp_path)
    assert problem.startswith("The versions differ: ")


def test_files_of_an_earlier_build_are_refused(tmp_path: Path) -> None:
    """Two wheels in the folder would both be published."""
    write_wheel(tmp_path, WHEEL)
    write_wheel(tmp_path, WHEEL, version="1.1.0")
    write_sdist(tmp_path, SDIST)
    assert check(tmp_path) == [f"{tmp_path}: expected one wheel and one sdist, found 2 and 1."]
