"""Check a release before it is published: ``python -m tools.check_dist dist [--tag v0.1.0]``.

A wheel without the page's bundles installs and imports well, and then shows nothing in a notebook; once it is on the
package index it can't be replaced. So what is in the files is looked at before they leave.
"""

from __future__ import annotations

import argparse
import re
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

from hatch_build import BUNDLES

PACKAGE = "videogen_nb"
SMALLEST_BUNDLE = 1000  # bytes; the smallest real one has some 3,000
_VERSION = re.compile(rf"{PACKAGE}-(?P<version>[^-]+?)(?:-py3-none-any\.whl|\.tar\.gz)")
_SOURCES = ("hatch_build.py", "pyproject.toml", "js/package.json", "js/package-lock.json", "js/build.mjs")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.check_dist", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the wheel and the sdist are")
    parser.add_argument("--tag", help="the tag that is released, such as v0.1.0")
    options = parser.parse_args(arguments)
    problems = check(options.folder, options.tag)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"{options.folder}: the wheel and the sdist are complete.")
    return 1 if problems else 0


def check(folder: Path, tag: str | None = None) -> list[str]:
    """Everything that is wrong with the release in a folder, one line each."""
    wheels, sdists = sorted(folder.glob("*.whl")), sorted(folder.glob("*.tar.gz"))
    if len(wheels) != 1 or len(sdists) != 1:
        return [f"{folder}: expected one wheel and one sdist, found {len(wheels)} and {len(sdists)}."]
    (wheel,), (sdist,) = wheels, sdists
    return [
        *_check_versions([wheel, sdist], tag),
        *(f"{wheel.name}: {problem}" for problem in check_wheel(wheel)),
        *(f"{sdist.name}: {problem}" for problem in check_sdist(sdist)),
    ]


def check_wheel(path: Path) -> list[str]:
    """What a wheel lacks, and what it has too much."""
    with ZipFile(path) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    problems = _check_package(sizes)
    if not any(name.endswith("licenses/LICENSE") for name in sizes):
        problems.append("no licence.")
    strays = sorted({name.partition("/")[0] for name in sizes if not name.startswith((f"{PACKAGE}/", f"{PACKAGE}-"))})
    return [*problems, *(f"{name} does not belong to the package." for name in strays)]


def check_sdist(path: Path) -> list[str]:
    """What an sdist lacks: with the bundles inside it installs without Node, with their sources it can be changed."""
    with tarfile.open(path) as archive:
        sizes = {member.name.partition("/")[2]: member.size for member in archive if member.isfile()}
    problems = _check_package(sizes)
    problems += [f"{name} is missing." for name in _SOURCES if name not in sizes]
    if not any(name.startswith("js/src/") and name.endswith(".ts") for name in sizes):
        problems.append("the sources of the bundles, js/src, are missing.")
    return problems


def _check_package(sizes: Mapping[str, int]) -> list[str]:
    problems = []
    for bundle in BUNDLES:
        size = sizes.get(f"{PACKAGE}/static/{bundle}")
        if size is None:
            problems.append(f"the bundle {PACKAGE}/static/{bundle} is missing.")
        elif size < SMALLEST_BUNDLE:
            problems.append(f"the bundle {PACKAGE}/static/{bundle} is empty ({size} bytes).")
    return [*problems, *(f"{name} is missing." for name in (f"{PACKAGE}/py.typed",) if name not in sizes)]


def _check_versions(files: list[Path], tag: str | None) -> list[str]:
    versions = {}
    for file in files:
        if not (match := _VERSION.fullmatch(file.name)):
            return [f"{file.name}: unexpected file name."]
        versions[file.name] = match["version"]
    if len(set(versions.values())) > 1:
        return [f"The versions differ: {', '.join(versions)}."]
    (version,) = set(versions.values())
    if tag is not None and tag != f"v{version}":
        return [f"The tag is {tag}, the version {version}; expected the tag v{version}."]
    return []


if __name__ == "__main__":
    sys.exit(main())
