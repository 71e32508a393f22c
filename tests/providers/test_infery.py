from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.providers.answers import handle, reply
from videogen_nb.core.image import ImageRef
from videogen_nb.core.job import Cost
from videogen_nb.core.model_spec import ModelSpec, Price
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import RequestError, UnsupportedOptionError
from videogen_nb.providers.base import Call
from videogen_nb.providers.infery import Infery
from videogen_nb.storage.images import load_image

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
INFERY = Infery()
URL = "https://storage.example/clip.mp4?X-Goog-Signature=1"


def body(model: str = "veo-3-1", **options: Any) -> dict[str, Any]:
    """What is sent for a request that was checked."""
    spec = INFERY.find_model(model)
    assert spec is not None
    request = VideoRequest("a boat", **options)
    INFERY.check(request, spec)
    call = INFERY.submit_call(request, spec)
    assert (call.method, call.path) == ("POST", "/v1/videos/generations")
    return {key: value for key, value in dict(call.json or {}).items() if key not in ("model", "prompt")}


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {}),
        ({"duration": 4}, {"duration": 4, "duration_seconds": 4}),
        ({"duration": 3.5}, {"duration": 3.5, "duration_seconds": 3.5}),
        ({"resolution": "720p"}, {"resolution": "720p"}),
        ({"aspect_ratio": "9:16"}, {"aspect_ratio": "9:16"}),
        ({"size": "1280x720"}, {"resolution": "720p", "aspect_ratio": "16:9"}),
        ({"size": "720x1280"}, {"resolution": "720p", "aspect_ratio": "9:16"}),
        ({"size": "854x480"}, {"resolution": "480p", "aspect_ratio": "16:9"}),
        ({"size": "1080x1080"}, {"resolution": "1080p", "aspect_ratio": "1:1"}),
        ({"count": 1}, {}),
        ({"count": 3}, {"n": 3}),
        ({"person_generation": "allow_adult"}, {"person_generation": "allow_adult"}),
        ({"image": ImageRef(url="https://x.example/a.png")}, {"image_url": "https://x.example/a.png"}),
        ({"params": {"seed": 7, "audio": True}}, {"seed": 7, "audio": True}),
        ({"params": {"duration_seconds": 5}}, {"duration_seconds": 5}),
    ],
)
def test_what_is_sent(options: dict[str, Any], sent: dict[str, Any]) -> None:
    """Each option goes out under every documented name, and nothing goes out that was not asked for."""
    assert body(**options) == sent


def test_a_local_picture_is_sent_as_raw_base64(tmp_path: Path) -> None:
    """No data URI prefix: its documents do not say that one is taken."""
    assert body(image=load_image(PNG, tmp_path)) == {"image_base64": load_image(PNG, tmp_path).base64()}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": 7}, "--param seed="),
        ({"fps": 24}, "--param fps="),
        ({"negative_prompt": "rain"}, "--param negative_prompt="),
        ({"user": "me"}, "--param user="),
        ({"size": "1000x600"}, "size 1000x600|size \\(1000x600\\)"),
        ({"size": "848x480"}, "resolution"),
        ({"duration": 9}, "8 s"),
        ({"person_generation": "everyone"}, "dont_allow, allow_adult, allow_all"),
    ],
)
def test_what_has_no_place_is_refused(options: dict[str, Any], words: str) -> None:
    """An option or value without a place on the wire is refused before sending, saying what is taken."""
    with pytest.raises(UnsupportedOptionError, match=words) as raised:
        body(**options)
    assert "Nothing was sent." in str(raised.value)


def test_a_text_only_model_refuses_a_picture() -> None:
    """wan-2-1 makes clips from text only."""
    with pytest.raises(UnsupportedOptionError, match="text only"):
        body("wan-2-1", image=ImageRef(url="https://x.example/a.png"))


@pytest.mark.parametrize("name", ["prompt", "model", "duration", "duration_seconds"])
def test_a_param_does_not_replace_a_field(name: str) -> None:
    """A field that an option has set can't be set again behind its back."""
    with pytest.raises(RequestError, match=name):
        body(duration=4, params={name: 1})


BOTH = {"model": "m", "prompt": "p", "duration": 4, "duration_seconds": 4}


@pytest.mark.parametrize(
    ("status", "answer", "dropped"),
    [
        (422, {"error": {"message": "Unknown field: duration_seconds", "code": "unknown_field"}}, "duration_seconds"),
        (400, {"error": {"message": "unknown field 'duration'"}}, "duration"),
        (400, {"error": {"message": "Unknown field duration_seconds, did you mean duration?"}}, "duration_seconds"),
        (400, {"error": {"message": "The duration was not read: unknown field duration_seconds"}}, "duration_seconds"),
        (400, {"error": {"message": "Unrecognized key(s) in object: 'duration'"}}, "duration"),
        (
            422,
            {"detail": [{"loc": ["body", "duration_seconds"], "msg": "Extra inputs are not permitted"}]},
            "duration_seconds",
        ),
        (400, {"error": {"message": "data must NOT have additional properties", "param": "duration"}}, "duration"),
        (400, {"error": {"message": "Unknown field: fps"}}, None),
        (400, {"error": {"message": "duration must be at most 4"}}, None),
        (400, {"error": {"message": "Unsupported duration 9 for this model"}}, None),
        (500, {"error": {"message": "Unknown field: duration_seconds"}}, None),
        (401, {"error": {"message": "Invalid API key"}}, None),
    ],
)
def test_a_strict_validator_gets_one_spelling(status: int, answer: Any, dropped: str | None) -> None:
    """Only a refusal that names one of the two spellings as unknown is answered, by leaving that one out."""
    amended = INFERY.amend(Call("POST", "/v1/videos/generations", json=BOTH), reply(answer, status))
    if dropped is None:
        assert amended is None
    else:
        assert amended is not None
        assert dict(amended.json or {}) == {name: value for name, value in BOTH.items() if name != dropped}
        assert INFERY.amend(amended, reply(answer, status)) is None


@pytest.mark.parametrize(
    ("answer", "outputs"),
    [
        ({"id": "v", "status": "succeeded", "progress": 100, "result": {"url": URL}}, ((URL,),)),
        ({"status": "completed", "result": {"url": "/files/clip.mp4"}}, (("/files/clip.mp4",),)),
        ({"status": "completed", "result": {"url": URL, "mirror_status": "failed"}}, ((URL,),)),
        ({"status": "completed", "result": [{"url": URL}, {"url": "/b"}]}, ((URL,), ("/b",))),
        ({"status": "completed", "result": {"url": URL}, "results": [{"url": URL}, {"url": "/b"}]}, ((URL,), ("/b",))),
        ({"status": "completed", "result": {"url": URL}, "results": []}, ((URL,),)),
        ({"status": "completed", "result": URL}, ((URL,),)),
        ({"status": "completed", "url": URL}, ((URL,),)),
        ({"status": "completed", "result": {"url": None}}, ()),
        ({"status": "completed", "result": None}, ()),
        ({"status": "completed"}, ()),
        ({"status": "processing", "result": {"url": URL}}, ()),
    ],
)
def test_where_its_clips_are(answer: Any, outputs: tuple[tuple[str, ...], ...]) -> None:
    """One address a clip, in whichever form several come back; success without any has no output."""
    assert INFERY.read_report(reply(answer), handle()).outputs == outputs


def test_a_finished_answer_in_full() -> None:
    """Progress, charge, length and size are read from where the documents put them."""
    answer = {
        "id": "vgen_1",
        "status": "succeeded",
        "progress": 100,
        "result": {"url": URL, "duration_seconds": 4, "resolution": "1280x720", "mirror_status": "ok"},
        "credits_used": 180,
    }
    report = INFERY.read_report(reply(answer, x_credits_used="1"), handle())
    assert (report.status, report.word, report.progress) == ("succeeded", "succeeded", 1.0)
    assert (report.cost, report.duration, report.size) == (Cost(180, "credits"), 4, (1280, 720))


def test_only_credits_used_is_a_charge() -> None:
    """The header's meaning on a submission or a poll is not documented, so it is no charge."""
    accepted = INFERY.read_accepted(reply({"id": "v", "status": "queued"}, x_credits_used="80"))
    assert accepted is not None
    assert accepted.cost is None
    assert INFERY.read_report(reply({"status": "processing"}, x_credits_used="80"), handle()).cost is None


@pytest.mark.parametrize("error", ["the prompt was blocked", {"message": "the prompt was blocked", "code": "x"}])
def test_a_failure_is_a_text_or_an_object(error: Any) -> None:
    """The documents say text; an object is read too."""
    report = INFERY.read_report(reply({"status": "failed", "error": error}), handle())
    assert (report.status, report.error) == ("failed", "the prompt was blocked")


def listed(*entries: Any, bare: bool = False) -> list[ModelSpec]:
    return INFERY.read_models(reply(list(entries) if bare else {"data": list(entries)}))


@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("key", ["allowedParams", "allowed_params"])
def test_its_list_tells_limits(bare: bool, key: str) -> None:
    """Limits come as lists or as objects with an enum or a range; what a request can't name is left out."""
    (spec,) = listed(
        {
            "id": "veo-9",
            "modality": "video",
            key: {
                "resolution": {"enum": ["720p", "1080P", "auto"]},
                "aspect_ratio": ["16:9", "adaptive"],
                "duration_seconds": [4, "6", 8],
                "n": {"min": 1, "max": 2},
                "image_url": {},
            },
        },
        bare=bare,
    )
    assert (spec.id, spec.resolutions, spec.aspect_ratios) == ("veo-9", ("720p", "1080p"), ("16:9",))
    assert (spec.durations, spec.max_count, spec.image) == ((4, 6, 8), 2, True)


def test_its_list_lies_over_the_built_in_table() -> None:
    """What the list does not say stays as the table has it; what it says wins."""
    ranged, bare = listed(
        {"id": "wan-2-1", "allowedParams": {"duration_seconds": {"min": 2, "max": 10}}}, {"id": "veo-3-1"}
    )
    assert (ranged.min_duration, ranged.max_duration, ranged.image) == (2, 10, False)
    assert bare.max_duration == 8


def test_its_list_may_be_anything() -> None:
    """Other modalities are passed over, and a list that can't be read is no list."""
    assert listed({"id": "gpt-x", "modality": "chat"}, {"name": 3.5}, "text", {"id": ""}) == []
    assert [spec.id for spec in listed({"slug": "a"}, {"id": "b", "modalities": ["text", "video"]})] == ["a", "b"]
    assert [
        INFERY.read_models(reply(each)) for each in ("", "<html>", {"data": None}, {"error": {"message": "no"}})
    ] == [
        [],
        [],
        [],
        [],
    ]


@pytest.mark.parametrize(
    ("entry", "price"),
    [
        ({"pricing": {"credits_per_second": 45}}, Price(45, "credits", "second")),
        ({"creditsPerVideo": "80"}, Price(80, "credits", "clip")),
        ({"pricing": {"amount": 80}}, None),
        ({"price": 80}, None),
        ({"pricing": "80 credits"}, None),
    ],
)
def test_a_price_is_read_only_where_it_is_plain(entry: dict[str, Any], price: Price | None) -> None:
    """A number without its unit is no price."""
    (spec,) = listed({"id": "veo-3-1", **entry})
    assert spec.price == price


def test_a_model_is_found_as_people_type_it() -> None:
    """Case, dots and underscores do not matter, and the other gateway's spelling works."""
    found = [INFERY.find_model(name) for name in ("Veo 3.1 fast", "veo_3_1-fast", "VEO-3-1-FAST", "veo-4")]
    assert [spec.id if spec else None for spec in found] == ["veo-3-1-fast"] * 3 + [None]
