"""What a server can say or do with a request: the vocabulary of the fault catalogue."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from tests.faults.raw import Step, Talk
from tests.faults.wires import Wire

__all__ = [
    "accept",
    "bomb",
    "broken",
    "done",
    "drip",
    "going",
    "head",
    "hold",
    "late",
    "mp4",
    "pour",
    "raw",
    "redirect",
    "reset",
    "say",
    "taken",
]

Then = Literal["keep", "close", "reset", "hold"]


def head(status: int | str = 200, **headers: object) -> bytes:
    """The head of an answer; underscores in header names stand for hyphens, None leaves one out."""
    line = status if isinstance(status, str) else f"{status} {_phrase(status)}"
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {line}", *lines, "", ""]).encode("latin-1")


def raw(*pieces: bytes, then: Then = "close") -> Step:
    """Exactly these bytes."""

    async def step(talk: Talk) -> None:
        for piece in pieces:
            await talk.write(piece)
        await _afterwards(talk, then)

    return step


def say(body: Any = None, status: int = 200, *, then: Then = "keep", **headers: object) -> Step:
    """A proper answer. A dict or list is sent as JSON, text as HTML, bytes as they are, a function is asked first."""

    async def step(talk: Talk) -> None:
        made = body(talk) if callable(body) else body
        content = _bytes(made)
        kind = "text/html" if isinstance(made, str) else "application/json"
        given: dict[str, object] = {"content_type": kind, "content_length": len(content), **headers}
        await talk.write(head(status, **given) + content)
        await _afterwards(talk, then)

    return step


def bomb() -> Step:
    """A small answer that unpacks to 100 MB."""
    return say(lambda _: _packed(), content_encoding="gzip")


@functools.cache
def _packed() -> bytes:
    """Packed when it is first asked for: every worker imports this, and few need it."""
    return gzip.compress(bytes(100 * 2**20))


def accept(remote_id: Any = "v1", status: int = 200, **more: Any) -> Step:
    """The submission is taken, under that id."""
    return taken(say(lambda talk: _wire(talk).accepted(remote_id), status, **more))


def taken(step: Step) -> Step:
    """The submission is taken, whatever is then said of it."""

    async def take(talk: Talk) -> None:
        talk.site.accepted += 1
        await step(talk)

    return take


def going(progress: Any = None, word: Any = None, **more: Any) -> Step:
    """The job runs; `word` in place of the wire's own."""
    return say(lambda talk: _wire(talk).going(progress, word), **more)


def done(url: Any = "/files/a.mp4", *, extra: Mapping[str, Any] | None = None, **more: Any) -> Step:
    """The job has succeeded. ``{storage}`` in the address stands for the other origin, ``{self}`` for this one."""

    def body(talk: Talk) -> Any:
        made = url
        if isinstance(url, str):
            made = url.replace("{storage}", talk.site.facts.get("storage", "")).replace("{self}", talk.site.url)
        return {**_wire(talk).done(made), **(extra or {})}

    return say(body, **more)


def broken(why: Any = "the GPU caught fire", status: int = 200) -> Step:
    """The job has failed."""
    return say(lambda talk: _wire(talk).failed(why), status)


def redirect(to: str, status: int = 302) -> Step:
    """To ``{storage}``, ``{self}`` or anywhere."""

    async def step(talk: Talk) -> None:
        place = to.replace("{storage}", talk.site.facts.get("storage", "")).replace("{self}", talk.site.url)
        await talk.write(head(status, location=place, content_length=0))

    return step


async def reset(talk: Talk) -> None:
    talk.reset()


async def hold(talk: Talk) -> None:
    await talk.hold()


def late(seconds: float, step: Step) -> Step:
    """The same, after a while."""

    async def wait(talk: Talk) -> None:
        await asyncio.sleep(seconds)
        await step(talk)

    return wait


def drip(first: bytes, forever: bytes, pause: float = 0.05) -> Step:
    """Some bytes, then a little more every so often, without end."""

    async def step(talk: Talk) -> None:
        await talk.write(first)
        while True:
            await talk.write(forever)
            await asyncio.sleep(pause)

    return step


def pour(first: bytes, block: bytes, times: int) -> Step:
    """Some bytes, then a block over and over."""

    async def step(talk: Talk) -> None:
        talk.keep = False
        await talk.write(first)
        for _ in range(times):
            await talk.write(block)

    return step


def mp4(
    content: bytes | None = None,
    *,
    cut: int | None = None,
    then: Then = "keep",
    ranges: bool = True,
    etag: str | None = '"1"',
    kind: str = "video/mp4",
    **headers: object,
) -> Step:
    """The clip, by ranges if asked.

    Args:
        content: In place of the site's clip.
        cut: Break off after so many bytes of the body.
        then: How it breaks off.
        ranges: Whether it heeds ``Range``.
        etag: Its entity tag.
        kind: Its content type.
        headers: Further ones, or others: None leaves one out.
    """

    async def step(talk: Talk) -> None:
        clip = talk.site.facts["clip"] if content is None else content
        asked = re.fullmatch(r"bytes=(\d+)-", talk.seen.headers.get("range", "")) if ranges else None
        first = int(asked[1]) if asked else 0
        given: dict[str, object] = {"content_type": kind, "etag": etag, "content_length": len(clip) - first}
        if asked and first >= len(clip):
            await talk.write(head(416, content_range=f"bytes */{len(clip)}", content_length=0))
            return
        if asked:
            given["content_range"] = f"bytes {first}-{len(clip) - 1}/{len(clip)}"
        await talk.write(head(206 if asked else 200, **{**given, **headers}) + clip[first:][:cut])
        await _afterwards(talk, then)

    return step


async def _afterwards(talk: Talk, then: Then) -> None:
    if then == "reset":
        talk.reset()
    elif then == "hold":
        await talk.hold()
    elif then == "close":
        talk.keep = False


def _wire(talk: Talk) -> Wire:
    made: Wire = talk.site.facts["wire"]
    return made


def _bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Whatever"
