"""The picture of a form: what is dropped, named or set."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.widgets.forms import until
from videogen_nb.widgets.image_field import Picture
from videogen_nb.widgets.panel import Panel

Make = Callable[..., Panel]


def png(width: int = 640, height: int = 360) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def place(form: Panel) -> Picture:
    """The panel's place for a picture."""
    found = form._form.parts["image"].picture
    assert isinstance(found, Picture)
    return found


def test_a_dropped_picture_is_shown_and_sent(panel: Make) -> None:
    """Its name, size and a small copy are shown; a cell names the copy that is kept."""
    form = panel("a boat")
    place(form)._dispatch(None, {"kind": "give", "name": "../boat.png"}, [memoryview(png())])
    until(form, lambda: form.image is not None)
    shown = place(form).image
    assert (shown["name"], shown["width"], shown["height"], shown["error"]) == ("boat.png", 640, 360, None)
    head, _, body = shown["thumb"].partition(",")
    assert head == "data:image/webp;base64"
    assert max(Image.open(io.BytesIO(base64.b64decode(body))).size) <= 320
    assert Path(form.cell().split("--image ")[1].split("\n")[0]).read_bytes() == png()
    place(form)._dispatch(None, {"kind": "clear"}, [])
    until(form, lambda: form.image is None)
    assert place(form).image["thumb"] is None


@pytest.mark.parametrize(
    ("data", "said"), [(b"GIF8 no", "can't be read"), (b"<svg/>", "not a PNG"), (png()[:200], "read")]
)
def test_what_is_no_picture_is_refused_beside_it(panel: Make, data: bytes, said: str) -> None:
    """The picture before stays."""
    form = panel("a boat", image=png())
    before = form.image
    place(form)._dispatch(None, {"kind": "give", "name": "x.png"}, [data])
    until(place(form), lambda: bool(place(form).image["error"]))
    assert said in place(form).image["error"]
    assert form.image is before
    assert place(form).image["thumb"]


def test_a_path_has_a_thumbnail_and_a_wrong_one_an_error(panel: Make, tmp_path: Path) -> None:
    """As soon as it is typed, in the field that it belongs to."""
    (tmp_path / "cat.png").write_bytes(png())
    form = panel("a boat")
    form.fields["image"].value = "cat.png"
    assert form.image == "cat.png"
    assert place(form).image["name"] == "cat.png"
    assert place(form).image["thumb"]
    form.fields["image"].value = "dog.png"
    until(form, lambda: "dog.png" in form.error)
    assert "dog.png" in form._form.parts["image"].error
    assert place(form).image["thumb"] is None


def test_a_signed_address_is_shown_bare(panel: Make) -> None:
    """What grants access is sent, and stands in no control and in no cell."""
    form = panel("a boat")
    form.fields["image"].value = "https://storage.example/a.png?X-Signature=secret"
    assert form.options()["image"].endswith("=secret")
    assert form.fields["image"].value == "https://storage.example/a.png?…"
    assert "secret" not in form.cell() + form.python() + str(place(form).image)


def test_the_same_bad_picture_is_told_of_again(panel: Make) -> None:
    """Of a trait that stays the same the page hears nothing, and a screen reader neither."""
    form = panel("a boat")
    told: list[str | None] = []
    place(form).observe(lambda change: told.append(change["new"]["error"]), "image")
    place(form)._dispatch(None, {"kind": "give", "name": "x.png"}, [b"GIF8 no"])
    until(place(form), lambda: [bool(each) for each in told] == [True])
    place(form)._dispatch(None, {"kind": "give", "name": "x.png"}, [b"GIF8 no"])
    until(place(form), lambda: [bool(each) for each in told] == [True, False, True])
