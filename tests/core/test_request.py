from __future__ import annotations

import dataclasses
import json
import pickle
from typing import Any

import numpy as np
import pytest

from videogen_nb.core.image import ImageRef
from videogen_nb.core.request import AspectRatio, Size, VideoRequest
from videogen_nb.errors import RequestError


@pytest.mark.parametrize("given", ["1280x720", " 1280 × 720 ", "1280*720", "1280X720", (1280, 720), [1280, 720]])
def test_a_size_is_read_in_every_usual_form(given: Any) -> None:
    """Text with any sign between the edges, or a pair of whole numbers."""
    assert Size.parse(given) == Size(1280, 720)
    assert str(Size.parse(given)) == "1280x720"


@pytest.mark.parametrize(
    "given", ["", "720p", "1280x", "x720", "0x720", "-1x720", "1280x720x3", (1280,), (1.5, 2), 720]
)
def test_what_is_no_size_is_refused(given: Any) -> None:
    """Anything else is an error that shows what was given."""
    with pytest.raises(RequestError, match="Nothing was sent"):
        Size.parse(given)


@pytest.mark.parametrize("given", ["", "16", "16:0", "0:9", "16:9:4", "a:b", 1.78, (16, 9)])
def test_what_is_no_ratio_is_refused(given: Any) -> None:
    """A ratio is two whole numbers above zero."""
    with pytest.raises(RequestError, match="16:9"):
        AspectRatio.parse(given)


def test_a_ratio_is_in_lowest_terms() -> None:
    """1920x1080 and 1280x720 are one ratio."""
    assert str(AspectRatio.of(Size(1920, 1080))) == str(AspectRatio.of(Size(1280, 720))) == "16:9"
    assert str(AspectRatio.parse("16/9")) == "16:9"


GOOD: list[tuple[str, Any, Any]] = [
    ("duration", 4, 4),
    ("duration", 4.0, 4),
    ("duration", 0.5, 0.5),
    ("duration", np.float32(2.5), 2.5),
    ("duration", np.int64(4), 4),
    ("fps", 24, 24),
    ("fps", 24.0, 24),
    ("seed", 0, 0),
    ("seed", 2**32 - 1, 2**32 - 1),
    ("seed", np.int64(7), 7),
    ("seed", np.uint8(7), 7),
    ("count", 16, 16),
    ("resolution", "720p", "720p"),
    ("resolution", " 1080P ", "1080p"),
    ("resolution", 720, "720p"),
    ("resolution", "4K", "4k"),
    ("aspect_ratio", " 16 : 9 ", "16:9"),
    ("size", "640x360", Size(640, 360)),
    ("params", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
]


@pytest.mark.parametrize(("name", "given", "kept"), GOOD)
def test_a_good_value_is_kept_in_one_form(name: str, given: Any, kept: Any) -> None:
    """Numbers of any kind come out as plain ones that JSON can hold, text without its blanks."""
    request = VideoRequest("x", **{name: given})
    assert getattr(request, name) == kept
    assert json.loads(json.dumps(request.to_json()))[name] == (str(kept) if isinstance(kept, Size) else kept)


BAD: list[tuple[str, Any]] = [
    ("prompt", ""),
    ("prompt", " \n\t "),
    ("prompt", None),
    ("prompt", 7),
    ("model", ""),
    ("model", 7),
    ("provider", " "),
    ("negative_prompt", ""),
    ("user", 3),
    ("duration", 0),
    ("duration", -1),
    ("duration", "4"),
    ("duration", True),
    ("duration", float("nan")),
    ("duration", float("inf")),
    ("duration", 86_401),
    ("fps", 0),
    ("fps", 23.976),
    ("fps", 241),
    ("seed", -1),
    ("seed", 2**32),
    ("seed", True),
    ("seed", "7"),
    ("seed", 1.5),
    ("seed", 10**400),
    ("seed", float("inf")),
    ("count", 0),
    ("count", 17),
    ("resolution", "big"),
    ("resolution", "720px"),
    ("resolution", "12345p"),
    ("aspect_ratio", "wide"),
    ("size", "720"),
    ("params", {"a": object()}),
    ("params", {"a": float("nan")}),
    ("params", {"": 1}),
    ("params", {1: 1}),
    ("params", ["a"]),
]


@pytest.mark.parametrize(("name", "given"), BAD)
def test_a_bad_value_is_refused_in_one_line(name: str, given: Any) -> None:
    """The error is one line and says that nothing was sent."""
    with pytest.raises(RequestError, match="Nothing was sent") as caught:
        VideoRequest(**{"prompt": "x", name: given})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("other", [{"resolution": "720p"}, {"aspect_ratio": "16:9"}])
def test_a_size_can_not_be_said_twice(other: dict[str, str]) -> None:
    """Size together with resolution or ratio could disagree."""
    with pytest.raises(RequestError, match="either size"):
        VideoRequest("x", size="1280x720", **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, (1280, 720)),
        ({"size": "641x359"}, (641, 359)),
        ({"resolution": "1080p"}, (1920, 1080)),
        ({"resolution": "4k"}, (3840, 2160)),
        ({"aspect_ratio": "9:16"}, (720, 1280)),
        ({"aspect_ratio": "1:1"}, (720, 720)),
        ({"resolution": "480p", "aspect_ratio": "16:9"}, (854, 480)),
        ({"resolution": "720p", "aspect_ratio": "21:9"}, (1680, 720)),
    ],
)
def test_the_size_in_pixels(options: dict[str, Any], size: tuple[int, int]) -> None:
    """Resolution is the shorter edge, the ratio makes the longer one, both even; what is open is 720p, 16:9."""
    assert VideoRequest("x", **options).pixel_size() == size


def test_json_both_ways() -> None:
    """Every field survives, and what was not given is not written."""
    full = VideoRequest(
        "ein Boot 🚤",
        model="m",
        provider="infery",
        duration=2.5,
        resolution="720p",
        aspect_ratio="9:16",
        fps=24,
        seed=0,
        count=2,
        negative_prompt="fog",
        person_generation="dont_allow",
        user="u",
        image=ImageRef(url="https://e.org/a.png"),
        params={"style": "ink"},
    )
    assert VideoRequest.from_json(json.loads(json.dumps(full.to_json()))) == full
    assert VideoRequest("x").to_json() == {"prompt": "x"}


def test_json_with_a_field_of_the_future_is_refused() -> None:
    """What can't be understood is not dropped silently."""
    with pytest.raises(RequestError, match="lens"):
        VideoRequest.from_json({"prompt": "x", "lens": "wide"})


def test_a_request_can_be_a_key_and_can_be_pickled() -> None:
    """Equal requests are one key, also after a trip through another process."""
    made = VideoRequest("a boat", size=Size(1280, 720), params={"camera": {"type": "pan"}})
    back = pickle.loads(pickle.dumps(made))
    assert back == made
    assert {made: 1}[back] == 1
    assert len({made, back, VideoRequest("a boat")}) == 2


def test_equal_requests_have_one_digest() -> None:
    """However a value was spelt, and in whatever order the params came."""
    one = VideoRequest("x", duration=4.0, size="640x360", params={"a": 1, "b": 2})  # type: ignore[arg-type]
    two = VideoRequest("x", duration=4, size=(640, 360), params={"b": 2, "a": 1})  # type: ignore[arg-type]
    assert one.digest() == two.digest()
    assert one.digest() != VideoRequest("y", duration=4, size=Size(640, 360)).digest()


def test_a_request_can_not_be_changed() -> None:
    """Neither a field nor an entry of its params."""
    mine = {"a": 1}
    request = VideoRequest("x", params=mine)
    mine["a"] = 2
    assert request.params["a"] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.prompt = "y"  # type: ignore[misc]
    with pytest.raises(TypeError):
        request.params["a"] = 3  # type: ignore[index]
