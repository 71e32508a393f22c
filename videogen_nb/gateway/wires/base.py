"""What all wires share: routing by method, the key check, JSON bodies, and errors in the format of the wire."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from videogen_nb.gateway.http.fields import Schema
from videogen_nb.gateway.http.openapi import Handler, Item, Operation, header, operation
from videogen_nb.gateway.http.problem import Kind, Problem
from videogen_nb.gateway.service import GatewayService

log = logging.getLogger(__name__)

MAX_BODY = 32 * 1024 * 1024
"""Bytes; enough for an image of 20 MB in base64."""


class Wire(ABC):
    """One HTTP dialect.

    Args:
        service: The service behind it.
    """

    name: ClassVar[str]

    def __init__(self, service: GatewayService) -> None:
        self.service = service
        self.operations = self._operations()

    @abstractmethod
    def _operations(self) -> Mapping[str, Mapping[str, Operation]]:
        """Its operations by path and method."""

    @property
    @abstractmethod
    def schemas(self) -> dict[str, Schema]:
        """The schemas of its responses, by the names that its operations refer to."""

    @abstractmethod
    def refuse(self, problem: Problem, request_id: str) -> Response:
        """The response to a rejected request."""

    @abstractmethod
    def refusal(self, kind: Kind) -> tuple[int, Schema]:
        """Status and schema of the response that `refuse` makes of such a problem."""

    def headers(self, request_id: str) -> dict[str, str]:
        """Headers of every response."""
        return {"x-request-id": request_id}

    def resource(self, path: str) -> Resource:
        """The ASGI endpoint of one of its paths."""
        return Resource(self, {method: operation.handler for method, operation in self.operations[path].items()})

    def describe(self, path: str, *, secured: bool) -> dict[str, Item]:
        """The operation objects of a path, by method in lower case."""
        headers = {name: header("Of every response.") for name in self.headers("")}
        items = {}
        for method, described in self.operations[path].items():
            always: tuple[Kind, ...] = ("key", "internal") if secured else ("internal",)
            kinds = (*always, *described.refusals)
            refusals = [(kind, *self.refusal(kind)) for kind in kinds]
            name = described.handler.__name__.strip("_")
            items[method.lower()] = operation(
                f"{self.name}{name[:1].upper()}{name[1:]}", path, described, refusals, headers, secured=secured
            )
        return items


class Resource:
    """An ASGI endpoint for every method, so that an unsupported one gets an error in the format of the wire."""

    def __init__(self, wire: Wire, handlers: dict[str, Handler]) -> None:
        self._wire = wire
        self._handlers = handlers
        if "GET" in handlers:
            self._handlers["HEAD"] = handlers["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = str(uuid.uuid4())
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        except Problem as problem:
            response = self._wire.refuse(problem, request_id)
            if problem.kind == "method":
                response.headers["allow"] = ", ".join(self._handlers)
        except Exception:
            log.exception("%s %s failed (request %s)", request.method, request.url.path, request_id)
            response = self._wire.refuse(Problem("internal", "The gateway had an internal error."), request_id)
        response.headers.update(self._wire.headers(request_id))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
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
        Problem: It is not.
    """
    # A web page of another site can send any other media type to a loopback port without a CORS preflight.
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
    """A random seed, for a request without one."""
    return secrets.randbelow(2**32)
