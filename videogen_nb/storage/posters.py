"""Still pictures of a clip: the poster that a saved notebook shows, and the last frame, to start another clip from."""

from __future__ import annotations

import functools
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

from videogen_nb.storage import atomic

__all__ = ["last_frame", "poster", "poster_path", "write_poster"]

# A saved output contains the poster in base64, and must stay under 40 kB in all.
MAX_BYTES = 12_500
WIDTH = 480  # pixels


def poster(path: Path, width: int = WIDTH, max_bytes: int = MAX_BYTES) -> bytes:
    """The first frame as WebP, at most `width` pixels wide and `max_bytes` long.

    Raises:
        OSError: The file can't be read or decoded.
    """
    stat = path.stat()
    return _cached(path, width, max_bytes, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=256)
def _cached(path: Path, width: int, max_bytes: int, modified: int, _: int) -> bytes:
    """The time and length of the file are in the key, so that a file that was replaced is read again."""
    if (width, max_bytes) == (WIDTH, MAX_BYTES) and (data := _read(path, modified)):
        return data
    return _encode(path, width, max_bytes)


def _read(clip: Path, modified: int) -> bytes | None:
    """The poster file beside the clip; None if it is older than the clip, since it may show an earlier one."""
    with suppress(OSError):
        path = poster_path(clip)
        stat = path.stat()
        if path.is_file() and modified <= stat.st_mtime_ns and stat.st_size <= MAX_BYTES:
            data = path.read_bytes()
            return data if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
    return None


def _encode(path: Path, width: int, max_bytes: int) -> bytes:
    picture = _frame(path, last=False)
    for edge in (width, width * 3 // 4, width // 2):
        small = picture.copy()
        small.thumbnail((edge, edge))
        for quality in (80, 65, 50, 35, 20):
            buffer = io.BytesIO()
            small.save(buffer, "WEBP", quality=quality, method=4)
            if buffer.tell() <= max_bytes:
                return buffer.getvalue()
    return buffer.getvalue()


def poster_path(clip: Path) -> Path:
    """The poster file of a clip, for front ends that show neither players nor data URIs."""
    return clip.with_suffix(".webp")


def write_poster(clip: Path) -> None:
    """Write the poster file of a clip.

    Raises:
        OSError: The clip can't be decoded, or the file can't be written.
    """
    picture = _encode(clip, WIDTH, MAX_BYTES)  # not through the cache: it may never be shown
    atomic.write(poster_path(clip), picture, sole_writer=True)


def last_frame(path: Path) -> Any:
    """The last frame as a PIL image of the clip's size.

    Raises:
        OSError: The file can't be read or decoded.
    """
    return _frame(path, last=True)


def _frame(path: Path, *, last: bool) -> Any:
    import av

    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            if last and container.duration:
                # Decode from the last keyframe only.
                container.seek(container.duration - 1, backward=True)
            frames = container.decode(stream)
            frame = next(frames, None)
            if last:
                for frame in frames:  # noqa: B007
                    pass
            if frame is not None:
                picture = frame.to_image()  # type: ignore[no-untyped-call]
                return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture
    except (av.FFmpegError, IndexError) as error:
        raise OSError(f"{path} can't be decoded ({type(error).__name__}).") from None
    raise OSError(f"{path} has no frame.")
