"""Taking secrets out of text that is shown, logged or kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

__all__ = ["bare_url", "grants_access", "redact", "was_cut", "without_grants"]

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
