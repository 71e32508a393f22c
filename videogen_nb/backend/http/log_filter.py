"""Keep signed links and keys out of the log records that the HTTP library writes about our requests."""

from __future__ import annotations

import logging
import re
import threading

from videogen_nb.text import redact

__all__ = ["SecretFilter"]

_HEADER = re.compile(r"(b'(?:set-cookie|www-authenticate|x-amz-[\w-]+|x-goog-[\w-]+)', b)'[^']*'", re.I)
_LOGGERS = ("httpx2", *(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))


class SecretFilter(logging.Filter):
    """Removes secrets from the library's log records about this thread's requests, until `end` is called.

    Records of other threads are left alone, since they are about other people's requests.

    Args:
        key: The key in use.
    """

    def __init__(self, key: str | None) -> None:
        super().__init__()
        self._key = key
        self._thread = threading.get_ident()
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread == self._thread:
            record.msg, record.args = _HEADER.sub(r"\1'•••'", redact(record.getMessage(), [self._key])), ()
        return True

    def end(self) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)
