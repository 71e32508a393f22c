"""When a clip's frames are shown, read from the file: what stepping and playing in step go by."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Timing", "timing"]

_EVEN = 0.2  # of a frame: how far from an even pace a frame may be


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of a clip's frames, in seconds.

    Attributes:
        duration: Where the clip ends.
        fps: Frames a second, on average.
        frames: How many there are.
        start: Time of the first frame.
        times: The time of each, ascending; None where they are even, so that `start` and `fps` say it.
    """

    duration: float
    fps: float
    frames: int
    start: float
    times: tuple[float, ...] | None = None


def timing(path: Path) -> Timing:
    """Read the times of a clip's frames; nothing is decoded.

    Raises:
        OSError: The file can't be read, or holds no picture.
    """
    facts = path.stat()
    return _timing(path, facts.st_mtime_ns, facts.st_size)


@functools.lru_cache(maxsize=256)
def _timing(path: Path, *_: int) -> Timing:
    """A file that was replaced has other numbers behind its name."""
    import av

    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            base = float(stream.time_base or 0)
            # A frame that an edit list cuts away is decoded and never shown.
            shown = [
                (packet.pts * base, (packet.duration or 0) * base)
                for packet in container.demux(stream)
                if packet.pts is not None and not packet.is_discard
            ]
    except (av.FFmpegError, IndexError) as error:
        raise OSError(f"{path} can't be read ({type(error).__name__}).") from None
    if not shown:
        raise OSError(f"{path} has no frame.")
    shown.sort()
    times = [round(time, 6) for time, _ in shown]
    start, last = times[0], times[-1]
    fps = (len(times) - 1) / (last - start) if last > start else 1 / (shown[-1][1] or 1 / 24)
    even = all(abs((time - start) * fps - place) < _EVEN for place, time in enumerate(times))
    duration = round(last + (shown[-1][1] or 1 / fps), 6)
    return Timing(duration, round(fps, 6), len(times), start, None if even else tuple(times))
