"""Getting a finished clip onto the disk whole, checked, and under a name that can be read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from videogen_nb.backend.http.client import Http
from videogen_nb.core.data_uri import is_data_uri, read_data_uri
from videogen_nb.core.job import Video
from videogen_nb.core.request import Size
from videogen_nb.errors import ConnectionLostError, VideogenError

__all__ = [
    "CONTAINERS",
    "LinkRefused",
    "NotAClip",
    "clip_name",
    "discard",
    "download",
    "finish",
    "finished",
    "inspect",
    "sidecar_path",
    "write_sidecar",
]

_BOXES = {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"mfra", b"meta", b"uuid", b"free", b"skip", b"wide"}
MAX_CLIP = 4 * 2**30  # bytes; an hour at 9 Mbit/s
MAX_PIXELS = 8192 * 8192  # of a frame: what a file claims is what its decoder takes memory for
CONTAINERS = {"video/mp4": ".mp4", "video/webm": ".webm", "video/quicktime": ".mov"}


class LinkRefused(Exception):
    """The server would not give the bytes: expired, not ready, or forbidden.

    Attributes:
        status_code: HTTP status of the answer.
    """

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code
        super().__init__(f"the link answers {status_code}")


class NotAClip(VideogenError):
    """Bytes came, but no video that can be decoded."""


def clip_name(prompt: str, job_id: str, place: int = 0, count: int = 1) -> str:
    """A file name, without suffix: words of the prompt, then the job's id, which makes it unique.

    >>> clip_name("A paper boat, in the rain!", "k3x9ab2c")
    'a-paper-boat-in-the-rain-k3x9ab2c'
    """
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", prompt).lower())
    # File systems count bytes, and 255 is the most a name may have.
    slug = words[0].encode()[:60].decode("utf-8", "ignore") if words else ""
    for word in words[1:]:
        if len(f"{slug}-{word}".encode()) > 60:
            break
        slug = f"{slug}-{word}"
    return "-".join(filter(None, (slug or "clip", job_id, str(place + 1) if count > 1 else "")))


async def download(http: Http, url: str, part: Path, on_bytes: Callable[[int, int | None], None]) -> None:
    """Stream a clip into `part`, going on from where an earlier try stopped.

    Args:
        http: The seam of the provider the link came from.
        url: http(s), relative to the provider's base URL, or a data URI.
        part: The unfinished file. Beside it stands what tells whether it still is the same clip.
        on_bytes: Called with (bytes so far, bytes in all or None).

    Raises:
        LinkRefused: The server answered with an error.
        ConnectionLostError: The connection broke; what came is kept for the next try.
        NotAClip: The answer is something else than a video.
    """
    if is_data_uri(url):
        part.write_bytes(_from_data_uri(url))
        return
    mark = part.with_suffix(".mark")
    offset = part.stat().st_size if part.exists() and mark.exists() else 0
    known = mark.read_text("utf-8") if offset else ""
    async with http.stream(url, offset=offset, validator=known or None) as stream:
        etag = stream.headers.get("etag", "")
        if stream.status_code == 416 and stream.headers.get("content-range") == f"bytes */{offset}" and etag == known:
            return  # it is whole: all that was missing is its name
        # Else 416 says that the part is longer than the clip. Some servers pass over If-Range.
        if stream.status_code == 416 or (stream.status_code == 206 and known and etag not in ("", known)):
            discard(part)
            raise ConnectionLostError("The clip changed at the provider; it is fetched anew.")
        if stream.status_code not in (200, 206):
            raise LinkRefused(stream.status_code)
        offset, total = _span(stream.status_code, stream.headers, offset)
        _refuse_huge(total or 0)
        mark.write_text(etag if not etag.startswith("W/") else "", "utf-8")
        with part.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.truncate()
            async for chunk in stream.chunks:
                if not offset and not _looks_like_video(chunk):
                    raise NotAClip(_other_words(stream.headers.get("content-type", ""), chunk))
                file.write(chunk)
                offset += len(chunk)
                _refuse_huge(offset)
                on_bytes(offset, total)
    if total is not None and offset != total:
        raise ConnectionLostError(f"The download stopped at {offset} of {total} bytes.")


def finish(video: Video, target: Path) -> Video:
    """Give a downloaded and inspected clip its name; on the disk when this returns.

    Args:
        video: The clip, still under the name of its part.
        target: Where it goes, without suffix: the container decides that.
    """
    part = video.path
    path = target.with_name(target.name + CONTAINERS[video.media_type])
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    part.with_suffix(".mark").unlink(missing_ok=True)
    _sync_folder(path.parent)
    return replace(video, path=path)


def finished(target: Path) -> Video | None:
    """The clip that stands under its final name already, whole; None where there is none.

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
    """Throw away an unfinished file, and what stands beside it."""
    part.unlink(missing_ok=True)
    part.with_suffix(".mark").unlink(missing_ok=True)


def inspect(path: Path) -> Video:
    """Read a clip's facts from the file, decoding its first frame.

    Raises:
        NotAClip: It can't be read or decoded.
    """
    import av

    try:
        with path.open("rb") as file:
            media_type = _container(file.read(64))
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if media_type is None:
            raise NotAClip("What arrived is not an MP4 or WebM file.")
        if media_type != "video/webm" and not _is_whole(path):
            raise NotAClip("What arrived is only a part of the clip.")
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            frame = next(container.decode(stream))
            rate = float(stream.average_rate or stream.base_rate or 0)
            if stream.duration is not None and stream.time_base is not None:
                duration = float(stream.duration * stream.time_base)
            else:
                duration = (container.duration or 0) / av.time_base
            turned = frame.rotation % 180 != 0  # a player turns it, as its file says
            size = Size(frame.height, frame.width) if turned else Size(frame.width, frame.height)
            audio = next((sound.codec_context.name for sound in container.streams.audio), None)
    except (av.FFmpegError, IndexError, StopIteration, EOFError) as error:
        raise NotAClip(f"What arrived can't be decoded as video ({type(error).__name__}).") from None
    except FileNotFoundError:
        raise
    except OSError as error:
        raise NotAClip(f"{path} can't be read: {error.strerror}.") from None
    return Video(path, size, round(duration, 3), round(rate, 3), media_type, path.stat().st_size, digest, audio)


def sidecar_path(clip: Path) -> Path:
    return clip.with_suffix(".json")


def write_sidecar(clip: Path, facts: Mapping[str, Any]) -> None:
    """Put what is needed to make the clip again into a JSON file beside it."""
    path = sidecar_path(clip)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(facts, indent=2, ensure_ascii=False, default=str) + "\n", "utf-8")
    part.replace(path)


def _span(status_code: int, headers: Mapping[str, str], offset: int) -> tuple[int, int | None]:
    """Where the body starts in the clip, and how long the clip is."""
    if status_code == 206 and (found := re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("content-range", ""))):
        if int(found[1]) == offset:
            return offset, None if found[2] == "*" else int(found[2])
        raise ConnectionLostError("The server sent another part than was asked for.")
    length = headers.get("content-length", "")
    return 0, int(length) if length.isdigit() and "content-encoding" not in headers else None


def _refuse_huge(length: int) -> None:
    """Refuse a body without end before it fills the disk."""
    if length > MAX_CLIP:
        raise NotAClip(f"What comes is larger than any clip should be ({MAX_CLIP / 2**30:g} GiB).")


def _container(head: bytes) -> str | None:
    if head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm"
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    return "video/mp4" if head[4:8] in (b"moov", b"mdat", b"free", b"wide", b"skip") else None


def _is_whole(path: Path) -> bool:
    """Whether the boxes of an MP4 file end where it does: a cut one can still have its first frame."""
    place, end = 0, path.stat().st_size
    with path.open("rb") as file:
        while place < end:
            file.seek(place)
            head = file.read(16)
            length = int.from_bytes(head[:4])
            if length == 1:  # the length proper stands behind the name
                length = int.from_bytes(head[8:])
            if length < 8 or head[4:8] not in _BOXES:  # 0: to the end of the file; else what some writers append
                return True
            place += length
    return place == end


def _looks_like_video(chunk: bytes) -> bool:
    return len(chunk) < 12 or _container(chunk[:64]) is not None


def _other_words(media_type: str, chunk: bytes) -> str:
    """What came in place of a clip: gateways put errors into 200s and JSON into ``video/mp4``."""
    text = chunk[:2000].decode("utf-8", "replace").strip()
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return f"In place of a clip came {media_type or 'something'} that is no video."
    error = said.get("error", said) if isinstance(said, dict) else said
    message = error.get("message", error) if isinstance(error, dict) else error
    return f"In place of a clip came: {message}"


def _from_data_uri(uri: str) -> bytes:
    try:
        return read_data_uri(uri)[1]
    except ValueError:
        raise NotAClip("The clip's data URI does not hold valid base64.") from None


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # there a folder can't be opened, and needs no sync
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
