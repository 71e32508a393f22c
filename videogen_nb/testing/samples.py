"""What servers really answer besides what their documentation says, and what a request can hold."""

from __future__ import annotations

import copy
import io
import itertools
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from videogen_nb.core.image import ImageRef
from videogen_nb.core.option_kinds import IMAGE, NUMBER, SIZE, WHOLE
from videogen_nb.core.options import OPTIONS
from videogen_nb.providers.wire import Reply

__all__ = ["HTML", "ODD_IDS", "ODD_WORDS", "any_replies", "option_values", "tiny_clip", "variants"]

HTML = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
ODD_IDS = ("v1", "0", "a/../b?c=1+&=", "..", "100%", "päper bøat", "紙の船", "#", "x" * 300)
ODD_WORDS: tuple[Any, ...] = ("", "warming_up", "Completed?", "not finished", "排队中", None, 3, True, [], {})

_STATUSES = (200, 201, 204, 301, 400, 401, 402, 403, 404, 408, 409, 410, 413, 415, 422, 429, 500, 501, 502, 503, 504)
_BODIES: tuple[bytes, ...] = (
    b"",
    b" \n",
    b"null",
    b"true",
    b"3",
    b"[]",
    b"{}",
    b'"text"',
    b"Service Unavailable",
    HTML.encode(),
    b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b'{"id": "v1", "status": "comp',
    b'{"error": "out of order"}',
    b'{"error": {"message": "no such thing", "type": "invalid_request_error", "code": null}}',
    b'{"error": {"message": {"code": 5}}}',
    b'{"code": "invalid_request", "message": "bad", "data": null}',
    b'{"detail": [{"loc": ["body", "prompt"], "msg": "Field required"}]}',
    b'{"detail": "Not found"}',
    b'{"success": false, "message": 7}',
)
_HUGE_BODIES = (
    b"[" * 50_000,
    b'{"data":' * 5_000,
    b'{"id": ' + b"9" * 5_000 + b"}",
    b'{"data": [' + b'{"id": "v1"},' * 10_000 + b"null]}",
)
_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 3.5, float("inf"), 10**399, "", " ", "x" * 20_000, "\ud800", "\x1b[31mred\r\n"),
    *("//host/path", "javascript:alert(1)", "http://[broken", [], [[]], [None], {}, {"": None}, {"message": "odd"}),
)


def any_replies() -> Iterator[Reply]:
    """Responses of many HTTP statuses with bodies of every kind, few of which any documentation mentions."""
    usual, huge = itertools.product(_STATUSES, _BODIES), itertools.product((200, 500), _HUGE_BODIES)
    for status, body in itertools.chain(usual, huge):
        yield Reply(status, {"content-type": "application/json", "retry-after": "soon"}, body)


def variants(body: Any) -> Iterator[Reply]:
    """A provider's own response, with each of its values replaced by odd ones or left out."""
    for path in _paths(body):
        for value in _VALUES:
            for status in (200, 500):
                yield _reply(_replaced(body, path, value), status)
        if path:
            yield _reply(_without(body, path))


def _reply(body: Any, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(body).encode())


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    yield ()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        for path in _paths(inner):
            yield (key, *path)


def _replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(body)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return changed


def _without(body: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(body)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    del parent[path[-1]]
    return changed


def option_values(name: str) -> list[Any]:
    """Different values of a request option, the first of which every request accepts."""
    option = OPTIONS[name]
    if option.kind is IMAGE:
        return [ImageRef(url="https://images.example/boat.png")]
    more = [option.example + 1] if option.kind in (NUMBER, WHOLE) else ["640x360"] if option.kind is SIZE else []
    return [option.example, *more, *option.suggestions]


@cache
def tiny_clip() -> bytes:
    """A real MP4 of 32 x 32 pixels and three frames."""
    import av
    import numpy as np

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for shade in (60, 120, 180):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), shade, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()
