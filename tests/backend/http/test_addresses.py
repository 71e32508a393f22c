from __future__ import annotations

import pytest

from videogen_nb.backend.http.addresses import forbidden


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.170.2",
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "169.254.43518",
        "fe80::1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "100.100.100.200",
        "metadata.google.internal",
        "METADATA.google.internal.",
    ],
)
def test_where_machines_keep_their_credentials(host: str) -> None:
    """In every spelling that a resolver reads."""
    assert forbidden(host)


@pytest.mark.parametrize("host", [None, "", "storage.example", "127.0.0.1", "10.0.0.7", "::1", "169.example", "1a.b"])
def test_everywhere_else(host: str | None) -> None:
    """Private addresses too: people run gateways at home."""
    assert not forbidden(host)
