"""The renderer of the local provider: a prompt and a seed, or a picture, become a short MP4.

Importing this module is cheap; numpy, PyAV and Pillow are loaded by the first call of `render`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from videogen_nb.gateway.render.engines.spec import Engine, RenderSpec

__all__ = ["Engine", "RenderSpec", "render"]


def _ignore(progress: float) -> None:
    """Take no notice of progress."""


def render(spec: RenderSpec, path: Path, on_progress: Callable[[float], None] = _ignore) -> None:
    """Write the clip that `spec` describes as an MP4 at `path`.

    The file appears under its name only when it is complete.

    Args:
        spec: What to render.
        path: Where to write; its folder exists, an old file there is replaced.
        on_progress: Called in this thread with 0 to 1 as frames are encoded. What it raises
            stops the rendering, leaves no file behind, and is raised here.

    Raises:
        PictureError: `spec.image` cannot be read as a picture.
    """
    from videogen_nb.gateway.render.drawing.encode import write_mp4
    from videogen_nb.gateway.render.engines.procedural import ProceduralEngine

    write_mp4(spec, ProceduralEngine().frames(spec), path, on_progress)
