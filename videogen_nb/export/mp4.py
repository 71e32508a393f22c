"""Clips side by side as one video that plays everywhere."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import Colorspace

from videogen_nb.export.board import Board
from videogen_nb.export.frames import Reel

__all__ = ["write_film"]

MOST = (1920, 2160)  # pixels, where nobody asks for more
_TAGS = {Colorspace.ITU709: 1, Colorspace.ITU601: 6}  # as H.264 numbers them


def write_film(
    board: Board,
    path: Path,
    *,
    width: int | None,
    fps: float | None,
    labels: bool,
    progress: Callable[[float], None],
) -> None:
    """Write an MP4: H.264, yuv420p, its index in front. The clips' sound is left out.

    Args:
        board: What stands where.
        path: The file.
        width: Pixels in all, made even; None: as the clips need, at most 1920.
        fps: Frames a second; None: those of the quickest clip, at most 60.
        labels: Whether headings and captions are drawn.
        progress: Called with 0 to 1.
    """
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
