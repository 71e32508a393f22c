"""Whole jobs over real HTTP, against servers that misbehave as the vendors' do."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.providers.conftest import KEY
from tests.support.servers import Answer, Server, job
from videogen_nb.core.job import Cost, Job, Status
from videogen_nb.errors import (
    AuthenticationError,
    ContentRejectedError,
    JobFailedError,
    NoCreditError,
    OutputMissingError,
    ProviderError,
    UnsupportedOptionError,
)

Generate = Callable[..., Job]

INFERY, BLUE, VIDEOS = "/v1/videos/generations", "/v1/video/generations", "/v1/videos"
HTML = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
EXPIRED = "<?xml version='1.0'?><Error><Code>ExpiredToken</Code><Message>expired</Message></Error>"
MADE = job({"id": "v1", "object": "video", "status": "queued", "progress": 0})
TASK = job({"task_id": "v1", "status": "queued"})


def done(**fields: Any) -> Answer:
    return Answer({"id": "v1", "status": "succeeded", "progress": 100, **fields})


def infery(*statuses: Answer, submit: Any = MADE, **routes: Any) -> dict[str, Any]:
    return {f"POST {INFERY}": submit, f"GET {INFERY}/v1": list(statuses), **routes}


def blue(*statuses: Answer, submit: Any = TASK, **routes: Any) -> dict[str, Any]:
    return {f"POST {BLUE}": submit, f"GET {BLUE}/v1": list(statuses), **routes}


def videos(*statuses: Answer, submit: Any = MADE, **routes: Any) -> dict[str, Any]:
    return {f"POST {VIDEOS}": submit, f"GET {VIDEOS}/v1": list(statuses), **routes}


def test_a_plain_job(generate: Generate, clip: bytes) -> None:
    """Submit, follow, fetch: one POST with the key, the server's own bytes on the disk, its charge on the job."""
    going = Answer({"status": "processing", "progress": 40})
    scripts = infery(going, done(result={"url": "/files/a.mp4"}, credits_used=80), **{"GET /files/a.mp4": Answer(clip)})
    with Server(scripts) as server:
        made = generate(server.url, duration=1, resolution="720p").wait(60)
        assert made.path is not None
        assert made.path.read_bytes() == clip
        assert (made.remote_id, made.cost, made.status) == ("v1", Cost(80, "credits"), Status.SUCCEEDED)
        (post,) = server.requests(f"POST {INFERY}")
        assert post.headers["authorization"] == f"Bearer {KEY}"
        assert post.json() == {
            "model": "veo-3-1-fast",
            "prompt": "a paper boat",
            "duration": 1,
            "duration_seconds": 1,
            "resolution": "720p",
        }
        assert server.accepted == 1


@pytest.mark.parametrize(
    ("provider", "path", "answer", "kind"),
    [
        ("infery", INFERY, Answer({"error": {"message": "No", "code": "invalid_api_key"}}, 401), AuthenticationError),
        ("infery", INFERY, Answer({"error": {"message": "No", "code": "insufficient_credits"}}, 402), NoCreditError),
        ("infery", INFERY, Answer({"error": {"message": "content policy"}}, 400), ContentRejectedError),
        ("infery", INFERY, Answer("", 301, {"location": "/elsewhere"}), ProviderError),
        ("infinityblue", BLUE, Answer({"code": "quota_not_enough", "message": "额度不足"}, 403), NoCreditError),
        ("infinityblue", BLUE, Answer({"error": {"message": "", "code": "insufficient_quota"}}, 429), NoCreditError),
        ("infinityblue", BLUE, Answer({"error": {"message": "", "code": "model_not_found"}}, 503), ProviderError),
        ("infinityblue", BLUE, Answer({"code": "invalid_request", "message": "bad", "data": None}), ProviderError),
        ("openai_videos", VIDEOS, Answer({"detail": [{"loc": ["body", "size"], "msg": "bad"}]}, 422), ProviderError),
    ],
)
def test_a_refusal_is_told_and_not_repeated(
    generate: Generate, provider: str, path: str, answer: Answer, kind: type[ProviderError]
) -> None:
    """A refused submission fails with the error of its kind, after one POST, and redirects are not followed."""
    with Server({f"POST {path}": answer}) as server:
        made = generate(server.url, provider)
        with pytest.raises(kind):
            made.wait(60)
        assert type(made.error) is kind
        assert made.status is Status.FAILED
        assert [each.path for each in server.seen if each.method == "POST"] == [path]


def test_a_strict_validator_gets_the_other_spelling(generate: Generate, clip: bytes) -> None:
    """A refusal of one spelling of the duration is answered with the other, and one job is made."""
    strict = Answer({"error": {"message": "Unknown field: duration_seconds", "code": "unknown_field"}}, 422)
    scripts = infery(done(result={"url": "/a.mp4"}), submit=[strict, MADE], **{"GET /a.mp4": Answer(clip)})
    with Server(scripts) as server:
        generate(server.url, duration=1).wait(60)
        sent = [post.json() for post in server.requests(f"POST {INFERY}")]
        assert [sorted(body.keys() & {"duration", "duration_seconds"}) for body in sent] == [
            ["duration", "duration_seconds"],
            ["duration"],
        ]
        assert server.accepted == 1


def test_a_server_that_reads_forms_only(generate: Generate, clip: bytes) -> None:
    """JSON that was refused for being JSON goes again as a form with the same fields."""
    missing = Answer({"detail": [{"type": "missing", "loc": ["body", "prompt"], "msg": "Field required"}]}, 422)
    routes = {f"GET {VIDEOS}/v1/content": Answer(clip)}
    with Server(videos(done(), submit=[missing, MADE], **routes)) as server:
        generate(server.url, "openai_videos", model="wan", seed=7).wait(60)
        form = server.requests(f"POST {VIDEOS}")[1]
        assert form.headers["content-type"].startswith("multipart/form-data; boundary=")
        for name, value in {"model": "wan", "prompt": "a paper boat", "seed": "7"}.items():
            assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in form.body
        assert server.accepted == 1


def test_words_nobody_knows_and_progress_that_falls(generate: Generate, clip: bytes) -> None:
    """Unknown words are waited out and shown progress never falls."""
    steps = [("", "10%"), ("UNKNOWN", "20%"), ("warming_up", "50%"), ("IN_PROGRESS", "30%"), ("Processing", None)]
    rows = [Answer({"code": "success", "data": {"task_id": "v1", "status": word, "progress": n}}) for word, n in steps]
    end = Answer({"code": "success", "data": {"task_id": "v1", "status": "SUCCESS", "fail_reason": "/a.mp4"}})
    hold = threading.Event()
    with Server(blue(*rows, end, submit=job({"task_id": "v1"}, hold=hold), **{"GET /a.mp4": Answer(clip)})) as server:
        made = generate(server.url, "infinityblue")
        shown: list[float] = []
        made.observe(lambda change: shown.append(change["new"]), "progress")
        hold.set()
        made.wait(60)
        assert shown == [0.1, 0.2, 0.5, 1.0]


def test_an_empty_envelope_means_later(generate: Generate, clip: bytes) -> None:
    """`data: null` right after a submission is no end."""
    empty = Answer({"code": "success", "message": "", "data": None})
    end = Answer({"task_id": "v1", "status": "completed", "url": "/a.mp4"})
    with Server(blue(empty, empty, end, **{"GET /a.mp4": Answer(clip)})) as server:
        assert generate(server.url, "infinityblue").wait(60).status is Status.SUCCEEDED


def test_errors_between_polls_end_nothing(generate: Generate, clip: bytes) -> None:
    """Pages, dropped connections, a lagging replica and 500s are asked through."""
    trouble = [
        Answer(HTML, 502),
        Answer(None, drop=True),
        Answer({"code": "task_not_exist", "message": "", "data": None}, 400),
        Answer({"error": {"message": "task not found"}}, 404),
        Answer({"error": {"message": "no"}}, 500),
        Answer("", 200),
    ]
    end = Answer({"task_id": "v1", "status": "completed", "url": "/a.mp4"})
    with Server(blue(*trouble, end, **{"GET /a.mp4": Answer(clip)})) as server:
        assert generate(server.url, "infinityblue").wait(60).status is Status.SUCCEEDED
        assert server.accepted == 1


def test_a_key_that_may_submit_but_not_ask(generate: Generate) -> None:
    """The job is there and may be charged: it is kept as uncertain with its id, and nothing goes again."""
    locked = Answer({"error": {"message": "This token has no access to model ", "type": "new_api_error"}}, 403)
    with Server(blue(locked)) as server:
        made = generate(server.url, "infinityblue")
        with pytest.raises(AuthenticationError, match="v1"):
            made.wait(60)
        assert (made.status, made.remote_id, server.accepted) == (Status.UNCERTAIN, "v1", 1)
        assert len(server.requests(f"POST {BLUE}")) == 1


def test_a_family_without_a_reader(generate: Generate, clip: bytes) -> None:
    """501 on the second family's path: the first family's is asked, and only that from then on."""
    routes: dict[str, Answer | Sequence[Answer]] = {
        f"POST {VIDEOS}": TASK,
        f"GET {VIDEOS}/v1": Answer({"error": {"message": "not_implemented", "code": "not_implemented"}}, 501),
        f"GET {BLUE}/v1": [
            Answer({"code": "success", "data": {"task_id": "v1", "status": "IN_PROGRESS", "progress": "30%"}}),
            Answer({"code": "success", "data": {"task_id": "v1", "status": "SUCCESS", "result_url": "/a.mp4"}}),
        ],
        "GET /a.mp4": Answer(clip),
    }
    with Server(routes) as server:
        generate(server.url, "infinityblue", model="doubao-seedance-2-0-260128").wait(60)
        assert len(server.requests(f"GET {VIDEOS}/v1")) == 1
        assert len(server.requests(f"GET {BLUE}/v1")) == 2


def test_a_failed_job_behind_an_error_status(generate: Generate) -> None:
    """A 500 with the failed job inside ends the job, with its reason."""
    failed = {"id": "v1", "object": "video", "status": "failed", "error": {"message": "CUDA out of memory"}}
    with Server(videos(Answer(failed, 500))) as server:
        made = generate(server.url, "openai_videos")
        with pytest.raises(JobFailedError, match="CUDA out of memory"):
            made.wait(60)


def test_a_refused_content_says_so(generate: Generate) -> None:
    """A filter's refusal, even in a field for addresses, is told as one."""
    failed = {"task_id": "v1", "status": "failed", "url": "输入内容包含敏感信息", "error": None}
    with Server(blue(Answer({"code": "success", "data": failed}))) as server:
        made = generate(server.url, "infinityblue")
        with pytest.raises(JobFailedError, match="refused the content: 输入内容包含敏感信息"):
            made.wait(60)


def test_a_truncated_clip_is_completed(generate: Generate, clip: bytes) -> None:
    """What broke off is fetched from where it broke off, and the file is whole."""
    files = [Answer(clip, cut=len(clip) // 2), Answer(clip)]
    with Server(infery(done(result={"url": "/a.mp4"}), **{"GET /a.mp4": files})) as server:
        made = generate(server.url).wait(60)
        assert made.path is not None
        assert made.path.read_bytes() == clip
        first, second = server.requests("GET /a.mp4")
        assert "range" not in first.headers
        assert 0 < int(second.headers["range"].removeprefix("bytes=").removesuffix("-")) <= len(clip) // 2


def test_the_key_stays_at_its_own_origin(generate: Generate, clip: bytes) -> None:
    """A storage that refuses any Authorization header gets none, by link and by redirect."""
    with Server({"GET /store/a.mp4": Answer(clip)}, keyed=False) as store:
        away = Answer("", 302, {"location": f"{store.url}/store/a.mp4?sig=1"})
        both = [{"url": f"{store.url}/store/a.mp4?sig=1"}, {"url": "/a.mp4"}]
        with Server(infery(done(result=both), **{"GET /a.mp4": away}), keyed=True) as server:
            made = generate(server.url, count=2).wait(60)
            assert [video.path.read_bytes() for video in made.videos] == [clip, clip]
            assert all("authorization" not in seen.headers for seen in store.seen)


def test_an_expired_link_is_asked_for_again(generate: Generate, clip: bytes) -> None:
    """A 403 from the storage leads to one more status call and its fresh link."""
    old, new = done(result={"url": "/old.mp4?sig=1"}), done(result={"url": "/new.mp4?sig=2"})
    routes = {"GET /old.mp4": Answer(EXPIRED, 403), "GET /new.mp4": Answer(clip)}
    with Server(infery(old, new, **routes)) as server:
        assert generate(server.url).wait(60).status is Status.SUCCEEDED
        assert server.accepted == 1


def test_success_without_a_clip(generate: Generate) -> None:
    """A wire without a content route has no clip to give then, and the job says so."""
    with Server(infery(done(result=None, credits_used=80))) as server:
        made = generate(server.url)
        with pytest.raises(OutputMissingError, match="no clip"):
            made.wait(60)
        assert made.cost == Cost(80, "credits")


@pytest.mark.parametrize("route", ["/v1/videos/v1/content", "/v1/tasks/v1/artifacts/video/content"])
def test_success_without_an_address(generate: Generate, clip: bytes, route: str) -> None:
    """The relay's content routes are tried, with the key."""
    end = Answer({"task_id": "v1", "platform": "kling", "status": "SUCCESS", "progress": "100%", "fail_reason": ""})
    with Server(blue(end, **{f"GET {route}": Answer(clip)}), keyed=True) as server:
        made = generate(server.url, "infinityblue").wait(60)
        assert made.path is not None
        assert made.path.read_bytes() == clip


def test_json_in_the_coat_of_a_clip(generate: Generate, clip: bytes) -> None:
    """200 `video/mp4` that holds an error is no clip; it is asked for again."""
    wrapped = Answer(json.dumps({"error": {"message": "not ready"}}).encode())
    with Server(videos(done(), **{f"GET {VIDEOS}/v1/content": [wrapped, Answer(clip)]})) as server:
        made = generate(server.url, "openai_videos").wait(60)
        assert made.path is not None
        assert made.path.read_bytes() == clip


def test_a_clip_inside_the_answer(generate: Generate, clip: bytes) -> None:
    """A data URI in `fail_reason` is a clip, as one release of the relay sends it."""
    uri = f"data:video/mp4;base64,{base64.b64encode(clip).decode()}"
    with Server(blue(Answer({"code": "success", "data": {"status": "SUCCESS", "fail_reason": uri}}))) as server:
        made = generate(server.url, "infinityblue").wait(60)
        assert made.path is not None
        assert made.path.read_bytes() == clip


def test_a_gateway_that_calls_itself_localhost(generate: Generate, clip: bytes) -> None:
    """An address on the reader's own machine is not fetched there, but from the gateway."""
    host = _own_address()
    if host is None:
        pytest.skip("this machine has no address but loopback")
    with Server({"GET /v1/videos/v1/content": Answer(b"\0")}) as mine:
        end = done(metadata={"url": f"{mine.url}/v1/videos/v1/content"})
        with Server(videos(end, **{f"GET {VIDEOS}/v1/content": Answer(clip)}), host=host) as server:
            made = generate(server.url, "openai_videos").wait(60)
            assert made.path is not None
            assert made.path.read_bytes() == clip
            assert mine.seen == []


def test_several_clips(generate: Generate, clip: bytes, other_clip: bytes) -> None:
    """`results` brings one file each, in order."""
    both = [{"url": "/a.mp4"}, {"url": "/b.mp4"}]
    routes = {"GET /a.mp4": Answer(clip), "GET /b.mp4": Answer(other_clip)}
    with Server(infery(done(result=both[0], results=both), **routes)) as server:
        made = generate(server.url, count=2).wait(60)
        assert [video.path.read_bytes() for video in made.videos] == [clip, other_clip]
        assert server.requests(f"POST {INFERY}")[0].json()["n"] == 2


def test_an_id_of_any_characters(generate: Generate, clip: bytes) -> None:
    """A long id with slashes and signs is one segment of the status and content paths."""
    name, path = "a/b?c=d&e=+" * 30, "a%2Fb%3Fc%3Dd%26e%3D%2B" * 30
    routes = {
        f"POST {VIDEOS}": job({"id": name, "status": "queued"}),
        f"GET {VIDEOS}/{path}": Answer({"id": name, "status": "completed"}),
        f"GET {VIDEOS}/{path}/content": Answer(clip),
    }
    with Server(routes) as server:
        assert generate(server.url, "openai_videos").wait(60).remote_id == name


def test_limits_of_the_providers_own_list(generate: Generate) -> None:
    """What `GET /v1/models` says is checked before a request is sent."""
    listed = {"data": [{"id": "veo-3-1-fast", "allowedParams": {"resolution": ["720p"]}}]}
    with Server(infery(done(), **{"GET /v1/models": Answer(listed)})) as server:
        with pytest.raises(UnsupportedOptionError, match="720p"):
            generate(server.url, resolution="1080p")
        assert server.requests("GET /v1/models")[0].path == "/v1/models?modality=video"
        assert server.accepted == 0


def _own_address() -> str | None:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # chooses a route; a datagram socket sends nothing for it
            host = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if host.startswith(("127.", "0.")) else host
