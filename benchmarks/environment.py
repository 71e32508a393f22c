"""An environment of their own for the baselines, with ours beside them, so that both run in the same one."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

__all__ = ["BASELINES", "machine", "prepare", "versions"]

ROOT = Path(__file__).resolve().parents[1]
BASELINES = (
    "openai",
    "runwayml",
    "fal-client",
    "replicate",
    "jupysql",
    "bigquery-magics",
    "jupyter-ai-magics",
    "mediapy",
    "nwb-video-widgets",
)
_BESIDE = ("videogen-nb", "httpx2", "av", "numpy", "ipython", "ipykernel", "ipywidgets", "anywidget", "jupyterlab")


def prepare(folder: Path) -> Path:
    """Make the environment at `folder` where it is missing or older than pyproject.toml; returns its interpreter.

    Raises:
        subprocess.CalledProcessError: pip failed; what it said is on the terminal.
    """
    python, done = folder / "bin" / "python", folder / ".done"
    facts = [ROOT / "pyproject.toml", Path(__file__)]
    if done.exists() and all(done.stat().st_mtime > each.stat().st_mtime for each in facts):
        return python
    print(f"Installing what videogen-nb is measured against into {folder.name} …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "-e", f"{ROOT}[test]", *BASELINES], check=True)
    done.touch()
    return python


def versions() -> dict[str, str]:
    """The versions of ours, of what it stands on, and of all baselines; those that are missing say so."""
    found = {}
    for name in (*_BESIDE, *BASELINES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def machine() -> str:
    """What all figures of a run depend on, in a line."""
    memory = psutil.virtual_memory().total / 2**30
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
