"""What the benchmark of lost answers counts for us: its own failures, its own server."""

from __future__ import annotations

import pytest

from benchmarks.lost import clients
from benchmarks.lost.lossy import FAILURES, Lossy
from tests.providers.conftest import KEY
from videogen_nb.backend import session, submit
from videogen_nb.backend.http import client as http
from videogen_nb.core.job import Status
from videogen_nb.errors import ConnectionLostError, JobFailedError, SubmitUncertainError
from videogen_nb.providers.infery import Infery

# What one submission may cost and has to say: POSTs that reach the server, jobs that it accepts, the error.
EXPECTED = {
    "connection refused": (0, 0, ConnectionLostError),
    "reset after the body was read": (1, 1, SubmitUncertainError),
    "answer timed out": (1, 1, SubmitUncertainError),
    "502 HTML after accepting": (1, 1, SubmitUncertainError),
    "503 with Retry-After": (1, 1, SubmitUncertainError),
    "429, then fine": (2, 1, JobFailedError),
}


def test_every_failure_of_the_benchmark_is_expected_here() -> None:
    """A failure that is added to the benchmark has to be judged here too."""
    assert list(EXPECTED) == list(FAILURES)


@pytest.mark.parametrize("failure", FAILURES)
def test_one_submission_buys_one_job(failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of the answer, the server accepts one job, and its user learns that it may have."""
    posts, accepted, error = EXPECTED[failure]
    monkeypatch.setenv("INFERY_API_KEY", KEY)
    monkeypatch.setenv("INFERY_BASE_URL", "")  # set by the client; put back with this
    monkeypatch.setattr(Infery, "interval", 0.02)
    monkeypatch.setattr(submit, "backoff", lambda misses: 0.02)
    monkeypatch.setattr(http, "_TIMEOUT", http._TIMEOUT)
    clients.shorten(http)
    with Lossy() as server:
        with pytest.raises(error):
            clients.ours(server.address("videogen-nb", failure))
        (made,) = session.jobs()
        session.close()
        assert (server.posts["videogen-nb", failure], server.accepted_by["videogen-nb", failure]) == (posts, accepted)
    assert (made.status is Status.UNCERTAIN) is (error is SubmitUncertainError)
