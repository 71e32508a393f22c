"""What the wires share: a path with its methods, the key check, JSON bodies, and refusals in the wire's own words."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ..problem import Problem
from ..service import Service

log = logging.getLogger(__name__)

MAX_BODY = 32 * 1024 * 1024
"""Bytes; room for an image of 20 MB in base64."""

Handler = Callable[[Request, str], Awaitable[Response]]
"""Answers a request of an account, or raises Problem."""


class Wire(ABC):
    """One HTTP dialect.

    Args:
        service: The gateway behind it.
    """

    name: ClassVar[str]

    def __init__(self, service: Service) -> None:
        self.service = service

    @property
    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """Its paths."""

    @abstractmethod
    def refuse(self, problem: Problem, request_id: str) -> Response:
        """The answer to a request that cannot be granted."""

    def headers(self, request_id: str) -> dict[str, str]:
        """Headers of every answer."""
        return {"x-request-id": request_id}

    def resource(self, **handlers: Handler) -> Resource:
        """What answers at one path: handlers by method, such as ``GET=self.show``."""
        return Resource(self, handlers)

    def route(self, path: str, **handlers: Handler) -> Route:
        """A path and its `resource`."""
        return Route(path, self.resource(**handlers))


class Resource:
    """An ASGI endpoint that answers every method, so that also a wrong one is refused in the wire's words."""

    def __init__(self, wire: Wire, handlers: dict[str, Handler]) -> None:
        self._wire = wire
        self._handlers = handlers
        if "GET" in handlers:
            self._handlers["HEAD"] = handlers["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = str(uuid.uuid4())
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        except Problem as problem:
            response = self._wire.refuse(problem, request_id)
        except Exception:
            log.exception("%s %s went wrong (request %s)", request.method, request.url.path, request_id)
            response = self._wire.refuse(Problem("internal", "The gateway made a mistake."), request_id)
        response.headers.update(self._wire.headers(request_id))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        account = self._wire.service.account(request)
        handler = self._handlers.get(request.method)
        if handler is None:
            raise Problem("method", f"Method {request.method} is not allowed for {request.url.path}.")
        return await handler(request, account)


class Json(NamedTuple):
    """A JSON body, and the SHA-256 of its bytes in hex."""

    fields: dict[str, Any]
    digest: str


async def read_json(request: Request) -> Json:
    """The body, a JSON object of at most `MAX_BODY` bytes.

    Raises:
        Problem: It is something else.
    """
    # A page of another site can send anything but this to a loopback port without being asked.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem("media_type", "Send the request as JSON, with Content-Type: application/json.")
    body = await read_body(request)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem("json", "The request is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Problem("json", "The request must be a JSON object.")
    return Json(value, hashlib.sha256(body).hexdigest())


async def read_body(request: Request) -> bytes:
    """The body, of at most `MAX_BODY` bytes.

    Raises:
        Problem: It is larger.
    """
    too_large = Problem("large", f"The request is larger than {MAX_BODY // 1024 // 1024} MB.")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > MAX_BODY:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise too_large
    return bytes(body)


def draw_seed() -> int:
    """A seed for a request that names none."""
    return secrets.randbelow(2**32)
