"""What the wires answer, as JSON Schema for the OpenAPI document; one module a wire.

Every object is closed: a field that is sent and not described here fails the tests.
"""

from __future__ import annotations

from videogen_nb.gateway.http.fields import MAX_SEED, Schema

__all__ = ["PERCENT", "SEED", "TEXT", "TIME", "URL", "WHOLE", "const", "null_or", "one_of", "record", "words"]

TEXT: Schema = {"type": "string"}
URL: Schema = {"type": "string", "format": "uri-reference"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
PERCENT: Schema = {"type": "integer", "minimum": 0, "maximum": 100}
SEED: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_SEED}
TIME: Schema = {"type": "integer", "minimum": 0, "description": "Seconds since 1970."}


def const(value: object) -> Schema:
    return {"const": value}


def words(*values: str) -> Schema:
    return {"enum": list(values)}


def null_or(schema: Schema) -> Schema:
    return one_of(schema, {"type": "null"})


def one_of(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def record(fields: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object of these fields, all of them there, of `optional` ones, and of no others."""
    properties = {**fields, **(optional or {})}
    return {"type": "object", "required": list(fields), "properties": properties, "additionalProperties": False}
