"""Name, check and rename downloaded clips, so that a file under its final name is always a complete video."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from videogen_nb.core.job import Video
from videogen_nb.core.request import Size
from videogen_nb.errors import VideogenError
from videogen_nb.storage import atomic

__all__ = [
    "CONTAINERS",
    "NotAClip",
    "clip_name",
    "container_of",
    "discard",
    "find_finished",
    "finish",
    "inspect",
    "sidecar_path",
]

_BOXES = {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"mfra", b"meta", b"uuid", b"free", b"skip", b"wide"}
MAX_PIXELS = 8192 * 8192  # of a frame; a decoder allocates what the file claims
CONTAINERS = {"video/mp4": ".mp4", "video/webm": ".webm", "video/quicktime": ".mov"}


class NotAClip(VideogenError):
    """The file is not a decodable video."""


def clip_name(prompt: str, job_id: str, index: int = 0, count: int = 1) -> str:
    """A file name without suffix: words of the prompt, then the job's id, which makes it unique.

    Args:
        prompt: The prompt.
        job_id: The job's id.
        index: Which of the job's clips, from 0.
        count: How many clips the job has; a single one is not numbered.

    >>> clip_name("A paper boat, in the rain!", "k3x9ab2c")
    'a-paper-boat-in-the-rain-k3x9ab2c'
    """
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", prompt).lower())
    # Most file systems limit a name to 255 bytes.
    slug = words[0].encode()[:60].decode("utf-8", "ignore") if words else ""
    for word in words[1:]:
        if len(f"{slug}-{word}".encode()) > 60:
            break
        slug = f"{slug}-{word}"
    return "-".join(filter(None, (slug or "clip", job_id, str(index + 1) if count > 1 else "")))


def finish(video: Video, target: Path) -> Video:
    """Give a downloaded and inspected clip its final name; on the disk when this returns.

    Args:
        video: The clip, still in its unfinished file.
        target: Its path without suffix, which depends on the container.
    """
    part = video.path
    path = target.with_name(target.name + CONTAINERS[video.media_type])
    atomic.sync_and_rename(part, path)
    part.with_suffix(".mark").unlink(missing_ok=True)
    return replace(video, path=path)


def find_finished(target: Path) -> Video | None:
    """The complete clip that has its final name already; None if there is none.

    Args:
        target: As for `finish`.
    """
    for suffix in CONTAINERS.values():
        path = target.with_name(target.name + suffix)
        if path.is_file():
            with suppress(NotAClip, OSError):
                return inspect(path)
    return None


def discard(part: Path) -> None:
    """Remove an unfinished file and its mark."""
    part.unlink(missing_ok=True)
    part.with_suffix(".mark").unlink(missing_ok=True)


def inspect(path: Path) -> Video:
    """Read a clip's properties from the file and decode its first frame.

    Raises:
        NotAClip: It can't be read or decoded.
        FileNotFoundError: It does not exist.
    """
    import av

    try:
        with path.open("rb") as file:
            media_type = container_of(file.read(64))
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if media_type is None:
            raise NotAClip("The file is not an MP4 or WebM video.")
        if media_type != "video/webm" and not _is_whole(path):
            raise NotAClip("The file is only a part of the clip.")
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            frame = next(container.decode(stream))
            rate = float(stream.average_rate or stream.base_rate or 0)
            if stream.duration is not None and stream.time_base is not None:
                duration = float(stream.duration * stream.time_base)
            else:
                duration = (container.duration or 0) / av.time_base
            rotated = frame.rotation % 180 != 0  # players apply the rotation that the file asks for
            size = Size(frame.height, frame.width) if rotated else Size(frame.width, frame.height)
            audio = next((sound.codec_context.name for sound in container.streams.audio), None)
    except (av.FFmpegError, IndexError, StopIteration, EOFError) as error:
        raise NotAClip(f"The file can't be decoded as video ({type(error).__name__}).") from None
    except FileNotFoundError:
        raise
    except OSError as error:
        raise NotAClip(f"{path} can't be read: {error.strerror}.") from None
    return Video(path, size, round(duration, 3), round(rate, 3), media_type, path.stat().st_size, digest, audio)


def sidecar_path(clip: Path) -> Path:
    """The JSON file beside a clip that records how it was made."""
    return clip.with_suffix(".json")


def container_of(head: bytes) -> str | None:
    """The media type of a video, from the first bytes of its file; None if it is not a known container."""
    if head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm"
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    return "video/mp4" if head[4:8] in (b"moov", b"mdat", b"free", b"wide", b"skip") else None


def _is_whole(path: Path) -> bool:
    """Whether the last box of an MP4 file ends where the file does; a truncated one may still have its first frame."""
    offset, end = 0, path.stat().st_size
    with path.open("rb") as file:
        while offset < end:
            file.seek(offset)
            head = file.read(16)
            length = int.from_bytes(head[:4])
            if length == 1:  # a 64-bit length follows the box type
                length = int.from_bytes(head[8:])
            if length < 8 or head[4:8] not in _BOXES:  # 0: to the end of the file; else appended data
                return True
            offset += length
    return offset == end
