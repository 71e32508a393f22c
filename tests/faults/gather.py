"""Looking for secrets in everything that was written or said: as they are, encoded, packed, cut in two."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

__all__ = ["documents", "hits", "tables", "transcript"]

# A run of so many characters of a secret is one too many: texts get cut to a length.
_RUN = 12
_STEP = 3
# Secrets, and what they are encoded to, are made of these; a document has far fewer such words than bytes.
_WORD = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_MOST_PACKED = 8 * 2**20
_CLIPS = {".mp4", ".webm", ".mov", ".part"}


def hits(secrets: Mapping[str, str], found: Mapping[str, bytes]) -> list[str]:
    """Every place that holds a piece of a secret, each as ``"name of the secret in name of the document (how)"``.

    Args:
        secrets: Values by name, each at least 12 characters of what can't stand anywhere by chance.
        found: Documents by name.
    """
    pieces = {name: _pieces(value) for name, value in secrets.items()}
    out: list[str] = []
    for document, content in found.items():
        left = dict(pieces)
        for how, text in _readings(content):
            words = b"\n".join(set(_WORD.findall(text)))
            for name, own in list(left.items()):
                if piece := next((each for each in own if each in words), None):
                    out.append(f"{name} in {document} ({how}): {_around(text, piece)}")
                    del left[name]
    return out


def _pieces(value: str) -> list[bytes]:
    """Runs of the secret, also written backwards, in hex, and as base64 has them at each of its three offsets."""
    raw = value.encode()
    assert len(raw) >= _RUN, "a secret this short could stand anywhere"
    runs = [raw[place : place + _RUN] for place in range(0, len(raw) - _RUN + 1, _STEP)]
    offsets = [base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4] for shift in range(3)]
    return [*runs, *(run[::-1] for run in runs), raw.hex().encode(), *offsets]


def _readings(content: bytes, depth: int = 2) -> Iterator[tuple[str, bytes]]:
    """A document as it is, and as whoever opens it may read it."""
    yield "plain", content
    if b"\0" in content:
        yield "wide", content.replace(b"\0", b"")
    if b"%" in content and (text := unquote_to_bytes(content)) != content:
        yield "percent", text
        if (again := unquote_to_bytes(text)) != text:
            yield "percent twice", again
    if b"\\" in content:
        yield "escaped", _unescaped(content)
        yield "escaped twice", _unescaped(_unescaped(content))
    if b"&" in content:
        yield "entities", html.unescape(content.decode("utf-8", "replace")).encode("utf-8", "replace")
    if depth:
        for inner in _packed(content):
            for how, text in _readings(inner, depth - 1):
                yield f"packed, {how}", text


def _unescaped(content: bytes) -> bytes:
    """JSON's and Python's escapes undone, whatever stands around them."""
    content = re.sub(rb"\\u00([0-7][0-9a-fA-F])|\\x([0-7][0-9a-fA-F])", _character, content)
    return re.sub(rb"\\([^\w\s])", rb"\1", content)


def _character(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1] or found[2], 16)])


def _packed(content: bytes) -> Iterator[bytes]:
    """What stands in base64, and what that or the document itself unpacks to."""
    inner = [content]
    for run in _BASE64.findall(content):
        with contextlib.suppress(ValueError):
            body = run.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
            inner.append(base64.b64decode(body + b"=" * (-len(body) % 4)))
            yield inner[-1]
    for each in inner:
        for kind in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
            with contextlib.suppress(zlib.error):
                if len(text := zlib.decompressobj(kind).decompress(each, _MOST_PACKED)) > _RUN:
                    yield text


def _around(text: bytes, piece: bytes) -> str:
    place = text.index(piece)
    return repr(text[max(0, place - 90) : place + 60])[1:]


def documents(folder: Path) -> dict[str, bytes]:
    """All files below a folder but the clips, which are the provider's own bytes; databases row by row too."""
    out = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.suffix not in _CLIPS):
        name = str(path.relative_to(folder))
        out[name] = path.read_bytes()
        if out[name].startswith(b"SQLite format 3"):
            out[f"{name} (rows)"] = tables(path)
    return out


def tables(path: Path) -> bytes:
    """The rows of a database: in its file a long text is cut into pages."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in names for row in database.execute(f'SELECT * FROM "{name}"')]
    return "\n".join(repr(row) for row in rows).encode()


def transcript(said: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """All messages of a kernel, and their buffers; what one cell prints in pieces is put together again."""
    out: dict[str, bytes] = {}
    printed: dict[str, str] = {}
    for place, each in enumerate(said):
        kind = each["msg_type"]
        parts = {name: each[name] for name in ("header", "metadata", "content")}
        out[f"message {place} {kind}"] = json.dumps(parts, default=str, ensure_ascii=False).encode()
        for number, buffer in enumerate(each.get("buffers") or ()):
            out[f"message {place} {kind} buffer {number}"] = bytes(buffer)
        if kind == "stream":
            stream = f"{each['content']['name']} of {each['parent_header'].get('msg_id')}"
            printed[stream] = printed.get(stream, "") + each["content"]["text"]
    return out | {name: re.sub(r"\x1b\[[\d;]*m", "", text).encode() for name, text in printed.items()}


def spelled(value: str) -> dict[str, str]:
    """A text as it may stand in somebody's output; what the search has to see through."""
    return {
        "as it is": f"<p>{value}</p>",
        "cut to a length": value[: len(value) * 2 // 3],
        "percent-encoded": "".join(f"%{ord(each):02x}" for each in value),
        "percent-encoded twice": quote(quote(f"?x={value}&", safe=""), safe=""),
        "as JSON escapes": "".join(f"\\u{ord(each):04x}" for each in value),
        "in base64": base64.b64encode(f"x{value}".encode()).decode(),
        "in hex": value.encode().hex(),
        "backwards": value[::-1],
        "packed in base64": base64.b64encode(zlib.compress(b"filler " * 40 + value.encode())).decode(),
        "in wide characters": value.encode("utf-16-le").decode("latin-1"),
        "as entities": "".join(f"&#{ord(each)};" for each in value),
    }
