"""Keep our own copy of each local picture, so that its request can be sent again after the original moved."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from videogen_nb.core.image import SUFFIXES, ImageRef, read_image
from videogen_nb.errors import RequestError
from videogen_nb.storage import atomic

__all__ = ["load_image"]


def load_image(value: Any, store: Path) -> ImageRef:
    """The reference of a picture in any form that `read_image` takes, or of one at a URL.

    Args:
        value: The picture.
        store: Folder for our copy of a local picture, which is named by its hash.

    Raises:
        RequestError: It is not a picture, can't be read or kept, or is above 20 MB.
    """
    if isinstance(value, ImageRef):
        return value
    if isinstance(value, str) and re.match(r"https?://", value, re.I):
        return ImageRef(url=value)
    data, media_type = read_image(value)
    digest = hashlib.sha256(data).hexdigest()
    path = store / f"{digest[:32]}{SUFFIXES[media_type]}"
    try:
        if not path.exists():
            store.mkdir(parents=True, exist_ok=True)
            atomic.write(path, data)
    except OSError as error:
        raise RequestError(f"The image can't be kept in {store}: {error.strerror}. Nothing was sent.") from None
    return ImageRef(path=path, sha256=digest, media_type=media_type)
