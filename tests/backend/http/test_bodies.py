from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest

from videogen_nb.backend.http.bodies import PIECE, BodyBroken, KeyMask, decompressed, read_body


async def raw(body: bytes, length: int = 1000) -> AsyncIterator[bytes]:
    for place in range(0, len(body), length):
        yield body[place : place + length]


def whole(body: bytes, encoding: str = "", most: int = 10**9, *, cut: bool = False) -> bytes:
    return asyncio.run(read_body(decompressed(raw(body), encoding), most, cut=cut))


@pytest.mark.parametrize("text", [b"", b"x", b"paper boat " * 50_000])
def test_a_body_comes_as_it_was_packed(text: bytes) -> None:
    """Plain, gzip or deflate, whatever the name's case."""
    assert whole(text) == text
    assert whole(gzip.compress(text), " GZip ") == text
    assert whole(zlib.compress(text), "deflate") == text


@pytest.mark.parametrize(
    "body", [gzip.compress(b"x" * 9999)[:-20], b"no gzip at all", b"\x1f\x8b"], ids=["cut", "other", "begun"]
)
def test_a_packed_body_that_breaks_off(body: bytes) -> None:
    """It is no shorter answer."""
    with pytest.raises(BodyBroken):
        whole(body, "gzip")


def test_a_bomb_takes_no_memory() -> None:
    """A gigabyte in a megabyte is unpacked piece by piece, and only as far as it is wanted."""
    packer = zlib.compressobj(9, wbits=31)
    # Flushed, so that each megabyte is packed in the same way, and one has to be packed only.
    head = packer.flush(zlib.Z_FULL_FLUSH)
    bomb = head + (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)) * 1000
    assert len(bomb) < 2 * 2**20
    tracemalloc.start()
    assert len(whole(bomb, "gzip", 2**18, cut=True)) == 2**18
    with pytest.raises(BodyBroken, match="too large"):
        whole(bomb, "gzip", 4 * 2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 2**20


def test_pieces_of_a_packed_body_are_small() -> None:
    """However much one packet unpacks to."""

    async def pieces() -> list[int]:
        return [len(piece) async for piece in decompressed(raw(gzip.compress(bytes(10**7)), 10**6), "gzip")]

    lengths = asyncio.run(pieces())
    assert sum(lengths) == 10**7
    assert max(lengths) == PIECE


KEY = "sk-Ab/+9=cdef"


@pytest.mark.parametrize(
    "said",
    [
        KEY,
        KEY.upper(),
        KEY.replace("/", "\\/"),
        KEY.replace("/", "%2F").replace("+", "%2b").replace("=", "%3D"),
        "".join(f"\\u{ord(c):04X}" for c in KEY),
        "".join(f"&#{ord(c)};" for c in KEY),
    ],
)
def test_no_spelling_of_the_key_stays(said: str) -> None:
    """JSON, addresses and pages each write its characters in their own way."""
    mask = KeyMask(KEY)
    assert mask.text(f"Incorrect API key provided: {said}.") == "Incorrect API key provided: •••."
    assert mask.content(b"x" * 2**21 + KEY.encode()).endswith("x•••".encode())


@pytest.mark.parametrize("key", [None, "", "abc"])
def test_what_is_no_key_conceals_nothing(key: str | None) -> None:
    """A short word could stand in any answer by chance."""
    assert KeyMask(key).text("abc") == "abc"
