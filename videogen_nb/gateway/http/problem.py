"""Why a request is rejected, independent of the wire; each wire maps a kind to its own status and body."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "conflict",
    "image",
    "internal",
    "invalid",
    "json",
    "key",
    "large",
    "limit",
    "media_type",
    "method",
    "missing",
    "model",
    "not_ready",
    "size",
    "unknown_field",
]

REASONS: dict[Kind, str] = {
    "conflict": "The Idempotency-Key was used before with another body.",
    "image": "The picture cannot be read or fetched, or its address is not allowed.",
    "internal": "An internal error of the gateway.",
    "invalid": "A field is missing or of the wrong type or value.",
    "json": "The body is not a JSON object.",
    "key": "The key is missing or wrong.",
    "large": "The body is too large.",
    "limit": "The model does not support that value.",
    "media_type": "The body is not sent as JSON.",
    "method": "The path does not support the method.",
    "missing": "There is no such job or file, or it belongs to another key.",
    "model": "There is no such model.",
    "not_ready": "The job has no clip, or not yet.",
    "size": "The frame size is not offered.",
    "unknown_field": "The strict profile does not accept a field.",
}
"""The meaning of each kind, for the OpenAPI document."""


class Problem(Exception):
    """A rejected request; the wire turns it into its own status and body.

    Args:
        kind: The reason, which is the key of each wire's table.
        message: One sentence for the caller, which reveals nothing about the implementation.
        param: The field that caused it, if there is one.
    """

    def __init__(self, kind: Kind, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.param = param
