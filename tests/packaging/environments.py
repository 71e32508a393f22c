"""Virtual environments with what a test wants in them, linked from the environment that the tests run in.

That one was made by pip from the same requirements; to fetch, check and unpack it all again takes a minute.
"""

from __future__ import annotations

import os
import shutil
import venv
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["environment", "requirements"]


def environment(folder: Path, wanted: Iterable[str]) -> Path:
    """Make an environment.

    Args:
        folder: Where to.
        wanted: Requirements; what they require themselves is there too, and nothing else is.

    Returns:
        Its interpreter.
    """
    venv.create(folder, with_pip=False)
    (packages,) = folder.rglob("site-packages")
    for installed in requirements(wanted).values():
        for file in installed.files or ():
            if ".." not in file.parts:  # its scripts start the other interpreter
                _link(Path(str(installed.locate_file(file))), packages / file)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def requirements(wanted: Iterable[str]) -> dict[str, Distribution]:
    """What is installed here of these requirements and of all that those require, by name."""
    pending = [(Requirement(text), frozenset[str]()) for text in wanted]
    seen: set[tuple[str, frozenset[str]]] = set()
    installed: dict[str, Distribution] = {}
    while pending:
        requirement, extras = pending.pop()
        if not _applies(requirement, extras):
            continue
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key not in seen:
            seen.add(key)
            installed[key[0]] = distribution(requirement.name)
            pending += [(Requirement(text), key[1]) for text in installed[key[0]].requires or ()]
    return installed


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    """Whether it is wanted on this machine by whom asks for these extras of the package that has it."""
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras})


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)
