"""The only HTTP client: keys bound to their origin, certainty about what was sent, and limits on every response."""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import getproxies

import h11
import httpx2

from videogen_nb._version import __version__
from videogen_nb.backend.http.addresses import forbidden
from videogen_nb.backend.http.bodies import BodyBroken, KeyMask, decompressed, read_body
from videogen_nb.backend.http.fast_get import ConnectFailed, GetPool
from videogen_nb.backend.http.limiter import Limiter
from videogen_nb.backend.http.log_filter import SecretFilter
from videogen_nb.config import Endpoint
from videogen_nb.core.hosts import is_loopback
from videogen_nb.errors import ConnectionLostError, VideogenError
from videogen_nb.providers.wire import Call, Reply
from videogen_nb.text import bare_url, redact

__all__ = ["AnswerLost", "BadAddress", "Http", "Stream"]

MAX_ANSWER = 64 * 2**20  # bytes; a status response can contain the finished clip, as a data URI
MAX_ACCEPTED = 4 * 2**20  # bytes of the response to a POST
MAX_ERROR = 256 * 2**10  # bytes of an error response; the rest is cut
WHOLE = 600.0  # seconds for a call and its complete response, however slowly it arrives
HEAD = 120.0  # seconds until a download begins
_TIMEOUT = httpx2.Timeout(connect=10, read=90, write=90, pool=None)
# With these errors no part of the request has reached the server, so it is safe to send it again.
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
_AGENT = f"videogen-nb/{__version__}"
_KEEP = 4.0  # seconds that an idle connection is kept; few servers close one before 5 s
_BROKEN = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, BodyBroken)


class AnswerLost(Exception):
    """The request may have arrived, but no readable response was received."""


class BadAddress(VideogenError):
    """A clip's URL is invalid or refused."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An open download.

    Attributes:
        status_code: 200, 206, or an error.
        headers: Names in lower case.
        chunks: The body.
    """

    status_code: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Http:
    """The HTTP client of one provider at one endpoint. Use it on one event loop.

    Args:
        endpoint: The provider's address and key.
        app: An ASGI app that serves the API in this process, in place of the network.
    """

    def __init__(self, endpoint: Endpoint, app: Any | None = None) -> None:
        self.endpoint = endpoint
        self.limiter = Limiter()
        self._log_filter = SecretFilter(endpoint.key)
        self._key_mask = KeyMask(endpoint.key)
        transport = httpx2.ASGITransport(app=app) if app is not None else None
        # On a kept connection that the server is closing, a submission would become uncertain; so idle ones are
        # closed early.
        host = urlsplit(endpoint.base_url).hostname or ""
        self._calls = _client(transport, host, max_connections=16, keepalive_expiry=_KEEP)
        self._again = _client(transport, host, max_connections=16, max_keepalive_connections=0)
        self._files = _client(transport, host, max_connections=6)  # slow downloads must not delay polls
        self._get_pool = _get_pool(endpoint.base_url, self._auth(endpoint.base_url)) if app is None else None

    async def aclose(self) -> None:
        await self._calls.aclose()
        await self._again.aclose()
        await self._files.aclose()
        if self._get_pool:
            self._get_pool.close()
        self._log_filter.end()

    async def send(
        self,
        call: Call,
        *,
        timeout: float | None = None,
        again: bool = False,
        before: Callable[[], None] | None = None,
        stop: asyncio.Event | None = None,
    ) -> Reply:
        """Send one call to the endpoint, with the key, and read the complete response. Nothing is repeated.

        Args:
            call: What to send.
            timeout: Seconds for connecting and for each wait; a quarter of what the whole call may take. None: 10 for
                connecting, 90 for each wait, 600 in all.
            again: Open a new connection. After a refusal many servers close the kept one silently, and then nobody
                knows whether a request sent over it arrived.
            before: Called when it is this call's turn, just before anything is sent.
            stop: Cancels the call while it waits for its turn.

        Raises:
            Stopped: It was cancelled; nothing was sent.
            ConnectionLostError: It certainly did not arrive.
            AnswerLost: It may have arrived.
        """
        request = self._calls.build_request(
            call.method,
            self.endpoint.base_url + call.path,
            params=dict(call.query) or None,
            headers={**_content_type(call), **call.headers, **self._auth(self.endpoint.base_url)},
            timeout=_TIMEOUT if timeout is None else httpx2.Timeout(timeout, pool=None),
            **_body(call),
        )
        async with self.limiter.turn(stop):
            if before:
                before()
            try:
                async with asyncio.timeout(WHOLE if timeout is None else 4 * timeout):
                    response = await (self._again if again else self._calls).send(request, stream=True)
                    try:
                        most = MAX_ACCEPTED if call.method == "POST" else MAX_ANSWER
                        return await self._read(response.status_code, _headers(response), response.aiter_raw(), most)
                    finally:
                        await response.aclose()
            except _NEVER_SENT as error:
                raise self._unreached(error) from None
            except _BROKEN as error:
                raise AnswerLost(self._message(error)) from None

    async def poll(self, call: Call, *, timeout: float, stop: asyncio.Event | None = None) -> Reply:
        """As `send`, for frequent GETs: over the pool in `fast_get`, which takes a third of the time."""
        target = call.path + (f"?{urlencode(call.query)}" if call.query else "")
        simple = call.method == "GET" and not call.headers and target.isascii() and target.isprintable()
        if self._get_pool is None or not simple or " " in target:
            return await self.send(call, timeout=timeout, stop=stop)
        async with self.limiter.turn(stop):
            try:
                return await self._get_pool.get(target, self._read, timeout=timeout, whole=4 * timeout)
            except ConnectFailed as error:
                raise self._unreached(error) from None
            except (OSError, EOFError, BodyBroken, h11.ProtocolError) as error:
                raise AnswerLost(self._message(error)) from None

    async def _read(
        self, status: int, headers: Mapping[str, str], raw: AsyncIterator[bytes], most: int = MAX_ANSWER
    ) -> Reply:
        """A complete response, with our key masked."""
        ok = 200 <= status < 300
        pieces = decompressed(raw, headers.get("content-encoding", ""))
        content = await read_body(pieces, most if ok else MAX_ERROR, cut=not ok)
        values = "\n".join(headers.values())
        if self._key_mask.text(values) != values:
            headers = {name: self._key_mask.text(value) for name, value in headers.items()}
        return Reply(status, headers, self._key_mask.content(content))

    def _unreached(self, error: Exception) -> ConnectionLostError:
        where = bare_url(self.endpoint.base_url)
        return ConnectionLostError(f"{where} can't be reached ({self._message(error)}). Nothing was charged.")

    @asynccontextmanager
    async def stream(self, url: str, *, offset: int = 0, validator: str | None = None) -> AsyncIterator[Stream]:
        """Open a download, following redirects; the key is sent to the endpoint's own origin only.

        Args:
            url: Absolute, or relative to the base URL.
            offset: First byte to download.
            validator: ETag of the earlier bytes; if it has changed, the server sends the whole file.

        Raises:
            ConnectionLostError: No response was received.
            BadAddress: The URL, or one that it redirects to, is invalid or refused.
        """
        url = _joined(self.endpoint.base_url + "/", url)
        ranged = {"range": f"bytes={offset}-"} if offset else {}
        if offset and validator:
            ranged["if-range"] = validator
        url, response = await self._open(url, ranged)
        try:
            yield Stream(response.status_code, _headers(response), self._chunks(url, response))
        finally:
            await response.aclose()

    async def _open(self, url: str, headers: Mapping[str, str]) -> tuple[str, httpx2.Response]:
        """The response at the end of all redirects, and its URL."""
        with_key = True
        try:
            for _ in range(8):
                _refuse(url, urlsplit(url).hostname)
                key = self._auth(url) if with_key else {}
                request = self._files.build_request("GET", url, headers={**headers, **key})
                async with asyncio.timeout(HEAD):
                    response = await self._files.send(request, stream=True)
                if forbidden(_peer(response)):  # a name can resolve to any address
                    await response.aclose()
                    _refuse(url, _peer(response))
                if response.has_redirect_location:
                    url = _joined(url, response.headers["location"])
                elif key and response.status_code in (400, 401, 403):
                    # A signed link at the gateway's own origin: storage refuses a key in addition to the signature.
                    with_key = False
                else:
                    return url, response
                await response.aclose()
        except _BROKEN as error:
            raise self._broke_off(url, error) from None
        raise BadAddress(f"{bare_url(url)} redirects too often.")

    async def _chunks(self, url: str, response: httpx2.Response) -> AsyncIterator[bytes]:
        try:
            async for chunk in _pieces(response):
                yield chunk
        except _BROKEN as error:
            raise self._broke_off(url, error) from None

    def _broke_off(self, url: str, error: Exception) -> ConnectionLostError:
        return ConnectionLostError(f"The download from {bare_url(url)} broke off ({self._message(error)}).")

    def _auth(self, url: str) -> dict[str, str]:
        if self.endpoint.key and _origin(url) == _origin(self.endpoint.base_url):
            return {"authorization": f"Bearer {self.endpoint.key}"}
        return {}

    def _message(self, error: Exception) -> str:
        return redact(str(error) or type(error).__name__, [self.endpoint.key])


def _client(transport: httpx2.AsyncBaseTransport | None, host: str, **limits: Any) -> httpx2.AsyncClient:
    # A key may be sent over plain http to this machine because it does not leave it: so not through a proxy either.
    here = ["localhost", "127.0.0.1", "[::1]", *([f"[{host}]" if ":" in host else host] if is_loopback(host) else [])]
    return httpx2.AsyncClient(
        transport=transport,
        mounts={f"all://{name}": None for name in here} if transport is None else None,
        verify=_trust() if transport is None else True,
        timeout=_TIMEOUT,
        limits=httpx2.Limits(**limits),
        follow_redirects=False,
        cookies=CookieJar(
            DefaultCookiePolicy(allowed_domains=())
        ),  # none: they ignore ports, and so would cross origins
        headers={"user-agent": _AGENT, "accept-encoding": "identity"},
    )


def _get_pool(base_url: str, auth: Mapping[str, str]) -> GetPool | None:
    """The pool for polls; None where a proxy may be needed, which it does not support."""
    if getproxies().keys() - {"no"} and not is_loopback(urlsplit(base_url).hostname or ""):
        return None
    headers = {"accept": "*/*", "accept-encoding": "identity", "user-agent": _AGENT, **auth}
    return GetPool(base_url, headers, _trust, keep=_KEEP)


@functools.cache
def _trust() -> ssl.SSLContext:
    """The TLS context; reading the system's certificates takes 50 ms, so it is read once."""
    return httpx2.create_ssl_context()


def _pieces(response: httpx2.Response) -> AsyncIterator[bytes]:
    return decompressed(response.aiter_raw(), response.headers.get("content-encoding", ""))


def _peer(response: httpx2.Response) -> str | None:
    """The IP address that responded; None if it is unknown, as behind a proxy or in this process."""
    stream = response.extensions.get("network_stream")
    address = stream.get_extra_info("server_addr") if stream else None
    return str(address[0]) if isinstance(address, tuple) else None


def _body(call: Call) -> dict[str, Any]:
    if call.parts:
        return {"files": [(part.name, (part.filename, part.content, part.media_type)) for part in call.parts]}
    if call.json is not None:
        return {"content": json.dumps(call.json, ensure_ascii=False).encode()}
    return {}


def _content_type(call: Call) -> dict[str, str]:
    return {"content-type": "application/json"} if call.json is not None else {}


def _headers(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def _joined(base: str, url: str) -> str:
    try:
        joined = urljoin(base, url)
        urlsplit(joined).port  # noqa: B018  # reading it raises if it is invalid
    except ValueError:
        raise BadAddress(f"The clip's URL is invalid: {bare_url(url)[:80]}.") from None
    return joined


def _refuse(url: str, host: str | None) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise BadAddress(f"The clip's URL must be http or https, not {bare_url(url)[:80]}.")
    if forbidden(host):
        raise BadAddress(f"{bare_url(url)[:80]} was refused: cloud machines serve their own credentials there.")
