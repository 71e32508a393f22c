"""Checks of a provider with plain values: what it writes, and what it reads from whatever a server may answer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.options import OPTIONS
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import RequestError, UnsupportedOptionError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.wire import Call, Reply, Report
from videogen_nb.testing.io_watch import recorded_io
from videogen_nb.testing.returned import check_accepted, check_error, check_report, read
from videogen_nb.testing.samples import ODD_IDS, ODD_WORDS, any_replies, option_values, variants
from videogen_nb.testing.subject import BASE_URL, KEY, Subject

if TYPE_CHECKING:
    import pytest

__all__ = ["WireChecks"]

_REFUSAL = Reply(400, {}, b'{"error": {"message": "no"}}')


class WireChecks(Subject):
    """The checks of `ProviderConformance` that need no server."""

    # -- what it says of itself -----------------------------------------------------------

    def test_attributes(self) -> None:
        """What users, configuration and messages take from the class is there and valid."""
        provider = self.make()
        assert provider.name.isidentifier(), f"name is typed in cells, so it must be an identifier: {provider.name!r}"
        assert provider.title.strip(), "title stands in messages, so it must not be blank"
        assert provider.interval > 0, "interval is the seconds between polls, so it must be above 0"
        assert provider.charged_at in ("submit", "success", "never", None), f"charged_at is {provider.charged_at!r}"
        assert provider.key_env or not provider.key_required, "key_required, but key_env names no variable for the key"
        known = {name for name, option in OPTIONS.items() if option.wire}
        assert provider.options <= known, f"options has names that no request has: {sorted(provider.options - known)}"
        base_url = provider.base_url
        assert base_url or provider.base_url_env, "neither base_url nor base_url_env says where the provider is"
        assert not (base_url or "").endswith(("/", "/v1")), f"base_url ends before /v1 and has no slash: {base_url}"
        for spec in provider.models:
            assert spec.provider == provider.name, f"model {spec.id} names the provider {spec.provider!r}"
        cancels = provider.cancel_call(self.handle()) is not None
        assert provider.cancels is cancels, f"cancels is {provider.cancels}, but cancel_call says {cancels}"

    def test_no_input_or_output(self) -> None:
        """It opens no file or connection and starts no process: all jobs would stand still meanwhile."""
        self._use_all()  # importing a module on first use is not counted
        with recorded_io() as events:
            self._use_all()
        assert not events, f"it does input or output: {', '.join(sorted(set(events)))}"

    def _use_all(self) -> None:
        provider, request, spec, handle = self.make(), VideoRequest("a paper boat"), self.spec(), self.handle()
        provider.check(request, spec)
        call = provider.submit_call(request, spec)
        provider.status_call(handle)
        provider.cancel_call(handle)
        provider.models_call()
        provider.amend(call, _REFUSAL)
        provider.fallback_status_call(handle, _REFUSAL)
        provider.read_accepted(_ok(self.accepted_body("v1")))
        provider.read_report(_ok(self.status_body("v1", self.running_word)), handle)
        provider.read_models(_ok({"data": []}))
        provider.refused(_REFUSAL)
        provider.gone(provider.read_error(_REFUSAL))

    # -- what it writes -------------------------------------------------------------------

    def test_submit_call(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A submission depends on the request alone, sends the prompt unchanged, and never holds the key."""
        provider, spec, request = self.make(), self.spec(), VideoRequest('a "paper" boat 紙')
        if provider.key_env:
            monkeypatch.setenv(provider.key_env, KEY)
        provider.check(request, spec)
        call = provider.submit_call(request, spec)
        assert call == provider.submit_call(request, spec), "one request gave two different calls"
        assert call.method == "POST", f"a submission is sent as POST, not {call.method}: it may cost money"
        _check_path(call)
        assert call.json is None or not call.parts, "a call has a body as json or as parts, not both"
        json.dumps(call.json, allow_nan=False)
        assert request.prompt in [*_texts(call.json), *(part.content for part in call.parts)], "the prompt is not sent"
        assert KEY not in repr(call), "the call holds the key; the backend adds it, for the provider's own origin only"
        names = {name.lower() for name in call.headers}
        assert "authorization" not in names, "the call has an authorization; the backend adds it"

    def test_options_are_sent_or_refused(self) -> None:
        """Each of `options` is sent; any other option is refused by its name, before anything is sent."""
        provider, spec = self.make(), self.spec()
        plain = provider.submit_call(VideoRequest("a paper boat"), spec)
        for name in (name for name, option in OPTIONS.items() if option.wire):
            requests = [VideoRequest("a paper boat", **{name: value}) for value in option_values(name)]
            refusals = [_refusal(provider, request, spec) for request in requests]
            if name not in provider.options:
                named = {error.option if error else None for error in refusals}
                assert named != {None}, f"check accepts {name}, which is not among options"
                assert named == {name}, f"{name} was refused by an error about {named}"
            elif name not in self.unused_options and None in refusals:
                accepted = [request for request, error in zip(requests, refusals, strict=True) if error is None]
                sent = any(provider.submit_call(request, spec) != plain for request in accepted)  # one may be a default
                assert sent, f"{name} is among options, but submit_call does not send it"

    def test_params_are_sent(self) -> None:
        """Fields without an option are passed on, and can't replace model and prompt."""
        provider, spec = self.make(), self.spec()
        call = provider.submit_call(VideoRequest("a paper boat", params={"conformance": "sent"}), spec)
        assert "sent" in _texts(call.json), "a field of params is not sent"
        for name in ("prompt", "model"):
            try:
                call = provider.submit_call(VideoRequest("a paper boat", params={name: "replaced"}), spec)
            except RequestError:
                continue
            assert "replaced" not in _texts(call.json), f"a field of params replaces the {name}"

    def test_ids_in_calls(self) -> None:
        """Whatever characters an id holds, calls about its job go to the job's own path."""
        provider = self.make()
        for make, remote_id in itertools.product((provider.status_call, provider.cancel_call), ODD_IDS):
            call, usual = make(self.handle(remote_id)), make(self.handle("usual-id"))
            if call is None or usual is None:
                continue
            _check_path(call)
            segments, expected = call.path.split("/"), usual.path.split("/")
            if "usual-id" not in expected:
                assert remote_id in call.query.values(), f"the id {remote_id!r} is neither in path nor query: {call}"
                continue
            assert len(segments) == len(expected), f"the id {remote_id!r} leads to another path: {call.path}"
            segment = segments[expected.index("usual-id")]
            assert segment.strip("."), f"the id {remote_id!r} is a segment of dots, which clients remove: {call.path}"
            assert unquote(segment) == remote_id, f"the id {remote_id!r} reads as {unquote(segment)!r} in {call.path}"

    # -- what it reads --------------------------------------------------------------------

    def test_accepted(self) -> None:
        """The id of an accepted job is read as it is, whatever characters it holds."""
        for remote_id in ODD_IDS:
            accepted = self.make().read_accepted(_ok(self.accepted_body(remote_id)))
            assert accepted is not None, f"no id was read from the response that names {remote_id!r}"
            assert accepted.remote_id == remote_id, f"the id {remote_id!r} was read as {accepted.remote_id!r}"

    def test_an_error_with_a_2xx_status(self) -> None:
        """An error that comes with a 2xx status is a ProviderError, or a response without an id; it is no job."""
        bodies: list[Any] = [{"error": {"message": "no"}}, {"error": "no"}, {"message": "no"}, {}, [], None, "no"]
        for body in bodies:
            reply = _ok(body)
            accepted = read(lambda reply=reply: self.make().read_accepted(reply), reply)  # type: ignore[misc]
            assert accepted is None, f"{body} was read as job {accepted and accepted.remote_id!r}"

    def test_status_words(self) -> None:
        """Its own words are understood, and a word that it does not know never ends a job."""
        words = {self.running_word: "running", self.succeeded_word: "succeeded", self.failed_word: "failed"}
        for word, status in words.items():
            assert self._report(word).status == status, f"{word!r} was read as {self._report(word).status!r}"
        for odd in ODD_WORDS:
            report = self._report(odd, url="/files/clip.mp4")
            assert report.status in ("queued", "running"), f"the unknown word {odd!r} was read as {report.status!r}"
            assert report.outputs == (), f"a job whose status is {odd!r} has outputs"

    def test_failure(self) -> None:
        """A failed job's reason is read, in the provider's words."""
        report = self._report(self.failed_word, error="the GPU caught fire")
        assert "the GPU caught fire" in (report.error or ""), f"the reason was read as {report.error!r}"
        assert report.outputs == (), "a failed job has outputs"

    def test_outputs(self) -> None:
        """A finished clip's address is read as it is, absolute or as a path; a running job has none."""
        for url in ("https://storage.example/clip.mp4?sig=a%2Bb&x=1", "/files/clip.mp4"):
            outputs = self._report(self.succeeded_word, url=url).outputs
            assert len(outputs) == 1, f"one clip was read as {len(outputs)}"
            first = urljoin(f"{BASE_URL}/", outputs[0][0])
            assert first == urljoin(f"{BASE_URL}/", url), f"the clip at {url} is looked for at {first}"
            running = self._report(self.running_word, url=url)
            assert running.outputs == (), "a running job has outputs, which may not be complete"

    def test_any_response(self) -> None:
        """Whatever a server answers, reading it gives valid values or a ProviderError, and raises nothing else."""
        provider, handle = self.make(), self.handle()
        call = provider.submit_call(VideoRequest("a paper boat"), self.spec())
        for reply in self._all_replies():

            def use(reply: Reply = reply) -> None:
                error = provider.read_error(reply)
                check_error(error, reply, provider)
                provider.gone(error)
                provider.fallback_status_call(handle, reply)
                refused = provider.refused(reply)
                assert provider.amend(call, reply) is None or refused, f"{reply} is amended, but may have made a job"
                assert all(isinstance(spec, ModelSpec) for spec in provider.read_models(reply))

            check_accepted(read(lambda reply=reply: provider.read_accepted(reply), reply), reply)  # type: ignore[misc]
            if report := read(lambda reply=reply: provider.read_report(reply, handle), reply):  # type: ignore[misc]
                check_report(report, reply)
            read(use, reply)

    def test_only_a_refusal_counts_as_one(self) -> None:
        """A 2xx, a 408 and a bare 5xx prove nothing: the job may have been made, and charged."""
        for status in (200, 202, 408, 500, 502, 504):
            assert not self.make().refused(Reply(status)), f"refused takes a bare {status} as proof that no job exists"

    def _all_replies(self) -> Iterator[Reply]:
        yield from any_replies()
        yield from variants(self.accepted_body("v1"))
        yield from variants(self.status_body("v1", self.running_word))
        yield from variants(self.status_body("v1", self.succeeded_word, url="/files/clip.mp4"))
        yield from variants(self.status_body("v1", self.failed_word, error="the GPU caught fire"))

    def _report(self, word: Any, *, url: str | None = None, error: str | None = None) -> Report:
        reply = _ok(self.status_body("v1", word, url=url, error=error))
        return self.make().read_report(reply, self.handle())


def _refusal(provider: Provider, request: VideoRequest, spec: ModelSpec) -> UnsupportedOptionError | None:
    try:
        provider.check(request, spec)
    except UnsupportedOptionError as error:
        return error
    return None


def _ok(body: Any) -> Reply:
    return Reply(200, {}, json.dumps(body).encode())


def _check_path(call: Call) -> None:
    parts = urlsplit(f"{BASE_URL}{call.path}")
    whole = (parts.path, parts.query, parts.fragment) == (call.path, "", "")
    encoded = call.path.isascii() and call.path.isprintable() and " " not in call.path
    valid = call.path.startswith("/") and whole and encoded
    assert valid, f"a path starts at the origin, is percent-encoded and has no query: {call.path!r}"


def _texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ():
        yield from _texts(inner)
