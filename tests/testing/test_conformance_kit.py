# mypy: disable-error-code="misc, no-any-return"
"""The conformance kit passes a provider that keeps its promises, and finds each kind of provider that does not."""

from __future__ import annotations

import inspect
import os
import re
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from videogen_nb import testing
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import ProviderError
from videogen_nb.providers.base import Accepted, Call, Handle, Provider, Reply, Report
from videogen_nb.testing import ProviderConformance
from videogen_nb.testing.round_trip import REMOTE_ID


def example() -> str:
    """The code in the module's docstring."""
    _, _, code = (testing.__doc__ or "").partition("::\n\n")
    return textwrap.dedent(code)


NAMESPACE: dict[str, Any] = {}
exec(example(), NAMESPACE)
Acme: Any = NAMESPACE["Acme"]
AcmeConformance: Any = NAMESPACE["TestAcme"]
TESTS = [name for name in dir(ProviderConformance) if name.startswith("test_")]


def test_the_example_passes_as_printed(tmp_path: Path) -> None:
    """The provider of the docstring, put into a file as it stands there, passes every test under a bare pytest."""
    (tmp_path / "test_acme.py").write_text(example(), "utf-8")
    path = os.pathsep.join((str(Path(testing.__file__).parents[2]), os.environ.get("PYTHONPATH", "")))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(TESTS)} passed" in ran.stdout


def test_the_kit_needs_pytest_only_to_run() -> None:
    """A plug-in can import its own test module, or ours, where pytest is not installed."""
    code = "import sys, videogen_nb.testing; print('pytest' in sys.modules)"
    root = Path(testing.__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


# -- providers that break one promise each ------------------------------------------------------------------------

BROKEN: list[tuple[type[Provider], str, str]] = []


def caught_by(test: str, words: str) -> Callable[[type[Provider]], type[Provider]]:
    """Note a provider, the test that has to fail for it, and words of the failure."""

    def note(kind: type[Provider]) -> type[Provider]:
        BROKEN.append((kind, test, words))
        return kind

    return note


@caught_by("test_attributes", "base_url ends before /v1")
class HasTheVersionInItsAddress(Acme):
    base_url = "https://api.acme.example/v1"


@caught_by("test_attributes", "names that no request has")
class HasUnknownOptions(Acme):
    options = frozenset({"style"})


@caught_by("test_attributes", "cancels is True")
class SaysThatItCancels(Acme):
    cancels = True


@caught_by("test_no_input_or_output", "open")
class ReadsFiles(Acme):
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        Path(__file__).read_bytes()
        return super().read_report(reply, handle)


@caught_by("test_no_input_or_output", "socket.bind")
class OpensSockets(Acme):
    def status_call(self, handle: Handle) -> Call:
        with socket.create_server(("127.0.0.1", 0)):
            return super().status_call(handle)


@caught_by("test_submit_call", "holds the key")
class SendsTheKey(Acme):
    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        return replace(super().submit_call(request, spec), query={"key": os.environ.get("ACME_API_KEY", "")})


@caught_by("test_submit_call", "two different calls")
class SendsANonce(Acme):
    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        return replace(super().submit_call(request, spec), headers={"x-nonce": str(time.monotonic_ns())})


@caught_by("test_submit_call", "the prompt is not sent")
class ChangesThePrompt(Acme):
    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        return super().submit_call(replace(request, prompt=request.prompt.upper()), spec)


@caught_by("test_options_are_sent_or_refused", "check accepts resolution")
class ChecksNothing(Acme):
    def check(self, request: VideoRequest, spec: ModelSpec) -> None:
        """Let everything pass."""


@caught_by("test_options_are_sent_or_refused", "fps is among options, but")
class ForgetsAnOption(Acme):
    options = Acme.options | {"fps"}


@caught_by("test_params_are_sent", "a field of params is not sent")
class DropsParams(Acme):
    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        return super().submit_call(replace(request, params={}), spec)


@caught_by("test_params_are_sent", "a field of params replaces the prompt")
class LetsParamsReplaceThePrompt(Acme):
    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        return Call("POST", "/v1/clips", json={"prompt": request.prompt, **request.params})


@caught_by("test_ids_in_calls", "percent-encoded")
class PutsIdsIntoPathsAsTheyAre(Acme):
    def status_call(self, handle: Handle) -> Call:
        return Call("GET", f"/v1/clips/{handle.remote_id}")


@caught_by("test_ids_in_calls", "segment of dots")
class ForgetsDots(Acme):
    def status_call(self, handle: Handle) -> Call:
        return Call("GET", f"/v1/clips/{quote(handle.remote_id, safe='')}")


@caught_by("test_accepted", "was read as")
class CutsIds(Acme):
    def read_accepted(self, reply: Reply) -> Accepted | None:
        return Accepted(str(reply.object()["id"])[:64])


@caught_by("test_an_error_with_a_2xx_status", "was read as job 'None'")
class TakesErrorsForJobs(Acme):
    def read_accepted(self, reply: Reply) -> Accepted | None:
        return Accepted(str(reply.object().get("id")))


@caught_by("test_status_words", "was read as 'failed'")
class TakesUnknownWordsForFailures(Acme):
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        word = reply.object().get("status")
        return Report({"running": "running", "done": "succeeded"}.get(str(word), "failed"))  # type: ignore[arg-type]


@caught_by("test_failure", "the reason was read as None")
class DropsReasons(Acme):
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        return replace(super().read_report(reply, handle), error=None)


@caught_by("test_outputs", "is looked for at")
class UnquotesAddresses(Acme):
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        report = super().read_report(reply, handle)
        return replace(report, outputs=tuple(tuple(map(unquote, urls)) for urls in report.outputs))


@caught_by("test_outputs", "a running job has outputs")
class OffersUnfinishedClips(Acme):
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        url = reply.object().get("video_url")
        return replace(super().read_report(reply, handle), outputs=((url,),) if url else ())


@caught_by("test_any_response", "which is not a ProviderError")
class TrustsTheServer(Acme):
    def read_accepted(self, reply: Reply) -> Accepted | None:
        return Accepted(reply.json()["id"])


@caught_by("test_any_response", "not 0 to 1")
class PassesProgressOn(Acme):
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        return replace(super().read_report(reply, handle), progress=float(len(reply.content)))


@caught_by("test_only_a_refusal_counts_as_one", "a bare 408")
class TakesAnyErrorForARefusal(Acme):
    def refused(self, reply: Reply) -> bool:
        return not reply.ok


@caught_by("test_a_job", "the job's id is")
class LowersIds(Acme):
    def read_accepted(self, reply: Reply) -> Accepted | None:
        return Accepted(str(reply.object()["id"]).upper())

    def status_call(self, handle: Handle) -> Call:
        return super().status_call(replace(handle, remote_id=handle.remote_id.lower()))


@caught_by("test_the_key_stays_at_its_origin", "not downloaded from the address")
class DropsTheHost(Acme):
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        report = super().read_report(reply, handle)
        return replace(report, outputs=tuple(tuple(urlsplit(url).path for url in urls) for urls in report.outputs))


@caught_by("test_an_uncertain_submission_is_bought_once", "after a 200 without an id")
class InventsIds(Acme):
    def read_accepted(self, reply: Reply) -> Accepted | None:
        return super().read_accepted(reply) or (Accepted(REMOTE_ID) if reply.content == b"{}" else None)


@caught_by("test_an_uncertain_submission_is_bought_once", "after a proxy's 502")
class TakesA502ForARefusal(Acme):
    def refused(self, reply: Reply) -> bool:
        return reply.status_code == 502 or super().refused(reply)


@caught_by("test_a_rate_limit_is_waited_out", "the job failed")
class KnowsNoRateLimit(Acme):
    def read_error(self, reply: Reply) -> ProviderError:
        return ProviderError("An error.", provider=self.name, status_code=reply.status_code)


@caught_by("test_a_refusal_ends_the_job", "submitted 2 times")
class TriesAnotherForm(Acme):
    def amend(self, call: Call, reply: Reply) -> Call | None:
        return None if call.headers else replace(call, headers={"x-form": "2"})


@caught_by("test_a_failed_job", "the reason is not in the message")
class SaysNoReasons(DropsReasons):
    pass


@caught_by("test_success_without_a_clip", "videogen-nb itself failed")
class NeedsAnAddress(Acme):
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        report = super().read_report(reply, handle)
        return replace(report, outputs=((reply.json()["video_url"].strip(),),))


@pytest.mark.parametrize(("kind", "test", "words"), BROKEN, ids=[kind.__name__ for kind, _, _ in BROKEN])
def test_a_broken_promise_is_found(
    kind: type[Provider], test: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test of that promise fails, and its message says what is wrong; the example itself passes it."""
    fixtures = {"tmp_path": tmp_path, "monkeypatch": monkeypatch}
    method = getattr(type("TestBroken", (AcmeConformance,), {"provider": kind})(), test)
    with pytest.raises(AssertionError, match=re.escape(words)):
        method(**{name: fixtures[name] for name in inspect.signature(method).parameters})


def test_every_test_can_fail() -> None:
    """Each test of the kit is failed by one of the broken providers above."""
    assert {test for _, test, _ in BROKEN} == {*TESTS}
