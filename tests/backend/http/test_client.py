from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.faults.raw import Site, Stage, Step, Talk
from tests.faults.steps import say
from tests.support.scripted import KEY, Answer, Gateway, Server
from videogen_nb.backend.http import limiter as limiter_module
from videogen_nb.backend.http.client import AnswerLost, BadAddress, Http
from videogen_nb.backend.http.limiter import MANY_JOBS, SLOT, SLOT_POLLS, Limiter, Stopped
from videogen_nb.config import Endpoint
from videogen_nb.errors import ConnectionLostError
from videogen_nb.providers.base import Call, Part

GET = Call("GET", "/x")


def with_http(url: str, work: Callable[[Http], Awaitable[Any]], key: str | None = KEY) -> Any:
    async def run() -> Any:
        http = Http(Endpoint(url, key))
        try:
            return await asyncio.wait_for(work(http), 60)
        finally:
            await http.aclose()

    return asyncio.run(run())


def send(server: Server, call: Call = GET, key: str | None = KEY) -> Any:
    return with_http(server.url, lambda http: http.send(call), key)


def test_a_call_as_it_leaves() -> None:
    """Path, query, body and headers are those of the call; the key and the product's name are added."""
    call = Call("POST", "/p/ä%2Fb", {"q": "a b&c"}, json={"prompt": "雨"}, headers={"x-more": "1"})
    with Server({"POST /p/%C3%A4%2Fb": Answer({"ok": 1})}) as server:
        assert send(server, call).json() == {"ok": 1}
        (seen,) = server.seen
    assert seen.path.partition("?")[2] in ("q=a+b%26c", "q=a%20b%26c")
    assert seen.json() == {"prompt": "雨"}
    assert "雨".encode() in seen.body
    assert (seen.headers["x-more"], seen.headers["content-type"]) == ("1", "application/json")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["user-agent"].startswith("videogen-nb/")


def test_no_key_no_header() -> None:
    """Self-hosted servers take none."""
    with Server({"GET /x": Answer({})}) as server:
        send(server, key=None)
        assert "authorization" not in server.seen[0].headers


def test_parts_leave_as_a_form() -> None:
    """Fields and files."""
    parts = [Part("prompt", "雨"), Part("input_reference", b"\x89PNG", "a.png", "image/png")]
    with Server({"POST /x": Answer({})}) as server:
        send(server, Call("POST", "/x", parts=parts))
        (seen,) = server.seen
    assert seen.headers["content-type"].startswith("multipart/form-data")
    assert b'name="input_reference"; filename="a.png"' in seen.body
    assert b"\x89PNG" in seen.body
    assert "雨".encode() in seen.body


@pytest.mark.parametrize("status", [200, 302, 404, 429, 500])
def test_every_answer_is_an_answer(status: int) -> None:
    """Errors and redirects come back as they are, once, for the provider to read."""
    with Server({"GET /x": Answer({"a": 1}, status, {"location": "/y", "X-Request-Id": "r1"})}) as server:
        reply = send(server)
        assert (reply.status_code, reply.object(), reply.headers["x-request-id"]) == (status, {"a": 1}, "r1")
        assert len(server.seen) == 1


@pytest.mark.parametrize("answer", [Answer(drop=True), Answer({"a": "b" * 1000}, cut=10)])
def test_an_answer_that_breaks_off_is_lost(answer: Answer) -> None:
    """It may have arrived; nothing is repeated by this seam."""
    with Server({"GET /x": answer}) as server:
        with pytest.raises(AnswerLost):
            send(server)
        assert len(server.seen) == 1


def test_what_is_sent_again_has_a_connection_of_its_own() -> None:
    """Which nothing else is sent over, before or after it; what is sent the first time shares one."""
    opened: list[str] = []

    async def connect(talk: Talk) -> None:
        opened.append("one more")

    async def some(http: Http) -> list[int]:
        found = []
        for again in (False, True, False, True, False):
            assert (await http.send(Call("POST", "/x", json={}), again=again)).ok
            found.append(len(opened))
        return found

    scripts: dict[str, list[Step]] = {"connect": [connect], "x": [say({})]}
    with Stage() as stage:
        site = stage.open(Site(lambda seen: "x", scripts))
        assert with_http(site.url, some) == [1, 2, 2, 3, 3]


def test_a_slow_answer_is_lost() -> None:
    """Headers that do not come in time are no answer, whatever the server does with the request."""
    hold = threading.Event()
    with Server({"GET /x": Answer({}, hold=hold)}) as server:
        with pytest.raises(AnswerLost):
            with_http(server.url, lambda http: http.send(GET, timeout=0.2))
        hold.set()
        assert len(server.seen) == 1


def test_a_name_or_port_that_is_not_there_was_never_reached() -> None:
    """And the error says that nothing was charged, without the key."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        for url in (f"http://127.0.0.1:{closed.getsockname()[1]}", "http://nobody.invalid"):
            with pytest.raises(ConnectionLostError, match="Nothing was charged") as caught:
                with_http(url, lambda http: http.send(GET))
            assert KEY not in str(caught.value)


def test_a_server_that_speaks_no_tls_was_never_reached() -> None:
    """The handshake comes before the body."""
    with Server({}) as server:
        with pytest.raises(ConnectionLostError):
            with_http(server.url.replace("http:", "https:"), lambda http: http.send(GET))
        assert server.seen == []


def test_an_answer_that_repeats_the_key_comes_without_it() -> None:
    """Its words go into outputs and the journal."""
    with Server({"GET /x": Answer({"error": f"bad key {KEY}!"}, 401)}) as server:
        assert KEY not in send(server).text


def test_an_error_page_is_cut() -> None:
    """An endless page is no reason to keep it."""
    with Server({"GET /x": Answer("x" * 1_000_000, 502)}) as server:
        assert len(send(server).content) <= 300_000


def test_before_is_called_when_the_turn_has_come() -> None:
    """And what it raises stops the request."""

    def refuse() -> None:
        raise KeyError

    with Server({"GET /x": Answer({})}) as server:
        with pytest.raises(KeyError):
            with_http(server.url, lambda http: http.send(GET, before=refuse))
        assert server.seen == []


class Clock:
    """The clock of a loop, which goes on only while the limiter waits for it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = 1000.1  # between two beats
        patch.setattr(asyncio.BaseEventLoop, "time", lambda _: self.now)
        patch.setattr(limiter_module, "_sleep", self._pass)

    async def _pass(self, seconds: float, stop: asyncio.Event | None) -> None:
        due = self.now + seconds
        await asyncio.sleep(0)  # others have their turn
        self.now = max(self.now, due)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_the_limiter_spaces_requests_after_a_429_and_recovers(clock: Clock) -> None:
    """All jobs of a gateway wait out its pause; then they come one by one, closer again with each good answer."""

    async def work() -> None:
        limiter, start = Limiter(), clock.now
        limiter.slow_down(0.2)
        turns: list[float] = []

        async def ask() -> None:
            async with limiter.turn():
                turns.append(clock.now - start)

        await asyncio.gather(*(ask() for _ in range(3)))
        assert turns == pytest.approx([0.2, 0.45, 0.7])
        for _ in range(40):
            limiter.speed_up()
        turns.clear()
        clock.now += 0.3
        await asyncio.gather(*(ask() for _ in range(50)))
        assert turns == pytest.approx([1.0] * 50)

    asyncio.run(work())


def test_the_limiter_holds_only_so_many_at_once() -> None:
    """The rest wait for a slot, and all come through."""

    async def work() -> None:
        limiter, now, most = Limiter(3), 0, 0

        async def ask() -> None:
            nonlocal now, most
            async with limiter.turn():
                now += 1
                most = max(most, now)
                await asyncio.sleep(0)
                now -= 1

        await asyncio.gather(*(ask() for _ in range(20)))
        assert most == 3

    asyncio.run(asyncio.wait_for(work(), 60))


def test_a_crowd_that_comes_back_is_spread_out(clock: Clock) -> None:
    """A few are asked about at once, a thousand within thirty seconds, so many at a time, ten thousand in not 300."""

    async def beats(jobs: int) -> list[int]:
        limiter, found = Limiter(), []
        for _ in range(jobs):
            limiter.job_count += 1
            wait = limiter.align(0)
            found.append(round((clock.now + wait) / SLOT) if wait else 0)
        return found

    few, many = asyncio.run(beats(1_000)), asyncio.run(beats(10_000))
    assert few[: MANY_JOBS - 1] == [0] * (MANY_JOBS - 1)
    taken = few[MANY_JOBS - 1 :]
    assert taken == sorted(taken)
    assert set(Counter(taken).values()) <= {SLOT_POLLS, len(taken) % SLOT_POLLS}
    assert SLOT * (max(taken) - min(taken)) < 30
    assert SLOT * (max(many) - min(many[MANY_JOBS - 1 :])) < 100


def test_a_wait_for_a_turn_can_be_called_off() -> None:
    """At once, without a request, and the slot is free for others."""

    async def work(http: Http) -> None:
        stop = asyncio.Event()
        http.limiter.slow_down(3600)
        waiting = asyncio.create_task(http.send(GET, stop=stop))
        await asyncio.sleep(0)
        assert not waiting.done()
        stop.set()
        with pytest.raises(Stopped):
            await waiting

    with Gateway() as server:
        with_http(server.url, work)
        assert server.seen == []


def test_cookies_are_not_kept() -> None:
    """What one host sets is not told to another, nor to another port of it."""
    with Server({"GET /x": Answer({}, headers={"set-cookie": "session=4711; Path=/"})}) as server:

        async def work(http: Http) -> None:
            for _ in range(2):
                await http.send(Call("GET", "/x"))
                async with http.stream("/x"):
                    pass

        with_http(server.url, work)
        assert len(server.seen) == 4
        assert not [seen for seen in server.seen if "cookie" in seen.headers]


def test_redirects_without_end_end() -> None:
    """A loop of redirects is an answer: the network is there, and waiting for it would never end."""

    async def work(http: Http) -> None:
        async with http.stream("/x"):
            raise AssertionError

    with Server({"GET /x": Answer("", 302, {"location": "/x"})}) as server:
        with pytest.raises(BadAddress, match="redirects"):
            with_http(server.url, work)
        assert len(server.seen) < 20
