"""Text from elsewhere: made fit to be shown, and rid of the secrets that it may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

__all__ = ["bare_url", "grants_access", "plain", "redact", "was_cut", "without_grants"]

# Beside control characters: what turns the direction of the text behind it, what can't be seen, and halves of pairs.
# Left alone is what scripts and emoji are written with: joiners, direction marks, variation selectors, tags.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"
)
_ESCAPED = re.compile(f"[{_UNSEEN}]")
_BREAKS = re.compile(r" *(?:\r\n|[\n\t])[ \t\n]*")
# Marks that stand over and under a letter. No language has so many on one; a flood of them paints over the neighbours.
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff"
_FLOOD = re.compile(f"([{_MARKS}\u20d0-\u20f0\ufe20-\ufe2f]{{4}})[{_MARKS}\u20d0-\u20f0\ufe20-\ufe2f]+")


def plain(text: object, most: int | None = None, *, lines: bool = False) -> str:
    r"""A text as it may be printed or put into a page.

    Args:
        text: Any text, or what is shown as its ``str``.
        most: Characters to keep; a longer text ends in "…". None keeps all of it.
        lines: Whether line breaks and tabs are kept; else it comes as one line.

    Returns:
        The text, in which what would be no character to see is written as Python writes it. It can be encoded.

    >>> plain("red \x1b[31m, turned \u202e, and\na second line")
    'red \\x1b[31m, turned \\u202e, and a second line'
    """
    shown = text if isinstance(text, str) else str(text)
    if most is not None and len(shown) > most:
        shown = f"{shown[: max(most - 1, 0)]}…"
    shown = shown.replace("\r\n", "\n") if lines else _BREAKS.sub(" ", shown)
    shown = _ESCAPED.sub(_escape, shown)
    return _FLOOD.sub(r"\1", shown)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


_URL = re.compile(r"https?://[^\s\"'<>]+", re.I)
_QUERY = re.compile(r"(?<=[\w/])\?[\w.~%-]+=[^\s\"'<>]*")  # of an address without its host
_KEY = re.compile(r"\b(?:sk-|inf_)[A-Za-z0-9_-]{8,}|(?i:bearer)\s+[A-Za-z0-9._~+/-]{8,}=*")


_GRANT = re.compile(r"sig|token|key|secret|credential|password|access|policy|auth|expires", re.I)


def redact(text: str, secrets: Iterable[str | None] = ()) -> str:
    """`text` without the given secrets, without anything shaped like a key, and without URL queries."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "•••")
    return _QUERY.sub("?…", _URL.sub(lambda found: bare_url(found[0]), _KEY.sub("•••", text)))


def bare_url(url: str) -> str:
    """An address without its query, fragment and password: those can grant access.

    >>> bare_url("https://u:p@storage.example/clip.mp4?X-Signature=abc")
    'https://storage.example/clip.mp4?…'
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(an address)"
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))


def grants_access(url: str) -> bool:
    """Whether an address holds what lets its reader in: a password, or a query that looks signed.

    >>> grants_access("https://storage.example/a.png?width=200")
    False
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.password is not None or any(_GRANT.search(name) for name, _ in parse_qsl(parts.query))


def without_grants(value: Any) -> Any:
    """A JSON value with the bare address in place of each that grants access.

    >>> without_grants({"ref": ["https://storage.example/a.png?sig=abc"]})
    {'ref': ['https://storage.example/a.png?…']}
    """
    if isinstance(value, Mapping):
        return {name: without_grants(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_grants(each) for each in value]
    is_url = isinstance(value, str) and value.lower().startswith(("http://", "https://"))
    return bare_url(value) if is_url and grants_access(value) else value


def was_cut(value: Any) -> bool:
    """Whether a JSON value has come through `without_grants` and lost something by it."""
    if isinstance(value, Mapping):
        return any(map(was_cut, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(was_cut, value))
    return isinstance(value, str) and value.lower().startswith(("http://", "https://")) and value.endswith("?…")
