from __future__ import annotations

import json
from typing import Any

import pytest

from tests.providers.answers import reply
from videogen_nb.errors import (
    AuthenticationError,
    ContentRejectedError,
    NoCreditError,
    ProviderError,
    RateLimitError,
)
from videogen_nb.providers.base import Provider
from videogen_nb.providers.infery import Infery
from videogen_nb.providers.infinityblue import InfinityBlue
from videogen_nb.providers.local import Local
from videogen_nb.providers.openai_videos import OpenAIVideos
from videogen_nb.providers.read_errors import clean, error_details, is_rejection, to_error

NESTED = json.dumps({"error": {"message": "Width is odd", "code": "InvalidParameter"}})
HTML = "<!DOCTYPE html><html><head><title>502 Bad Gateway &amp; more</title></head><body>nginx</body></html>"


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (
            {"error": {"message": "Invalid API key", "type": "t", "code": "invalid_api_key"}},
            "Invalid API key",
            "invalid_api_key",
        ),
        ({"error": {"message": "No such user", "type": "new_api_error", "code": ""}}, "No such user", "new_api_error"),
        ({"error": {"message": "m", "type": None, "param": None, "code": None}}, "m", None),
        ({"error": "out of order"}, "out of order", None),
        ({"error": {"code": "insufficient_credits"}}, "insufficient_credits", "insufficient_credits"),
        ({"code": "task_not_exist", "message": "task_not_exist", "data": None}, "task_not_exist", "task_not_exist"),
        ({"code": 400, "message": "bad"}, "bad", "400"),
        ({"success": False, "message": "无效的令牌"}, "无效的令牌", None),
        ({"detail": "Video not found"}, "Video not found", None),
        (
            {
                "detail": [
                    {"type": "extra_forbidden", "loc": ["body", "seconds"], "msg": "Extra inputs are not permitted"}
                ]
            },
            "body.seconds: Extra inputs are not permitted",
            "extra_forbidden",
        ),
        ({"detail": [{"loc": ["body", 0], "msg": "a"}, {"loc": ["b"], "msg": "c"}]}, "body.0: a; b: c", None),
        ({"detail": {"error": {"message": "deep"}}}, "deep", None),
        ({"code": "fail_to_fetch_task", "message": NESTED, "data": None}, "Width is odd", "fail_to_fetch_task"),
        ({"error": {"message": NESTED}}, "Width is odd", "InvalidParameter"),
        ({"error": {"message": "{not json"}}, "{not json", None),
        ({"error": {"message": '["a", "b"]'}}, "a; b", None),
        ({"error": {}, "message": "outer"}, "outer", None),
        ({}, "", None),
        ([], "", None),
        ("", "", None),
        ("null", "null", None),
        ("Service Unavailable", "Service Unavailable", None),
        (HTML, "502 Bad Gateway & more", None),
        ("<html><body>gone</body></html>", "an HTML page", None),
        ("\n<!-- proxy -->\n<HTML></HTML>", "an HTML page", None),
        (
            "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Expired</Message></Error>",
            "AccessDenied Expired",
            None,
        ),
        (b"\xff\xfe\x00", "��", None),
        ({"message": "[" * 5000}, "[" * 199 + "…", None),
    ],
)
def test_every_envelope(body: Any, message: str, code: str | None) -> None:
    """The innermost words and the most telling code come out of any envelope, or of a page, or of nothing."""
    said = error_details(reply(body, 400))
    assert (said.message, said.code) == (message, code)


@pytest.mark.parametrize(
    ("body", "headers", "request_id", "message"),
    [
        ({"error": {"message": "No (request id: 2026abc)"}}, {}, "2026abc", "No"),
        ({"error": {"message": "无效（request id：2026abc）"}}, {}, "2026abc", "无效"),
        ({"error": {"message": "No (request id: in-text)"}}, {"x_request_id": "in-header"}, "in-header", "No"),
        ({"error": {"message": "No"}}, {"x_oneapi_request_id": "one"}, "one", "No"),
        ("", {}, None, ""),
    ],
)
def test_request_ids(body: Any, headers: dict[str, str], request_id: str | None, message: str) -> None:
    """The id for the provider's support is taken from a header or out of the message."""
    said = error_details(reply(body, 500, **headers))
    assert (said.request_id, said.message) == (request_id, message)


def test_words_are_safe_to_show() -> None:
    """Control characters, keys, signed queries and endless pages do not reach the user."""
    said = clean(
        "a\x1b[31mb\r\nc\u202e key sk-abcdefghijklmnop and https://s.example/v.mp4?X-Signature=secret " + "x" * 900
    )
    assert said.startswith("a [31mb c key ")
    assert "sk-abcdef" not in said
    assert "secret" not in said
    assert "https://s.example/v.mp4?…" in said
    assert len(said) == 200


def wrong(message: str = "", code: str = "", kind: str = "") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code}}


KINDS: list[tuple[int, Any, type[ProviderError]]] = [
    (401, wrong("Invalid API key", "invalid_api_key"), AuthenticationError),
    (401, wrong("无效的令牌", "", "new_api_error"), AuthenticationError),
    (401, "", AuthenticationError),
    (401, wrong("Wrong key; see your quota page", "invalid_api_key"), AuthenticationError),
    (403, wrong("This token has no access to model ", "", "new_api_error"), AuthenticationError),
    (403, {"detail": "Forbidden"}, AuthenticationError),
    (402, wrong("Insufficient credits", "insufficient_credits"), NoCreditError),
    (402, "", NoCreditError),
    (401, wrong("该令牌额度已用尽", "", "new_api_error"), NoCreditError),
    (403, {"code": "quota_not_enough", "message": "user quota is not enough", "data": None}, NoCreditError),
    (403, wrong("用户余额不足", "insufficient_user_quota"), NoCreditError),
    (403, wrong("Your account balance is too low"), NoCreditError),
    (429, wrong("You exceeded your current quota", "insufficient_quota"), NoCreditError),
    (429, wrong("Budget has been exceeded! Current cost: 1.2"), NoCreditError),
    (400, wrong("Budget has been exceeded", "budget_exceeded"), NoCreditError),
    (
        429,
        wrong("Rate limit exceeded: 60 requests per minute", "rate_limit_exceeded", "rate_limit_error"),
        RateLimitError,
    ),
    (429, wrong("Quota exceeded for requests per minute"), RateLimitError),
    (429, wrong("当前分组上游负载已饱和，请稍后再试"), RateLimitError),
    (429, "", RateLimitError),
    (400, wrong("Your prompt violates our content policy", "content_policy_violation"), ContentRejectedError),
    (400, wrong("rejected by the moderation system"), ContentRejectedError),
    (422, {"detail": "Blocked by safety checker"}, ContentRejectedError),
    (403, wrong("input contains sensitive information"), ContentRejectedError),
    (400, {"code": "fail_to_fetch_task", "message": "输入文本包含敏感信息", "data": None}, ContentRejectedError),
    (400, wrong("图片违规"), ContentRejectedError),
    (200, {"code": "invalid_request", "message": "content moderation failed", "data": None}, ContentRejectedError),
    (400, wrong("Unknown parameter: 'moderation'"), ProviderError),
    (400, wrong("Model names are case-sensitive"), ProviderError),
    (400, wrong("Audio is not supported", "audio_not_supported_by_model"), ProviderError),
    (404, wrong("Not found"), ProviderError),
    (413, wrong("Too large", "storage_quota_exceeded"), ProviderError),
    (500, wrong("upstream content policy service is down"), ProviderError),
    (500, wrong("quota service is down", "insufficient_quota"), ProviderError),
    (503, wrong("No available channel for model veo_9 under group default", "model_not_found"), ProviderError),
    (502, HTML, ProviderError),
    (301, "", ProviderError),
]


@pytest.mark.parametrize(("status", "body", "kind"), KINDS)
@pytest.mark.parametrize("following", [False, True])
def test_every_error_has_its_class(status: int, body: Any, kind: type[ProviderError], following: bool) -> None:
    """Class, provider, HTTP status and message of an error come from the answer alone."""
    error = to_error(InfinityBlue(), reply(body, status), following=following)
    assert type(error) is kind
    assert (error.provider, error.status_code) == ("infinityblue", status)
    assert str(error).startswith("Infinity Blue ")
    assert f"({status})" in error.message
    assert str(error) == " ".join(filter(None, (error.message, error.charged, error.advice)))
    assert len(str(error)) < 500


@pytest.mark.parametrize(("status", "body", "kind"), KINDS)
def test_nothing_is_said_of_charges_that_is_not_known(status: int, body: Any, kind: type[ProviderError]) -> None:
    """Only a refused submission is known to be free; a 5xx, a 2xx and any poll's error are not."""
    assert to_error(Infery(), reply(body, status), following=True).charged == ""
    refused = 300 <= status < 500
    assert to_error(Infery(), reply(body, status)).charged == ("Nothing was charged." if refused else "")
    assert to_error(Infery(), reply(body, 408)).charged == ""


def test_details_travel_on_the_error() -> None:
    """Code, request id, waiting time and a filter's reason can be read from the error."""
    limited = to_error(Infery(), reply(wrong("slow", "rate_limit_exceeded"), 429, retry_after="7", x_request_id="r1"))
    assert isinstance(limited, RateLimitError)
    assert (limited.retry_after, limited.request_id, limited.code) == (7, "r1", "rate_limit_exceeded")
    rejected = to_error(Infery(), reply(wrong("Blocked: content policy"), 400))
    assert isinstance(rejected, ContentRejectedError)
    assert rejected.reason == "Blocked: content policy"
    bare = to_error(InfinityBlue(), reply("", 429))
    assert isinstance(bare, RateLimitError)
    assert (bare.retry_after, bare.request_id, bare.code) == (None, None, None)


@pytest.mark.parametrize(
    ("provider", "body", "status", "message"),
    [
        (
            Infery(),
            wrong("Invalid API key", "invalid_api_key"),
            401,
            "Infery refused the key (401): Invalid API key. Nothing was charged. Check INFERY_API_KEY.",
        ),
        (
            InfinityBlue(),
            "",
            429,
            "Infinity Blue limits the request rate (429). Nothing was charged. Try again in a while.",
        ),
        (
            InfinityBlue(),
            wrong(
                "分组 default 下模型 veo_9 无可用渠道（distributor） (request id: 1)",
                "model_not_found",
                "new_api_error",
            ),
            503,
            "Infinity Blue has no model veo_9 for this key (503): 分组 default 下模型 veo_9 无可用渠道（distributor）. "
            "Nothing was charged. See `%videogen models`.",
        ),
        (
            OpenAIVideos(),
            "",
            307,
            "OpenAI-compatible videos does not accept requests at this address (307). Nothing was charged. "
            "Check the model and OPENAI_VIDEOS_BASE_URL.",
        ),
        (
            Local(),
            {"error": {"message": "'n' must be an integer from 1 to 4."}},
            400,
            "Local preview refused the request (400): 'n' must be an integer from 1 to 4. Nothing was charged.",
        ),
    ],
)
def test_messages_say_what_happened_and_what_to_do(provider: Provider, body: Any, status: int, message: str) -> None:
    """A message is one plain line: what happened, what was charged where that is known, what to do."""
    assert str(to_error(provider, reply(body, status))) == message


@pytest.mark.parametrize(
    ("text", "rejected"),
    [
        ("Blocked by the safety system", True),
        ("violates Google's usage policies", True),
        ("NSFW content detected", True),
        ("任务失败：内容审核不通过", True),
        ("safety_tolerance must be 1 to 5", False),
        ("upstream timed out", False),
        ("unexpected argument: content_filter", False),
        ("", False),
    ],
)
def test_rejections_are_told_from_other_failures(text: str, rejected: bool) -> None:
    """A content filter's words count, a field's name does not."""
    assert is_rejection(text) is rejected
