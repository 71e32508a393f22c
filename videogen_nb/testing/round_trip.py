"""Whole jobs of a provider through the real backend, against a server on a loopback port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from videogen_nb.backend.backend import Backend
from videogen_nb.config import Endpoint
from videogen_nb.core.job import Job, Status
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import JobFailedError, OutputMissingError, ProviderError, SubmitUncertainError, VideogenError
from videogen_nb.testing.samples import HTML, tiny_clip
from videogen_nb.testing.server import Answer, LoopbackServer, Received
from videogen_nb.testing.subject import KEY, Subject

if TYPE_CHECKING:
    import pytest

__all__ = ["RoundTripChecks"]

REMOTE_ID = "job/1 ü"
PATIENCE = 60.0  # seconds until a job that hangs fails its test
_CLIP = "/files/clip.mp4"
_LIMIT = Answer({"error": {"message": "Too many requests"}}, 429, {"retry-after": "0.05"})
_NO_ANSWERS = {
    "the connection was reset": Answer(drop=True),
    "the response broke off": Answer({"id": "v1", "task_id": "v1"}, cut=5),
    "a proxy's 502": Answer(HTML, 502),
    "a 504": Answer({"error": {"message": "upstream timed out"}}, 504),
    "a 200 with a page": Answer(HTML),
    "a 200 without an id": Answer({}),
}


class RoundTripChecks(Subject):
    """The checks of `ProviderConformance` that run jobs; they take `tmp_path` and `monkeypatch` from pytest."""

    def test_a_job(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Submit once, follow to the end, and download the clip, with the key on every request."""
        with self._api(monkeypatch) as api, _backend(tmp_path, monkeypatch) as backend:
            api.statuses = [self._status("warming_up"), self._status(self.running_word), self._succeeded(_CLIP)]
            job = self._run(backend, api)
            assert job.error is None, f"the job failed: {job.error}"
            assert job.remote_id == REMOTE_ID, f"the job's id is {job.remote_id!r}, not {REMOTE_ID!r}"
            assert job.path is not None, "the job has no clip"
            assert job.path.read_bytes() == tiny_clip(), "the clip is not the one that the server gave"
            assert api.submissions == 1, f"one job was submitted {api.submissions} times"
            wanted = f"Bearer {KEY}" if api.endpoint.key else None
            for request in api.received:
                assert request.headers.get("authorization") == wanted, f"{request.route} came without the key"

    def test_the_key_stays_at_its_origin(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A clip on another origin is downloaded without the key."""
        with self._api(monkeypatch) as api, _Storage() as storage, _backend(tmp_path, monkeypatch) as backend:
            api.statuses = [self._succeeded(f"{storage.url}{_CLIP}?sig=1")]
            job = self._run(backend, api)
            assert job.error is None, f"the job failed: {job.error}"
            assert storage.received, "the clip was not downloaded from the address that the status answer gives"
            for request in storage.received:
                assert "authorization" not in request.headers, "the key was sent to another origin"

    def test_an_uncertain_submission_is_bought_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A submission without a readable answer may be charged: it is not sent again, and the job is uncertain."""
        with self._api(monkeypatch) as api, _backend(tmp_path, monkeypatch) as backend:
            for name, answer in _NO_ANSWERS.items():
                api.submissions, api.answers = 0, [answer]
                job = self._run(backend, api)
                assert job.status is Status.UNCERTAIN, f"after {name} the job is {job.status}: {job.error}"
                assert isinstance(job.error, SubmitUncertainError), f"after {name} the error is {job.error!r}"
                assert api.submissions == 1, f"after {name} it was submitted {api.submissions} times"

    def test_a_rate_limit_is_waited_out(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A 429 was not accepted, so the request is sent again; the same goes for a status call."""
        with self._api(monkeypatch) as api, _backend(tmp_path, monkeypatch) as backend:
            api.answers = [_LIMIT, Answer("", 429), Answer(self.accepted_body(REMOTE_ID))]
            api.statuses = [_LIMIT, self._succeeded(_CLIP)]
            job = self._run(backend, api)
            assert job.error is None, f"the job failed: {job.error}"
            assert api.submissions == 3, f"two 429s and an acceptance took {api.submissions} submissions"

    def test_a_refusal_ends_the_job(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A refused submission fails with a ProviderError that says so, and is not sent again."""
        refusal = Answer({"error": {"message": "the style is not available", "code": "bad_style"}}, 400)
        with self._api(monkeypatch) as api, _backend(tmp_path, monkeypatch) as backend:
            api.answers = [refusal]
            job = self._run(backend, api)
            assert job.status is Status.FAILED, f"the job is {job.status}"
            assert isinstance(job.error, ProviderError), f"the error is {job.error!r}"
            assert api.submissions == 1, f"a refused request was submitted {api.submissions} times"

    def test_a_failed_job(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A job that fails at the provider ends with its reason, and is not submitted again."""
        with self._api(monkeypatch) as api, _backend(tmp_path, monkeypatch) as backend:
            api.statuses = [self._status(self.failed_word, error="the GPU caught fire")]
            job = self._run(backend, api)
            assert isinstance(job.error, JobFailedError), f"the error is {job.error!r}"
            assert "the GPU caught fire" in str(job.error), f"the reason is not in the message: {job.error}"
            assert api.submissions == 1, f"a failed job was submitted {api.submissions} times"

    def test_success_without_a_clip(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A job that succeeded but names no clip ends, unless the provider knows another place to look."""
        with self._api(monkeypatch) as api, _backend(tmp_path, monkeypatch) as backend:
            api.statuses = [self._succeeded(None)]
            job = self._run(backend, api)
            ended = isinstance(job.error, OutputMissingError) or (api.downloads and job.error is None)
            assert ended, f"the job is {job.status}: {job.error!r}"

    # -- helpers --------------------------------------------------------------------------

    def _api(self, monkeypatch: pytest.MonkeyPatch) -> _Api:
        """The provider's API on this machine: it accepts a submission, and its clip is ready at once."""
        monkeypatch.setattr(self.provider, "interval", 0.02)
        monkeypatch.setattr(self.provider, "app", lambda provider, home: None)  # what runs in this process has no port
        provider = self.make()
        submit = provider.submit_call(VideoRequest("a paper boat"), self.spec())
        status = provider.status_call(self.handle(REMOTE_ID))
        api = _Api(f"{submit.method} {submit.path}", f"{status.method} {status.path}")
        api.endpoint = Endpoint(api.url, KEY if provider.key_env else None)
        api.answers, api.statuses = [Answer(self.accepted_body(REMOTE_ID))], [self._succeeded(_CLIP)]
        return api

    def _status(self, word: str, *, url: str | None = None, error: str | None = None) -> Answer:
        return Answer(self.status_body(REMOTE_ID, word, url=url, error=error))

    def _succeeded(self, url: str | None) -> Answer:
        return self._status(self.succeeded_word, url=url)

    def _run(self, backend: Backend, api: _Api) -> Job:
        """A job that has ended."""
        job = backend.submit(VideoRequest("a paper boat"), self.make(), self.spec(), api.endpoint)
        with suppress(VideogenError):
            job.wait(PATIENCE)
        assert job.ended, f"the job is still {job.status} after {PATIENCE:g} s: {job.notice}"
        return job


class _Api(LoopbackServer):
    """A provider's API with one job.

    Args:
        submit: Method and path of a submission.
        status: Method and path of a status call.

    Attributes:
        endpoint: Where it is, and its key.
        answers: What submissions are answered with, in order; the last repeats.
        statuses: The same of status calls.
        submissions: How many submissions it received.
        downloads: How many other requests it received; each is answered with the clip.
        received: All requests.
    """

    endpoint: Endpoint

    def __init__(self, submit: str, status: str) -> None:
        super().__init__()
        self.answers: list[Answer] = []
        self.statuses: list[Answer] = []
        self.submissions = self.downloads = 0
        self.received: list[Received] = []
        self._submit, self._status = submit, status
        self._lock = threading.Lock()

    def answer(self, request: Received) -> Answer:
        with self._lock:
            self.received.append(request)
            if request.route == self._submit:
                self.submissions += 1
                return _next(self.answers)
            if request.route == self._status:
                return _next(self.statuses)
            self.downloads += 1
            return Answer(tiny_clip())


class _Storage(LoopbackServer):
    """Another origin, which has the clip."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Received] = []

    def answer(self, request: Received) -> Answer:
        self.received.append(request)
        return Answer(tiny_clip())


def _next(answers: list[Answer]) -> Answer:
    return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def _backend(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """A backend whose journal and clips are in that folder."""
    monkeypatch.setenv("VIDEOGEN_OUTPUT_DIR", str(folder / "videogen"))
    backend = Backend(folder / "home")
    try:
        yield backend
    finally:
        backend.close()
