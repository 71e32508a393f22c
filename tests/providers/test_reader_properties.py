"""The wire readers, whatever comes: they raise nothing of their own, and what they return can be relied on."""

from __future__ import annotations

import json
import math
from typing import Any, get_args
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.strategies import BOUNDED, PROVIDERS, bodies, handles, headers, json_values, nasty_text, replies
from videogen_nb.backend.follow import _advice
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import ProviderError
from videogen_nb.providers.base import Accepted, Handle, Provider, RemoteStatus, Reply, Report
from videogen_nb.providers.read_errors import LONGEST, clean, error_details
from videogen_nb.providers.read_values import MAX_RETRY_AFTER, retry_after

WORDS = get_args(RemoteStatus)
every_provider = pytest.mark.parametrize("wire", PROVIDERS, ids=lambda wire: wire.name)


def is_plain(text: str) -> bool:
    """Whether a text can be printed as one line: no control, direction or line characters, no half pairs."""
    return text.isprintable() and len(text.splitlines()) <= 1


def is_finite(value: float | None) -> bool:
    return value is None or (isinstance(value, int | float) and math.isfinite(value))


def check_error(error: ProviderError) -> None:
    assert is_plain(str(error))
    assert len(str(error)) <= 2 * LONGEST + 200
    assert isinstance(error.status_code, int)
    assert error.code is None or (is_plain(error.code) and error.code)
    assert is_finite(getattr(error, "retry_after", None))


@every_provider
@given(reply=replies)
@BOUNDED
def test_an_acceptance_has_a_name_or_is_none(wire: Provider, reply: Reply) -> None:
    """A submission's answer gives an id that is printable text and not blank, None, or a ProviderError."""
    try:
        accepted = wire.read_accepted(reply)
    except ProviderError as error:
        check_error(error)
        return
    if accepted is not None:
        assert isinstance(accepted, Accepted)
        assert isinstance(accepted.remote_id, str)
        assert accepted.remote_id.strip() == accepted.remote_id != ""
        assert is_plain(accepted.remote_id)


def check_report(report: Report) -> None:
    assert report.status in WORDS
    assert isinstance(report.word, str)
    assert report.progress is None or 0 <= report.progress <= 1
    assert report.position is None or (isinstance(report.position, int) and report.position >= 0)
    for clip in report.outputs:
        assert clip
        for address in clip:
            assert isinstance(address, str)
            assert is_plain(address)
            assert address[:5].lower() == "data:" or urlsplit(address).scheme in ("http", "https", "")
    if report.error is not None:
        assert report.error
        assert len(report.error) <= LONGEST
        assert is_plain(report.error)
    assert report.cost is None or (is_finite(report.cost.amount) and report.cost.amount >= 0)
    assert is_finite(report.duration)
    if report.size is not None:
        assert min(report.size) >= 1


@every_provider
@given(reply=replies, handle=handles)
@BOUNDED
def test_a_report_can_be_relied_on(wire: Provider, reply: Reply, handle: Handle) -> None:
    """A status answer gives a canonical word, progress of 0 to 1 or None, text as addresses, or a ProviderError."""
    try:
        report = wire.read_report(reply, handle)
    except ProviderError as error:
        check_error(error)
        return
    check_report(report)


@every_provider
@given(body=json_values, status=st.integers(200, 599))
@BOUNDED
def test_a_report_of_any_json(wire: Provider, body: Any, status: int) -> None:
    """The same where the value under `status` makes a job of any JSON."""
    for word in ("succeeded", "failed", "queued"):
        wrapped = {"id": "t1", "status": word, "error": body, "result": body, "metadata": body, "data": body, "n": body}
        reply = Reply(status, {}, json.dumps(wrapped).encode("utf-8", "surrogatepass"))
        try:
            check_report(wire.read_report(reply, Handle("t1", "m", "", "https://api.example")))
        except ProviderError as error:
            check_error(error)


@every_provider
@given(reply=replies)
@BOUNDED
def test_an_error_is_one_plain_line(wire: Provider, reply: Reply) -> None:
    """Any answer read as an error is one bounded line that can forge none, and the questions about it answer."""
    error = wire.read_error(reply)
    assert isinstance(error, ProviderError)
    check_error(error)
    assert wire.refused(reply) in (True, False)
    assert wire.gone(error) in (True, False)


@every_provider
@given(reply=replies, handle=handles)
@BOUNDED
def test_another_way_to_ask_stays_on_the_job(wire: Provider, reply: Reply, handle: Handle) -> None:
    """The other call about a job, where there is one, is a GET that ends in the same name."""
    other = wire.fallback_status_call(handle, reply)
    if other is not None:
        assert other.method == "GET"
        assert other.path.rpartition("/")[2] == wire.status_call(handle).path.rpartition("/")[2]


@every_provider
@given(reply=replies)
@BOUNDED
def test_an_amended_call_is_the_same_submission(wire: Provider, reply: Reply) -> None:
    """What replaces a refused form has the same path and prompt, and comes only where no job can have been made."""
    request = VideoRequest("a boat", duration=4, model="m")
    call = wire.submit_call(request, ModelSpec("m", wire.name))
    amended = wire.amend(call, reply)
    if amended is not None:
        assert wire.refused(reply)
        assert (amended.method, amended.path) == (call.method, call.path)
        form = {part.name: part.content for part in amended.parts}
        assert (amended.json or form)["prompt"] == "a boat"


@every_provider
@given(reply=replies)
@BOUNDED
def test_a_list_of_models_is_a_list_of_models(wire: Provider, reply: Reply) -> None:
    """Any list gives models with printable names, whose limits can be checked against."""
    for spec in wire.read_models(reply):
        assert isinstance(spec, ModelSpec)
        assert is_plain(spec.id)
        assert spec.id
        for value in (
            spec.min_duration,
            spec.max_duration,
            spec.price.amount if spec.price else None,
            *(spec.durations or ()),
        ):
            assert is_finite(value)
        for word in (*(spec.resolutions or ()), *(spec.aspect_ratios or ())):
            assert word.isascii()


@every_provider
@given(remote_id=nasty_text.filter(bool), family=st.sampled_from(["", "videos"]))
@example(remote_id="..", family="")
@example(remote_id="\ud800", family="")
@BOUNDED
def test_a_job_is_one_segment_of_a_path(wire: Provider, remote_id: str, family: str) -> None:
    """Whatever a job's name holds, asking about it stays under the wire's own prefix, with no query and no fragment."""
    handle = Handle(remote_id, "m", family, "https://api.example")
    prefix = wire.status_call(Handle("x", "m", family, "https://api.example")).path.removesuffix("x")
    for call in (wire.status_call(handle), wire.cancel_call(handle)):
        if call is None:
            continue
        parts = urlsplit(f"https://api.example{call.path}")
        assert (parts.netloc, parts.query, parts.fragment) == ("api.example", "", "")
        assert parts.path == call.path
        assert call.path.isascii()
        assert call.path.isprintable()
        assert call.path.startswith(prefix)
        segment = call.path.removeprefix(prefix)
        assert segment
        assert "/" not in segment
        assert segment.strip(".")
        if remote_id.isprintable():
            assert unquote(segment) == remote_id


@given(value=json_values)
@BOUNDED
def test_clean_is_bounded_and_plain(value: Any) -> None:
    """The words out of any error value are one bounded line, and cleaning them again changes nothing to the worse."""
    words = clean(value)
    assert is_plain(words)
    assert len(words) <= LONGEST
    assert is_plain(clean(words))


@given(body=bodies, headers=headers)
@BOUNDED
def test_error_details_are_plain(body: bytes, headers: dict[str, str]) -> None:
    """Codes and message of any error body are plain."""
    said = error_details(Reply(400, headers, body))
    for text in (said.message, *said.codes):
        assert is_plain(text)


@given(
    value=st.one_of(nasty_text, st.floats().map(str), st.datetimes().map(str), st.integers().map(str)), date=nasty_text
)
@example(value="Wed, 21 Oct 99999 07:28:00 GMT", date="")
@example(value="Thu, 01 Jan 1970 00:00:00 +9999999", date="")
@example(value="1e308", date="")
@example(value="-0", date="Mon, 01 Jan 0001 00:00:00 GMT")
@BOUNDED
def test_advice_on_waiting_is_bounded(value: str, date: str) -> None:
    """However a server says how long to wait, it is None or from nothing to an hour."""
    for text in (value, date):
        wait = retry_after(Reply(429, {"retry-after": text, "date": value}))
        assert wait is None or 0 <= wait <= MAX_RETRY_AFTER
    for name in ("openai-poll-after-ms", "retry-after-ms", "retry-after"):
        advice = _advice(Reply(200, {name: value, "date": date}))
        assert advice is None or 0 <= advice <= 600
