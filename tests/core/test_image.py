from __future__ import annotations

import base64
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from videogen_nb.core import image
from videogen_nb.core.image import ImageRef
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import RequestError
from videogen_nb.storage.images import load_image


def encoded(kind: str = "PNG", mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (6, 4), 128).save(buffer, kind)
    return buffer.getvalue()


def pixels(ref: ImageRef) -> np.ndarray[Any, Any]:
    assert ref.path is not None
    with Image.open(ref.path) as opened:
        return np.asarray(opened)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_a_file_is_kept_unchanged(tmp_path: Path, kind: str, media_type: str) -> None:
    """Our copy has the very bytes of the file, under their hash, with the type that its bytes say."""
    source = tmp_path / "a picture.dat"
    source.write_bytes(encoded(kind))
    for value in (source, str(source), source.read_bytes(), bytearray(source.read_bytes())):
        ref = load_image(value, tmp_path / "store")
        assert ref.read() == source.read_bytes()
        assert ref.media_type == media_type
        assert ref.path is not None
        assert ref.sha256 is not None
        assert ref.path.stem == ref.sha256[:32]
    source.unlink()
    assert ref.read()
    assert len(list((tmp_path / "store").iterdir())) == 1


def test_a_link_is_passed_on(tmp_path: Path) -> None:
    """The provider fetches it; nothing is read or kept here."""
    assert load_image("HTTPS://e.org/a.png", tmp_path / "s") == ImageRef(url="HTTPS://e.org/a.png")
    assert not (tmp_path / "s").exists()


def test_a_data_uri_is_decoded(tmp_path: Path) -> None:
    """And its copy can be written as one again."""
    uri = "data:image/png;base64," + base64.b64encode(encoded()).decode()
    assert load_image(uri, tmp_path).data_uri() == uri


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK", "1", "I;16"])
def test_a_pil_image_of_any_mode(tmp_path: Path, mode: str) -> None:
    """Becomes a PNG that every gateway can read."""
    made = Image.new("L", (6, 4), 1).convert(mode) if mode != "I;16" else Image.new("I;16", (6, 4), 1)
    ref = load_image(made, tmp_path)
    assert ref.media_type == "image/png"
    assert pixels(ref).shape[:2] == (4, 6)


@pytest.mark.parametrize(
    ("array", "first"),
    [
        (np.full((4, 6, 3), 200, np.uint8), [200, 200, 200]),
        (np.full((4, 6, 3), 200, np.int64), [200, 200, 200]),
        (np.full((4, 6, 4), 7, np.uint8), [7, 7, 7, 7]),
        (np.full((4, 6), 9, np.uint8), 9),
        (np.full((4, 6, 3), 0.5), [128, 128, 128]),
        (np.full((4, 6, 3), 1.7, np.float32), [255, 255, 255]),
        (np.zeros((4, 6, 3), np.uint8)[:, ::-1], [0, 0, 0]),
        ([[[1, 2, 3]]], [1, 2, 3]),
    ],
)
def test_an_array_of_pixels(tmp_path: Path, array: Any, first: Any) -> None:
    """uint8 0 to 255 and floats 0 to 1, in one, three or four channels, keep their values, top row first."""
    assert pixels(load_image(array, tmp_path))[0, 0].tolist() == first


@pytest.mark.parametrize(
    "value",
    [
        "missing.png",
        "",
        ".",
        "\0",
        b"",
        b"<svg/>",
        "data:text/plain,hello",
        "data:image/png;base64,***",
        object(),
        7,
        [[1], [1, 2]],
        np.zeros((2, 2, 2), np.uint8),
        np.zeros((2, 2, 3, 1), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
        np.array([["a", "b"]]),
        np.full((4, 6, 3), 40_000, np.uint16),
        np.full((4, 6, 3), -1, np.int16),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, value: Any) -> None:
    """In one line, before anything is sent; values that would wrap around are no picture either."""
    with pytest.raises(RequestError, match=r"Nothing was sent") as caught:
        load_image(value, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_broken_pil_image_is_refused(tmp_path: Path) -> None:
    """PIL reads pixels late, so a cut file shows only when it is encoded."""
    whole = encoded()
    with pytest.raises(RequestError, match="Nothing was sent"):
        load_image(Image.open(io.BytesIO(whole[:-30])), tmp_path)


def test_a_huge_picture_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is named."""
    monkeypatch.setattr(image, "MAX_BYTES", 10)
    source = tmp_path / "a.png"
    source.write_bytes(encoded())
    for value in (source, source.read_bytes()):
        with pytest.raises(RequestError, match="20 MB"):
            load_image(value, tmp_path)


def test_a_store_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """As one line that nothing was sent, not as an error of the file system."""
    (tmp_path / "store").write_text("a file is in the way")
    with pytest.raises(RequestError, match="Nothing was sent"):
        load_image(encoded(), tmp_path / "store")


def test_a_copy_that_is_gone_is_told(tmp_path: Path) -> None:
    """A retry after the store was emptied, or its file exchanged, says so."""
    ref = load_image(encoded(), tmp_path)
    assert ref.path is not None
    ref.path.write_bytes(encoded("JPEG"))
    with pytest.raises(RequestError, match="was changed since"):
        ref.base64()
    ref.path.unlink()
    with pytest.raises(RequestError, match="can't be read"):
        ref.base64()
    with pytest.raises(RequestError, match="is a link"):
        ImageRef(url="https://e.org/a.png").read()


def test_json_both_ways(tmp_path: Path) -> None:
    """The reference, not the bytes, is what the journal keeps."""
    for ref in (load_image(encoded(), tmp_path), ImageRef(url="https://e.org/a.png")):
        assert ImageRef.from_json(ref.to_json()) == ref


def test_a_signed_link_is_not_kept() -> None:
    """The journal gets the link without its grant; what is read back from there is refused before it is sent."""
    signed = ImageRef(url="https://storage.example/a.png?X-Amz-Signature=0a1b2c&w=2")
    for asked in (VideoRequest("x", image=signed), VideoRequest("x", params={"ref": [signed.url]})):
        asked.check_links()
        assert "0a1b2c" not in f"{asked.to_json()}{asked!r}{pickle.loads(pickle.dumps(asked))!r}"
        with pytest.raises(RequestError, match="was signed"):
            VideoRequest.from_json(asked.to_json()).check_links()
    plain = ImageRef(url="https://storage.example/a.png?width=200")
    assert ImageRef.from_json(plain.to_json()) == plain
