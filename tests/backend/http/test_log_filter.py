from __future__ import annotations

import logging
import threading

import pytest

from videogen_nb.backend.http.log_filter import SecretFilter

LINK = "https://storage.example/a.mp4?X-Goog-Signature=0a1b2c3d"


def test_our_requests_leave_no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """What the library logs of them loses links' queries, the key and cookies; other threads' records stay."""
    caplog.set_level(logging.DEBUG)
    log_filter = SecretFilter("plainly-a-passphrase")
    library = logging.getLogger("httpx2")
    library.info("GET %s with %s", LINK, "plainly-a-passphrase")
    logging.getLogger("httpcore2.http11").debug("%r", [(b"Set-Cookie", b"session=4711"), (b"X-Amz-Id-2", b"s3cr3t")])
    other = threading.Thread(target=library.info, args=["GET %s", "https://theirs.example/?q=1"])
    other.start()
    other.join()
    log_filter.end()
    library.info("GET %s", "https://later.example/?q=2")
    assert "/a.mp4?…" in caplog.text
    assert "Set-Cookie" in caplog.text
    for secret in ("0a1b2c3d", "passphrase", "4711", "s3cr3t"):
        assert secret not in caplog.text
    assert "theirs.example/?q=1" in caplog.text
    assert "later.example/?q=2" in caplog.text
