from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.providers.answers import handle, reply
from videogen_nb.core.image import ImageRef
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import RequestError
from videogen_nb.providers.base import Call, Part
from videogen_nb.providers.openai_videos import OpenAIVideos

VIDEOS = OpenAIVideos()
MISSING = {"detail": [{"type": "missing", "loc": ["body", "prompt"], "msg": "Field required", "input": None}]}


def submit(model: str = "wan", **options: Any) -> Call:
    spec = VIDEOS.find_model(model)
    assert spec is not None
    request = VideoRequest("a boat", **options)
    VIDEOS.check(request, spec)
    return VIDEOS.submit_call(request, spec)


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {}),
        ({"duration": 4}, {"seconds": "4"}),
        ({"duration": 2.5}, {"seconds": "2.5"}),
        ({"size": "640x360"}, {"size": "640x360"}),
        ({"resolution": "480p"}, {"size": "854x480"}),
        ({"aspect_ratio": "9:16"}, {"size": "720x1280"}),
        ({"fps": 16, "seed": 0, "negative_prompt": "rain"}, {"fps": 16, "seed": 0, "negative_prompt": "rain"}),
        ({"count": 2}, {"n": 2}),
        (
            {"image": ImageRef(url="https://x.example/a.png")},
            {"input_reference": {"image_url": "https://x.example/a.png"}},
        ),
        ({"params": {"num_frames": 81}}, {"num_frames": 81}),
    ],
)
def test_what_is_sent(options: dict[str, Any], sent: dict[str, Any]) -> None:
    """JSON with only what was asked for: servers differ in what more they take."""
    call = submit(**options)
    assert (call.method, call.path, dict(call.json or {})) == (
        "POST",
        "/v1/videos",
        {"model": "wan", "prompt": "a boat", **sent},
    )


def test_no_model_is_no_field() -> None:
    """A server that holds one model needs no name for it."""
    assert dict(submit("").json or {}) == {"prompt": "a boat"}


def test_a_param_does_not_replace_a_field() -> None:
    """A field that an option has set can't be set again behind its back."""
    with pytest.raises(RequestError):
        submit(duration=4, params={"seconds": "8"})


@pytest.mark.parametrize(
    ("status", "body", "amended"),
    [
        (422, MISSING, True),
        (415, "", True),
        (400, {"error": {"message": "Content-Type must be multipart/form-data"}}, True),
        (400, {"error": {"message": "Missing required parameter: 'prompt'."}}, True),
        (422, {"detail": [{"loc": ["body", "input_reference"], "msg": "Input should be a valid string"}]}, True),
        (422, {"detail": [{"loc": ["body", "size"], "msg": "String should match pattern"}]}, False),
        (400, {"error": {"message": "seconds must be 4, 8 or 12"}}, False),
        (401, "", False),
        (500, {"error": {"message": "multipart parser crashed"}}, False),
    ],
)
def test_a_server_that_reads_forms_only_gets_a_form(status: int, body: Any, amended: bool) -> None:
    """Only a refusal of the form of the request is answered by another form, once."""
    second = VIDEOS.amend(submit(duration=4, seed=7), reply(body, status))
    assert (second is not None) is amended
    if second is not None:
        assert second.json is None
        assert tuple(second.parts) == (
            Part("model", "wan"),
            Part("prompt", "a boat"),
            Part("seconds", "4"),
            Part("seed", "7"),
        )
        assert VIDEOS.amend(second, reply(body, status)) is None


def test_a_local_picture_becomes_a_file_of_the_form(tmp_path: Path) -> None:
    """Its very bytes, with name and media type."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8\xffjpeg")
    call = VIDEOS.amend(submit(image=ImageRef(path=path, media_type="image/jpeg")), reply("", 415))
    assert call is not None
    assert call.parts[-1] == Part("input_reference", b"\xff\xd8\xffjpeg", "image.jpeg", "image/jpeg")


def test_a_linked_picture_and_objects_in_a_form() -> None:
    """A link goes under the names that form readers know; objects and lists go as JSON text."""
    link = "https://x.example/a.png"
    call = VIDEOS.amend(
        submit(image=ImageRef(url=link), params={"extra_params": {"a": [1]}, "flag": True}), reply("", 415)
    )
    assert call is not None
    assert {part.name: part.content for part in call.parts} == {
        "model": "wan",
        "prompt": "a boat",
        "image_reference": json.dumps({"image_url": link}),
        "reference_url": link,
        "extra_params": '{"a": [1]}',
        "flag": "true",
    }


@pytest.mark.parametrize(
    ("body", "count", "outputs"),
    [
        ({}, 1, (("v1/videos/t1/content",),)),
        ({"url": "https://cloud.example/v.mp4"}, 1, (("https://cloud.example/v.mp4", "v1/videos/t1/content"),)),
        ({}, 2, (("v1/videos/t1/content?variant=0", "v1/videos/t1/content"), ("v1/videos/t1/content?variant=1",))),
        ({"n": 1}, 2, (("v1/videos/t1/content",),)),
        (
            {"n": 2},
            1,
            (("v1/videos/t1/content?variant=0", "v1/videos/t1/content"), ("v1/videos/t1/content?variant=1",)),
        ),
        ({"n": None}, 1, (("v1/videos/t1/content",),)),
    ],
)
def test_where_its_clips_are(body: dict[str, Any], count: int, outputs: tuple[tuple[str, ...], ...]) -> None:
    """The content route serves the bytes; a stated URL goes before it, several clips go by their index."""
    answer = {"id": "t1", "object": "video", "status": "completed", "progress": 100, "error": None, **body}
    assert VIDEOS.read_report(reply(answer), handle(count=count)).outputs == outputs


def test_an_absurd_number_of_clips_is_not_believed() -> None:
    """A wrong `n` can't make the client fetch without end."""
    answer = {"id": "t1", "status": "completed", "n": 10**9}
    assert len(VIDEOS.read_report(reply(answer), handle()).outputs) == 16


def test_the_queue_is_read() -> None:
    """Position and progress of a waiting job are known where the server tells them."""
    report = VIDEOS.read_report(reply({"id": "t1", "status": "queued", "progress": 0, "queue_position": 0}), handle())
    assert (report.status, report.position, report.progress, report.word) == ("queued", 0, 0.0, "queued")


def test_any_model_passes_and_listed_ones_are_known() -> None:
    """Nobody outside knows what such a server holds, so no name is refused."""
    listed = VIDEOS.read_models(reply({"object": "list", "data": [{"id": "Wan-AI/Wan2.2"}, {"id": ""}, {}]}))
    assert [spec.id for spec in listed] == ["Wan-AI/Wan2.2"]
    found = [VIDEOS.find_model(name, listed) for name in ("wan-ai/wan2-2", "anything")]
    assert [spec.id if spec else None for spec in found] == ["Wan-AI/Wan2.2", "anything"]


def test_it_stops_nothing() -> None:
    """DELETE is not a cancel on this wire: some servers refuse it, some delete a finished clip."""
    assert VIDEOS.cancel_call(handle()) is None
    assert not VIDEOS.cancels
