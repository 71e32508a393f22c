"""Every shape in which a job is sent, through the provider that has to read it."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from typing import Any

import pytest

from tests.providers.answers import handle, reply
from videogen_nb.core.job import Cost
from videogen_nb.errors import AuthenticationError, ProviderError, RateLimitError
from videogen_nb.providers.base import Provider, Report
from videogen_nb.providers.infery import Infery
from videogen_nb.providers.infinityblue import InfinityBlue
from videogen_nb.providers.openai_videos import OpenAIVideos

CDN = "https://cdn.example/clip.mp4?sig=1"
CONTENT = "v1/videos/t1/content"
ARTIFACT = "v1/tasks/t1/artifacts/video/content"


def blue(body: Any, status: int = 200, **more: Any) -> Report:
    return InfinityBlue().read_report(reply(body, status), handle(**more))


def row(**fields: Any) -> dict[str, Any]:
    """Shapes A and B: a row of the relay's table in an envelope."""
    return {"code": "success", "message": "", "data": {"task_id": "t1", "action": "generate", **fields}}


def video(**fields: Any) -> dict[str, Any]:
    """Shape D: OpenAI's object."""
    return {"id": "t1", "object": "video", "model": "m", "created_at": 1, "completed_at": 9, **fields}


@pytest.mark.parametrize(
    ("body", "status", "progress"),
    [
        (row(status="NOT_START", progress=""), "queued", None),
        (row(status="SUBMITTED", progress="10%"), "queued", 0.1),
        (row(status="QUEUED", progress="20%"), "queued", 0.2),
        (row(status="IN_PROGRESS", progress="30%"), "running", 0.3),
        (row(status="UNKNOWN", progress="0%"), "queued", 0.0),
        (row(status="", progress="0%"), "queued", 0.0),
        (row(status="IN_PROGRESS", progress="50%", data={"task_status": "succeed", "status": "done"}), "running", 0.5),
        (row(status="processing", url="", format="mp4", metadata=None, error=None), "running", None),
        (video(status="queued", progress=0), "queued", 0.0),
        (video(status="in_progress", progress=42), "running", 0.42),
        (video(status="unknown", progress=0, completed_at=1_700_000_000), "queued", 0.0),
        (video(status=None), "queued", None),
        (video(), "queued", None),
        ({"task_id": "t1", "platform": "kling", "status": "IN_PROGRESS", "progress": "30%"}, "running", 0.3),
        ({"task_id": "t1", "status": "queued"}, "queued", None),
        ({"task_id": "t1", "status": "in_progress"}, "running", None),
        ({"code": "success", "message": "", "data": None}, "queued", None),
        ({"code": "success", "data": {}}, "queued", None),
        ({"task_id": "t1", "status": "warming up", "progress": "7%"}, "queued", 0.07),
        ({}, "queued", None),
    ],
)
def test_a_job_that_goes_on(body: Any, status: str, progress: float | None) -> None:
    """Whatever the shape, an unfinished job reads as queued or running, and never has an output."""
    report = blue(body)
    assert (report.status, report.progress) == (status, None if progress is None else pytest.approx(progress))
    assert report.outputs == ()
    assert report.error is None


@pytest.mark.parametrize(
    ("body", "addresses"),
    [
        (row(status="SUCCESS", progress="100%", fail_reason=CDN), (CDN, CONTENT, ARTIFACT)),
        (row(status="SUCCESS", result_url=CDN, fail_reason=""), (CDN, CONTENT, ARTIFACT)),
        (row(status="SUCCESS", result_url=CDN, fail_reason=CDN), (CDN, CONTENT, ARTIFACT)),
        (row(status="SUCCESS", fail_reason="/v1/videos/t1/content"), ("/v1/videos/t1/content", CONTENT, ARTIFACT)),
        (
            row(status="SUCCESS", fail_reason="data:video/mp4;base64,AA"),
            ("data:video/mp4;base64,AA", CONTENT, ARTIFACT),
        ),
        (row(status="SUCCESS", fail_reason="a note that is no address"), (CONTENT, ARTIFACT)),
        (
            row(status="SUCCESS", data={"data": {"task_result": {"videos": [{"id": "v", "url": CDN}]}}}),
            (CDN, CONTENT, ARTIFACT),
        ),
        (
            row(status="SUCCESS", data={"content": {"video_url": CDN, "last_frame_url": "https://cdn.example/f.png"}}),
            (CDN, CONTENT, ARTIFACT),
        ),
        (row(status="SUCCESS", data={"image": {"url": "https://cdn.example/in.png"}}), (CONTENT, ARTIFACT)),
        (row(status="SUCCESS", result_url=CDN, data={"url": "https://raw.example/x.mp4"}), (CDN, CONTENT, ARTIFACT)),
        (row(status="succeeded", url=CDN, format="mp4", error=None), (CDN, CONTENT, ARTIFACT)),
        (video(status="completed", progress=100, metadata={"url": CDN}), (CDN, CONTENT, ARTIFACT)),
        (video(status="completed", progress=100, metadata=None), (CONTENT, ARTIFACT)),
        (
            {"task_id": "t1", "platform": "x", "status": "SUCCESS", "progress": "100%", "fail_reason": ""},
            (CONTENT, ARTIFACT),
        ),
        ({"task_id": "t1", "status": "completed", "url": CDN, "format": "mp4"}, (CDN, CONTENT, ARTIFACT)),
        ({"task_id": "t1", "status": "succeed", "video_url": CDN}, (CDN, CONTENT, ARTIFACT)),
        ({"task_id": "t1", "status": "Finished", "url": "not an address"}, (CONTENT, ARTIFACT)),
        (
            video(status="completed", metadata={"url": "http://localhost:3000/v1/videos/t1/content"}),
            (CONTENT, "/v1/videos/t1/content", ARTIFACT),
        ),
        (
            row(status="SUCCESS", result_url="http://127.0.0.1:3000/v1/tasks/t1/artifacts/video/content?access=k"),
            (CONTENT, "/v1/tasks/t1/artifacts/video/content?access=k", ARTIFACT),
        ),
        (row(status="SUCCESS", result_url="http://localhost:3000//evil.example/x"), (CONTENT, ARTIFACT)),
    ],
)
def test_where_a_finished_clip_is_looked_for(body: Any, addresses: tuple[str, ...]) -> None:
    """The stated address comes first, the gateway's own content routes after it, and never the reader's machine."""
    report = blue(body)
    assert report.status == "succeeded"
    assert report.outputs == (addresses,)


def test_a_loopback_address_is_right_for_a_loopback_gateway() -> None:
    """A gateway that itself runs on this machine may name this machine."""
    own = "http://127.0.0.1:9000/v1/videos/t1/content"
    report = blue(video(status="completed", metadata={"url": own}), base_url="http://localhost:9000")
    assert report.outputs[0][0] == own


def test_an_id_of_any_characters_stays_one_segment_of_a_path() -> None:
    """Slashes, dots and signs in a remote id do not lead to another path."""
    report = InfinityBlue().read_report(reply(video(status="completed")), handle("a/../b?c=1+&="))
    assert report.outputs[0][0] == "v1/videos/a%2F..%2Fb%3Fc%3D1%2B%26%3D/content"
    for provider in (Infery(), InfinityBlue(), OpenAIVideos()):
        path = provider.status_call(handle("a/../b?c=1+&=")).path
        assert path.endswith("/a%2F..%2Fb%3Fc%3D1%2B%26%3D")


@pytest.mark.parametrize(
    ("body", "error", "rejected"),
    [
        (row(status="FAILURE", progress="100%", fail_reason="upstream error"), "upstream error", False),
        (row(status="FAILURE", fail_reason="", result_url="upstream error"), "upstream error", False),
        (row(status="FAILURE", fail_reason="任务超时（15分钟）"), "任务超时（15分钟）", False),
        (row(status="FAILURE", fail_reason="输入内容包含敏感信息"), "输入内容包含敏感信息", True),
        (row(status="failed", url="blocked by safety filters", error=None), "blocked by safety filters", True),
        (row(status="FAILURE", data={"error": {"message": "raw reason"}}), "raw reason", False),
        (row(status="FAILURE", data={"task_status_msg": "raw words"}), "raw words", False),
        (row(status="FAILURE", data={"message": "SUCCEED", "data": {"task_status_msg": "inner"}}), "inner", False),
        (row(status="FAILURE", data={"code": 0, "message": "SUCCEED"}), None, False),
        (row(status="FAILURE", fail_reason='{"error": {"message": "inner"}}'), "inner", False),
        (video(status="failed", error={"message": "No", "code": "bad"}), "No", False),
        (video(status="failed", error={"message": "No", "code": "content_policy_violation"}), "No", True),
        (video(status="failed", error={"code": "moderation_blocked"}), "moderation_blocked", True),
        (video(status="failed", error=None), None, False),
        ({"task_id": "t1", "status": "failed", "error": {"code": 400, "message": "bad size"}}, "bad size", False),
        ({"task_id": "t1", "status": "failed", "error": "as text"}, "as text", False),
        ({"task_id": "t1", "status": "timed-out", "message": "too slow"}, "too slow", False),
    ],
)
def test_why_a_job_failed(body: Any, error: str | None, rejected: bool) -> None:
    """The reason is found wherever a shape hides it, and a failed job never has an output."""
    report = blue(body)
    assert (report.status, report.error, report.rejected) == ("failed", error, rejected)
    assert report.outputs == ()


@pytest.mark.parametrize(
    ("word", "status"), [("cancelled", "cancelled"), ("deleted", "cancelled"), ("EXPIRED", "expired")]
)
@pytest.mark.parametrize("provider", [Infery(), InfinityBlue(), OpenAIVideos()])
def test_other_ends(provider: Provider, word: str, status: str) -> None:
    """Cancelled, deleted and expired jobs end as what they are."""
    report = provider.read_report(reply({"id": "t1", "status": word}), handle())
    assert (report.status, report.word) == (status, word)


@pytest.mark.parametrize("provider", [Infery(), InfinityBlue(), OpenAIVideos()])
@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"error": {"message": "Invalid API key", "code": "invalid_api_key"}}, 401, AuthenticationError),
        ({"error": {"message": "This token has no access to model "}}, 403, AuthenticationError),
        ("", 429, RateLimitError),
        ("<html><title>502 Bad Gateway</title></html>", 502, ProviderError),
        ({"detail": "Not found"}, 404, ProviderError),
        ({"code": "task_not_exist", "message": "task_not_exist", "data": None}, 400, ProviderError),
        ({"code": "task_not_exist", "message": "task_not_exist", "data": None}, 200, ProviderError),
        ({"error": {"message": "odd"}}, 200, ProviderError),
        ({"success": False, "message": "no"}, 200, ProviderError),
        ("<html>login</html>", 200, ProviderError),
        ("", 200, ProviderError),
        ("[]", 200, ProviderError),
        ("null", 200, ProviderError),
        ({"id": "t1", "status": "in_progress"}, 500, ProviderError),
        ({"status": "failed"}, 500, ProviderError),
        ({"id": "req_1", "status": "error", "message": "busy"}, 500, ProviderError),
        ({"status": 404, "error": "Not Found"}, 200, ProviderError),
    ],
)
def test_an_answer_that_is_not_about_the_job(
    provider: Provider, body: Any, status: int, kind: type[ProviderError]
) -> None:
    """An error about the call is raised, and never taken for an end of the job."""
    with pytest.raises(kind) as raised:
        provider.read_report(reply(body, status), handle())
    assert type(raised.value) is kind
    assert raised.value.charged == ""


@pytest.mark.parametrize("status", [400, 422, 500, 502])
@pytest.mark.parametrize("provider", [InfinityBlue(), OpenAIVideos()])
def test_an_error_status_with_the_ended_job_inside(provider: Provider, status: int) -> None:
    """A failed job that answers with an error status ends; a poller must not ask for ever."""
    body = video(status="failed", error={"message": "CUDA out of memory", "code": "500"})
    report = provider.read_report(reply(body, status), handle())
    assert (report.status, report.error) == ("failed", "CUDA out of memory")


@pytest.mark.parametrize(
    ("body", "remote_id"),
    [
        ({"task_id": "t1", "status": "queued"}, "t1"),
        ({"task_id": "t1"}, "t1"),
        ({"id": "t1", "task_id": "t1", "object": "video", "status": "", "progress": 0}, "t1"),
        ({"id": "t1", "status": "in_progress"}, "t1"),
        ({"id": "up", "task_id": "t1"}, "t1"),
        ({"job_id": "t1", "created_at": 1}, "t1"),
        ({"code": "success", "message": "", "data": {"task_id": "t1"}}, "t1"),
        ({"id": 17, "status": "queued"}, "17"),
        ({"id": "bGl0ZWxsbTpjdXN0b20/bGxtPQ==" * 20, "status": "queued"}, "bGl0ZWxsbTpjdXN0b20/bGxtPQ==" * 20),
        ({"id": "t1", "status": "failed", "error": {"message": "at once"}}, "t1"),
        ({"task_id": "t1", "error": {"message": "odd, but there is a job"}}, "t1"),
        ({"task_id": "", "id": None, "job_id": "t1"}, "t1"),
        ({"status": "queued"}, None),
        ({"data": None}, None),
        ([], None),
        ("", None),
        ("<html></html>", None),
    ],
)
@pytest.mark.parametrize("provider", [Infery(), InfinityBlue(), OpenAIVideos()])
def test_a_submission_is_accepted_by_its_id(provider: Provider, body: Any, remote_id: str | None) -> None:
    """Any 2xx with an id is a job, whatever its status says; one without an id is not guessed at."""
    accepted = provider.read_accepted(reply(body, x_request_id="r1"))
    assert (accepted.remote_id if accepted else None) == remote_id
    assert accepted is None or accepted.request_id == "r1"


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "no"}},
        {"id": "req_1", "error": {"message": "no"}},
        {"code": "invalid_request", "message": "prompt is required", "data": None},
        {"success": False, "message": "no"},
        {"detail": "no"},
    ],
)
@pytest.mark.parametrize("provider", [Infery(), InfinityBlue(), OpenAIVideos()])
def test_a_submission_refused_in_a_2xx_coat(provider: Provider, body: Any) -> None:
    """An error that came with status 200 is an error, and its request's id is no job's."""
    with pytest.raises(ProviderError):
        provider.read_accepted(reply(body))


def test_what_a_job_cost() -> None:
    """The charge is read where an answer states it, and not for a failure, whose charge is given back."""
    assert blue(row(status="SUCCESS", quota=250_000)).cost == Cost(250_000, "quota")
    assert blue(row(status="FAILURE", quota=250_000)).cost is None
    assert blue(row(status="SUCCESS")).cost is None


def test_what_a_clip_is_said_to_be() -> None:
    """Length and size come from the flat shape's metadata only: elsewhere they repeat the request."""
    told = {"task_id": "t1", "status": "completed", "metadata": {"duration": 5, "fps": 24, "width": 640, "height": 360}}
    assert (blue(told).duration, blue(told).size) == (5, (640, 360))
    asked = video(status="completed", seconds="5", size="640x360")
    assert (blue(asked).duration, blue(asked).size) == (None, None)


def test_no_answer_breaks_a_reader() -> None:
    """Whatever JSON comes, with whatever status, a reader gives facts or a ProviderError."""
    draw = random.Random(1)
    names = "id task_id job_id status data url result results result_url metadata error code message detail n progress"
    names += " quota credits_used fail_reason success modality allowedParams duration_seconds supported_endpoint_types"
    words = ["", "SUCCESS", "failed", "t1", "https://x.example/v", "42%", "{", '{"error": {"message": []}}', "\ud800"]

    def value(depth: int) -> Any:
        kind = draw.randrange(9 if depth else 6)
        if kind < 6:
            return [draw.choice(words), draw.choice(words), draw.randrange(-5, 10**12), 0.5, None, True][kind]
        if kind == 6:
            return [value(depth - 1) for _ in range(draw.randrange(3))]
        return {draw.choice(names.split()): value(depth - 1) for _ in range(draw.randrange(6))}

    statuses = [200, 200, 200, 201, 301, 400, 401, 402, 403, 404, 422, 429, 500, 503]
    for _ in range(3000):
        answer = reply(json.dumps(value(4)).encode(), draw.choice(statuses), retry_after=draw.choice(["", "1", "x"]))
        for provider in (Infery(), InfinityBlue(), OpenAIVideos()):
            for read in (provider.read_accepted, lambda each, by=provider: by.read_report(each, handle())):
                with suppress(ProviderError):
                    read(answer)
            assert isinstance(provider.read_error(answer), ProviderError)
            assert all(spec.id for spec in provider.read_models(answer))
            provider.fallback_status_call(handle(), answer)
