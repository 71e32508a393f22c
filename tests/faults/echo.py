"""An Infery that gives back what it is sent wherever an answer has room for words."""

from __future__ import annotations

import functools
import json
import re
import threading
import zlib
from collections.abc import Sequence
from typing import Any

from tests.faults.corpus import ADDRESSES, FILE_NAMES, MARK
from tests.support.farm import PATHS
from tests.support.servers import Answer, Seen, Server, job

__all__ = ["BIG", "BOMB", "HEADER", "Echo", "big", "bomb"]

BIG, BOMB = 50_000_000, 200_000_000  # bytes of an endless answer, and those that a small packed one becomes
HEADER = f"<b id={MARK}>\x1b[31m\x9bm\xad"  # what fits into a header
PATH = PATHS["infery"]


class Echo(Server):
    """A gateway whose answers repeat each submission's prompt; what becomes of it, its field ``do`` says.

    ``fail`` fails with the prompt as its reason, ``refuse`` is refused with it, ``page`` with a page of HTML,
    ``lost`` gets no answer, ``hold`` runs with the prompt as its status until `release` is set, ``garbage`` is given
    a clip that is none, ``address`` links that lead elsewhere, ``big`` and ``bomb`` an endless error. All others get
    `clip`, under a hostile file name.

    Args:
        clip: What it makes.
        models: Names in its model list.
    """

    def __init__(self, clip: bytes, models: Sequence[str] = ()) -> None:
        super().__init__({})
        self.clip, self.models = clip, list(models)
        self.release = threading.Event()
        self.made: list[dict[str, Any]] = []
        setattr(self._http.RequestHandlerClass, "disable_nagle_algorithm", True)  # noqa: B010

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
        path = seen.path.partition("?")[0]
        if seen.method == "POST":
            return self._take(seen.json())
        if path == "/v1/models":
            return Answer({"data": [self._model(name) for name in self.models]})
        if found := re.fullmatch(r".*/v(\d+).*", path):
            return self._status(int(found[1]))
        if found := re.fullmatch(r"/files/(\d+)", path):
            name = FILE_NAMES[int(found[1]) % len(FILE_NAMES)].replace("\x00", "%00")
            return Answer(self.clip, headers={"content-disposition": f'attachment; filename="{name}"'})
        if path.startswith("/garbage"):
            return Answer(path.encode() + b"<script>" * 100)
        return Answer({"error": path}, 404)

    def _model(self, name: str) -> dict[str, Any]:
        params = {"resolution": ["720p", name], "aspect_ratio": [name], "duration": [name, 1]}
        return {"id": name, "modality": "video", "allowedParams": params, "pricing": {name: name}}

    def _take(self, body: dict[str, Any]) -> Answer:
        said, do = body["prompt"], body.get("do")
        headers = {"x-request-id": HEADER}
        envelope = {"error": {"message": said, "code": said, "type": said, "param": said}, "detail": said}
        if do == "refuse":
            return Answer(envelope, 400, headers)
        if do == "page":
            return Answer(f"<html><head><title>{said}</title></head><body>{said}</body></html>", 403, headers)
        if do == "big":
            return Answer(big(), 400, {"content-type": "application/json"})
        if do == "bomb":
            return Answer(bomb(), 400, {"content-encoding": "gzip", "content-type": "application/json"})
        if do == "lost":
            return job(None, drop=True)
        with self._lock:
            self.made.append(body)
            self.accepted += 1
            number = len(self.made)
        return job({"id": f"v{number}", "status": said, "model": said, "user": said}, headers=headers)

    def _status(self, number: int) -> Answer:
        body = self.made[number - 1]
        said, do = body["prompt"], body.get("do")
        told = {"id": f"v{number}", "model": said, "object": said, "unit": said, "currency": said, "eta": said}
        if do == "fail":
            return Answer({**told, "status": "failed", "error": {"message": said, "code": said}})
        if do == "hold" and not self.release.is_set():
            return Answer({**told, "status": said, "progress": 40, "message": said, "queue_position": said})
        if do == "bomb later":
            return Answer(bomb(), 200, {"content-encoding": "gzip", "content-type": "application/json"})
        url = f"/files/{number}"
        if do == "address":
            url = body.get("link", ADDRESSES[number % len(ADDRESSES)])
        elif do == "garbage":
            url = "/garbage/x"
        result = {"url": url, "resolution": said, "duration_seconds": said, "filename": said, "mime_type": said}
        return Answer({**told, "status": "completed", "result": result, "credits_used": 80, "credit_unit": said})


@functools.cache
def big() -> bytes:
    return b'{"error": {"message": "' + b"x" * BIG + b'"}}'


@functools.cache
def bomb() -> bytes:
    """JSON of many megabytes, packed into a few kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    parts = [packer.compress(json.dumps({"error": "x"}).encode()[:-1] + b', "y": "')]
    parts += [packer.compress(b"y" * 1_000_000) for _ in range(BOMB // 1_000_000)]
    return b"".join([*parts, packer.compress(b'"}'), packer.flush()])
