"""Read a multipart body as the JSON object that it stands for; OpenAI's own clients submit in this format."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncGenerator
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from videogen_nb.gateway.http.fields import Fields, Schema
from videogen_nb.gateway.http.problem import Problem
from videogen_nb.gateway.wires.base import Json, read_body

_NUMBERS = ("fps", "n", "seed")


def is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


def form_schema(fields: Fields) -> Schema:
    """The schema of these fields in a form, where nothing is null and a picture is a file or a URL."""
    schema = fields.schema()
    properties = {name: _without_null(shape) for name, shape in schema["properties"].items()}
    properties["image_reference"] = properties["input_reference"]
    properties["input_reference"] = {"type": "string", "format": "binary", "description": "First frame, as a file."}
    return {**schema, "properties": properties}


async def read_form(request: Request) -> Json:
    """The fields: numbers as numbers, an uploaded picture as the data URI it would have in JSON.

    Raises:
        Problem: It is not a form, or comes from a web page, which can send forms anywhere without a CORS preflight.
    """
    if "origin" in request.headers:
        raise Problem("media_type", "Send the request as JSON, with Content-Type: application/json.")
    body = await read_body(request)
    value: dict[str, Any] = {}
    try:
        form = await MultiPartParser(request.headers, _once(body)).parse()
        for name, field in form.multi_items():
            value[name] = await _image(field) if isinstance(field, UploadFile) else _plain(name, field)
        await form.close()
    except (MultiPartException, KeyError, AssertionError):  # AssertionError: python-multipart is not installed
        raise Problem("json", "The request is not a valid form.") from None
    reference = value.pop("image_reference", None)
    if reference is not None and "input_reference" not in value:
        value["input_reference"] = reference
    # Not the hash of the body: clients draw a new boundary for each try.
    return Json(value, hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest())


def _plain(name: str, text: str) -> Any:
    if name in _NUMBERS or name == "image_reference":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _without_null(shape: Schema) -> Schema:
    if "anyOf" in shape:
        shape = shape["anyOf"][0] | {"description": shape["description"]}
    kind = shape.get("type")
    return {**shape, "type": kind[0]} if isinstance(kind, list) else shape


async def _image(file: UploadFile) -> dict[str, str]:
    data = base64.b64encode(await file.read()).decode("ascii")
    return {"image_url": f"data:{file.content_type or 'image/png'};base64,{data}"}


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
    yield b""
