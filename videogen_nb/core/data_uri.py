"""The one reader and writer of data URIs (RFC 2397), by which posters, pictures and clips are put into text.

Pages and wires hold them, and a server may answer with one in place of a link. Readers that differ would refuse
what another accepts, so all of the package but the gateway, which stands alone, uses these three functions.
"""

from __future__ import annotations

import base64
from urllib.parse import unquote_to_bytes

__all__ = ["is_data_uri", "read_data_uri", "write_data_uri"]


def is_data_uri(text: str) -> bool:
    """Whether a text is a data URI; schemes are written in either case."""
    return text[:5].lower() == "data:"


def write_data_uri(data: bytes, media_type: str) -> str:
    """A data URI in base64.

    >>> write_data_uri(b"png", "image/png")
    'data:image/png;base64,cG5n'
    """
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def read_data_uri(uri: str) -> tuple[str, bytes]:
    """The media type and the bytes of a data URI in base64 or in percent-encoding.

    Raises:
        ValueError: It is no data URI, or it does not hold valid base64.

    >>> read_data_uri("data:image/png;base64,cG5n")
    ('image/png', b'png')
    """
    head, comma, body = uri.partition(",")
    if not is_data_uri(head) or not comma:
        raise ValueError("not a data URI")
    media_type, *parameters = (part.strip().lower() for part in head[5:].split(";"))
    data = unquote_to_bytes(body)
    if "base64" in parameters:
        data = base64.b64decode(b"".join(data.split()), validate=True)
    return media_type or "text/plain", data
