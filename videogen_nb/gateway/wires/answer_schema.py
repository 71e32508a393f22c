"""Helpers for the JSON Schemas of responses; each wire has a module of them.

Every object is closed, so that a field that is sent and not described fails the tests.
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
    """An object with all of these fields, perhaps the `optional` ones, and no others."""
    properties = {**fields, **(optional or {})}
    return {"type": "object", "required": list(fields), "properties": properties, "additionalProperties": False}
