"""Still pictures of a clip: the poster a saved notebook shows, and a last frame to go on from."""

from __future__ import annotations

import functools
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

from videogen_nb.storage import atomic

__all__ = ["last_frame", "poster", "poster_path", "write_poster"]

# A poster stands in a saved output in base64, and the whole output has to stay under 40 kB.
MAX_BYTES = 12_500
WIDTH = 480  # pixels


def poster(path: Path, width: int = WIDTH, most: int = MAX_BYTES) -> bytes:
    """The first frame as WebP, at most `width` pixels wide and `most` bytes.

    Raises:
        OSError: The file can't be read or decoded.
    """
    facts = path.stat()
    return _kept(path, width, most, facts.st_mtime_ns, facts.st_size)


@functools.lru_cache(maxsize=256)
def _kept(path: Path, width: int, most: int, modified: int, _: int) -> bytes:
    """A file that was replaced has other numbers behind its name."""
    if (width, most) == (WIDTH, MAX_BYTES) and (written := _written(path, modified)):
        return written
    return _drawn(path, width, most)


def _written(clip: Path, modified: int) -> bytes | None:
    """The poster that stands beside the clip already; None where it may be another's: a clip was put in its place."""
    with suppress(OSError):
        path = poster_path(clip)
        facts = path.stat()
        if path.is_file() and modified <= facts.st_mtime_ns and facts.st_size <= MAX_BYTES:
            data = path.read_bytes()
            return data if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
    return None


def _drawn(path: Path, width: int, most: int) -> bytes:
    picture = _frame(path, last=False)
    for edge in (width, width * 3 // 4, width // 2):
        small = picture.copy()
        small.thumbnail((edge, edge))
        for quality in (80, 65, 50, 35, 20):
            buffer = io.BytesIO()
            small.save(buffer, "WEBP", quality=quality, method=4)
            if buffer.tell() <= most:
                return buffer.getvalue()
    return buffer.getvalue()


def poster_path(clip: Path) -> Path:
    """Where the poster of a clip stands as a file, for hosts that show no players and no data URIs."""
    return clip.with_suffix(".webp")


def write_poster(clip: Path) -> None:
    """Put the poster of a clip beside it, whole or not at all.

    Raises:
        OSError: The clip can't be decoded, or the file can't be written.
    """
    picture = _drawn(clip, WIDTH, MAX_BYTES)  # nobody may ever look at it: not kept in memory
    atomic.write(poster_path(clip), picture, sole_writer=True)


def last_frame(path: Path) -> Any:
    """The last frame as a PIL image, in the clip's size.

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
                # From the last keyframe on, and not from the start of a long clip.
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
