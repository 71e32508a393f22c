"""Make, follow and compare AI video in notebooks.

>>> import videogen_nb as vg
>>> vg.generate("a paper boat in the rain").wait().path  # doctest: +SKIP
PosixPath('videogen/a-paper-boat-in-the-rain-k3x9ab2c.mp4')

In IPython: ``%load_ext videogen_nb``, then ``%%videogen``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from videogen_nb._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from videogen_nb import errors
    from videogen_nb.api import as_cell, compare, generate, load, panel, picks, resume, sweep
    from videogen_nb.backend.session import jobs, models
    from videogen_nb.core.job import Cost, Job, Status, Video
    from videogen_nb.core.model_spec import ModelSpec
    from videogen_nb.core.request import AspectRatio, Size, VideoRequest
    from videogen_nb.errors import VideogenError
    from videogen_nb.sweeps.comparison import Comparison, Picks, Sweep

__all__ = [
    "AspectRatio",
    "Comparison",
    "Cost",
    "Job",
    "ModelSpec",
    "Picks",
    "Size",
    "Status",
    "Sweep",
    "Video",
    "VideoRequest",
    "VideogenError",
    "__version__",
    "as_cell",
    "compare",
    "errors",
    "generate",
    "jobs",
    "load",
    "load_ipython_extension",
    "models",
    "panel",
    "picks",
    "resume",
    "sweep",
    "unload_ipython_extension",
]

# Loading the extension has to be quick in a live kernel, so each name brings its module on first use.
_HOMES = {
    "AspectRatio": "core.request",
    "Comparison": "sweeps.comparison",
    "Cost": "core.job",
    "Job": "core.job",
    "ModelSpec": "core.model_spec",
    "Picks": "sweeps.comparison",
    "Size": "core.request",
    "Status": "core.job",
    "Sweep": "sweeps.comparison",
    "Video": "core.job",
    "VideoRequest": "core.request",
    "VideogenError": "errors",
    "as_cell": "api",
    "compare": "api",
    "generate": "api",
    "jobs": "backend.session",
    "load": "api",
    "models": "backend.session",
    "panel": "api",
    "picks": "api",
    "resume": "api",
    "sweep": "api",
}


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%%videogen`` and ``%videogen``; IPython calls this on ``%load_ext videogen_nb``."""
    from videogen_nb.notebook.magic import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Undo all of loading; IPython calls this on ``%unload_ext videogen_nb``."""
    from videogen_nb.notebook.magic import unload

    unload(shell)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    if name == "errors":
        return importlib.import_module(".errors", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
