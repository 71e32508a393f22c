"""What is rendered, and what renders it: the two sides of an engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Engine", "RenderSpec"]


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
    """Generates the frames of a spec."""

    def frames(self, spec: RenderSpec) -> Iterator[NDArray[np.uint8]]:
        """Yield exactly ``spec.frame_count`` arrays, uint8, top row first.

        Either sRGB of shape ``(height, width, 3)``; or, which needs no conversion, what the encoder takes: planes of
        luma, Cb and Cr (BT.709, 16 to 235, chroma halved both ways) one below another, ``(height * 3 // 2, width)``.

        No array is reused: some wait for the encoder while the next ones are generated.
        """
        ...
