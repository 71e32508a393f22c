"""Build the gateway's OpenAPI document from the operations at each path."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from videogen_nb.gateway.http.fields import Schema
from videogen_nb.gateway.http.problem import REASONS, Kind

Handler = Callable[[Request, str], Awaitable[Response]]
"""Responds to a request of an account, or raises Problem."""

Item = dict[str, Any]
"""An object of the document."""

_ABOUT = """\
Accepts video requests in three dialects, renders them on this machine, and serves the clips.
HEAD responds like GET, without the body. Any other path is 404."""
_PARAMETER = re.compile(r"\{(\w+)\}")

ID: Item = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
RANGED = (
    {"name": "range", "in": "header", "schema": {"type": "string"}, "description": "Such as bytes=1000-."},
    {"name": "if-range", "in": "header", "schema": {"type": "string"}, "description": "The ETag of earlier bytes."},
)
REPEAT = {
    "name": "idempotency-key",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The same key with the same body returns the same job.",
}


@dataclass(frozen=True)
class Operation:
    """One method at one path, and its description.

    Attributes:
        handler: Its implementation.
        summary: What it does, in a few words.
        answers: Response objects by status, except errors.
        refusals: Its possible errors, except those that every request can have.
        parameters: Parameter objects, except those in the path.
        body: Schemas of the request body by media type; empty if it has none.
    """

    handler: Handler
    summary: str
    answers: Mapping[int, Item]
    refusals: tuple[Kind, ...] = ()
    parameters: tuple[Item, ...] = ()
    body: Mapping[str, Schema] = field(default_factory=dict)


def ref(name: str) -> Schema:
    """A reference to a named schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def header(about: str, **schema: Any) -> Item:
    """A header object."""
    return {"description": about, "schema": {"type": "string", **schema}}


def answer(about: str, schema: Schema, *, headers: Mapping[str, Item] | None = None, **more: Any) -> Item:
    """A response object with a JSON body; `more` are further members, such as ``links``."""
    return {
        "description": about,
        "headers": dict(headers or {}),
        "content": {"application/json": {"schema": schema}},
    } | more


def link(operation: str, about: str, field_name: str) -> dict[str, Item]:
    """A link to an operation that takes the ``id`` from the response."""
    return {
        operation: {
            "operationId": operation,
            "description": about,
            "parameters": {"id": f"$response.body#/{field_name}"},
        }
    }


_BYTES = {"accept-ranges": header("bytes."), "etag": header("Changes when the clip does.")}
_SPAN = {"content-range": header("The range of bytes and the total.")}
CLIP: dict[int, Item] = {
    200: {"description": "The clip.", "headers": _BYTES, "content": {"video/mp4": {}}},
    206: {
        "description": "The requested bytes; several ranges are sent as a multipart body.",
        "headers": _BYTES,
        "content": {"video/mp4": {}, "multipart/byteranges": {}},
    },
    400: {"description": "The range cannot be parsed.", "content": {"text/plain": {"schema": {"type": "string"}}}},
    416: {"description": "The clip has no such bytes.", "headers": _SPAN, "content": {"text/plain": {}}},
}
"""The responses to a request for a finished clip."""


def operation(
    name: str,
    path: str,
    described: Operation,
    refusals: Iterable[tuple[Kind, int, Schema]],
    headers: Mapping[str, Item],
    *,
    secured: bool,
) -> Item:
    """One operation object.

    Args:
        name: Its operationId.
        path: Path of the route; the parameters in it are ids.
        described: The operation.
        refusals: Its possible errors, with status and body.
        headers: Headers of every response.
        secured: Whether it needs a key.
    """
    responses: dict[str, Item] = {}
    for status, response in described.answers.items():
        _add(responses, status, {**response, "headers": {**headers, **response.get("headers", {})}})
    for kind, status, schema in refusals:
        _add(responses, status, answer(REASONS[kind], schema, headers=headers))
    in_path = [{"name": name, "in": "path", "required": True, "schema": ID} for name in _PARAMETER.findall(path)]
    item: Item = {
        "operationId": name,
        "summary": described.summary,
        "parameters": [*in_path, *described.parameters],
        "responses": dict(sorted(responses.items())),
        "security": [{"key": []}] if secured else [],
    }
    if described.body:
        content = {media_type: {"schema": schema} for media_type, schema in described.body.items()}
        item["requestBody"] = {"required": True, "content": content}
    return item


def _add(responses: dict[str, Item], status: int, response: Item) -> None:
    """Add a response; one with the same status as another becomes an alternative to it."""
    known = responses.setdefault(str(status), {**response, "content": {}})
    if response["description"] not in known["description"]:
        known["description"] += " " + response["description"]
    known["headers"] = {**known.get("headers", {}), **response.get("headers", {})}
    for media_type, content in response["content"].items():
        schemas = [part["schema"] for part in (known["content"].get(media_type), content) if part and "schema" in part]
        flat = [one for schema in schemas for one in schema.get("anyOf", [schema])]
        unique = [one for index, one in enumerate(flat) if one not in flat[:index]]
        known["content"][media_type] = (
            {"schema": unique[0] if len(unique) == 1 else {"anyOf": unique}} if unique else {}
        )


def document(paths: Mapping[str, Mapping[str, Item]], schemas: Mapping[str, Schema], server: str | None) -> Item:
    """The whole document.

    Args:
        paths: Operation objects by path and lower-case method; HEAD is added to each GET.
        schemas: The named schemas.
        server: Public origin; None means the address that the document was read from.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": "videogen-nb gateway", "version": "1", "description": _ABOUT},
        **({"servers": [{"url": server.rstrip("/")}]} if server else {}),
        "paths": {path: _with_head(methods) for path, methods in paths.items()},
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def either(one: Item, other: Item) -> Item:
    """The operation of a path that two wires share and that a parameter distinguishes."""
    item: Item = {
        **one,
        "operationId": f"{one['operationId']}Or{other['operationId'][:1].upper()}{other['operationId'][1:]}",
    }
    item["summary"] = f"{one['summary']} {other['summary']}"
    item["parameters"] = [*one["parameters"], *other["parameters"]]
    item["responses"] = {status: {**response} for status, response in one["responses"].items()}
    for status, response in other["responses"].items():
        _add(item["responses"], int(status), response)
    return item


def _with_head(methods: Mapping[str, Item]) -> dict[str, Item]:
    if "get" not in methods:
        return dict(methods)
    get = methods["get"]
    bare = {
        status: {name: part for name, part in response.items() if name not in ("content", "links")}
        for status, response in get["responses"].items()
    }
    return {**methods, "head": {**get, "operationId": f"{get['operationId']}Head", "responses": bare}}
