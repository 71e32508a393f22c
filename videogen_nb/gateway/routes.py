"""The gateway's routes and its OpenAPI document, both built from the operations of the wires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from videogen_nb.gateway.http import storage
from videogen_nb.gateway.http.openapi import Item, answer, document, either
from videogen_nb.gateway.service import GatewayService
from videogen_nb.gateway.wires.base import Wire
from videogen_nb.gateway.wires.infery import Infery
from videogen_nb.gateway.wires.newapi import NewApi
from videogen_nb.gateway.wires.videos import Videos
from videogen_nb.gateway.wires.videos_answers import ERROR_FIELDS

DESCRIPTION = "/openapi.json"
_MODELS = "/v1/models"


def router(service: GatewayService, *, secured: bool, server: str | None) -> Router:
    """The ASGI router of the gateway.

    Args:
        service: The service behind the wires.
        secured: Whether a key is required.
        server: Public origin, for the OpenAPI document; None if it is not known.
    """
    infery, newapi, videos = Infery(service), NewApi(service), Videos(service)
    wires = (infery, newapi, videos)
    openapi = _describe(wires, secured=secured, server=server)

    async def unknown(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        await refusal(404, f"Invalid URL ({request.method} {request.url.path})")(scope, receive, send)

    routes = [
        Route(_MODELS, _Models(infery.resource(_MODELS), newapi.resource(_MODELS))),
        *(Route(path, wire.resource(path)) for wire in wires for path in wire.operations if path != _MODELS),
        Route(storage.PATH, service.storage),
        Route(DESCRIPTION, _Description(openapi)),
    ]
    return Router(routes, redirect_slashes=False, default=unknown)


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error response outside any wire, in the envelope that most clients understand."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": None}}, status, headers)


class _Description:
    """Serves the OpenAPI document."""

    def __init__(self, openapi: Item) -> None:
        self._openapi = openapi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response: Response = JSONResponse(self._openapi)
        if scope["method"] not in ("GET", "HEAD"):
            response = refusal(405, "The description can only be read.", {"allow": "GET, HEAD"})
        await response(scope, receive, send)


class _Models:
    """``/v1/models``, which two wires share: a request with ``modality`` in its query is Infery's."""

    def __init__(self, infery: ASGIApp, newapi: ASGIApp) -> None:
        self._infery = infery
        self._newapi = newapi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._infery if "modality" in Request(scope).query_params else self._newapi
        await app(scope, receive, send)


def _describe(wires: Sequence[Wire], *, secured: bool, server: str | None) -> Item:
    paths: dict[str, dict[str, Item]] = {}
    schemas = {"Refused": {"type": "object", "properties": {"error": ERROR_FIELDS}, "required": ["error"]}}
    for wire in wires:
        schemas |= wire.schemas
        for path in wire.operations:
            methods = paths.setdefault(path, {})
            for method, item in wire.describe(path, secured=secured).items():
                methods[method] = either(methods[method], item) if method in methods else item
    paths[storage.PATH] = {"get": storage.DESCRIPTION}
    about = {"200": answer("This document.", {"type": "object"})}
    paths[DESCRIPTION] = {"get": {"operationId": "description", "responses": about, "security": []}}
    return document(paths, schemas, server)
