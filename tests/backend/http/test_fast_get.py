from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Self

import pytest

from videogen_nb.backend.http import client as module
from videogen_nb.backend.http.client import AnswerLost, Http
from videogen_nb.config import Endpoint
from videogen_nb.errors import ConnectionLostError
from videogen_nb.providers.base import Call

KEY = "inf_0123456789abcdef"
GET = Call("GET", "/x")


class Raw:
    """A server whose answers are given as bytes: for each connection those to its requests, then it is closed."""

    def __init__(self, *connections: Sequence[bytes], base: str = "") -> None:
        self._connections = connections
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}{base}"
        self.asked: list[tuple[int, str]] = []
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _serve(self) -> None:
        for number, answers in enumerate(self._connections):
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                for answer in answers:
                    if not (heard := self._request(connection)):
                        break
                    self.asked.append((number, heard))
                    connection.sendall(answer)
                else:
                    continue
            self.closed.set()

    @staticmethod
    def _request(connection: socket.socket) -> str:
        heard = b""
        while not heard.endswith(b"\r\n\r\n"):
            more = connection.recv(4096)
            if not more:
                return ""
            heard += more
        return heard.decode()


def ask(url: str, work: Callable[[Http], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        http = Http(Endpoint(url, KEY))
        try:
            return await asyncio.wait_for(work(http), 60)
        finally:
            await http.aclose()

    return asyncio.run(run())


def one(http: Http, **options: Any) -> Awaitable[Any]:
    return http.poll(GET, **{"timeout": 60, **options})


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers))
    return head.encode() + b"\r\n" + body


def test_a_question_as_it_leaves() -> None:
    """Path and query below the base URL, the host, the key, the product's name: as the other way, in fewer lines."""
    with Raw([answer(b"{}")], base="/gateway") as server:
        call = Call("GET", "/v1/a%2Fb", query={"q": "a b"})
        ask(server.url, lambda http: http.poll(call, timeout=60))
    ((_, heard),) = server.asked
    first, *rest = heard.strip().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in rest)
    assert first == "GET /gateway/v1/a%2Fb?q=a+b HTTP/1.1"
    assert headers["host"] == server.url.split("/")[2]
    assert headers["authorization"] == f"bearer {KEY}"
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("videogen-nb/")


def test_one_connection_carries_many_questions() -> None:
    """One after another; what is asked at the same time goes side by side."""

    async def work(http: Http) -> list[bytes]:
        return [(await one(http)).content for _ in range(3)]

    with Raw([answer(b"1"), answer(b"2"), answer(b"3")]) as server:
        assert ask(server.url, work) == [b"1", b"2", b"3"]
    assert [number for number, _ in server.asked] == [0, 0, 0]


@pytest.mark.parametrize(
    "told",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + answer(b"{}"),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\n\r\n{}",
        answer(b"{}", "Connection: close"),
    ],
)
def test_every_form_of_an_answer_is_read(told: bytes) -> None:
    """In chunks, after hints, up to the connection's end; and the next question is answered too."""

    async def work(http: Http) -> list[bytes]:
        return [(await one(http)).content for _ in range(2)]

    with Raw([told], [told]) as server:
        assert ask(server.url, work) == [b"{}", b"{}"]


@pytest.mark.parametrize("silent", [[], [b""]])
def test_a_kept_connection_that_was_closed_is_replaced(silent: list[bytes]) -> None:
    """Whether it was closed before the question came or by it: no answer was begun, so it is asked anew."""

    async def work(http: Http) -> list[bytes]:
        return [(await one(http)).content for _ in range(2)]

    with Raw([answer(b"1"), *silent], [answer(b"2")]) as server:
        assert ask(server.url, work) == [b"1", b"2"]
    assert server.asked[-1][0] == 1


@pytest.mark.parametrize("told", [b"", b"HTTP/1.1 2", b"SSH-2.0-x\r\n\r\n", answer(b"{}")[:-1]])
def test_an_answer_that_breaks_off_or_is_none_is_lost(told: bytes) -> None:
    """Over a connection of its own it is asked once."""
    with Raw([told], [answer(b"{}")]) as server:
        with pytest.raises(AnswerLost):
            ask(server.url, one)
        assert len(server.asked) == 1


def test_what_drips_without_end_is_lost() -> None:
    """Each piece is waited for anew, but all of them together only so long."""
    over = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not over.wait(0.02):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        with pytest.raises(AnswerLost):
            ask(f"http://127.0.0.1:{listener.getsockname()[1]}", lambda http: one(http, timeout=0.1))
        over.set()


def test_a_question_that_is_called_off_takes_its_connection_with_it() -> None:
    """Its answer, coming late, must not be taken for the next one's."""

    async def work(http: Http) -> None:
        asking = asyncio.create_task(http.poll(GET, timeout=60))
        while not server.asked:
            await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert await asyncio.to_thread(server.closed.wait, 60)

    with Raw([b"", b""]) as server:
        ask(server.url, work)


def test_answers_are_bounded_and_hold_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of an error is cut, an answer that is too long is none, and what repeats the key has dots for it."""
    monkeypatch.setattr(module, "MAX_ERROR", 1000)
    with Raw([answer(b"x" * 5000, status="502 Bad Gateway")]) as server:
        assert len(ask(server.url, one).content) == 1000
    with Raw([answer(f"bad key {KEY}".encode(), f"x-told: {KEY}", "X-Other: a", status="401 No")]) as server:
        reply = ask(server.url, one)
        assert KEY not in reply.text
        assert (reply.headers["x-told"], reply.headers["x-other"]) == ("•••", "a")


def test_a_port_where_nobody_is_was_never_reached() -> None:
    """As with every other request, and the key is not in the words."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        for url in (
            f"http://127.0.0.1:{closed.getsockname()[1]}",
            "http://nobody.invalid",
            f"http://{'a' * 70}.invalid",
        ):
            with pytest.raises(ConnectionLostError, match="Nothing was charged") as caught:
                ask(url, one)
            assert KEY not in str(caught.value)


def test_a_proxy_is_not_gone_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one is set, the library that knows proxies asks; this machine itself is asked straight on all the same."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "example")
    assert module._get_pool("https://api.example", {}) is not None
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert module._get_pool("https://api.example", {}) is None
    assert module._get_pool("http://127.0.0.1:80", {}) is not None


def test_what_has_a_body_or_headers_goes_the_common_way() -> None:
    """And so does a path that has to be spelt otherwise; the answer is the same."""
    with Raw([answer(b"{}")], [answer(b"{}")]) as server:
        for call in (Call("GET", "/ü"), Call("GET", "/x", headers={"x-more": "1"})):
            assert ask(server.url, lambda http, call=call: http.poll(call, timeout=60)).content == b"{}"  # type: ignore[misc]
    assert server.asked[0][1].startswith("GET /%C3%BC ")
    assert "x-more: 1" in server.asked[1][1]
