"""The gateway's own OpenAPI document, put together from what answers at each path."""

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
"""Answers a request of an account, or raises Problem."""

Item = dict[str, Any]
"""One part of a document."""

_ABOUT = """\
Takes video requests in three dialects, renders them on this machine, and serves the clips.
HEAD answers as GET does, without the body. A path that is not here is 404."""
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
    "description": "The same key with the same body gives the same job again.",
}


@dataclass(frozen=True)
class Operation:
    """What one method does at one path, and what the document says of it.

    Attributes:
        handler: Who answers.
        summary: What it does, in a few words.
        answers: Response objects by status, refusals left out.
        refusals: How it may be refused, beside what may happen to every request.
        parameters: Parameter objects, those in the path left out.
        body: Schemas of the body by media type; empty where it has none.
    """

    handler: Handler
    summary: str
    answers: Mapping[int, Item]
    refusals: tuple[Kind, ...] = ()
    parameters: tuple[Item, ...] = ()
    body: Mapping[str, Schema] = field(default_factory=dict)


def ref(name: str) -> Schema:
    """A shape among the document's named ones."""
    return {"$ref": f"#/components/schemas/{name}"}


def header(about: str, **schema: Any) -> Item:
    return {"description": about, "schema": {"type": "string", **schema}}


def answer(about: str, schema: Schema, *, headers: Mapping[str, Item] | None = None, **more: Any) -> Item:
    """A response object with a JSON body; `more` are its further members, such as ``links``."""
    return {
        "description": about,
        "headers": dict(headers or {}),
        "content": {"application/json": {"schema": schema}},
    } | more


def link(operation: str, about: str, field_name: str) -> dict[str, Item]:
    """A link to what takes an ``id`` that stands in the answer."""
    return {
        operation: {
            "operationId": operation,
            "description": about,
            "parameters": {"id": f"$response.body#/{field_name}"},
        }
    }


_BYTES = {"accept-ranges": header("bytes."), "etag": header("Changes when the clip does.")}
_SPAN = {"content-range": header("Which bytes of how many.")}
CLIP: dict[int, Item] = {
    200: {"description": "The clip.", "headers": _BYTES, "content": {"video/mp4": {}}},
    206: {
        "description": "The bytes asked for; several ranges come in parts.",
        "headers": _BYTES,
        "content": {"video/mp4": {}, "multipart/byteranges": {}},
    },
    400: {"description": "The range cannot be read.", "content": {"text/plain": {"schema": {"type": "string"}}}},
    416: {"description": "The clip has no such bytes.", "headers": _SPAN, "content": {"text/plain": {}}},
}
"""The answers to a request for a finished clip."""


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
        path: Of a route; the parameters in it are ids.
        described: What there is to say.
        refusals: Each way to be refused, with its status and body.
        headers: Of every answer.
        secured: Whether it asks for a key.
    """
    responses: dict[str, Item] = {}
    for status, response in described.answers.items():
        _add(responses, status, {**response, "headers": {**headers, **response.get("headers", {})}})
    for kind, status, schema in refusals:
        _add(responses, status, answer(REASONS[kind], schema, headers=headers))
    in_path = [{"name": each, "in": "path", "required": True, "schema": ID} for each in _PARAMETER.findall(path)]
    made: Item = {
        "operationId": name,
        "summary": described.summary,
        "parameters": [*in_path, *described.parameters],
        "responses": dict(sorted(responses.items())),
        "security": [{"key": []}] if secured else [],
    }
    if described.body:
        content = {media_type: {"schema": schema} for media_type, schema in described.body.items()}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _add(responses: dict[str, Item], status: int, response: Item) -> None:
    """Put an answer beside others of the same status: what may come is then one or the other."""
    known = responses.setdefault(str(status), {**response, "content": {}})
    if response["description"] not in known["description"]:
        known["description"] += " " + response["description"]
    known["headers"] = {**known.get("headers", {}), **response.get("headers", {})}
    for media_type, content in response["content"].items():
        schemas = [each["schema"] for each in (known["content"].get(media_type), content) if each and "schema" in each]
        flat = [one for schema in schemas for one in schema.get("anyOf", [schema])]
        several = [one for place, one in enumerate(flat) if one not in flat[:place]]
        known["content"][media_type] = (
            {"schema": several[0] if len(several) == 1 else {"anyOf": several}} if several else {}
        )


def document(paths: Mapping[str, Mapping[str, Item]], schemas: Mapping[str, Schema], server: str | None) -> Item:
    """The whole document.

    Args:
        paths: Operation objects by path and method in lower case; HEAD is added where there is GET.
        schemas: The named shapes.
        server: Origin under which it is reached; None leaves it to the reader's own address.
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
    """The operation of a path that two wires share, told apart by a parameter."""
    made: Item = {
        **one,
        "operationId": f"{one['operationId']}Or{other['operationId'][:1].upper()}{other['operationId'][1:]}",
    }
    made["summary"] = f"{one['summary']} {other['summary']}"
    made["parameters"] = [*one["parameters"], *other["parameters"]]
    made["responses"] = {status: {**response} for status, response in one["responses"].items()}
    for status, response in other["responses"].items():
        _add(made["responses"], int(status), response)
    return made


def _with_head(methods: Mapping[str, Item]) -> dict[str, Item]:
    if "get" not in methods:
        return dict(methods)
    get = methods["get"]
    bare = {
        status: {name: part for name, part in response.items() if name not in ("content", "links")}
        for status, response in get["responses"].items()
    }
    return {**methods, "head": {**get, "operationId": f"{get['operationId']}Head", "responses": bare}}
