from __future__ import annotations

from typing import Any

import pytest

from tests.providers.answers import handle
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import UnsupportedOptionError
from videogen_nb.providers.local import Local

LOCAL = Local()


def submit(**options: Any) -> dict[str, Any]:
    spec = LOCAL.find_model("veo-3-1-fast")
    assert spec is not None
    request = VideoRequest("a boat", **options)
    LOCAL.check(request, spec)
    call = LOCAL.submit_call(request, spec)
    assert (call.method, call.path) == ("POST", "/v1/videos")
    sent = dict(call.json or {})
    assert (sent.pop("model"), sent.pop("prompt")) == ("veo-3-1-fast", "a boat")
    return sent


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {"seconds": "4", "size": "1280x720"}),
        ({"duration": 0.5, "size": "64x64", "fps": 2}, {"seconds": "0.5", "size": "64x64", "fps": 2}),
        ({"resolution": "1080p"}, {"seconds": "4", "size": "1920x1080"}),
        ({"resolution": "480p", "aspect_ratio": "9:16"}, {"seconds": "4", "size": "480x854"}),
        ({"seed": 3, "count": 4}, {"seconds": "4", "size": "1280x720", "seed": 3, "n": 4}),
        ({"user": "me", "person_generation": "allow_all"}, {"seconds": "4", "size": "1280x720"}),
        ({"params": {"camera": "pan"}}, {"seconds": "4", "size": "1280x720", "camera": "pan"}),
    ],
)
def test_what_is_sent(options: dict[str, Any], sent: dict[str, Any]) -> None:
    """Size and length are always said; what a preview has no use for is taken and left out."""
    assert submit(**options) == sent


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"duration": 61}, "60 s"),
        ({"duration": 0.05}, "0.1 s"),
        ({"count": 5}, "1, 2, 3, 4"),
        ({"fps": 61}, "up to 60"),
        ({"size": "641x360"}, "even"),
        ({"size": "640x361"}, "even"),
        ({"size": "62x64"}, "64"),
        ({"size": "1922x64"}, "1920"),
        ({"size": "1920x1200"}, "1920x1080"),
        ({"resolution": "4k"}, "1920x1080"),
        ({"resolution": "1080p", "aspect_ratio": "21:9"}, "1920"),
    ],
)
def test_what_it_can_not_render_is_refused(options: dict[str, Any], words: str) -> None:
    """A limit of the renderer is told before anything is sent."""
    with pytest.raises(UnsupportedOptionError, match=words):
        submit(**options)


@pytest.mark.parametrize("size", ["1920x1080", "1080x1920", "64x64", "1440x1440"])
def test_the_largest_and_smallest_sizes(size: str) -> None:
    """Both ways round, up to the area of 1920x1080."""
    assert submit(size=size)["size"] == size


def test_a_job_is_really_stopped() -> None:
    """This provider can cancel, unlike the others."""
    call = LOCAL.cancel_call(handle("t/1"))
    assert call is not None
    assert (call.method, call.path, LOCAL.cancels) == ("DELETE", "/v1/videos/t%2F1", True)
