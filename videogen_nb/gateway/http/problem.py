"""Why a request is refused, in words that belong to no wire; each wire maps a kind to its own answer."""

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
    "conflict": "The Idempotency-Key came before with another body.",
    "image": "The picture cannot be read or fetched, or may not be.",
    "internal": "The gateway's own fault.",
    "invalid": "A field is missing or of the wrong type or value.",
    "json": "The body is not a JSON object.",
    "key": "No key, or a wrong one.",
    "large": "The body is over the limit.",
    "limit": "This model does not do that.",
    "media_type": "The body is not sent as JSON.",
    "method": "The path exists, the method does not.",
    "missing": "No such job or file, or not this key's.",
    "model": "No such model.",
    "not_ready": "The job has no bytes (yet).",
    "size": "The frame size is not offered.",
    "unknown_field": "A field that the strict profile does not know.",
}
"""What each kind means, for the OpenAPI document."""


class Problem(Exception):
    """A refusal that a wire turns into its own status and envelope.

    Args:
        kind: What went wrong; the key of each wire's table of answers.
        message: One sentence for the caller, with nothing of our insides in it.
        param: The field at fault, where there is one.
    """

    def __init__(self, kind: Kind, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.param = param
