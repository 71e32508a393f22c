"""Values that providers and the backend exchange: calls to send, HTTP responses, and what was read from them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from videogen_nb.core.job import Cost
from videogen_nb.core.request import Size

__all__ = ["Accepted", "Call", "Handle", "Part", "RemoteStatus", "Reply", "Report"]

RemoteStatus = Literal["queued", "running", "succeeded", "failed", "cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body; a file if `filename` is given."""

    name: str
    content: bytes | str
    filename: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to the provider's own origin, without its key.

    Attributes:
        method: ``"GET"``, ``"POST"`` or ``"DELETE"``.
        path: Path below the base URL, such as ``"/v1/videos"``; ids in it are percent-encoded.
        query: Query parameters.
        json: Body, as a JSON object.
        parts: Body, as multipart parts, in place of `json`.
        headers: Further headers.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    parts: Sequence[Part] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete HTTP response. Header names are lower case."""

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status_code < 300

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; None if it is not JSON, so that no reader has to catch an error."""
        try:
            # Invalid bytes and huge numbers must not cost the job id that stands beside them.
            return json.loads(self.content.decode("utf-8-sig", "replace"), parse_int=_whole)
        except (ValueError, RecursionError):
            return None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object; empty if it is anything else."""
        value = self.json()
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Handle:
    """Identifies a job at its provider, so that any process can ask for its status at any later time.

    Attributes:
        remote_id: The provider's id of the job; it can contain any characters.
        model: The model's id at the provider.
        family: Which of the provider's path families the job was submitted to; "" is the usual one.
        base_url: The origin and prefix it was submitted to, without ``/v1`` and trailing slash.
        count: How many clips were requested.
    """

    remote_id: str
    model: str
    family: str
    base_url: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """The response to an accepted submission.

    Attributes:
        remote_id: The provider's id of the job.
        cost: What was charged; None if the response does not say.
        request_id: The provider's id of this HTTP request.
    """

    remote_id: str
    cost: Cost | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A job's status, as one response to a status call states it.

    Attributes:
        status: The canonical status. An unknown or empty word is read as ``"queued"``, so that it never ends a job.
        word: The provider's own word, for display.
        progress: 0 to 1; None if it is not stated.
        position: Position in the queue, 0 is next; None if it is not stated.
        outputs: For each clip the URLs to try, in order: absolute, or relative to the base URL. Empty on success
            if there is no clip to download.
        error: Why it failed, in the provider's words.
        rejected: Whether a content filter refused it.
        cost: What was charged.
        duration: The clip's length in seconds, if stated.
        size: The clip's size in pixels, if stated.
    """

    status: RemoteStatus
    word: str = ""
    progress: float | None = None
    position: int | None = None
    outputs: tuple[tuple[str, ...], ...] = ()
    error: str | None = None
    rejected: bool = False
    cost: Cost | None = None
    duration: float | None = None
    size: Size | None = None


def _whole(digits: str) -> int | float:
    """An integer in JSON; infinite if it is so long that Python would refuse to convert it."""
    return int(digits) if len(digits) < 400 else float(digits)
