"""Download one clip from its link into an unfinished file, resuming where an earlier try stopped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from videogen_nb.backend.http.client import Http
from videogen_nb.core.data_uri import is_data_uri, read_data_uri
from videogen_nb.errors import ConnectionLostError
from videogen_nb.storage.clips import NotAClip, container_of, discard

__all__ = ["MAX_CLIP", "LinkRefused", "download"]

MAX_CLIP = 4 * 2**30  # bytes; an hour at 9 Mbit/s


class LinkRefused(Exception):
    """The server answered with an error: the link has expired, is not ready, or is forbidden.

    Attributes:
        status_code: HTTP status of the response.
    """

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code
        super().__init__(f"the link answers {status_code}")


async def download(http: Http, url: str, part: Path, on_bytes: Callable[[int, int | None], None]) -> None:
    """Stream a clip into `part`, resuming where an earlier try stopped.

    Args:
        http: The HTTP client of the provider that the link came from.
        url: http(s), relative to the provider's base URL, or a data URI.
        part: The unfinished file. The ETag of its bytes is in a file beside it, suffixed ``.mark``.
        on_bytes: Called with (bytes so far, total or None).

    Raises:
        LinkRefused: The server answered with an error.
        ConnectionLostError: The connection broke; the bytes so far are kept for the next try.
        NotAClip: The response is not a video.
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
            return  # all bytes are here; only the rename is missing
        # Any other 416 means that the part is longer than the clip. Some servers ignore If-Range.
        if stream.status_code == 416 or (stream.status_code == 206 and known and etag not in ("", known)):
            discard(part)
            raise ConnectionLostError("The clip changed at the provider; its download starts again.")
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
                    raise NotAClip(_reason(stream.headers.get("content-type", ""), chunk))
                file.write(chunk)
                offset += len(chunk)
                _refuse_huge(offset)
                on_bytes(offset, total)
    if total is not None and offset != total:
        raise ConnectionLostError(f"The download stopped at {offset} of {total} bytes.")


def _span(status_code: int, headers: Mapping[str, str], offset: int) -> tuple[int, int | None]:
    """Offset of the body in the clip, and the clip's length if the server says it."""
    if status_code == 206 and (span := re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("content-range", ""))):
        if int(span[1]) == offset:
            return offset, None if span[2] == "*" else int(span[2])
        raise ConnectionLostError("The server sent another range than the one requested.")
    length = headers.get("content-length", "")
    return 0, int(length) if length.isdigit() and "content-encoding" not in headers else None


def _refuse_huge(length: int) -> None:
    """Refuse an endless body before it fills the disk."""
    if length > MAX_CLIP:
        raise NotAClip(f"The download is larger than the limit for a clip ({MAX_CLIP / 2**30:g} GiB).")


def _looks_like_video(chunk: bytes) -> bool:
    return len(chunk) < 12 or container_of(chunk[:64]) is not None


def _reason(media_type: str, chunk: bytes) -> str:
    """Why a body is not a clip: gateways report errors with status 200 and JSON as ``video/mp4``."""
    text = chunk[:2000].decode("utf-8", "replace").strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return f"The link returned {media_type or 'something'}, which is not a video."
    error = value.get("error", value) if isinstance(value, dict) else value
    message = error.get("message", error) if isinstance(error, dict) else error
    return f"The link returned an error instead of the clip: {message}"


def _from_data_uri(uri: str) -> bytes:
    try:
        return read_data_uri(uri)[1]
    except ValueError:
        raise NotAClip("The clip's data URI does not hold valid base64.") from None
