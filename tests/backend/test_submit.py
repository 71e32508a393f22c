from __future__ import annotations

import socket
import sqlite3
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import videogen_nb as vg
from tests.support.scripted import (
    ACCEPTED,
    HTML,
    PATH,
    Answer,
    Ask,
    Gateway,
    Seen,
    Server,
    done,
    going,
    job,
    ranged,
    when,
)
from videogen_nb.backend import session, submit
from videogen_nb.core.job import Status
from videogen_nb.errors import (
    AuthenticationError,
    ConnectionLostError,
    JobCancelledError,
    NoCreditError,
    ProviderError,
    SubmitUncertainError,
)

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]
BUSY = Answer({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, 429)


def generate(**options: Any) -> vg.Job:
    return vg.generate("a paper boat", provider="infery", **options)


def row_of(made: vg.Job) -> Any:
    row = session.backend().journal.row(made.id)
    assert row
    return row


def test_the_row_is_on_the_disk_when_the_post_arrives(infery: Infery, home: Path, clip: bytes) -> None:
    """The gateway itself opens the journal, as another process would, before it answers."""
    rows: list[Any] = []

    def look(_: Seen) -> Answer:
        with sqlite3.connect(home / "journal.sqlite3") as plain:
            rows.extend(plain.execute("SELECT id, stage, remote_id, sent, request, base_url FROM jobs"))
        return ACCEPTED

    server = infery(submit=Ask(make=look), routes={"GET /files/a.mp4": ranged(clip)})
    made = generate(seed=None, duration=1).wait(60)
    ((id, stage, remote_id, sent, request, base_url),) = rows  # noqa: A001
    assert (id, stage, remote_id, base_url) == (made.id, "sending", None, server.url)
    assert sent
    assert '"a paper boat"' in request


def test_the_remote_id_is_in_the_journal_before_anything_else(infery: Infery, clip: bytes) -> None:
    """When the first trait tells of it, and when the first poll comes, it can be resumed already."""
    seen: list[Any] = []

    def poll(_: Seen) -> Answer:
        seen.append(row_of(made).remote_id)
        return Answer({"id": "v1", "status": "succeeded", "result": {"url": "/files/a.mp4"}})

    hold = threading.Event()
    infery(
        submit=job({"id": "v1", "status": "queued"}, hold=hold),
        status=Ask(make=poll),
        routes={"GET /files/a.mp4": ranged(clip)},
    )
    made = generate()
    made.observe(lambda _: seen.append((row_of(made).stage, row_of(made).remote_id)), "remote_id")
    hold.set()
    made.wait(60)
    assert seen[0] == ("sent", "v1")
    assert set(seen[1:]) == {"v1"}


def test_a_key_for_idempotency_is_sent(infery: Infery, clip: bytes) -> None:
    """The same one whenever the same body goes again, another one for every job."""
    server = infery(submit=[BUSY, BUSY, ACCEPTED], routes={"GET /files/a.mp4": ranged(clip)})
    generate().wait(60)
    generate().wait(60)
    keys = [post.headers["idempotency-key"] for post in server.posts]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert all(len(key) > 8 for key in keys)


def test_a_gateway_that_can_not_be_reached(infery: Infery) -> None:
    """Tried a few times, then an error that says that nothing was charged; the row is known not to be sent."""
    infery()
    free = socket.socket()
    free.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
    address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFERY_BASE_URL", address)
        made = generate()
        with pytest.raises(ConnectionLostError, match="Nothing was charged"):
            made.wait(60)
    free.close()
    assert (made.status, made.remote_id) == (Status.FAILED, None)
    assert (row_of(made).stage, row_of(made).status, row_of(made).sent) == ("ended", "failed", None)


def test_a_gateway_that_comes_back_gets_one_submission(infery: Infery, clip: bytes) -> None:
    """Refused connections cost nothing, so trying again is safe."""
    server = infery(routes={"GET /files/a.mp4": ranged(clip)})
    gate = _Gate(server.url, refuse=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submit, "backoff", lambda tries: gate.open_after(tries))
        patch.setenv("INFERY_BASE_URL", gate.url)
        assert generate().wait(60).status is Status.SUCCEEDED
    gate.close()
    assert len(server.posts) == server.accepted == 1


class _Gate:
    """A port that refuses connections until it is opened, and then passes them on."""

    def __init__(self, url: str, refuse: int) -> None:
        self._to = int(url.rpartition(":")[2])
        self._refuse = refuse
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def open_after(self, tries: int) -> float:
        if tries == self._refuse:
            self._listener.listen()
            threading.Thread(target=self._serve, daemon=True).start()
        return 0.01

    def _serve(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            for one, two in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(one, two), daemon=True).start()

    @staticmethod
    def _pass(one: socket.socket, two: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                two.sendall(data)
            two.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def close(self) -> None:
        self._listener.close()


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (job(None, drop=True), 1),
        (job({"id": "v1", "status": "queued"}, cut=5), 1),
        (job(HTML, 502), 1),
        (job("", 504), 1),
        (job({"error": {"message": "internal"}}, 500), 1),
        (job("", 408), 1),
        (job({"status": "queued"}), 1),
        (job(""), 1),
        (job("<html>welcome</html>"), 1),
        (job([]), 1),
    ],
    ids=["drop", "cut", "502", "504", "500", "408", "no id", "empty", "page", "list"],
)
def test_no_readable_answer_is_uncertain(infery: Infery, answer: Answer, accepted: int) -> None:
    """One POST, never two: the job says that it may have been charged, how to check, and the human decides."""
    server = infery(submit=answer)
    made = generate()
    with pytest.raises(SubmitUncertainError, match="may have been accepted and charged") as caught:
        made.wait(60)
    assert caught.value.job is made
    assert f"%videogen retry {made.id}" in str(caught.value)
    assert ".." not in str(caught.value)
    assert made.status is Status.UNCERTAIN
    assert len(server.posts) == server.accepted == accepted
    assert (row_of(made).stage, row_of(made).status) == ("ended", "uncertain")


def test_a_connection_that_is_reset_while_sending(infery: Infery, quick: None) -> None:
    """Part of the request may have been enough."""
    infery()
    listener = socket.create_server(("127.0.0.1", 0))
    arrived = []

    def serve() -> None:
        while True:
            try:
                near = listener.accept()[0]
            except OSError:
                return
            arrived.append(near.recv(100))
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            near.close()

    threading.Thread(target=serve, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFERY_BASE_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        made = generate()
        with pytest.raises(SubmitUncertainError):
            made.wait(60)
    listener.close()
    assert len([each for each in arrived if each.startswith(b"POST")]) == 1


@pytest.mark.parametrize("headers", [{}, {"retry-after": "0"}, {"retry-after": "0.05"}, {"retry-after": "soon"}])
def test_a_429_was_not_accepted_and_goes_again(infery: Infery, clip: bytes, headers: dict[str, str]) -> None:
    """With or without advice, until it is accepted, once."""
    busy = Answer("", 429, headers)
    server = infery(submit=[busy, busy, ACCEPTED], routes={"GET /files/a.mp4": ranged(clip)})
    assert generate().wait(60).status is Status.SUCCEEDED
    assert len(server.posts) == 3
    assert server.accepted == 1


def test_the_advised_wait_is_kept(infery: Infery, clip: bytes) -> None:
    """By every job of that gateway, the one that was told and those that were not."""
    told = threading.Event()

    def busy(_: Seen) -> Answer:
        told.set()
        return Answer("", 429, {"retry-after": "600"})

    server = infery(submit=Ask(make=busy))
    first = generate()
    assert told.wait(60)
    second = generate()
    assert session.backend().journal.row(second.id)
    for made in (first, second):
        made.cancel()
        with pytest.raises(JobCancelledError, match="Nothing was charged"):
            made.wait(60)
    assert len(server.posts) == 1


def test_a_429_that_goes_on_is_given_up(infery: Infery, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the gateway's own error; nothing was accepted."""
    monkeypatch.setattr(submit, "PATIENCE", 0.0)
    server = infery(submit=BUSY)
    made = generate()
    with pytest.raises(ProviderError, match="slow down"):
        made.wait(60)
    assert made.status is Status.FAILED
    assert len(server.posts) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer({"error": {"message": "bad duration", "code": "invalid_request"}}, 400), ProviderError),
        (Answer({"error": {"message": "who?", "code": "invalid_api_key"}}, 401), AuthenticationError),
        (Answer({"error": {"message": "broke", "code": "insufficient_credits"}}, 402), NoCreditError),
        (Answer({"error": {"message": "no quota", "code": "insufficient_quota"}}, 429), NoCreditError),
        (Answer(HTML, 404), ProviderError),
        (Answer({"error": {"message": "too big"}}, 413), ProviderError),
    ],
)
def test_a_refusal_is_final(infery: Infery, answer: Answer, kind: type[ProviderError]) -> None:
    """One POST, the provider's words, nothing uncertain about it."""
    server = infery(submit=answer)
    made = generate()
    with pytest.raises(kind) as caught:
        made.wait(60)
    assert caught.value.status_code == answer.status
    assert made.status is Status.FAILED
    assert len(server.posts) == 1
    assert server.accepted == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(infery: Infery, status: int) -> None:
    """A POST that is sent on may be sent twice, or lose its body, or take the key elsewhere."""
    with Server({"POST /x": ACCEPTED, "GET /x": ACCEPTED}) as elsewhere:
        server = infery(submit=Answer("", status, {"location": f"{elsewhere.url}/x"}))
        with pytest.raises(ProviderError):
            generate().wait(60)
        assert len(server.posts) == 1
        assert elsewhere.seen == []


def test_a_cancel_during_the_post_waits_for_its_answer(infery: Infery) -> None:
    """The remote id is not thrown away: it is in the journal, and the cancel tells that it may be charged."""
    arrived, answer = threading.Event(), threading.Event()

    def slow(_: Seen) -> Answer:
        arrived.set()
        answer.wait(60)
        return ACCEPTED

    server = infery(submit=Ask(make=slow))
    made = generate()
    assert arrived.wait(60)
    made.cancel()
    made.cancel()
    assert not made.ended
    answer.set()
    with pytest.raises(JobCancelledError, match="may still be charged"):
        made.wait(60)
    assert (made.remote_id, row_of(made).remote_id, made.status) == ("v1", "v1", Status.CANCELLED)
    assert len(server.posts) == 1


def test_a_cancel_right_away_sends_nothing(infery: Infery) -> None:
    """Even where the backend has not come to the job yet."""
    server = infery()
    jobs: list[vg.Job] = []
    cancelled = threading.Event()

    def generate_and_cancel() -> None:
        for _ in range(5):
            jobs.append(generate())
            jobs[-1].cancel()
        cancelled.set()

    session.backend().post(generate_and_cancel)  # on the thread that would send them, which comes to them afterwards
    assert cancelled.wait(60)
    for made in jobs:
        with pytest.raises(JobCancelledError, match="Nothing was charged"):
            made.wait(60)
    assert server.posts == []


def test_closing_waits_for_an_answer_in_flight(infery: Infery) -> None:
    """The id of what may be paid for is worth a moment at the end of a kernel."""
    arrived, answer = threading.Event(), threading.Event()

    def slow(_: Seen) -> Answer:
        arrived.set()
        answer.wait(60)
        return ACCEPTED

    infery(submit=Ask(make=slow))
    made = generate()
    assert arrived.wait(60)
    closing = threading.Thread(target=session.close)
    closing.start()
    answer.set()
    closing.join(60)
    row = session.backend().journal.row(made.id)
    assert row
    assert (row.stage, row.remote_id, row.owner) == ("sent", "v1", None)


def test_a_journal_that_fails_stops_the_post(infery: Infery, home: Path) -> None:
    """What can't be written down is not sent, and nobody waits for ever."""
    server = infery()
    backend = session.backend()
    with sqlite3.connect(home / "journal.sqlite3") as plain:
        plain.execute("CREATE TRIGGER no_sending BEFORE UPDATE OF stage ON jobs BEGIN SELECT RAISE(ABORT, 'full'); END")
    plain.close()
    made = generate()
    with pytest.raises(vg.VideogenError, match="Nothing was sent"):
        made.wait(60)
    assert made.status is Status.FAILED
    assert server.posts == []
    assert backend is session.backend()


def test_an_id_that_can_not_be_written_down_is_kept_until_it_can(infery: Infery, home: Path, clip: bytes) -> None:
    """The job was made: it is followed, its user is told, and the journal has the id as soon as it takes it."""
    server = infery(status=going(), routes={"GET /files/a.mp4": ranged(clip)})
    session.backend()
    with sqlite3.connect(home / "journal.sqlite3") as plain:
        plain.execute("CREATE TRIGGER no_id BEFORE UPDATE OF remote_id ON jobs BEGIN SELECT RAISE(ABORT, 'full'); END")
        made = generate()
        assert when(made, "notice", lambda notice: "accepted as v1" in notice).wait(60)
        assert when(made, "status", lambda status: status is Status.RUNNING).wait(60)
        assert "keep it running" in made.notice
        row = session.find_row(made.id)
        assert (row.stage, row.remote_id) == ("sending", None)
        plain.execute("DROP TRIGGER no_id")
    plain.close()
    assert when(made, "notice", lambda notice: notice == "").wait(60)
    assert session.find_row(made.id).remote_id == "v1"
    server.scripts[f"GET {PATH}/v1"] = [done()]
    assert made.wait(60).path
    assert len(server.posts) == 1


def test_no_secret_is_in_an_error_or_a_file(
    infery: Infery, clip: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the key, where a gateway repeats it or it does not look like one, and no signed link: also of a success."""
    plain = "plainly-a-passphrase-91"
    said = {"error": {"message": f"Incorrect API key provided: {plain}", "code": f"bad {plain}"}}
    for answer in (Answer(said, 401), Answer(said, 500), Answer(said, 400), Answer(said), Answer(f"no {plain}", 403)):
        server = infery(submit=answer)
        monkeypatch.setenv("INFERY_API_KEY", plain)
        made = generate()
        with pytest.raises(vg.VideogenError) as caught:
            made.wait(60)
        assert server.posts[0].headers["authorization"] == f"Bearer {plain}"
        assert plain not in f"{caught.value}{caught.value!r}{made!r}{made.notice}{vars(caught.value)}"
    infery(status=done("/files/a.mp4?X-Signature=0a1b2c"), routes={"GET /files/a.mp4": ranged(clip)})
    monkeypatch.setenv("INFERY_API_KEY", plain)
    assert generate().wait(60).path
    session.close()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert plain.encode() not in path.read_bytes(), path
            assert b"0a1b2c" not in path.read_bytes(), path
