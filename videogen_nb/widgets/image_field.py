"""The reference picture of a form: dropped, pasted, picked, or named by path or address."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets
import traitlets

from videogen_nb import config
from videogen_nb.core.image import ImageRef
from videogen_nb.core.job import Job
from videogen_nb.errors import RequestError, VideogenError
from videogen_nb.storage.images import load_image
from videogen_nb.storage.posters import last_frame
from videogen_nb.text import bare_url, grants_access
from videogen_nb.views.bundles import bundle
from videogen_nb.widgets._background import run_in_background
from videogen_nb.widgets._base import Base
from videogen_nb.widgets.form_field import Field

__all__ = ["ImageField", "Picture"]

_NOTHING = {"name": None, "thumb": None, "width": None, "height": None, "error": None}
_THUMB = 320  # pixels of the longer edge


class Picture(Base):
    """A place for a picture, with its thumbnail.

    Attributes:
        image: What is shown, as ``js/src/protocol/image.ts`` describes `ImageView`.
        given: What was dropped, pasted or picked last, as (name, reference); None after it was cleared.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    image = traitlets.Dict().tag(sync=True)
    given = traitlets.Any(None)
    handlers: ClassVar[Mapping[str, str]] = {"give": "_give", "clear": "_clear"}

    def __init__(self) -> None:
        super().__init__(_esm=bundle("image.js"), _css=bundle("image.css"), image=_NOTHING)

    def show(self, name: str | None, reference: ImageRef | None = None, error: str | None = None) -> None:
        """Show a picture by its name and, where its bytes are here, its thumbnail.

        Raises:
            RequestError: It can't be decoded.
        """
        facts = _thumbnail(reference.read()) if reference and reference.path else {}
        self.image = {**_NOTHING, "name": name, "error": error, **facts}

    # -- from the page; a handler may run in a subshell's thread, and only hands on ------------

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
        # Told again in any case: of a trait that stays the same the page hears nothing.
        self.image = {**self.image, "error": None}
        try:
            reference = load_image(data, config.home() / "images")
            self.show(name, reference)
        except RequestError as error:
            self.image = {**self.image, "error": str(error)}
        else:
            self.given = name, reference


class ImageField(Field):
    """The field of the picture: a place for it, and a text for a path or an address.

    Attributes:
        value: The picture in any form that `videogen_nb.generate` takes; None without one.
        picture: The place.
    """

    def __init__(self) -> None:
        self.picture = Picture()
        super().__init__("image", "Image", hint="path or https://…")
        self.children = [self._row, self.picture, self._complaint]
        self.picture.observe(self._given, "given")

    @property
    def sendable(self) -> Any:
        """The value as a cell or a program can name it: a path or an address, without what grants access."""
        if isinstance(self.value, str):
            return bare_url(self.value) if grants_access(self.value) else self.value
        reference = self.reference()
        return None if reference is None else str(reference.path or reference.url)

    def reference(self) -> ImageRef | None:
        """The picture as a request holds it.

        Raises:
            RequestError: It is not a picture, or can't be read.
        """
        value = self.value
        if isinstance(value, Job):
            if value.path is None:
                raise RequestError(f"Job {value.id} has no clip yet to take a frame from.", option="image")
            value = last_frame(value.path)
        return None if value is None else load_image(value, config.home() / "images")

    def close(self) -> None:
        """Close it with its place."""
        self.picture.layout.close()
        self.picture.close()
        super().close()

    def _draw(self, change: Any = None) -> None:
        with self._quietly():
            named = self.value if isinstance(self.value, (str, Path)) else ""
            control = self._control("text", ipywidgets.Text, continuous_update=False)
            control.placeholder = self._hint
            named = bare_url(named) if isinstance(named, str) and grants_access(named) else str(named)
            control.value = named
            self._row.children, self.control = [control], control
        given = self.picture.given
        if change is None or change["name"] != "value" or (given and given[1] is self.value):
            return
        name = Path(named).name if named else f"job {self.value.id}" if isinstance(self.value, Job) else None
        try:
            self.picture.show(name or (None if self.value is None else "picture"), self.reference())
        except (VideogenError, OSError):  # the request's own check says so beside the field
            self.picture.show(None)

    def _given(self, change: Any) -> None:
        """Take what was dropped; its name and thumbnail stand there already."""
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
    thumb = f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
    return {"thumb": thumb, "width": width, "height": height}
