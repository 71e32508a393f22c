"""An Infery that follows a script: what the core's own tests submit to, and what it saw of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.providers.conftest import KEY
from tests.support.servers import Answer, Seen, Server, job
from videogen_nb.core.job import Job

__all__ = [
    "ACCEPTED",
    "HTML",
    "KEY",
    "PATH",
    "Answer",
    "Ask",
    "Gateway",
    "Seen",
    "Server",
    "done",
    "failed",
    "going",
    "job",
    "ranged",
    "when",
]

PATH = "/v1/videos/generations"
POST = f"POST {PATH}"
ACCEPTED = job({"id": "v1", "object": "video", "status": "queued", "progress": 0})
HTML = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(frozen=True)
class Ask(Answer):
    """An answer made when the request has come, by a function of it."""

    make: Callable[[Seen], Answer] | None = None


def going(progress: float | str | None = 40, **fields: Any) -> Answer:
    """A status answer of a job that runs."""
    return Answer({"id": "v1", "status": "processing", "progress": progress, **fields})


def done(url: str = "/files/a.mp4", **fields: Any) -> Answer:
    """A status answer of a job that has succeeded."""
    return Answer({"id": "v1", "status": "succeeded", "progress": 100, "result": {"url": url}, **fields})


def failed(error: Any, **fields: Any) -> Answer:
    """A status answer of a job that has failed."""
    return Answer({"id": "v1", "status": "failed", "error": error, **fields})


def ranged(content: bytes, etag: str = '"1"', *, if_range: bool = True, cut: int | None = None) -> Ask:
    """A file that heeds ``Range``, and ``If-Range`` unless told not to."""

    def make(seen: Seen) -> Answer:
        headers = {"etag": etag, "accept-ranges": "bytes", "content-type": "video/mp4"}
        asked = re.fullmatch(r"bytes=(\d+)-", seen.headers.get("range", ""))
        other = if_range and seen.headers.get("if-range", etag) != etag
        if not asked or other:
            return _Whole(content, 200, headers, cut=cut)
        first = int(asked[1])
        if first >= len(content):
            return Answer(b"", 416, {**headers, "content-range": f"bytes */{len(content)}"})
        span = f"bytes {first}-{len(content) - 1}/{len(content)}"
        return Answer(content[first:], 206, {**headers, "content-range": span}, cut=cut)

    return Ask(make=make)


def when(made: Job, trait: str, holds: Callable[[Any], bool]) -> threading.Event:
    """An event that is set once a trait of a job has such a value."""
    event = threading.Event()

    def look(change: Any) -> None:
        if holds(change["new"]):
            event.set()

    made.observe(look, trait)
    if holds(getattr(made, trait)):
        event.set()
    return event


@dataclass(frozen=True)
class _Whole(Answer):
    """A 200 that stays one even where a range was asked for."""


class Gateway(Server):
    """An Infery with one job, ``v1``.

    Args:
        submit: What the POST is answered with, in order; the last repeats.
        status: What each poll is answered with, in order; the last repeats.
        routes: Further ``{"METHOD /path": [answers]}``.
    """

    def __init__(
        self,
        *,
        submit: Answer | Sequence[Answer] = ACCEPTED,
        status: Answer | Sequence[Answer] = (),
        routes: dict[str, Answer | Sequence[Answer]] | None = None,
        **options: Any,
    ) -> None:
        scripts = {POST: submit, f"GET {PATH}/v1": status or done(), **(routes or {})}
        super().__init__(scripts, **options)

    @property
    def posts(self) -> list[Seen]:
        return self.requests(POST)

    @property
    def polls(self) -> list[Seen]:
        return self.requests(f"GET {PATH}/v1")

    def answer(self, seen: Seen) -> Answer:
        made = super().answer(seen)
        if isinstance(made, Ask) and made.make:
            made = made.make(seen)
        if isinstance(made, _Whole):  # the server below would serve the range of it
            seen.headers.pop("range", None)  # type: ignore[attr-defined]
        return made
