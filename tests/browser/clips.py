"""Small clips whose every frame carries its own number, to be read back from what a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

__all__ = ["BITS", "again", "write"]

BITS = 10
_TICKS = 24_000  # a second's time units: whole for 24, 25, 30 and 24000/1001 frames a second


def write(path: Path, times: Sequence[float], size: tuple[int, int] = (320, 180), seed: int = 0) -> Path:
    """Write an H.264 clip with B-frames and two seconds between key frames.

    Args:
        path: Where to, with the suffix ``.mp4``.
        times: When each frame begins, in seconds; the last one lasts as long as the one before it.
        size: Width and height.
        seed: Decides the pattern that moves behind the numbers.

    The number stands along the lower edge in `BITS` blocks of equal width, the highest bit first, white for 1.
    """
    width, height = size
    across = np.arange(width)[None, :] * (seed + 2) * 256 // width
    down = np.arange(height)[:, None] * 256 // height
    strip = height // 6
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "veryfast", "g": "48", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS)
        for number, time in enumerate(times):
            picture = np.full((height * 3 // 2, width), 128, np.uint8)
            picture[:height] = 48 + ((across + down + number * (seed + 3)) % 256) // 2
            for bit in range(BITS):
                white = number >> (BITS - 1 - bit) & 1
                picture[height - strip : height, width * bit // BITS : width * (bit + 1) // BITS] = 235 if white else 16
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = round(time * _TICKS), Fraction(1, _TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def again(source: Path, path: Path, rounds: int) -> Path:
    """Write a clip that shows another one so many times in a row, of the same packets."""
    with av.open(str(source)) as given, av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream_from_template(given.streams.video[0])
        packets = [(packet, packet.pts, packet.dts) for packet in given.demux(video=0) if packet.pts is not None]
        length = sum(packet.duration or 0 for packet, _, _ in packets)
        for number in range(rounds):
            for packet, pts, dts in packets:
                packet.stream, packet.pts, packet.dts = stream, pts + number * length, (dts or 0) + number * length
                container.mux(packet)
    return path
