from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import videogen_nb
from tests.support.strategies import BOUNDED
from videogen_nb.core.data_uri import is_data_uri, read_data_uri, write_data_uri

PACKAGE = Path(videogen_nb.__file__).parent


@given(data=st.binary(), media_type=st.sampled_from(["image/png", "image/svg+xml", "video/mp4"]))
@BOUNDED
def test_any_bytes_are_read_back(data: bytes, media_type: str) -> None:
    """With their type."""
    uri = write_data_uri(data, media_type)
    assert is_data_uri(uri)
    assert read_data_uri(uri) == (media_type, data)


@pytest.mark.parametrize(
    ("uri", "media_type", "data"),
    [
        ("data:image/png;base64,cG5n", "image/png", b"png"),
        ("DATA:IMAGE/PNG;BASE64,cG5n", "image/png", b"png"),
        ("data:image/png;name=a.png;base64,cG5n", "image/png", b"png"),
        ("data:video/mp4;base64,\n  cG\r\n5n ", "video/mp4", b"png"),
        ("data:image/png;base64,cG5nIQ%3D%3D", "image/png", b"png!"),
        ("data:image/svg+xml,%3Csvg%20/%3E", "image/svg+xml", b"<svg />"),
        ("data:,a,b", "text/plain", b"a,b"),
        ("data:image/png;base64,", "image/png", b""),
    ],
)
def test_what_servers_and_people_write(uri: str, media_type: str, data: bytes) -> None:
    """Scheme and type in either case, blanks in the base64, percent-encoding with it or without it."""
    assert is_data_uri(uri)
    assert read_data_uri(uri) == (media_type, data)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "data:",
        "data:image/png;base64",
        "https://e.org/a.png?x=data:image/png;base64,cG5n",
        "data:image/png;base64,c",
        "data:image/png;base64,***",
        "data:image/png;base64,cG5né",
        "data.png",
        "/data:/a,b",
    ],
)
def test_what_is_no_data_uri_or_is_damaged(uri: str) -> None:
    """It is an error, and no other bytes."""
    with pytest.raises(ValueError, match=r"\w"):
        read_data_uri(uri)


def test_nothing_else_in_the_package_spells_one_out() -> None:
    """One reader and one writer, but for the gateway, which stands alone."""
    spelled = [
        path.relative_to(PACKAGE)
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] != "gateway" and ";base64," in path.read_text("utf-8")
    ]
    assert [*map(str, spelled)] == ["core/data_uri.py"]
