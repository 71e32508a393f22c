"""Read when each frame of a clip is shown, for frame steps and for playing clips in step."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Timing", "timing"]

_EVEN = 0.2  # frames that a time may be off from a constant rate


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of a clip's frames, in seconds.

    Attributes:
        duration: End of the clip.
        fps: Average frames a second.
        frames: Number of frames.
        start: Time of the first frame.
        times: Time of each frame, ascending; None if the rate is constant, so that `start` and `fps` give them.
    """

    duration: float
    fps: float
    frames: int
    start: float
    times: tuple[float, ...] | None = None


def timing(path: Path) -> Timing:
    """Read the times of a clip's frames, without decoding them.

    Raises:
        OSError: The file can't be read, or has no frames.
    """
    stat = path.stat()
    return _timing(path, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=256)
def _timing(path: Path, *_: int) -> Timing:
    """The time and length of the file are in the key, so that a file that was replaced is read again."""
    import av

    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            base = float(stream.time_base or 0)
            # Frames that an edit list cuts away are not shown.
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
    even = all(abs((time - start) * fps - index) < _EVEN for index, time in enumerate(times))
    duration = round(last + (shown[-1][1] or 1 / fps), 6)
    return Timing(duration, round(fps, 6), len(times), start, None if even else tuple(times))
