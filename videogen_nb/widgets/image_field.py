"""The field of a picture in the form: dropped, pasted, picked, or named by its path or address."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets
import traitlets

from videogen_nb import config
from videogen_nb.backend.session import read_picture
from videogen_nb.core.data_uri import write_data_uri
from videogen_nb.core.image import ImageRef
from videogen_nb.core.job import Job
from videogen_nb.core.option_kinds import IMAGE
from videogen_nb.errors import RequestError, VideogenError
from videogen_nb.storage.images import load_image
from videogen_nb.text import bare_url, grants_access
from videogen_nb.views.bundles import bundle
from videogen_nb.widgets._background import run_in_background
from videogen_nb.widgets._base import Base
from videogen_nb.widgets.form_field import Field

__all__ = ["ImageField", "Picture"]

_NOTHING = {"name": None, "thumb": None, "width": None, "height": None, "error": None}
_THUMB = 320  # pixels of the longer edge


class Picture(Base):
    """The area that a picture is dropped on, with its thumbnail.

    Attributes:
        image: What is shown, as ``js/src/protocol/image.ts`` describes `ImageView`.
        given: The last picture from the page, as (name, reference); None after it was cleared.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    image = traitlets.Dict().tag(sync=True)
    given = traitlets.Any(None)
    handlers: ClassVar[Mapping[str, str]] = {"give": "_give", "clear": "_clear"}

    def __init__(self) -> None:
        super().__init__(_esm=bundle("image.js"), _css=bundle("image.css"), image=_NOTHING)

    def show(self, name: str | None, reference: ImageRef | None = None, error: str | None = None) -> None:
        """Show a picture's name, and its thumbnail unless it is a link.

        Raises:
            RequestError: It can't be decoded.
        """
        thumbnail = _thumbnail(reference.read()) if reference and reference.path else {}
        self.image = {**_NOTHING, "name": name, "error": error, **thumbnail}

    # -- from the page; a handler may run in a subshell's thread, so it only posts to the loop --

    def _give(self, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        name = Path(str(content.get("name") or "picture")).name
        if buffers:
            data = bytes(buffers[0])
            run_in_background(lambda: self._take(name, data))

    def _clear(self, *_: Any) -> None:
        run_in_background(self._drop)

    def _drop(self) -> None:
        self.show(None)
        self.given = None

    def _take(self, name: str, data: bytes) -> None:
        # Cleared first: the page is only sent traits that change, and the same error may come twice.
        self.image = {**self.image, "error": None}
        try:
            reference = load_image(data, config.home() / "images")
            self.show(name, reference)
        except RequestError as error:
            self.image = {**self.image, "error": str(error)}
        else:
            self.given = name, reference


class ImageField(Field):
    """The field of an option that takes a picture: an area to drop it on, and a text for a path or an address.

    Attributes:
        value: The picture in any form that `videogen_nb.generate` takes; None without one.
        picture: The area.
    """

    def __init__(self, name: str, text: str, *, hint: str = "") -> None:
        self.picture = Picture()
        super().__init__(name, text, kind=IMAGE, hint=hint)
        self.children = [self._row, self.picture, self._complaint]
        self.picture.observe(self._given, "given")

    @property
    def source(self) -> Any:
        """The value as a cell or a program can name it: a path, or an address without its signature."""
        if isinstance(self.value, str):
            return bare_url(self.value) if grants_access(self.value) else self.value
        reference = self.reference()
        return None if reference is None else str(reference.path or reference.url)

    def reference(self) -> ImageRef | None:
        """The picture in the form that a request holds.

        Raises:
            RequestError: It is not a picture, or can't be read.
        """
        return None if self.value is None else read_picture(self.value, self.name)

    def close(self) -> None:
        """Close the field and its area."""
        self.picture.layout.close()
        self.picture.close()
        super().close()

    def _draw(self, change: Any = None) -> None:
        with self._quietly():
            text = str(self.value) if isinstance(self.value, (str, Path)) else ""
            text = bare_url(text) if grants_access(text) else text
            control = self._control("text", ipywidgets.Text, continuous_update=False)
            control.placeholder = self._hint
            control.value = text
            self._row.children, self.control = [control], control
        given = self.picture.given
        if change is None or change["name"] != "value" or (given and given[1] is self.value):
            return
        name = Path(text).name if text else f"job {self.value.id}" if isinstance(self.value, Job) else None
        try:
            self.picture.show(name or (None if self.value is None else "picture"), self.reference())
        except (VideogenError, OSError):  # the request's own check shows the error beside the field
            self.picture.show(None)

    def _given(self, change: Any) -> None:
        """Take the picture from the page, which shows its name and thumbnail already."""
        self.error = ""
        self.value = change["new"][1] if change["new"] else None


def _thumbnail(data: bytes) -> dict[str, Any]:
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
            small = ImageOps.exif_transpose(picture).convert("RGB")
        small.thumbnail((_THUMB, _THUMB))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RequestError(f"The image can't be read: {error}. Nothing was sent.", option="image") from None
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=80)
    return {"thumb": write_data_uri(buffer.getvalue(), "image/webp"), "width": width, "height": height}
