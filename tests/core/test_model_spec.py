from __future__ import annotations

from typing import Any

import pytest

from videogen_nb.core.image import ImageRef
from videogen_nb.core.model_spec import ModelSpec, Price, close_names, find
from videogen_nb.core.request import Size, VideoRequest
from videogen_nb.errors import UnsupportedOptionError

PICTURE = ImageRef(url="https://e.org/a.png")


@pytest.mark.parametrize(
    ("limits", "options"),
    [
        ({}, {"duration": 3600, "size": "8x8", "count": 16, "image": PICTURE, "resolution": None}),
        ({"durations": (4, 6, 8)}, {"duration": 6.0}),
        ({"min_duration": 2, "max_duration": 10}, {"duration": 2}),
        ({"min_duration": 2}, {"duration": 2.5}),
        ({"max_duration": 10}, {"duration": 10}),
        ({"resolutions": ("720p",), "aspect_ratios": ("16:9",)}, {"size": "1280x720"}),
        ({"resolutions": ("720p",), "aspect_ratios": ("16:9",)}, {"resolution": "720p", "aspect_ratio": "16:9"}),
        ({"sizes": (Size(1280, 720),)}, {"size": "1280x720"}),
        ({"max_count": 2}, {"count": 2}),
        ({"image": True, "image_required": True}, {"image": PICTURE}),
    ],
)
def test_what_is_within_the_limits_passes(limits: dict[str, Any], options: dict[str, Any]) -> None:
    """And what no limit is known of passes as well."""
    ModelSpec("m", "p", **limits).check(VideoRequest("x", **options))


@pytest.mark.parametrize(
    ("limits", "options", "option", "told"),
    [
        ({"durations": (4, 6)}, {"duration": 5}, "duration", "4 s, 6 s"),
        ({"min_duration": 2, "max_duration": 10}, {"duration": 1}, "duration", "2 s to 10 s"),
        ({"min_duration": 2}, {"duration": 1}, "duration", "2 s"),
        ({"max_duration": 10}, {"duration": 11}, "duration", "up to 10 s"),
        ({"resolutions": ("720p",)}, {"resolution": "4k"}, "resolution", "720p"),
        ({"aspect_ratios": ("16:9",)}, {"aspect_ratio": "1:1"}, "aspect_ratio", "16:9"),
        ({"resolutions": ("720p",), "aspect_ratios": ("16:9",)}, {"size": "720x720"}, "size", "720p at 16:9"),
        ({"resolutions": ("720p",)}, {"size": "640x360"}, "size", "720p"),
        ({"sizes": (Size(1280, 720),)}, {"size": "720x1280"}, "size", "1280x720"),
        ({"max_count": 2}, {"count": 3}, "count", "1, 2"),
        ({"image": False}, {"image": PICTURE}, "image", "text only"),
        ({"image_required": True}, {}, "image", "a path, a URL or a picture"),
    ],
)
def test_what_is_beyond_a_limit_is_refused(
    limits: dict[str, Any], options: dict[str, Any], option: str, told: str
) -> None:
    """The error names option and model, and what is accepted."""
    with pytest.raises(UnsupportedOptionError) as caught:
        ModelSpec("m", "p", **limits).check(VideoRequest("x", **options))
    assert caught.value.option == option
    assert told in str(caught.value)
    assert str(caught.value).startswith("m ")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("veo-3-1", "veo-3-1"),
        ("Veo 3.1", "veo-3-1"),
        ("VEO_3_1_FAST", "veo-3-1-fast"),
        ("veo-3.1", "veo-3.1"),
        ("veo", None),
        ("", None),
    ],
)
def test_a_model_is_found_as_people_type_it(typed: str, found: str | None) -> None:
    """Case and punctuation do not count, an exact id comes first, part of a name is no name."""
    specs = [ModelSpec(name, "p") for name in ("veo-3-1", "veo-3.1", "veo-3-1-fast")]
    spec = find(typed, specs)
    assert (spec.id if spec else None) == found


def test_close_names_are_offered_best_first() -> None:
    """A slip finds its name, nonsense finds nothing."""
    assert next(iter(close_names("veo-3-1-fsat", ["veo-3-1", "veo-3-1-fast", "wan-2-1"]))) == "veo-3-1-fast"
    assert list(close_names("zzz", ["veo-3-1"])) == []


def test_a_price_counts_clips_and_seconds() -> None:
    """Per clip or per second; unknown where the duration is open."""
    request = VideoRequest("x", duration=4, count=2)
    assert Price(80, "credits").of(request, None) == (160, "credits")
    assert Price(0.5, "USD", "second").of(request, None) == (4.0, "USD")
    assert Price(0.5, "USD", "second").of(VideoRequest("x"), 6) == (3.0, "USD")
    assert Price(0.5, "USD", "second").of(VideoRequest("x"), None) is None
