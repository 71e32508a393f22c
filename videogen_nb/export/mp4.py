"""Clips side by side as one video that plays everywhere."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import Colorspace

from videogen_nb.core.job import Job
from videogen_nb.export.board import board_of
from videogen_nb.export.frames import Reel
from videogen_nb.sweeps.comparison import Comparison

__all__ = ["write"]

MOST = (1920, 2160)  # pixels, where nobody asks for more
_TAGS = {Colorspace.ITU709: 1, Colorspace.ITU601: 6}  # as H.264 numbers them


def write(
    source: Job | Comparison,
    path: Path,
    progress: Callable[[float], None],
    *,
    suffix: str = ".mp4",
    width: int | None = None,
    fps: float | None = None,
    columns: int | None = None,
    labels: bool = True,
) -> None:
    """Write an MP4: H.264, yuv420p, with its index at the front. The clips' sound is left out.

    Args:
        source: The clips.
        path: The file.
        progress: Called with 0 to 1.
        suffix: ``".mp4"``.
        width: Pixels in all, made even; None: as the clips need, at most 1920.
        fps: Frames a second; None: those of the quickest clip, at most 60.
        columns: How many stand side by side; None: as in the notebook.
        labels: Whether headings and captions are drawn.
    """
    board = board_of(source, columns)
    options = {"movflags": "+faststart"}
    with (
        Reel(board, width=width, most=MOST, fps=fps, labels=labels) as reel,
        av.open(str(path), "w", format="mp4", options=options) as container,
    ):
        stream = container.add_stream("libx264", rate=reel.rate, options={"preset": "veryfast", "crf": "19"})
        stream.width, stream.height = reel.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace = _TAGS[reel.matrix]
        stream.time_base = stream.codec_context.time_base = 1 / Fraction(reel.rate)
        for number, frame in enumerate(reel.frames(progress)):
            frame.pts, frame.time_base = number, 1 / Fraction(reel.rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
