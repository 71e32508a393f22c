"""A renderer for the cells of the documentation: clips as they were asked for, but of one colour, in no time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from videogen_nb.gateway.render import RenderSpec

__all__ = ["RenderSpec", "render"]


def render(spec: RenderSpec, path: Path, on_progress: Callable[[float], None]) -> None:
    frame = av.VideoFrame.from_ndarray(np.full((spec.height, spec.width, 3), spec.seed % 256, np.uint8), format="rgb24")
    planes = frame.reformat(format="yuv420p")
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=spec.fps, options={"preset": "ultrafast"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
        for index in range(round(spec.duration * spec.fps)):
            planes.pts = index
            container.mux(stream.encode(planes))
        container.mux(stream.encode())
    on_progress(1.0)
