"""What a hostile or confused service can send, and what a person can type."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from videogen_nb.providers.base import Handle, Reply
from videogen_nb.providers.registry import provider

BOUNDED = settings(
    max_examples=30,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""Thirty examples, the same each time: a failure in one run is a failure in the next."""

PROVIDERS = tuple(provider(name) for name in ("infery", "infinityblue", "openai_videos", "local"))
BLANK_OR_CONTROL = "\x00\t\n\r\x0b\x1b\x7f\x85\xa0\u200b\u2028\u202e\u2066\ufeff"

any_text = st.text(st.characters(), max_size=40)
"""Any characters, halves of surrogate pairs among them."""

nasty_text = st.one_of(
    any_text,
    st.text(st.sampled_from(BLANK_OR_CONTROL + "ab/\\.-:%?#&=<>\"'{}[]"), max_size=30),
    st.sampled_from(
        [
            "", " ", ".", "..", "...", "../../etc/passwd", "a/../b", "CON", "nul.mp4", "%2e%2e", "?x=1", "#x",
            "a\r\nb: c", "<script>alert(1)</script>", "\x1b[31mred", "javascript:alert(1)",
            "data:video/mp4;base64,AAAA", "//x/y", "[" * 500, "https://", "http://[::1", "http://a:b/",
            "https://x.example/a.mp4?sig=1", "succeeded", "completed", "null", "NaN", "100%", "1e999", "9" * 5000,
            '{"error": {"message": "{\\"code\\": 5}"}}', "\ud800", "fail_to_fetch_task",
        ]
    ),
)  # fmt: skip

numbers = st.one_of(st.integers(), st.integers(10**18, 10**40), st.floats(), st.just(10**399))
scalars = st.one_of(st.none(), st.booleans(), numbers, nasty_text)

_KEYS = (
    "id", "task_id", "job_id", "status", "data", "error", "message", "code", "msg", "detail", "url", "video_url",
    "result_url", "results", "result", "metadata", "progress", "queue_position", "n", "quota", "credits_used",
    "fail_reason", "error_message", "type", "loc", "success", "duration", "width", "height", "duration_seconds",
    "resolution", "object", "models", "allowedParams", "allowed_params", "min", "max", "enum", "values", "pricing",
    "credits_per_second", "modality", "name", "supported_endpoint_types", "choices", "task_status_msg", "videos",
    "uri",
)  # fmt: skip

json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(_KEYS), nasty_text), inner, max_size=6)
    ),
    max_leaves=25,
)
wire_like = st.dictionaries(st.sampled_from(_KEYS), json_values, max_size=10)
"""An object with the names that the wires use and any values under them."""

_STATUS = st.sampled_from(
    ["queued", "processing", "succeeded", "completed", "SUCCESS", "FAILURE", "failed", "cancelled", "expired", "", "?"]
)


@st.composite
def jobs(draw: st.DrawFn) -> dict[str, Any]:
    """A job as a wire shows one, with some of its values turned into something else; maybe in an envelope."""
    job = {"id": "t1", "status": draw(_STATUS), "progress": 40, "model": "m", "url": "https://x.example/a.mp4"}
    job |= draw(wire_like)
    job["status"] = draw(st.one_of(_STATUS, json_values))
    for _ in range(draw(st.integers(0, 2))):
        job = {"code": draw(st.one_of(st.just("success"), scalars)), "message": draw(scalars), "data": job}
    return job


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


bodies = st.one_of(
    st.binary(max_size=200),
    nasty_text.map(lambda text: text.encode("utf-8", "surrogatepass")),
    json_values.map(_bytes),
    wire_like.map(_bytes),
    jobs().map(_bytes),
    jobs().map(_bytes).map(lambda body: body[:-3]),
    st.sampled_from(
        [b"[" * 20_000, b'{"data":' * 2_000, b'{"id": ' + b"9" * 5000 + b"}", b"\xff\xfe{}", b"\xef\xbb\xbf{}"]
    ),
)
_HEADERS = ("retry-after", "date", "x-request-id", "x-oneapi-request-id", "content-type", "openai-poll-after-ms")
headers = st.dictionaries(st.sampled_from(_HEADERS), nasty_text, max_size=4)
statuses = st.one_of(
    st.sampled_from([200, 201, 202, 400, 401, 403, 404, 415, 422, 429, 500, 501, 503]), st.integers(100, 599)
)
replies = st.builds(Reply, statuses, headers, bodies)
handles = st.builds(
    Handle,
    remote_id=st.one_of(st.just("t1"), nasty_text),
    model=nasty_text,
    family=st.sampled_from(["", "videos"]),
    base_url=st.sampled_from(["https://api.example", "http://127.0.0.1:9", "https://api.example/prefix"]),
    count=st.integers(1, 16),
)
