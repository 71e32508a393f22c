"""What a job renders: a request that a wire has checked and completed with its defaults."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """All parameters of a job; stored as JSON in the queue and given to a worker for each output.

    Attributes:
        model: The requested name; rendering does not depend on it.
        seed: 0 to 2**32 - 1, of the first output; each further one adds 1.
        n: Number of outputs, at least 1.
        width, height: Pixels, even.
        fps: Frames a second.
        duration: Requested seconds; `seconds` is rounded to whole frames.
        image: File name of the first frame among the stored inputs, or None.
    """

    model: str
    prompt: str
    seed: int
    width: int
    height: int
    fps: int
    duration: float
    n: int = 1
    negative_prompt: str = ""
    image: str | None = None

    @property
    def seconds(self) -> float:
        """The clip's actual length: a whole number of frames, at least one."""
        return max(1, round(self.duration * self.fps)) / self.fps

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"

    def render_fields(self, part: int) -> dict[str, Any]:
        """The renderer's fields for output `part` (0 to n - 1), except the picture, which becomes a path."""
        return {
            "prompt": self.prompt,
            "seed": (self.seed + part) % 2**32,
            "width": self.width,
            "height": self.height,
            "fps": self.fps,
            "duration": self.duration,
            "negative_prompt": self.negative_prompt,
        }

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))
