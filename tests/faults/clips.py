"""Clips of other kinds than the usual."""

from __future__ import annotations

import io

import av
import numpy as np

__all__ = ["make_tiny", "make_webm"]


def make_webm() -> bytes:
    """A VP9 clip of 64 x 64, half a second."""
    return _make("webm", "libvpx-vp9", 64, 12)


def make_tiny(shade: int = 0) -> bytes:
    """An H.264 clip of 32 x 32, three frames, some two kilobytes."""
    return _make("mp4", "libx264", 32, 3, shade)


def _make(container: str, codec: str, edge: int, frames: int, shade: int = 0) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(shade)
    with av.open(file, "w", format=container) as made:
        stream = made.add_stream(codec, rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = edge, edge, "yuv420p"
        for _ in range(frames):
            pixels = noise.integers(0, 255, (edge, edge, 3), np.uint8)
            made.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        made.mux(stream.encode())
    return file.getvalue()
