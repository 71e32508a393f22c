from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
import uvicorn

from tests.providers.answers import handle, reply
from videogen_nb.config import endpoint
from videogen_nb.core.hosts import is_loopback, is_unspecified
from videogen_nb.errors import RequestError
from videogen_nb.gateway.app import serve
from videogen_nb.providers.infinityblue import InfinityBlue

LOOPBACK = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "app.localhost",
    "app.localhost.",
    "127.0.0.1",
    "127.8.8.8",
    "127.1",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
]
UNSPECIFIED = ["0.0.0.0", "0", "::", "::ffff:0.0.0.0"]
ELSEWHERE = ["localhost.example", "notlocalhost", "10.0.0.1", "192.0.2.1", "169.254.1.1", "::2", "e.org", "127.example"]
HOSTS = [(host, host in LOOPBACK) for host in (*LOOPBACK, *UNSPECIFIED, *ELSEWHERE)]


def netloc(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def test_each_host_is_loopback_or_unspecified_or_neither() -> None:
    """Names are judged without being resolved, addresses in every spelling that a resolver reads."""
    hosts = [*LOOPBACK, *UNSPECIFIED, *ELSEWHERE, ""]
    assert [host for host in hosts if is_loopback(host)] == LOOPBACK
    assert [host for host in hosts if is_unspecified(host)] == UNSPECIFIED


@pytest.mark.parametrize(("host", "loopback"), HOSTS)
def test_a_key_goes_over_plain_http_to_loopback_only(
    host: str, loopback: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unspecified address is no loopback address: which machine answers there depends on the system."""
    monkeypatch.setenv("E_KEY", "k" * 20)
    monkeypatch.setenv("E_URL", f"http://{netloc(host)}:8000")
    with nullcontext() if loopback else pytest.raises(RequestError, match="plain http"):
        endpoint("e", base_url=None, base_url_env="E_URL", key_env="E_KEY", key_required=True)


@pytest.mark.parametrize(("host", "loopback"), HOSTS)
def test_the_gateway_is_served_without_a_key_on_loopback_only(
    host: str, loopback: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An unspecified address binds all of a machine's addresses, so a key is needed there."""
    bound: list[str] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, *, host, **options: bound.append(host))
    with nullcontext() if loopback else pytest.raises(ValueError, match="needs a key"):
        serve(host, 0, tmp_path)
    assert bound == ([host] if loopback else [])


@pytest.mark.parametrize("host", [host for host, _ in HOSTS])
def test_a_clip_is_not_looked_for_on_the_readers_own_machine(host: str) -> None:
    """A remote provider that names its clip's host as loopback or unspecified is asked for the path itself."""
    url = f"http://{netloc(host)}:3000/localhost/a.mp4"
    answer = reply({"id": "t1", "status": "completed", "url": url})
    (links,) = InfinityBlue().read_report(answer, handle(base_url="https://api.example")).outputs
    assert (url in links) is (host in ELSEWHERE)
    assert ("/localhost/a.mp4" in links) is (host not in ELSEWHERE)
