"""What comes back over HTTP: in small pieces, never more than fits, and without our key in it."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator

__all__ = ["BodyBroken", "KeyMask", "decompressed", "read_body"]

PIECE = 2**16  # bytes
LONGEST_SEARCH = 2**20  # bytes; what is longer is a clip inside an answer, in which nothing is quoted


class BodyBroken(Exception):
    """A body that can't be read to its end."""


async def decompressed(raw: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The body in pieces: a few bytes that unpack to gigabytes must not do so at once.

    They come as they arrive, so that a download that breaks off has written all it got.

    Args:
        raw: The body as it came.
        encoding: The answer's ``Content-Encoding``. We ask for none; gzip comes all the same from some.

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
        raise BodyBroken("the packed answer breaks off")


async def read_body(pieces: AsyncIterator[bytes], most: int, *, cut: bool) -> bytes:
    """A body whole.

    Args:
        pieces: It.
        most: Bytes to take at most.
        cut: Whether the beginning of a longer one will do.

    Raises:
        BodyBroken: It is longer, and its beginning will not do.
    """
    taken, length = [], 0
    async for piece in pieces:
        taken.append(piece)
        length += len(piece)
        if length > most:
            if not cut:
                raise BodyBroken("the answer is larger than any answer should be")
            break
    return b"".join(taken)[:most]


class KeyMask:
    """Puts dots in the place of a key: error answers repeat it, and their words go into outputs and the journal.

    Args:
        key: The key; None, or one so short that it could stand in an answer by chance, conceals nothing.
    """

    _DOTS = "•••"

    def __init__(self, key: str | None) -> None:
        self._key = key if key and len(key) >= 8 else None
        self._spelt = _spellings(self._key) if self._key else None

    def content(self, body: bytes) -> bytes:
        if self._key is None or self._spelt is None:
            return body
        if len(body) > LONGEST_SEARCH:
            return body.replace(self._key.encode(), self._DOTS.encode())
        return self._spelt.sub(self._DOTS.encode(), body)

    def text(self, value: str) -> str:
        return self.content(value.encode("utf-8", "replace")).decode()


def _spellings(key: str) -> re.Pattern[bytes]:
    """The key as it is, and as JSON, a URL or a page may spell its characters."""
    each = (rf"(?:\\?{re.escape(c)}|\\u00{ord(c):02x}|%{ord(c):02x}|&#(?:{ord(c)}|x{ord(c):x});)" for c in key)
    return re.compile("".join(each).encode(), re.I)
