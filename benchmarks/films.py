"""Real clips of a given length in bytes: grain on a picture that moves, H.264 at a steady bit rate."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

__all__ = ["film"]

_FPS = 24
_WIDTH, _HEIGHT = 1280, 720
_GRAIN = 16  # levels; fewer would not fill the highest bit rate


def film(path: Path, megabytes: float, seconds: int = 8) -> Path:
    """Write a clip so long at 1280 x 720 and 24 frames a second, of about so many MB: at most 6 % off."""
    draw = np.random.default_rng(0)
    across, down = np.arange(2 * _WIDTH)[None, :], np.arange(_HEIGHT * 3 // 2)[:, None]
    waves = 120 + 50 * np.sin(across / 97) * np.cos(down / 61) + 30 * np.sin((across + 2 * down) / 31)
    picture = (waves + draw.uniform(-_GRAIN, _GRAIN, waves.shape)).astype(np.uint8)
    kilobits = round(megabytes * 0.955 * 8e3 / seconds)  # the container and the rate's swing take the rest
    swing = kilobits * seconds // 8  # the same share of each film
    rate = f"bitrate={kilobits}:vbv-maxrate={kilobits}:vbv-bufsize={swing}:nal-hrd=cbr"
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=_FPS, options={"preset": "ultrafast", "x264-params": rate})
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for number in range(_FPS * seconds):
            left = number * 37 % _WIDTH
            frame = av.VideoFrame.from_ndarray(picture[:, left : left + _WIDTH].copy(), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, _FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
