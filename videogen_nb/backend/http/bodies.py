"""Read HTTP bodies: decompressed in small pieces, limited in size, and with our key masked."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator

__all__ = ["BodyBroken", "KeyMask", "decompressed", "read_body"]

PIECE = 2**16  # bytes
LONGEST_SEARCH = 2**20  # bytes; a longer body has a clip in it, and error messages that quote the key are short


class BodyBroken(Exception):
    """A body that can't be read completely."""


async def decompressed(raw: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The decompressed body in small pieces, since a few bytes can expand to gigabytes.

    The pieces are yielded as they arrive, so that an interrupted download has written all that was received.

    Args:
        raw: The body as received.
        encoding: The response's ``Content-Encoding``. We request none, but some servers use gzip anyway.

    Raises:
        BodyBroken: It can't be decompressed.
    """
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        async for piece in raw:
            yield piece
        return
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        async for packed in raw:
            while True:
                piece = unpack.decompress(packed, PIECE)
                if piece:
                    yield piece
                packed = unpack.unconsumed_tail
                if not packed and len(piece) < PIECE:
                    break
    except zlib.error as error:
        raise BodyBroken(str(error)) from None
    if not unpack.eof:
        raise BodyBroken("the compressed answer is incomplete")


async def read_body(pieces: AsyncIterator[bytes], most: int, *, cut: bool) -> bytes:
    """A complete body.

    Args:
        pieces: The body, as `decompressed` yields it.
        most: Maximum length in bytes.
        cut: Whether to cut a longer body to that length instead of raising.

    Raises:
        BodyBroken: It is longer.
    """
    taken, length = [], 0
    async for piece in pieces:
        taken.append(piece)
        length += len(piece)
        if length > most:
            if not cut:
                raise BodyBroken("the answer is too large")
            break
    return b"".join(taken)[:most]


class KeyMask:
    """Replaces the key with dots: error messages quote it, and they go into outputs and the journal.

    Args:
        key: The key. None, or a key so short that it could occur in a response by chance, masks nothing.
    """

    _DOTS = "•••"

    def __init__(self, key: str | None) -> None:
        self._key = key if key and len(key) >= 8 else None
        self._pattern = _spellings(self._key) if self._key else None

    def content(self, body: bytes) -> bytes:
        if self._key is None or self._pattern is None:
            return body
        if len(body) > LONGEST_SEARCH:
            return body.replace(self._key.encode(), self._DOTS.encode())
        return self._pattern.sub(self._DOTS.encode(), body)

    def text(self, value: str) -> str:
        return self.content(value.encode("utf-8", "replace")).decode()


def _spellings(key: str) -> re.Pattern[bytes]:
    """Matches the key as it is, and with characters escaped as in JSON, URLs or HTML."""
    chars = (rf"(?:\\?{re.escape(c)}|\\u00{ord(c):02x}|%{ord(c):02x}|&#(?:{ord(c)}|x{ord(c):x});)" for c in key)
    return re.compile("".join(chars).encode(), re.I)
