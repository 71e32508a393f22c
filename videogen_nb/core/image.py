"""The picture that an image-to-video request starts from, in any form that a notebook has it."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from videogen_nb.core.data_uri import is_data_uri, read_data_uri, write_data_uri
from videogen_nb.errors import RequestError
from videogen_nb.text import without_grants

__all__ = ["MAX_BYTES", "SUFFIXES", "ImageRef", "read_image"]

_MAGIC = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}
MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, repr=False)
class ImageRef:
    """A reference to a picture: a URL, or a copy in VIDEOGEN_HOME that is named by its hash.

    Attributes:
        url: An http(s) address that the provider itself fetches; None for a local picture.
        path: Our copy, so that the request can be repeated after the original moved.
        sha256: Hash of the copy's bytes, in hex.
        media_type: Such as ``"image/png"``.
    """

    url: str | None = None
    path: Path | None = None
    sha256: str | None = None
    media_type: str | None = None

    def read(self) -> bytes:
        """The bytes of a local picture.

        Raises:
            RequestError: The copy is gone or was changed, or the reference is a URL.
        """
        if self.path is None:
            raise RequestError(f"The image {self.url} is a link, so its bytes can't be read. Nothing was sent.")
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise RequestError(f"The image {self.path} can't be read: {error.strerror}. Nothing was sent.") from None
        if self.sha256 and hashlib.sha256(data).hexdigest() != self.sha256:
            raise RequestError(f"The image {self.path} was changed since it was stored. Nothing was sent.")
        return data

    def base64(self) -> str:
        return base64.b64encode(self.read()).decode("ascii")

    def data_uri(self) -> str:
        return write_data_uri(self.read(), self.media_type or "application/octet-stream")

    def to_json(self) -> dict[str, str]:
        """For the journal, and for files that reach other people: a signed link loses its signature."""
        values = {
            "url": without_grants(self.url),
            "path": self.path,
            "sha256": self.sha256,
            "media_type": self.media_type,
        }
        return {name: str(value) for name, value in values.items() if value is not None}

    def __repr__(self) -> str:
        return f"ImageRef({', '.join(f'{name}={value!r}' for name, value in self.to_json().items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_json, (self.to_json(),)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        path = data.get("path")
        return cls(data.get("url"), Path(path) if path else None, data.get("sha256"), data.get("media_type"))


def read_image(value: Any) -> tuple[bytes, str]:
    """The bytes and the media type of a picture.

    Args:
        value: A path, a data URI, bytes, a PIL image or an array of shape ``(height, width, 3 or 4)`` or
            ``(height, width)``, uint8 0 to 255 or float 0 to 1, sRGB, top row first.

    Raises:
        RequestError: It is not a picture, can't be read, or is above 20 MB.
    """
    if isinstance(value, str) and is_data_uri(value):
        data = _from_data_uri(value)
    elif isinstance(value, (str, os.PathLike)):
        data = _from_path(Path(value).expanduser())
    elif isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
    else:
        data = _encode(value)
    media_type = _media_type(data)
    if media_type is None:
        raise RequestError("The image is not a PNG, JPEG, WebP or GIF picture. Nothing was sent.")
    if len(data) > MAX_BYTES:
        raise RequestError(f"The image has {len(data) / 1e6:.1f} MB; the most is 20 MB. Nothing was sent.")
    return data, media_type


def _from_path(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RequestError(f"The image {path} is larger than 20 MB. Nothing was sent.")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a character that no path may have
        reason = getattr(error, "strerror", None) or error
        raise RequestError(f"The image {str(path)!r} can't be read: {reason}. Nothing was sent.") from None


def _from_data_uri(uri: str) -> bytes:
    try:
        media_type, data = read_data_uri(uri)
    except ValueError:
        raise RequestError("The image's data URI does not hold valid base64. Nothing was sent.") from None
    if not media_type.startswith("image/"):
        raise RequestError(f"The image's data URI holds {media_type}, not a picture. Nothing was sent.")
    return data


def _encode(value: Any) -> bytes:
    """PNG bytes of a PIL image or of anything NumPy reads as pixels."""
    import numpy as np
    from PIL import Image

    if not isinstance(value, Image.Image):
        try:
            array = np.asarray(value)
        except ValueError:  # rows of different lengths
            array = np.empty(0)
        if array.ndim not in (2, 3) or not array.size or (array.ndim == 3 and array.shape[2] not in (3, 4)):
            raise RequestError(
                f"An image must be a path, a URL, bytes, a PIL image or an array of shape (height, width, 3), "
                f"not {type(value).__name__}{f' of shape {array.shape}' if array.ndim else ''}. Nothing was sent."
            )
        if array.dtype.kind == "f":
            array = np.clip(array * 255 + 0.5, 0, 255)
        elif array.dtype.kind not in "ui":
            raise RequestError(f"An image array must hold numbers, not {array.dtype}. Nothing was sent.")
        elif array.min() < 0 or array.max() > 255:
            span = f"{array.min()} to {array.max()}"
            raise RequestError(f"An image array of {array.dtype} must hold 0 to 255, not {span}. Nothing was sent.")
        value = Image.fromarray(np.ascontiguousarray(array.astype(np.uint8)))
    buffer = io.BytesIO()
    try:
        (value if value.mode in ("RGB", "RGBA", "L") else value.convert("RGB")).save(buffer, "PNG")
    except OSError as error:  # PIL reads the pixels of a file only when they are needed
        raise RequestError(f"The image can't be read: {error}. Nothing was sent.") from None
    return buffer.getvalue()


def _media_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)
