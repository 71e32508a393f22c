"""Small clips of noise, as bytes: the usual one, and some of other kinds."""

from __future__ import annotations

import functools
import io

import av
import numpy as np

__all__ = ["make_clip", "make_tiny", "make_turned", "make_webm"]


def make_clip(*, frames: int = 24, width: int = 128, height: int = 128, shade: int = 0) -> bytes:
    """An H.264 clip of so many frames at 24 a second; noise makes it some 200 kB, which can be cut in two."""
    return _make("mp4", "libx264", width, frames, shade, height)


def make_webm() -> bytes:
    """A VP9 clip of 64 x 64, half a second."""
    return _make("webm", "libvpx-vp9", 64, 12)


def make_tiny(shade: int = 0) -> bytes:
    """An H.264 clip of 32 x 32, three frames, some two kilobytes."""
    return _make("mp4", "libx264", 32, 3, shade)


def make_turned() -> bytes:
    """An H.264 clip of 64 x 32 that says of itself that it is to be shown turned by a quarter, as phones write them.

    The matrix of its track header is replaced; see ISO/IEC 14496-12, 8.3.2.
    """
    data = _make("mp4", "libx264", 64, 3, height=32)
    none, one, end = bytes(4), (1 << 16).to_bytes(4), (1 << 30).to_bytes(4)
    upright = one + none * 3 + one + none * 3 + end
    place = data.rindex(upright)
    quarter = none + one + none + (-(1 << 16)).to_bytes(4, signed=True) + none * 4 + end
    return data[:place] + quarter + data[place + len(upright) :]


@functools.cache
def _make(container: str, codec: str, width: int, frames: int, shade: int = 0, height: int = 0) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(shade)
    with av.open(file, "w", format=container) as made:
        stream = made.add_stream(codec, rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height or width, "yuv420p"
        for _ in range(frames):
            pixels = noise.integers(0, 255, (height or width, width, 3), np.uint8)
            made.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        made.mux(stream.encode())
    return file.getvalue()
