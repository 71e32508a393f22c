"""What the HTTP library writes to the log about our requests: signed links and keys do not belong there."""

from __future__ import annotations

import logging
import re
import threading

from videogen_nb.text import redact

__all__ = ["SecretFilter"]

_HEADER = re.compile(r"(b'(?:set-cookie|www-authenticate|x-amz-[\w-]+|x-goog-[\w-]+)', b)'[^']*'", re.I)
_LOGGERS = ("httpx2", *(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))


class SecretFilter(logging.Filter):
    """Takes secrets out of the library's records about this thread's requests, until `end`.

    Records of other threads, which are other people's requests, are left alone.

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
