"""Where a key may go: to its own origin, over https unless that is this machine, and into no advice of ours."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

import videogen_nb as vg
from tests.support.scripted import KEY, PATH, Answer, Gateway, Server, done, ranged
from videogen_nb.backend import session
from videogen_nb.backend.http.client import Http
from videogen_nb.backend.plan import endpoint_of
from videogen_nb.config import Endpoint, Secret
from videogen_nb.errors import ConnectionLostError, MissingKeyError, RequestError, VideogenError
from videogen_nb.providers.base import Call
from videogen_nb.providers.registry import provider

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]
ROOT = Path(__file__).parents[2]
ELSEWHERE = "gateway.example"


@pytest.fixture
def other() -> Iterator[Server]:
    """A server of another origin, which answers everything with 404."""
    with Server({}) as server:
        yield server


def test_a_redirected_download_leaves_its_key_behind(infery: Infery, clip: bytes) -> None:
    """From the gateway to storage and back again: only the gateway's own origin sees the key."""
    with Server({}) as storage:
        gateway = infery(
            status=done("/files/a.mp4"),
            routes={
                "GET /files/a.mp4": Answer(None, 302, headers={"location": f"{storage.url}/b.mp4?sig=1"}),
                "GET /files/c.mp4": ranged(clip),
            },
        )
        storage.scripts["GET /b.mp4"] = [Answer(None, 307, headers={"location": f"{gateway.url}/files/c.mp4"})]
        assert vg.generate("a paper boat", provider="infery").wait(60).path
        (seen,) = storage.requests("GET /b.mp4")
        assert KEY not in repr(seen)
        (back,) = gateway.requests("GET /files/c.mp4")
        assert back.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("name", ["localhost", "127.1"])
def test_another_name_for_the_same_server_is_another_origin(infery: Infery, clip: bytes, name: str) -> None:
    """A key belongs to scheme, name and port as they were set, wherever else the name may lead."""
    gateway = infery(routes={"GET /files/a.mp4": ranged(clip)})
    port = gateway.url.rpartition(":")[2]
    gateway.scripts[f"GET {PATH}/v1"] = [done(f"http://{name}:{port}/files/a.mp4")]
    assert vg.generate("a paper boat", provider="infery").wait(60).path
    assert not [each for each in gateway.requests("GET /files/a.mp4") if "authorization" in each.headers]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_status_that_redirects_takes_nobody_along(infery: Infery, other: Server, clip: bytes, status: int) -> None:
    """A poll that is sent elsewhere is not followed there; the next one finds the job."""
    away = Answer(None, status, headers={"location": f"{other.url}{PATH}/v1"})
    infery(status=[away, done()], routes={"GET /files/a.mp4": ranged(clip)})
    assert vg.generate("a paper boat", provider="infery").wait(60).path
    assert not other.seen


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_submission_that_redirects_takes_nobody_along(infery: Infery, other: Server, status: int) -> None:
    """Neither prompt nor key go where a redirect of the POST points to, and it is not sent again."""
    gateway = infery(submit=Answer(None, status, headers={"location": f"{other.url}{PATH}"}))
    with pytest.raises(VideogenError):
        vg.generate("a paper boat", provider="infery").wait(60)
    assert len(gateway.posts) == 1
    assert not other.seen


def test_plain_http_is_for_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key for plain http to elsewhere is refused before anything is looked up, unless that is asked for."""
    monkeypatch.setenv("INFERY_API_KEY", KEY)
    monkeypatch.setenv("INFERY_BASE_URL", f"http://{ELSEWHERE}")
    with pytest.raises(RequestError, match="plain http") as refused:
        vg.generate("a paper boat", provider="infery")
    assert KEY not in str(refused.value)
    assert not session.jobs()
    monkeypatch.setattr("videogen_nb.config.settings", _allowing)
    assert endpoint_of(provider("infery")) == Endpoint(f"http://{ELSEWHERE}", Secret(KEY))


def _allowing() -> object:
    from videogen_nb.config import Settings

    return Settings(allow_http=True)


@pytest.mark.parametrize(
    "address",
    [
        f"https://user:{KEY}@{ELSEWHERE}",
        f"https://:{KEY}@{ELSEWHERE}/v1",
        f"https://{KEY}@{ELSEWHERE}",
        f"https://{ELSEWHERE}?key={KEY}",
        f"https://{ELSEWHERE}/#{KEY}",
    ],
)
def test_an_address_with_a_secret_in_it_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Addresses stand in outputs and in the journal; the refusal does not repeat it."""
    monkeypatch.setenv("INFERY_API_KEY", "inf_another0123456789")
    monkeypatch.setenv("INFERY_BASE_URL", address)
    with pytest.raises(RequestError, match="INFERY_BASE_URL") as refused:
        vg.generate("a paper boat", provider="infery")
    assert KEY not in repr(refused.value)


class Proxy:
    """What stands between here and the network, and answers everything with 502."""

    def __init__(self) -> None:
        self.said = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.said += connection.recv(2**16)
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy that the environment names for everything, with a password of its own."""
    with closing(Proxy()) as made:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv(name.lower(), f"http://me:password-of-the-proxy@{made.address}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        yield made


def _post(base_url: str) -> None:
    async def send() -> None:
        http = Http(Endpoint(base_url, Secret(KEY)))
        try:
            await http.send(Call("POST", PATH, json={"prompt": "a paper boat"}), timeout=60)
        finally:
            await http.aclose()

    asyncio.run(send())


def test_a_proxy_sees_neither_key_nor_prompt_of_https(proxy: Proxy) -> None:
    """An environment's proxy is used for https, and told no more than where to; its own password stays untold."""
    with pytest.raises(ConnectionLostError) as lost:
        _post(f"https://{ELSEWHERE}")
    assert proxy.said.startswith(b"CONNECT gateway.example:443 ")
    assert KEY.encode() not in proxy.said
    assert b"paper boat" not in proxy.said
    assert "password-of-the-proxy" not in repr(lost.value)


def test_a_proxy_sees_nothing_of_a_server_on_this_machine(proxy: Proxy) -> None:
    """Plain http is allowed to this machine because it stays on it: a proxy elsewhere would read the key."""
    with Server({f"POST {PATH}": Answer({"id": "v1"})}) as server:
        _post(server.url)
        assert len(server.seen) == 1
    assert proxy.said == b""


def test_no_advice_of_ours_puts_a_key_into_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text for users has them write a key into a cell: what is typed there is saved with the notebook."""
    with pytest.raises(MissingKeyError) as missing:
        vg.generate("a paper boat", provider="infery")
    advised = re.compile(
        r"%(set_)?env\s+\w*(KEY|TOKEN|SECRET)\w*\s*=|environ\[[\"']\w*KEY[\"']\]\s*=(?!\s*getpass)|api_key\s*=\s*[\"']|putenv",
        re.I,
    )
    assert not advised.search(str(missing.value))
    told = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "notebooks").glob("*.ipynb"),
        *(ROOT / "binder").iterdir(),
        *(ROOT / "videogen_nb").rglob("*.py"),
        *(ROOT / "js" / "src").rglob("*.ts"),
        *(ROOT / "tools").glob("*.py"),
    ]
    assert len(told) > 100
    assert not [str(each) for each in told if each.is_file() and advised.search(each.read_text("utf-8"))]


SHAPES = {"typical": KEY, "a UUID": "3f0c6e7a-9b1d-4c52-8f3e-6a7b8c9d0e1f", "base64": "Qm9hdHM/Zmxv+YXQgb24g/d2F0ZXI="}
ECHOES: dict[str, Callable[[str], str]] = {
    "as JSON": json.dumps,
    "as PHP's JSON": lambda text: json.dumps(text).replace("/", "\\/"),
    "all escaped": lambda text: '"' + "".join(f"\\u{ord(each):04X}" for each in text) + '"',
    "as a query": lambda text: json.dumps(quote(text, safe=":")),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("when", ["at once", "in a 500", "as a job's end"])
def test_an_answer_that_repeats_the_key_does_not_get_it_shown(
    infery: Infery, monkeypatch: pytest.MonkeyPatch, shape: str, echo: str, when: str
) -> None:
    """Whatever a key looks like and however an answer writes it, no error, row or repr has it."""
    key = SHAPES[shape]
    said = f'{{"id": "v1", "status": "failed", "error": {ECHOES[echo](f"Authorization: Bearer {key} is {key}")}}}'
    answer = Answer(said.encode(), {"at once": 401, "in a 500": 500}.get(when, 200), headers=_headers(key))
    infery(**({"status": answer} if when == "as a job's end" else {"submit": answer}))
    monkeypatch.setenv("INFERY_API_KEY", key)
    made = vg.generate("a paper boat", provider="infery")
    with pytest.raises(VideogenError):
        made.wait(60)
    told = repr([str(made.error), vars(made.error), made, session.backend().journal.row(made.id)])
    assert key not in told
    assert quote(key, safe="") not in told


def _headers(key: str) -> dict[str, str]:
    return {"content-type": "application/json", "x-request-id": f"req-{key}", "www-authenticate": f"Bearer {key}"}
