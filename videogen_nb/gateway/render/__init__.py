"""The renderer of the local provider: a prompt and a seed, or a picture, become a short MP4.

Importing this module is cheap; numpy, PyAV and Pillow are loaded by the first call of `render`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Engine", "RenderSpec", "render"]


@dataclass(frozen=True, slots=True)
class RenderSpec:
    """What to render; equal specs give equal files.

    Args:
        prompt: What to show. Places, times of day, weather, colours and camera words are understood.
        seed: 0 to 2**32 - 1; another seed is another take of the same prompt.
        width: Pixels, even, 64 to 4096.
        height: Pixels, even, 64 to 4096.
        fps: Frames a second, 1 to 60.
        duration: Seconds, more than 0 and at most 60; the clip has `frame_count` frames.
        image: First picture of an image-to-video clip, in any format that Pillow reads.
        negative_prompt: Words that are not to be understood from the prompt.
        engine: Name of the engine; see `videogen_nb.gateway.render.engines`.

    Raises:
        ValueError: A value is outside its range.
    """

    prompt: str
    seed: int
    width: int
    height: int
    fps: int
    duration: float
    image: Path | None = None
    negative_prompt: str = ""
    engine: str = "procedural"

    def __post_init__(self) -> None:
        for name, value in (("width", self.width), ("height", self.height)):
            if value % 2 or not 64 <= value <= 4096:
                raise ValueError(f"{name} must be an even number from 64 to 4096, not {value}")
        if not 1 <= self.fps <= 60:
            raise ValueError(f"fps must be from 1 to 60, not {self.fps}")
        if not 0 < self.duration <= 60:
            raise ValueError(f"duration must be more than 0 and at most 60 seconds, not {self.duration}")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed must be from 0 to 2**32 - 1, not {self.seed}")

    @property
    def frame_count(self) -> int:
        """Number of frames: ``round(duration * fps)``, at least 1."""
        return max(1, round(self.duration * self.fps))


class Engine(Protocol):
    """What makes frames; an entry point of the group ``videogen_nb.engines`` adds one."""

    name: str

    def frames(self, spec: RenderSpec) -> Iterator[NDArray[np.uint8]]:
        """Yield exactly ``spec.frame_count`` arrays of shape ``(height, width, 3)``, uint8, sRGB, top row first.

        Each is an array of its own: some wait for the encoder while the next ones are made.
        """
        ...


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
        UnknownEngineError: No engine has that name.
        PictureError: `spec.image` cannot be read as a picture.
    """
    from .encode import write_mp4
    from .engines import get_engine

    write_mp4(spec, get_engine(spec.engine).frames(spec), path, on_progress)
