"""What one job renders: the request after a wire has checked it and filled in its defaults."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """One job's orders, complete; kept as JSON in the queue and handed to a worker part by part.

    Attributes:
        model: The name that was asked for; the renderer does not depend on it.
        seed: 0 to 2**32 - 1, of the first output; the next ones count up from it.
        n: How many outputs, at least 1.
        width, height: Pixels, even.
        fps: Frames a second.
        duration: Seconds asked for; `seconds` is what whole frames make of it.
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
        """The clip's real length: a whole number of frames, at least one."""
        return max(1, round(self.duration * self.fps)) / self.fps

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"

    def render_fields(self, part: int) -> dict[str, Any]:
        """The renderer's fields of output `part` (0 to n - 1), but for the picture, which is a path by then."""
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
