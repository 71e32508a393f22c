from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import videogen_nb as vg
from tests.support.scripted import ACCEPTED, KEY, Answer, Ask, Gateway, Seen, done, going, ranged, when
from videogen_nb.backend import job_run as run
from videogen_nb.backend import session
from videogen_nb.backend.backend import Backend
from videogen_nb.core.job import Job, Status
from videogen_nb.errors import JobCancelledError, MissingKeyError, SubmitUncertainError, VideogenError
from videogen_nb.storage.journal import Journal

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]

SUBMIT_AND_STAY = """
import sys, time
import videogen_nb as vg
from videogen_nb.providers.infery import Infery
Infery.interval = 0.05
job = vg.generate("a paper boat", provider="infery")
print(job.id, flush=True)
while True:
    time.sleep(60)
"""


@pytest.fixture
def kernel() -> Iterator[Callable[[], tuple[subprocess.Popen[str], str]]]:
    """Starts a process that submits a job and stays; gives it and the job's id."""
    started: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        made = subprocess.Popen([sys.executable, "-c", SUBMIT_AND_STAY], stdout=subprocess.PIPE, text=True)
        started.append(made)
        assert made.stdout
        return made, made.stdout.readline().strip()

    yield start
    for each in started:
        each.kill()
        each.wait()
        assert each.stdout
        each.stdout.close()


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def generate(**options: Any) -> Job:
    return vg.generate("a paper boat", provider="infery", **options)


class Arrived:
    """Answers with `answer`, and tells that a request has come."""

    def __init__(self, answer: Answer, *, hold: threading.Event | None = None) -> None:
        self.event, self.answer, self.hold = threading.Event(), answer, hold

    def __call__(self, _: Seen) -> Answer:
        self.event.set()
        if self.hold:
            self.hold.wait(60)
        return self.answer


def test_a_kernel_killed_after_the_submission(infery: Infery, clip: bytes, kernel: Any) -> None:
    """Another process finishes the job, with the right bytes and without a second submission."""
    polled = Arrived(going())
    server = infery(status=Ask(make=polled), routes={"GET /files/a.mp4": ranged(clip)})
    process, id = kernel()  # noqa: A001
    assert polled.event.wait(60)
    kill(process)
    server.scripts["GET /v1/videos/generations/v1"] = [done()]
    (made,) = vg.resume()
    assert made.id == id
    assert made.wait(60).path
    assert made.path
    assert made.path.read_bytes() == clip
    assert len(server.posts) == server.accepted == 1


def test_a_kernel_killed_during_a_download(infery: Infery, clip: bytes, kernel: Any) -> None:
    """Another process goes on with the download."""
    hold = threading.Event()
    begun = Arrived(Answer(), hold=hold)
    server = infery(routes={"GET /files/a.mp4": Ask(make=begun)})
    process, id = kernel()  # noqa: A001
    assert begun.event.wait(60)
    kill(process)
    hold.set()
    server.scripts["GET /files/a.mp4"] = [ranged(clip)]
    (made,) = vg.resume()
    made.wait(60)
    assert made.id == id
    assert made.path
    assert made.path.read_bytes() == clip
    assert len(server.posts) == 1


def test_a_kernel_killed_while_the_post_is_on_its_way(infery: Infery, kernel: Any) -> None:
    """Nobody can know: the job is uncertain, says so and how to check, and nothing goes again."""
    hold = threading.Event()
    arrived = Arrived(ACCEPTED, hold=hold)
    server = infery(submit=Ask(make=arrived))
    process, id = kernel()  # noqa: A001
    assert arrived.event.wait(60)
    kill(process)
    hold.set()
    (made,) = vg.resume()
    assert (made.id, made.status) == (id, Status.UNCERTAIN)
    with pytest.raises(SubmitUncertainError, match="may have been accepted and charged"):
        made.wait(60)
    assert vg.resume() == []
    assert len(server.posts) == 1


def test_a_row_that_was_never_sent(infery: Infery) -> None:
    """A kernel killed before the POST: nothing was charged, and a retry is offered."""
    server = infery()
    row = write_row(server)
    (made,) = vg.resume()
    assert (made.id, made.status) == (row, Status.FAILED)
    with pytest.raises(VideogenError, match="Nothing was charged"):
        made.wait(60)
    assert server.posts == []
    assert [job.id for job in vg.jobs()] == [row]


def write_row(server: Gateway, **facts: Any) -> str:
    """A row that a dead kernel left behind, at first unsent."""
    journal = Journal(session.backend().home / "journal.sqlite3")
    row = journal.add(
        **{
            "folder": os.getcwd(),
            "output": str(Path.cwd() / "videogen"),
            "provider": "infery",
            "base_url": server.url,
            "model": "veo-3-1-fast",
            "family": "",
            "request": '{"prompt": "x"}',
            "digest": "d",
            **facts,
        }
    )
    journal.release()
    journal.close()
    return row.id


def accept(id: str) -> None:  # noqa: A002
    session.backend().journal.sending(id)
    session.backend().journal.accepted(id, "v1", None)


def test_only_this_folders_jobs_are_resumed(infery: Infery) -> None:
    """Another notebook's are its own affair, and can be named."""
    server = infery()
    row = write_row(server, folder="/elsewhere")
    assert vg.resume() == []
    assert [job.id for job in vg.resume(row[:5])] == [row]


def test_two_kernels_do_not_follow_one_job(
    infery: Infery, clip: bytes, kernel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second asks the gateway nothing while the first lives, and learns the end from the journal."""
    monkeypatch.setattr(run, "LEASE", 0.75)
    end, polled = threading.Event(), threading.Event()

    def poll(_: Seen) -> Answer:
        polled.set()
        return done() if end.is_set() else going()

    server = infery(status=Ask(make=poll), routes={"GET /files/a.mp4": ranged(clip)})
    _, id = kernel()  # noqa: A001
    assert polled.wait(60)
    monkeypatch.setenv("INFERY_API_KEY", "inf_the-second-kernels-own-key")
    (made,) = vg.resume(id)
    assert when(made, "notice", lambda notice: "another kernel" in notice).wait(60)
    end.set()
    assert made.wait(60).path
    assert made.path
    assert made.path.read_bytes() == clip
    assert made.remote_id == "v1"
    assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer {KEY}"}
    assert len(server.requests("GET /files/a.mp4")) == 1


def test_the_second_takes_over_when_the_first_dies(infery: Infery, clip: bytes, kernel: Any, monkeypatch: Any) -> None:
    """Its lease is no use to the dead."""
    monkeypatch.setattr(run, "LEASE", 0.75)
    polled = Arrived(going())
    server = infery(status=Ask(make=polled), routes={"GET /files/a.mp4": ranged(clip)})
    process, id = kernel()  # noqa: A001
    assert polled.event.wait(60)
    (made,) = vg.resume(id)
    assert when(made, "notice", bool).wait(60)
    server.scripts["GET /v1/videos/generations/v1"] = [done()]
    kill(process)
    assert made.wait(60).path
    assert len(server.posts) == 1


def test_one_who_stops_watching_leaves_the_job_to_its_owner(
    infery: Infery, home: Path, clip: bytes, monkeypatch: Any
) -> None:
    """A cancel in the second kernel ends nothing in the first, nor in the journal."""
    monkeypatch.setattr(run, "LEASE", 0.75)
    end = threading.Event()
    status = Ask(make=lambda _: done() if end.is_set() else going())
    infery(status=status, routes={"GET /files/a.mp4": ranged(clip)})
    mine = generate()
    assert when(mine, "remote_id", bool).wait(60)
    second = Backend(home)
    try:
        row = second.journal.row(mine.id)
        assert row
        theirs = second.resume(row)
        theirs.cancel()
        with pytest.raises(JobCancelledError, match="another kernel"):
            theirs.wait(60)
        row = second.journal.row(mine.id)
        assert row
        assert (row.stage, row.owner) == ("sent", session.backend().journal.owner)
    finally:
        second.close()
    end.set()
    assert mine.wait(60).status is Status.SUCCEEDED


def test_a_job_at_another_address_is_not_asked_for_there(infery: Infery) -> None:
    """The id means nothing there, or something else; the error says how to go on."""
    first = infery()
    row = write_row(first)
    accept(row)
    second = infery()
    with pytest.raises(VideogenError, match="INFERY_BASE_URL"):
        vg.resume(row)
    assert first.polls == second.polls == []


def test_one_job_that_can_not_be_resumed_does_not_stop_the_others(
    infery: Infery, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is gone concerns its own provider; that job says what to set, and stays in the journal."""
    server = infery(routes={"GET /files/a.mp4": ranged(clip)})
    stuck = write_row(server, provider="infinityblue", base_url="https://api.infinityblue.ai")
    fine = write_row(server)
    accept(stuck)
    accept(fine)
    session.backend().journal.release()
    found = {job.id: job for job in vg.resume()}
    assert set(found) == {stuck, fine}
    assert found[fine].wait(60).path
    assert "INFINITYBLUE_API_KEY" in found[stuck].notice
    with pytest.raises(MissingKeyError):
        found[stuck].wait(60)
    row = session.backend().journal.row(stuck)
    assert row
    assert row.stage == "sent"


def test_a_job_read_from_the_journal_can_be_waited_for(infery: Infery, clip: bytes) -> None:
    """Also one that was only listed: waiting takes up the following."""
    server = infery(routes={"GET /files/a.mp4": ranged(clip)})
    row = write_row(server)
    accept(row)
    session.backend().journal.release()
    (made,) = vg.jobs()
    assert not made.ended
    assert made.wait(60).path


def test_a_job_is_one_object(infery: Infery, clip: bytes) -> None:
    """However often it is listed, found and resumed; who waits for any of them is woken."""
    server = infery(routes={"GET /files/a.mp4": ranged(clip)})
    row = write_row(server)
    accept(row)
    session.backend().journal.release()
    (listed,) = vg.jobs()
    assert vg.jobs() == [listed]
    assert session.find_job(row) is listed
    (resumed,) = vg.resume(row)
    assert resumed is listed
    assert listed.wait(60).path
    assert vg.jobs() == [listed]


def test_a_listed_job_that_another_kernel_ended(infery: Infery, home: Path) -> None:
    """Is seen to have ended when it is listed again, and wakes who waits."""
    server = infery(status=going())
    row = write_row(server)
    (listed,) = vg.jobs()
    assert not listed.ended
    other = Journal(home / "journal.sqlite3")
    session.backend().journal.release()
    assert other.claim(row)
    assert other.ended(row, "cancelled", error=JobCancelledError("there"), notice="", cost=None, videos=())
    other.close()
    assert vg.jobs() == [listed]
    with pytest.raises(JobCancelledError, match="there"):
        listed.wait(1)


def test_a_job_that_another_kernel_is_just_submitting(infery: Infery, home: Path) -> None:
    """Nobody knows yet how that ends; it is neither sent again nor called uncertain."""
    server = infery()
    row = write_row(server)
    other = Journal(home / "journal.sqlite3")
    assert other.claim(row)
    other.sending(row)
    assert vg.resume() == []
    for ask in (lambda: vg.resume(row), lambda: vg.jobs()[0].wait(1)):
        with pytest.raises(VideogenError, match="Another kernel"):
            ask()
    left = other.row(row)
    other.close()
    assert left
    assert left.stage == "sending"
    assert server.posts == []


def test_a_job_that_another_kernel_has_submitted_since_it_was_listed(infery: Infery, home: Path, clip: bytes) -> None:
    """It is followed by the id that it got there, and not submitted again."""
    server = infery(routes={"GET /files/a.mp4": ranged(clip)})
    row = write_row(server)
    (listed,) = vg.jobs()
    other = Journal(home / "journal.sqlite3")
    assert other.claim(row)
    assert other.sending(row)
    other.accepted(row, "v1", None)
    other.release()
    other.close()
    assert vg.resume(row) == [listed]
    assert listed.wait(60).path
    assert listed.remote_id == "v1"
    assert server.posts == []


def test_a_listed_job_of_a_closed_backend(infery: Infery) -> None:
    """Waiting for it is one clear error, not one of the database, and a cancel has nothing to do."""
    write_row(infery())
    (listed,) = vg.jobs()
    session.close()
    with pytest.raises(VideogenError, match="%videogen resume"):
        listed.wait(1)
    listed.cancel()


def test_a_job_read_from_the_journal_can_be_cancelled(infery: Infery) -> None:
    """It does not come back at the next load."""
    server = infery(status=going())
    row = write_row(server)
    accept(row)
    session.backend().journal.release()
    (made,) = vg.jobs()
    made.cancel()
    with pytest.raises(JobCancelledError, match="may still be charged"):
        made.wait(60)
    session.close()
    assert vg.resume() == []
    assert server.posts == []


def test_ended_jobs_read_back_as_they_ended(infery: Infery, clip: bytes) -> None:
    """In a new session, with clips, cost and errors."""
    infery(status=[done(credits_used=80)], routes={"GET /files/a.mp4": ranged(clip)})
    good = generate().wait(60)
    infery(submit=Answer(drop=True))
    bad = generate()
    with pytest.raises(SubmitUncertainError):
        bad.wait(60)
    session.close()
    again = {job.id: job for job in vg.jobs()}
    assert again[good.id].videos == good.videos
    assert again[good.id].cost == good.cost
    assert again[good.id].wait(0).path == good.path
    with pytest.raises(SubmitUncertainError) as caught:
        again[bad.id].wait(0)
    assert str(caught.value) == str(bad.error)


def test_closing_ends_the_thread_and_wakes_who_waits(infery: Infery) -> None:
    """Nobody waits for a job that nobody follows; it can be resumed at once, also by another process."""
    polled = Arrived(going())
    infery(status=Ask(make=polled))
    made = generate()
    assert polled.event.wait(60)
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            made.wait()
        except VideogenError as error:
            caught.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    session.close()
    waiting.join(60)
    assert f"%videogen resume {made.id}" in str(caught[0])
    assert "videogen-nb" not in [thread.name for thread in threading.enumerate()]
    row = session.backend().journal.row(made.id)
    assert row
    assert (row.stage, row.owner) == ("sent", None)


def test_a_job_of_a_closed_backend_says_so(infery: Infery, clip: bytes) -> None:
    """After a reload of the extension, an old variable's retry is one clear line, and a cancel is nothing."""
    server = infery(routes={"GET /files/a.mp4": ranged(clip)})
    made = generate().wait(60)
    session.close()
    session.close()
    with pytest.raises(VideogenError, match="Nothing was sent"):
        made.retry()
    made.cancel()
    assert made.wait(0) is made
    assert len(server.posts) == 1


def test_the_model_list_is_asked_for_once_and_not_waited_for(infery: Infery, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that answers nothing in time costs one short wait, and the built-in table serves."""
    from videogen_nb.backend import backend

    monkeypatch.setattr(backend, "LIST_TIMEOUT", 0.2)
    hold = threading.Event()
    server = infery(routes={"GET /v1/models": Answer({"data": []}, hold=hold)}, submit=Answer("", 400))
    for _ in range(2):
        with pytest.raises(VideogenError):
            generate().wait(60)
    hold.set()
    assert len(server.requests("GET /v1/models")) == 1


def test_a_script_that_ends_leaves_its_job_to_be_resumed(infery: Infery, clip: bytes) -> None:
    """No thread keeps it from ending, and what it submitted is not lost."""
    server = infery(status=[going()], routes={"GET /files/a.mp4": ranged(clip)})
    script = SUBMIT_AND_STAY.partition("while True")[0] + "\nwhile not job.remote_id: time.sleep(0.01)\n"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    id = ended.stdout.strip()  # noqa: A001
    said = f"videogen-nb: 1 unfinished job ({id}) no longer followed. `videogen-nb resume` continues them.\n"
    assert (ended.returncode, ended.stderr) == (0, said)
    server.scripts["GET /v1/videos/generations/v1"] = [done()]
    (made,) = vg.resume()
    assert made.id == id
    assert made.wait(60).path
    assert len(server.posts) == 1
