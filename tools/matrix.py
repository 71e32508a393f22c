"""Run the kernel tests on each ipykernel and Python that is supported; what can't be run is told, not passed over.

    python tools/matrix.py [--pythons 3.11 3.13] [--kernels 7.4]

Interpreters are looked for on the PATH and among pyenv's; each gets a virtual environment under .matrix/.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
KERNELS = ("6.29", "7.0", "7.1", "7.3", "7.4")
UNSUPPORTED = "7.0"  # of it only the line is wanted that says so
TESTS = ("tests/kernel", "-q", "-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "-p", "no:cacheprovider")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pythons", nargs="+", default=PYTHONS)
    parser.add_argument("--kernels", nargs="+", default=KERNELS)
    wanted = parser.parse_args()
    told: dict[tuple[str, str], str] = {}
    for version in wanted.pythons:
        python = find(version)
        environment = python and prepared(python, version)
        for kernel in wanted.kernels:
            told[version, kernel] = tried(environment, kernel) if environment else "no such interpreter here"
            print(f"Python {version}, ipykernel {kernel}: {told[version, kernel]}", flush=True)
    print()
    for (version, kernel), outcome in told.items():
        print(f"Python {version:5}  ipykernel {kernel:5}  {outcome}")
    missing = sorted({version for (version, _), outcome in told.items() if outcome.startswith("no such")})
    if missing:
        print(f"Not tried, for want of an interpreter: Python {', '.join(missing)}.")
    return any(outcome.startswith("FAILED") for outcome in told.values())


def find(version: str) -> Path | None:
    """An interpreter of that version that starts."""
    for path in _candidates(version):
        ran = subprocess.run([path, "-c", "import sys; print(*sys.version_info[:2], sep='.')"], capture_output=True)
        if ran.stdout.decode().strip() == version:
            return path
    return None


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"))


def prepared(python: Path, version: str) -> Path:
    """The interpreter of an environment with all that the tests need."""
    folder = ROOT / ".matrix" / version
    inside = folder / "bin" / "python"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", folder], check=True)
    subprocess.run([*_pip(inside), "-e", f"{ROOT}[test]"], check=True)
    return inside


def tried(python: Path, kernel: str) -> str:
    """What came of the tests with that ipykernel, in a few words."""
    installed = subprocess.run([*_pip(python), f"ipykernel=={kernel}.*"], capture_output=True, text=True)
    if installed.returncode:
        return f"FAILED to install: {installed.stderr.strip().splitlines()[-1]}"
    only = ("-k", "unsupported") if kernel == UNSUPPORTED else ()
    ran = subprocess.run([python, "-m", "pytest", *TESTS, *only], cwd=ROOT, capture_output=True, text=True)
    counts = re.findall(r"\d+ (?:passed|failed|errors?|skipped)", ran.stdout.strip().splitlines()[-1])
    if ran.returncode == 0 and any("passed" in count for count in counts):
        return ", ".join(counts)
    print(ran.stdout[-6000:])
    return f"FAILED: {', '.join(counts) or ran.stderr.strip()[-200:]}"


def _pip(python: Path) -> list[str | Path]:
    return [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


if __name__ == "__main__":
    sys.exit(main())
