"""The one HTTP seam: clients, origin-bound keys, what counts as sent, limits shared by all jobs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

from ._version import __version__
from .config import Endpoint
from .errors import ConnectionLostError, VideogenError
from .providers.base import Call, Reply
from .redact import bare_url, redact

__all__ = ["AnswerLost", "Http", "Limiter", "Stopped", "Stream"]

MAX_ANSWER = 256 * 2**20  # a finished clip can come inside the answer, as a data URI
MAX_ERROR = 256 * 2**10
_TIMEOUT = httpx2.Timeout(connect=10, read=90, write=90, pool=None)
# Nothing of the request can have reached the server: it is safe to send it again.
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
_BROKEN = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError)


class AnswerLost(Exception):
    """The request may have arrived, and no readable answer came."""


class Stopped(Exception):
    """The request was called off before its turn came; it was not sent."""


class Limiter:
    """What all jobs of one gateway share: how many requests at once, and a pause it asked for.

    After a 429 requests are spaced out; each good answer lets them come a little closer again.
    """

    def __init__(self, concurrency: int = 16) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._not_before = 0.0
        self._gap = 0.0

    def slow_down(self, retry_after: float | None) -> None:
        now = asyncio.get_running_loop().time()
        self._gap = min(10.0, max(0.25, self._gap * 2))
        self._not_before = max(self._not_before, now + (self._gap if retry_after is None else retry_after))

    def speed_up(self) -> None:
        self._gap = self._gap * 0.8 if self._gap > 0.02 else 0.0

    @asynccontextmanager
    async def turn(self, stop: asyncio.Event | None = None) -> AsyncIterator[None]:
        """Wait for a turn, and hold it.

        Raises:
            Stopped: `stop` was set before the turn came.
        """
        now = asyncio.get_running_loop().time
        while True:
            while (pause := self._not_before - now()) > 0:
                await _sleep(pause, stop)
            async with self._slots:
                if self._not_before <= now():  # it may have been put off while this waited for a slot
                    if stop and stop.is_set():
                        raise Stopped
                    self._not_before = now() + self._gap
                    yield
                    return


async def _sleep(seconds: float, stop: asyncio.Event | None) -> None:
    if stop is None:
        await asyncio.sleep(seconds)
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
            raise Stopped


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
    """All requests of one provider at one endpoint. Use it on one event loop.

    Args:
        endpoint: Where it is, and its key.
        app: An ASGI app that answers in this process in place of the network.
    """

    def __init__(self, endpoint: Endpoint, app: Any | None = None) -> None:
        self.endpoint = endpoint
        self.limiter = Limiter()
        transport = httpx2.ASGITransport(app=app) if app is not None else None
        # A kept connection that the server is just closing would turn a submission uncertain;
        # few servers close theirs before 5 s.
        self._calls = _client(transport, max_connections=16, keepalive_expiry=4)
        self._files = _client(transport, max_connections=6)  # slow downloads must not hold up polls

    async def aclose(self) -> None:
        await self._calls.aclose()
        await self._files.aclose()

    async def send(
        self,
        call: Call,
        *,
        timeout: float | None = None,
        before: Callable[[], None] | None = None,
        stop: asyncio.Event | None = None,
    ) -> Reply:
        """Send one call to the endpoint, with the key, and read the answer whole. Never repeats anything.

        Args:
            call: What to send.
            timeout: Seconds for connecting and for each wait on the answer. None: 10 and 90.
            before: Called when it is this call's turn, just before anything leaves.
            stop: Calls it off while it waits for its turn.

        Raises:
            Stopped: It was called off.
            ConnectionLostError: It surely did not arrive.
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
                response = await self._calls.send(request, stream=True)
                try:
                    content = await _read(response)
                finally:
                    await response.aclose()
            except _NEVER_SENT as error:
                raise ConnectionLostError(
                    f"{bare_url(self.endpoint.base_url)} can't be reached ({self._words(error)}). Nothing was charged."
                ) from None
            except _BROKEN as error:
                raise AnswerLost(self._words(error)) from None
        return Reply(response.status_code, _headers(response), self._without_key(content))

    @asynccontextmanager
    async def stream(self, url: str, *, offset: int = 0, validator: str | None = None) -> AsyncIterator[Stream]:
        """Open a download, following redirects; the key goes to the endpoint's own origin only.

        Args:
            url: Absolute, or relative to the base URL.
            offset: First byte wanted.
            validator: ETag the earlier bytes came with; where it changed the server starts anew.

        Raises:
            ConnectionLostError: No answer.
        """
        url = urljoin(self.endpoint.base_url + "/", url)
        ranged = {"range": f"bytes={offset}-"} if offset else {}
        if offset and validator:
            ranged["if-range"] = validator
        url, response = await self._open(url, ranged)
        try:
            yield Stream(response.status_code, _headers(response), self._chunks(url, response))
        finally:
            await response.aclose()

    async def _open(self, url: str, headers: Mapping[str, str]) -> tuple[str, httpx2.Response]:
        """The answer at the end of all redirects, and its address."""
        with_key = True
        try:
            for _ in range(8):
                _refuse_scheme(url)
                key = self._auth(url) if with_key else {}
                request = self._files.build_request(
                    "GET", url, headers={"accept-encoding": "identity", **headers, **key}
                )
                response = await self._files.send(request, stream=True)
                if response.has_redirect_location:
                    url = urljoin(url, response.headers["location"])
                elif key and response.status_code in (400, 401, 403):
                    # A signed link at the gateway itself: storage refuses two ways to authenticate.
                    with_key = False
                else:
                    return url, response
                await response.aclose()
        except _BROKEN as error:
            raise self._broke_off(url, error) from None
        raise ConnectionLostError(f"{bare_url(url)} redirects without end.")

    async def _chunks(self, url: str, response: httpx2.Response) -> AsyncIterator[bytes]:
        try:
            async for chunk in response.aiter_bytes(2**16):
                yield chunk
        except _BROKEN as error:
            raise self._broke_off(url, error) from None

    def _broke_off(self, url: str, error: Exception) -> ConnectionLostError:
        return ConnectionLostError(f"{bare_url(url)} broke off ({self._words(error)}).")

    def _auth(self, url: str) -> dict[str, str]:
        if self.endpoint.key and _origin(url) == _origin(self.endpoint.base_url):
            return {"authorization": f"Bearer {self.endpoint.key}"}
        return {}

    def _without_key(self, content: bytes) -> bytes:
        """Error answers repeat the key, and their words go into outputs and the journal."""
        key = self.endpoint.key
        # A shorter one is no real key, and could stand in an answer by chance.
        return content.replace(key.encode(), "•••".encode()) if key and len(key) >= 8 else content

    def _words(self, error: Exception) -> str:
        return redact(str(error) or type(error).__name__, [self.endpoint.key])


def _client(transport: httpx2.AsyncBaseTransport | None, **limits: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=transport,
        timeout=_TIMEOUT,
        limits=httpx2.Limits(**limits),
        follow_redirects=False,
        headers={"user-agent": f"videogen-nb/{__version__}"},
    )


async def _read(response: httpx2.Response) -> bytes:
    most = MAX_ANSWER if response.is_success else MAX_ERROR
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most:
            if response.is_success:
                raise httpx2.ReadError("the answer is larger than any answer should be")
            break
    return bytes(body[:most])


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


def _refuse_scheme(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise VideogenError(f"A clip's address must be http or https, not {bare_url(url)[:80]}.")
