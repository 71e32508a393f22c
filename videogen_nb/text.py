"""Sanitise text from providers, files and users: escape what could forge a display, and remove secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

__all__ = ["bare_url", "grants_access", "plain", "redact", "was_cut", "without_grants"]

# Control characters, direction overrides, invisible characters and lone surrogates. Joiners, direction marks,
# variation selectors and tags stay, since scripts and emoji need them.
_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"
)
_ESCAPED = re.compile(f"[{_UNSAFE}]")
_BREAKS = re.compile(r" *(?:\r\n|[\n\t])[ \t\n]*")
# Combining marks. No language has more than four on one letter; a long run of them paints over neighbouring lines.
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff"
_MARK_RUN = re.compile(f"([{_MARKS}\u20d0-\u20f0\ufe20-\ufe2f]{{4}})[{_MARKS}\u20d0-\u20f0\ufe20-\ufe2f]+")


def plain(text: object, most: int | None = None, *, lines: bool = False) -> str:
    r"""Text that is safe to print, and to put into a page once HTML is escaped.

    Args:
        text: Any text, or an object whose ``str`` is shown.
        most: Characters to keep; a longer text ends in "…". None keeps all of it.
        lines: Whether to keep line breaks and tabs; otherwise the result is one line.

    Returns:
        The text with control and invisible characters as Python escapes. It can always be encoded.

    >>> plain("red \x1b[31m, turned \u202e, and\na second line")
    'red \\x1b[31m, turned \\u202e, and a second line'
    """
    shown = text if isinstance(text, str) else str(text)
    if most is not None and len(shown) > most:
        shown = f"{shown[: max(most - 1, 0)]}…"
    shown = shown.replace("\r\n", "\n") if lines else _BREAKS.sub(" ", shown)
    shown = _ESCAPED.sub(_escape, shown)
    return _MARK_RUN.sub(r"\1", shown)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


_URL = re.compile(r"https?://[^\s\"'<>]+", re.I)
_QUERY = re.compile(r"(?<=[\w/])\?[\w.~%-]+=[^\s\"'<>]*")  # the query of a URL without its host
_KEY = re.compile(r"\b(?:sk-|inf_)[A-Za-z0-9_-]{8,}|(?i:bearer)\s+[A-Za-z0-9._~+/-]{8,}=*")
_GRANT = re.compile(r"sig|token|key|secret|credential|password|access|policy|auth|expires", re.I)


def redact(text: str, secrets: Iterable[str | None] = ()) -> str:
    """`text` without the given secrets, without anything that looks like a key, and without URL queries."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "•••")
    return _QUERY.sub("?…", _URL.sub(lambda match: bare_url(match[0]), _KEY.sub("•••", text)))


def bare_url(url: str) -> str:
    """A URL without its query, fragment and password, any of which can grant access.

    >>> bare_url("https://u:p@storage.example/clip.mp4?X-Signature=abc")
    'https://storage.example/clip.mp4?…'
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(an invalid URL)"
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))


def grants_access(url: str) -> bool:
    """Whether a URL lets anyone who has it in: it has a password, or a query that looks signed.

    >>> grants_access("https://storage.example/a.png?width=200")
    False
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.password is not None or any(_GRANT.search(name) for name, _ in parse_qsl(parts.query))


def without_grants(value: Any) -> Any:
    """A JSON value in which `bare_url` replaces each URL that grants access.

    >>> without_grants({"ref": ["https://storage.example/a.png?sig=abc"]})
    {'ref': ['https://storage.example/a.png?…']}
    """
    if isinstance(value, Mapping):
        return {name: without_grants(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_grants(inner) for inner in value]
    is_url = isinstance(value, str) and value.lower().startswith(("http://", "https://"))
    return bare_url(value) if is_url and grants_access(value) else value


def was_cut(value: Any) -> bool:
    """Whether `without_grants` has removed something from this JSON value."""
    if isinstance(value, Mapping):
        return any(map(was_cut, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(was_cut, value))
    return isinstance(value, str) and value.lower().startswith(("http://", "https://")) and value.endswith("?…")
