from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import videogen_nb as vg
from tests.support.scripted import HTML, Answer, Ask, Gateway, done, failed, going, ranged, when
from videogen_nb.backend import follow, session
from videogen_nb.backend import job_run as run
from videogen_nb.backend.poll_timing import next_delay
from videogen_nb.core.job import Cost, Phase, Status
from videogen_nb.errors import (
    AuthenticationError,
    JobCancelledError,
    JobExpiredError,
    JobFailedError,
    SubmitUncertainError,
)
from videogen_nb.providers.base import Reply
from videogen_nb.storage.journal import Journal

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]
NO_KEY = Answer({"error": {"message": "bad key", "code": "invalid_api_key"}}, 401)
DROP = Answer(drop=True)


def generate(**options: Any) -> vg.Job:
    return vg.generate("a paper boat", provider="infery", **options)


def files(clip: bytes) -> dict[str, Any]:
    return {"GET /files/a.mp4": ranged(clip)}


def test_a_job_goes_through_its_stages(infery: Infery, clip: bytes) -> None:
    """Queued, running with progress, downloading, succeeded; each is a trait change, in that order."""
    queued = Answer({"id": "v1", "status": "queued", "progress": 0})
    hold = threading.Event()
    queued_first = Answer({"id": "v1", "status": "queued", "progress": 0}, hold=hold)
    infery(status=[queued_first, queued, going(10), going(60), done(credits_used=80)], routes=files(clip))
    made = generate()
    seen: list[tuple[str, Any]] = []
    made.observe(lambda change: seen.append((change["name"], change["new"])))
    hold.set()
    made.wait(60)
    assert [new for name, new in seen if name == "status"] == [Status.RUNNING, Status.SUCCEEDED]
    phases = [new for name, new in seen if name == "phase"]
    assert phases[-3:] == [Phase.RUNNING, Phase.DOWNLOADING, Phase.ENDED]
    assert [new for name, new in seen if name == "progress"] == [0.0, 0.1, 0.6, 1.0]
    assert seen[-1][0] == "status" or made.ended
    assert (made.cost, made.progress, made.remaining, made.position) == (Cost(80, "credits"), 1.0, None, None)
    assert made.ended_at
    assert made.ended_at >= made.created_at


def test_a_crowd_knows_how_many_it_is(infery: Infery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each poll is timed by how many jobs are followed at the gateway; what earlier ones took is read once for all."""
    crowds: list[int] = []
    read: list[str] = []

    def delayed(*args: Any, job_count: int, **options: Any) -> float:
        crowds.append(job_count)
        return next_delay(*args, job_count=job_count, **options)

    def durations(self: Journal, provider: str, model: str) -> list[float]:
        read.append(model)
        return []

    monkeypatch.setattr(follow, "next_delay", delayed)
    monkeypatch.setattr(run, "FRESH", 3600)
    monkeypatch.setattr(Journal, "durations", durations)
    hold = threading.Event()
    infery(status=[Answer({"id": "v1", "status": "queued"}, hold=hold)] * 3 + [failed("no")])
    jobs = [generate() for _ in range(3)]
    (client,) = session.backend()._supervisor._clients.values()
    deadline = time.monotonic() + 60
    while client.http.limiter.job_count < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    hold.set()
    for job in jobs:
        with pytest.raises(JobFailedError):
            job.wait(60)
    assert max(crowds) == 3
    assert client.http.limiter.job_count == 0
    assert read == ["veo-3-1-fast"]


def test_progress_never_falls_and_words_nobody_knows_are_waited_out(infery: Infery, clip: bytes) -> None:
    """Falling, missing and odd progress; statuses that no list has."""
    words = [
        going(50),
        going(20),
        going(None),
        going("55%"),
        going(-3),
        Answer({"id": "v1", "status": "warming_up"}),
        Answer({"id": "v1", "status": ""}),
        Answer({"id": "v1"}),
        Answer({"id": "v1", "status": "UPSCALING", "progress": 54}),
        done(),
    ]
    hold = threading.Event()
    infery(status=[Answer({"id": "v1", "status": "queued"}, hold=hold), *words], routes=files(clip))
    made = generate()
    seen: list[float] = []
    made.observe(lambda change: seen.append(change["new"]), "progress")
    hold.set()
    assert made.wait(60).status is Status.SUCCEEDED
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_trouble_between_polls_ends_nothing(infery: Infery, clip: bytes) -> None:
    """Dropped connections, pages, empty answers and server errors are asked through."""
    trouble = [
        DROP,
        Answer(HTML, 502),
        Answer("", 200),
        Answer(HTML, 200),
        Answer({"error": {"message": "x"}}, 500),
        DROP,
        DROP,
        DROP,
        Answer("", 503),
    ]
    server = infery(status=[going(10), *trouble, done()], routes=files(clip))
    assert generate().wait(60).status is Status.SUCCEEDED
    assert len(server.posts) == 1


def test_what_is_going_on_is_told_while_the_network_is_away(infery: Infery, clip: bytes) -> None:
    """And no more once an answer came again."""
    hold = threading.Event()
    infery(status=[DROP, DROP, DROP, Answer({"id": "v1", "status": "queued"}, hold=hold), done()], routes=files(clip))
    made = generate()
    assert when(made, "notice", lambda notice: "Nothing is lost" in notice).wait(60)
    hold.set()
    assert made.wait(60).notice == ""


def test_a_429_on_a_poll_is_heeded(infery: Infery, clip: bytes) -> None:
    """The next poll comes no sooner than it was asked for; nothing is submitted again."""
    times: list[float] = []

    def poll(_: Any) -> Answer:
        times.append(time.monotonic())
        return Answer("", 429, {"retry-after": "0.4"}) if len(times) == 1 else done()

    server = infery(status=Ask(make=poll), routes=files(clip))
    generate().wait(60)
    assert times[1] - times[0] >= 0.4
    assert len(server.posts) == 1


def test_a_cancel_does_not_wait_for_a_429(infery: Infery) -> None:
    """However long the gateway asks to wait."""
    told = threading.Event()

    def poll(_: Any) -> Answer:
        told.set()
        return Answer("", 429, {"retry-after": "3000"})

    infery(status=Ask(make=poll))
    made = generate()
    assert told.wait(60)
    made.cancel()
    with pytest.raises(JobCancelledError):
        made.wait(60)


@pytest.mark.parametrize("advice", [{"retry-after": "0.5"}, {"openai-poll-after-ms": "500"}, {"retry-after-ms": "500"}])
def test_the_gateways_advice_times_the_next_poll(infery: Infery, clip: bytes, advice: dict[str, str]) -> None:
    """Seconds or milliseconds, in a good answer's headers."""
    times: list[float] = []

    def poll(_: Any) -> Answer:
        times.append(time.monotonic())
        return Answer({"id": "v1", "status": "processing"}, headers=advice) if len(times) == 1 else done()

    infery(status=Ask(make=poll), routes=files(clip))
    generate().wait(60)
    assert times[1] - times[0] >= 0.5


@pytest.mark.parametrize("word", ["nan", "inf", "-1", "soon", "1e999"])
def test_advice_that_is_none_stops_nothing(word: str) -> None:
    """A header is only text."""
    advice = follow._advice(Reply(200, {"retry-after": word}))
    assert advice is None or 0 <= advice <= 600


def test_a_key_that_can_not_read_leaves_the_job_resumable(infery: Infery, clip: bytes) -> None:
    """Three refusals in a row, and it is uncertain with its id; resuming with a good key brings the clip."""
    server = infery(status=[NO_KEY, NO_KEY, NO_KEY, done()], routes=files(clip))
    made = generate()
    with pytest.raises(AuthenticationError, match="v1"):
        made.wait(60)
    assert made.status is Status.UNCERTAIN
    assert len(server.polls) == 3
    (again,) = vg.resume(made.id)
    assert again.wait(60).path
    assert len(server.posts) == 1


def test_only_refusals_count_as_refusals(infery: Infery, clip: bytes) -> None:
    """A network that breaks and one 401 in between are no proof that the key is bad."""
    infery(status=[DROP, DROP, NO_KEY, DROP, NO_KEY, going(), NO_KEY, done()], routes=files(clip))
    assert generate().wait(60).status is Status.SUCCEEDED


def test_a_fresh_job_may_be_unknown_for_a_while(infery: Infery, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replicas lag; after the grace a 404 is the end, and the job can be looked for again."""
    gone = Answer({"error": {"message": "no such job"}}, 404)
    infery(status=[gone, gone, done()], routes=files(clip))
    assert generate().wait(60).status is Status.SUCCEEDED
    monkeypatch.setattr(follow, "GRACE", 0.0)
    infery(status=gone)
    made = generate()
    with pytest.raises(JobExpiredError, match="no longer knows"):
        made.wait(60)
    assert made.status is Status.FAILED


def test_a_failed_job_says_why_and_what_it_cost(infery: Infery) -> None:
    """In three parts: what happened, what was charged, what to do."""
    infery(status=failed("the GPU caught fire"))
    made = generate()
    with pytest.raises(JobFailedError, match="GPU caught fire") as caught:
        made.wait(60)
    assert caught.value.job is made
    assert "charges for finished clips only" in caught.value.charged
    assert f"%videogen retry {made.id}" in caught.value.advice
    assert made.status is Status.FAILED


def test_no_signed_link_and_no_key_is_in_what_is_told(infery: Infery) -> None:
    """Errors of the gateway carry them."""
    said = "upload to https://s.example/a?X-Signature=0a1b2c failed for Bearer 0a1b2c0a1b2c"
    infery(status=failed(said))
    made = generate()
    with pytest.raises(JobFailedError) as caught:
        made.wait(60)
    row = session.backend().journal.row(made.id)
    assert "0a1b2c" not in f"{caught.value}{made!r}{made.notice}{row}"


def test_a_cancel_tells_the_truth(infery: Infery) -> None:
    """Infery can't stop a job: it is no longer followed, it may be charged, and it can be fetched later."""
    server = infery(status=going())
    made = generate()
    made.cancel()
    with pytest.raises(JobCancelledError) as caught:
        made.wait(60)
    if made.remote_id:
        assert "can't stop" in str(caught.value)
        assert "may still be charged" in str(caught.value)
        assert f"%videogen resume {made.id}" in str(caught.value)
    assert made.status is Status.CANCELLED
    assert not [seen for seen in server.seen if seen.method == "DELETE"]


def test_a_cancelled_job_can_be_fetched_later(infery: Infery, clip: bytes) -> None:
    """It ran on at the gateway, and was paid for."""
    running = threading.Event()

    def poll(_: Any) -> Answer:
        running.set()
        return going()

    server = infery(status=[Ask(make=poll)], routes=files(clip))
    made = generate()
    assert running.wait(60)
    made.cancel()
    with pytest.raises(JobCancelledError):
        made.wait(60)
    server.scripts["GET /v1/videos/generations/v1"] = [done()]
    (again,) = vg.resume(made.id)
    assert again.wait(60).status is Status.SUCCEEDED
    assert len(server.posts) == 1


def test_a_job_is_followed_however_old_it_is(infery: Infery, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A weekend later the gateway is asked before anything is said about it."""
    server = infery(status=[going(), done()], routes=files(clip))
    row = left_behind(server, days=3)
    (again,) = vg.resume(row)
    assert again.wait(60).status is Status.SUCCEEDED
    monkeypatch.setattr(follow, "FOLLOW_LIMIT", 0.05)
    server = infery(status=going())
    row = left_behind(server, days=3)
    (again,) = vg.resume(row)
    with pytest.raises(SubmitUncertainError, match="in a day"):
        again.wait(60)
    assert server.polls


def test_what_was_over_when_it_was_resumed_teaches_nothing(infery: Infery, clip: bytes) -> None:
    """Nobody knows how long it took, and next jobs' polls are timed by how long jobs take."""
    server = infery(routes=files(clip))
    (again,) = vg.resume(left_behind(server, days=1))
    again.wait(60)
    assert session.backend().journal.durations("infery", "veo-3-1-fast") == []
    generate().wait(60)
    (seconds,) = session.backend().journal.durations("infery", "veo-3-1-fast")
    assert seconds < 30


def left_behind(server: Gateway, *, days: float) -> str:
    """The id of a job that a kernel submitted so long ago and then died."""
    journal = session.backend().journal
    row = journal.add(
        folder=".",
        output="videogen",
        provider="infery",
        base_url=server.url,
        model="veo-3-1-fast",
        family="",
        request='{"prompt": "x"}',
        digest="d",
    )
    journal.sending(row.id)
    journal.accepted(row.id, "v1", None)
    journal._set(row.id, "TRUE", sent=time.time() - days * 86_400, owner=None, lease=None)
    return row.id
