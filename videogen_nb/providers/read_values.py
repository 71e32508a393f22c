"""Tolerant readers of single values: status words, numbers, URLs, nested JSON.

Gateways disagree with their own documentation and with each other, so nothing here raises: what can't be read is None,
and an unknown status word means that the job has not ended.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from videogen_nb.core.data_uri import is_data_uri
from videogen_nb.core.request import Size
from videogen_nb.errors import RequestError
from videogen_nb.providers.wire import RemoteStatus, Reply

__all__ = [
    "address",
    "identity",
    "layers",
    "normal_word",
    "number",
    "objects",
    "position",
    "progress",
    "retry_after",
    "size",
    "status",
]

MAX_RETRY_AFTER = 3600.0  # seconds

_STATUS: dict[RemoteStatus, str] = {
    "queued": "queued queueing in_queue pending submitted created preparing starting not_start notstarted unknown",
    "running": "processing in_progress running generating",
    "succeeded": "succeeded succeed success completed complete done finished",
    "failed": "failed fail failure error rejected interrupted timeout timed_out",
    "cancelled": "cancelled canceled deleted",
    "expired": "expired",
}
_WORDS: dict[str, RemoteStatus] = {word: status for status, words in _STATUS.items() for word in words.split()}


def normal_word(value: Any) -> str:
    """A provider's word in one spelling: ``"In-Progress "`` becomes ``"in_progress"``; "" if it is no text."""
    return value.strip().lower().replace("-", "_").replace(" ", "_") if isinstance(value, str) else ""


def status(word: Any) -> RemoteStatus:
    """The canonical status; ``"queued"`` if the word is empty, missing or unknown."""
    return _WORDS.get(normal_word(word), "queued")


def number(value: Any) -> float | None:
    """A finite number, also from text such as ``"3.4"``; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    with suppress(ValueError, OverflowError):
        read = float(value)
        return read if math.isfinite(read) else None
    return None


def progress(value: Any) -> float | None:
    """Progress as 0 to 1, from ``42``, ``"42%"``, ``"42"``, ``42.5`` or ``0.42``; None if it can't be read.

    Every known API states whole numbers in per cent, so ``1`` is read as 0.01. So is ``1.0``: shown progress never
    falls, so a bar that is full too early would stay full, while one that lags catches up at the end.
    """
    text = value.strip() if isinstance(value, str) else ""
    read = number(text.removesuffix("%")) if text else number(value)
    if read is None:
        return None
    fraction = (isinstance(value, float) or "." in text) and not text.endswith("%") and 0 <= read < 1
    return min(1.0, max(0.0, read if fraction else read / 100))


def position(value: Any) -> int | None:
    """A position in a queue, 0 is next; None if it can't be read."""
    read = number(value)
    return int(read) if read is not None and read >= 0 else None


def size(value: Any) -> Size | None:
    """The size in ``"1280x720"`` or in an object with `width` and `height`; None for other text, such as ``"720p"``."""
    if isinstance(value, Mapping):
        edges = number(value.get("width")), number(value.get("height"))
        value = [int(edge) for edge in edges if edge]
    if value is None:  # as in every status of a running job: cheaper than an exception
        return None
    try:
        return Size.parse(value)
    except RequestError:
        return None


def identity(*values: Any) -> str | None:
    """The first value that can be an id: printable text that is not blank, or a whole number."""
    for value in values:
        if isinstance(value, str) and value.strip() and value.strip().isprintable():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def address(value: Any) -> str | None:
    """A value that can be the URL of a clip: http(s), an absolute path at the provider, or a data URI.

    None for anything else: fields that hold a URL on success hold an error message on failure.
    """
    if not isinstance(value, str):
        return None
    text = value.strip()
    if is_data_uri(text):
        return text if text.isascii() else None
    rooted = text.startswith("/") and not text.startswith("//")
    if not rooted and not text[:8].lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  # reading it raises if it is invalid
    except ValueError:
        return None
    if not rooted and not parts.hostname:
        return None
    return text if text.isprintable() and " " not in text else None


def layers(body: Any) -> Iterator[dict[str, Any]]:
    """The object, then the objects nested in its `data`, outermost first."""
    for _ in range(4):
        if isinstance(body, list) and body:
            body = body[0]
        if not isinstance(body, dict):
            return
        yield body
        body = body.get("data")


def objects(value: Any, *names: str) -> list[dict[str, Any]]:
    """The objects in a list, which is the value itself or stands under one of these names."""
    if isinstance(value, Mapping):
        value = next((value[name] for name in names if isinstance(value.get(name), list)), None)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, Sequence) else []


def retry_after(reply: Reply) -> float | None:
    """Seconds to wait by ``Retry-After``, a number or a date; at most an hour. None if it is missing or invalid."""
    raw = reply.headers.get("retry-after", "").strip()
    seconds = number(raw)
    if seconds is None:
        until = _date(raw)
        if until is None:
            return None
        # The provider's clock and ours may differ, so its date is compared with its own.
        seconds = (until - (_date(reply.headers.get("date", "")) or datetime.now(UTC))).total_seconds()
    return min(MAX_RETRY_AFTER, max(0.0, seconds))


def _date(text: str) -> datetime | None:
    with suppress(ValueError, TypeError, IndexError):
        read = parsedate_to_datetime(text)
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    return None
