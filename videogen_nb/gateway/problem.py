"""Why a request is refused, in words that belong to no wire; each wire maps a kind to its own answer."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "conflict",  # an Idempotency-Key came again with another body
    "image",  # the picture cannot be read, fetched, or may not be
    "internal",  # our own fault
    "invalid",  # a field is missing or of the wrong type or value
    "json",  # the body is not a JSON object
    "key",  # no key, or a wrong one
    "large",  # the body is over the limit
    "limit",  # this model does not do that
    "media_type",  # the body is not sent as JSON
    "method",  # the path exists, the method does not
    "missing",  # no such job or file, or not this key's
    "model",  # no such model
    "not_ready",  # the job has no bytes (yet)
    "size",  # the frame size is not offered
    "unknown_field",  # a field the strict profile does not know
]


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
