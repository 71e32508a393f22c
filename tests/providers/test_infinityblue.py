from __future__ import annotations

from typing import Any

import pytest

from tests.providers.answers import handle, reply
from videogen_nb.core.image import ImageRef
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import RequestError, UnsupportedOptionError
from videogen_nb.providers.infinityblue import InfinityBlue

BLUE = InfinityBlue()
IMAGE = ImageRef(url="https://x.example/a.png")
SEEDANCE, GROK, PREVIEW = "doubao-seedance-2-0-260128", "grok-imagine-video-720p", "grok-imagine-video-1.5-preview-480p"


def submit(model: str, **options: Any) -> tuple[str, dict[str, Any]]:
    """Path and body of a request that was checked, without model and prompt."""
    spec = BLUE.find_model(model)
    assert spec is not None
    request = VideoRequest("a boat", **options)
    BLUE.check(request, spec)
    call = BLUE.submit_call(request, spec)
    sent = dict(call.json or {})
    assert (sent.pop("model"), sent.pop("prompt")) == (spec.id, "a boat")
    return call.path, sent


def shaped(width: int, height: int, ratio: str, **metadata: Any) -> dict[str, Any]:
    return {
        "width": width,
        "height": height,
        "size": f"{width}x{height}",
        "metadata": {"aspect_ratio": ratio, "aspectRatio": ratio, **metadata},
    }


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {}),
        ({"duration": 5}, {"duration": 5, "seconds": "5", "metadata": {"durationSeconds": 5}}),
        ({"duration": 5.0}, {"duration": 5, "seconds": "5", "metadata": {"durationSeconds": 5}}),
        ({"size": "1280x720"}, shaped(1280, 720, "16:9", resolution="720p")),
        ({"size": "854x480"}, shaped(854, 480, "16:9", resolution="480p")),
        ({"size": "1000x600"}, shaped(1000, 600, "5:3")),
        ({"resolution": "1080p"}, shaped(1920, 1080, "16:9", resolution="1080p")),
        ({"aspect_ratio": "9:16"}, shaped(720, 1280, "9:16")),
        ({"resolution": "480p", "aspect_ratio": "1:1"}, shaped(480, 480, "1:1", resolution="480p")),
        ({"fps": 24, "seed": 7, "user": "me"}, {"fps": 24, "seed": 7, "user": "me"}),
        ({"negative_prompt": "rain"}, {"metadata": {"negative_prompt": "rain", "negativePrompt": "rain"}}),
        ({"person_generation": "allow_adult"}, {"metadata": {"personGeneration": "allow_adult"}}),
        ({"image": IMAGE}, {"image": "https://x.example/a.png"}),
        ({"params": {"cfg_scale": 0.5, "style": "film"}}, {"metadata": {"cfg_scale": 0.5, "style": "film"}}),
    ],
)
def test_the_generic_family(options: dict[str, Any], sent: dict[str, Any]) -> None:
    """Each value is said in all the places where a model behind the relay may look, and no others are sent."""
    assert submit("veo_3_1", **options) == ("/v1/video/generations", sent)


def test_a_duration_is_an_integer_in_json() -> None:
    """A decimal point makes the relay refuse the body."""
    _, sent = submit("veo_3_1", duration=5.0)
    assert type(sent["duration"]) is int


def test_a_local_picture_is_sent_as_a_data_uri(tmp_path: Any) -> None:
    """The documents take a URL or a data URI."""
    path = tmp_path / "a.png"
    path.write_bytes(b"png")
    _, sent = submit("veo_3_1", image=ImageRef(path=path, media_type="image/png"))
    assert sent["image"] == "data:image/png;base64,cG5n"


@pytest.mark.parametrize(
    ("model", "options", "sent"),
    [
        (SEEDANCE, {}, {}),
        (SEEDANCE, {"duration": 4}, {"seconds": "4"}),
        (SEEDANCE, {"resolution": "480p", "aspect_ratio": "21:9"}, {"resolution": "480p", "ratio": "21:9"}),
        (SEEDANCE, {"size": "1280x720"}, {"resolution": "720p", "ratio": "16:9"}),
        (SEEDANCE, {"size": "854x480"}, {"resolution": "480p", "ratio": "16:9"}),
        (SEEDANCE, {"seed": 7, "image": IMAGE}, {"seed": 7, "image": IMAGE.url}),
        (SEEDANCE, {"params": {"generate_audio": True}}, {"generate_audio": True}),
        (SEEDANCE, {"params": {"ratio": "adaptive"}}, {"ratio": "adaptive"}),
        (GROK, {}, {}),
        (GROK, {"duration": 15}, {"seconds": "15"}),
        (GROK, {"aspect_ratio": "9:16"}, {"size": "720x1280"}),
        (GROK, {"resolution": "720p"}, {}),
        (GROK, {"resolution": "720p", "aspect_ratio": "1:1"}, {"size": "720x720"}),
        (GROK, {"size": "1280x720"}, {"size": "1280x720"}),
        (PREVIEW, {"image": IMAGE, "aspect_ratio": "16:9"}, {"image": IMAGE.url, "size": "854x480"}),
    ],
)
def test_the_second_family(model: str, options: dict[str, Any], sent: dict[str, Any]) -> None:
    """Seedance is told its shape by names, Grok by a size at its own resolution; seconds are text."""
    assert submit(model, **options) == ("/v1/videos", sent)


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("veo_3_1", {"duration": 4.5}, "whole seconds"),
        ("veo_3_1", {"count": 2}, "submit the request again"),
        (SEEDANCE, {"count": 2}, "submit the request again"),
        ("kling-v2-5-turbo", {"aspect_ratio": "4:3"}, "16:9, 9:16, 1:1"),
        (SEEDANCE, {"duration": 3}, "4 s to 15 s"),
        (SEEDANCE, {"duration": 16}, "4 s to 15 s"),
        (SEEDANCE, {"duration": 4.5}, "whole seconds"),
        (SEEDANCE, {"resolution": "4k"}, "480p, 720p, 1080p"),
        (SEEDANCE, {"aspect_ratio": "3:2"}, "21:9"),
        (SEEDANCE, {"size": "1000x600"}, "1000x600"),
        (SEEDANCE, {"fps": 24}, "--param fps="),
        (SEEDANCE, {"negative_prompt": "rain"}, "--param negative_prompt="),
        (GROK, {"resolution": "480p"}, "720p"),
        (GROK, {"seed": 7}, "--param seed="),
        (GROK, {"size": "1792x1024"}, "1792x1024"),
        (GROK, {"duration": 16}, "1 s to 15 s"),
        (PREVIEW, {}, "a path, a URL or a picture"),
    ],
)
def test_what_has_no_place_is_refused(model: str, options: dict[str, Any], words: str) -> None:
    """An option or value without a place is refused before sending, saying what is taken."""
    with pytest.raises(UnsupportedOptionError, match=words) as raised:
        submit(model, **options)
    assert "Nothing was sent." in str(raised.value)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        ("veo_3_1", {"model": "other"}),
        ("veo_3_1", {"prompt": "other"}),
        ("veo_3_1", {"durationSeconds": 9}),
        (SEEDANCE, {"seconds": "9"}),
        (SEEDANCE, {"prompt": "other"}),
    ],
)
def test_a_param_does_not_replace_a_field(model: str, params: dict[str, Any]) -> None:
    """What goes into `metadata` overlays the upstream body, so model and prompt are kept out of it too."""
    with pytest.raises(RequestError):
        submit(model, duration=5, params=params)


def test_each_family_is_asked_on_its_own_path() -> None:
    """A job is asked about where it was made."""
    assert BLUE.status_call(handle("t1")).path == "/v1/video/generations/t1"
    assert BLUE.status_call(handle("t1", family="videos")).path == "/v1/videos/t1"


@pytest.mark.parametrize(
    ("family", "status", "body", "path"),
    [
        ("videos", 501, {"error": {"code": "not_implemented"}}, "/v1/video/generations/t1"),
        ("", 501, {"error": {"code": "not_implemented"}}, "/v1/videos/t1"),
        ("videos", 403, {"error": {"message": "This token has no access to model "}}, "/v1/video/generations/t1"),
        ("", 403, {"error": {"message": "This token has no access to model "}}, None),
        ("", 404, {"error": {"message": "Invalid URL (GET /v1/video/generations/t1)"}}, "/v1/videos/t1"),
        ("", 404, {"error": {"message": "task not found"}}, None),
        ("", 500, "", None),
        ("videos", 401, "", None),
    ],
)
def test_the_other_family_is_asked_where_the_first_has_no_reader(
    family: str, status: int, body: Any, path: str | None
) -> None:
    """A path that does not serve the job, or not for this key, has a second one; a plain error has none."""
    other = BLUE.fallback_status_call(handle("t1", family=family), reply(body, status))
    assert (other.path if other else None) == path


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (503, {"error": {"message": "no channel", "type": "new_api_error", "code": "model_not_found"}}, True),
        (503, {"error": {"message": "saturated"}}, False),
        (503, "", False),
        (500, {"code": "do_request_failed", "message": "", "data": None}, False),
        (502, "<html></html>", False),
        (504, "", False),
        (408, "", False),
        (400, {"code": "invalid_request", "message": "", "data": None}, True),
        (403, "", True),
        (429, "", True),
    ],
)
def test_which_refusals_are_certain(status: int, body: Any, refused: bool) -> None:
    """A relay's 5xx may hide a job that it started, but not where it knows no such model."""
    assert BLUE.refused(reply(body, status)) is refused


@pytest.mark.parametrize(
    ("status", "body", "gone"),
    [
        (400, {"code": "task_not_exist", "message": "task_not_exist", "data": None}, True),
        (404, {"error": {"message": "task not found"}}, True),
        (410, "", True),
        (400, {"code": "invalid_request", "message": "", "data": None}, False),
        (403, "", False),
        (500, "", False),
    ],
)
def test_when_a_job_is_unknown(status: int, body: Any, gone: bool) -> None:
    """Both ways in which the relay says that it has no such task."""
    assert BLUE.gone(BLUE.read_error(reply(body, status))) is gone


def test_its_list_mixes_everything() -> None:
    """Video models are picked by the table, by their endpoints, or by their names."""
    entries = [
        {"id": "gpt-5", "supported_endpoint_types": ["openai"]},
        {"id": "veo_3_1"},
        {"id": SEEDANCE, "supported_endpoint_types": ["openai-video"]},
        {"id": "house-model", "supported_endpoint_types": ["openai-video", "openai"]},
        {"id": "kling-v9"},
        {"id": "taiwan-llm"},
        {"id": "chat-large", "supported_endpoint_types": None},
        {"object": "model"},
    ]
    found = BLUE.read_models(reply({"success": True, "object": "list", "data": entries}))
    assert [(spec.id, spec.family) for spec in found] == [
        ("veo_3_1", ""),
        (SEEDANCE, "videos"),
        ("house-model", "videos"),
        ("kling-v9", ""),
    ]
    assert found[1].max_duration == 15
    assert BLUE.read_models(reply({"success": False, "message": "no"})) == []


def test_an_unlisted_kind_of_the_second_family_is_told_its_size() -> None:
    """Sora-shaped models know neither `ratio` nor a resolution of their own."""
    (spec,) = BLUE.read_models(reply({"data": [{"id": "house", "supported_endpoint_types": ["openai-video"]}]}))
    call = BLUE.submit_call(VideoRequest("a boat", resolution="1080p", duration=8), spec)
    assert dict(call.json or {}) == {"model": "house", "prompt": "a boat", "seconds": "8", "size": "1920x1080"}
