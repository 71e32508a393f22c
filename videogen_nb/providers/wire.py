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
    """One part of a multipart body; a file where `filename` is given."""

    name: str
    content: bytes | str
    filename: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to the provider's own origin, without its key.

    Attributes:
        method: ``"GET"``, ``"POST"`` or ``"DELETE"``.
        path: From the origin on, such as ``"/v1/videos"``; ids in it are percent-encoded.
        query: Query parameters.
        json: Body as a JSON object.
        parts: Body as multipart, in place of `json`.
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
    """An HTTP answer, read whole. Header names are lower case."""

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
        """The body as JSON; None where it is not JSON, so that readers need no try."""
        try:
            # Wrong bytes and huge numbers are no reason to lose the id that stands beside them.
            return json.loads(self.content.decode("utf-8-sig", "replace"), parse_int=_whole)
        except (ValueError, RecursionError):
            return None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is something else."""
        value = self.json()
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Handle:
    """All it takes to ask about a job again, in any process, at any later time.

    Attributes:
        remote_id: The provider's name for the job; any characters.
        model: The model's id at the provider.
        family: Which of the provider's path families made the job; "" is the usual one.
        base_url: The origin and prefix it was made at, without ``/v1`` and trailing slash.
        count: Clips asked for.
    """

    remote_id: str
    model: str
    family: str
    base_url: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the answer to a submission says.

    Attributes:
        remote_id: The provider's name for the job.
        cost: What was charged, where the answer says so.
        request_id: The provider's id of this HTTP request.
    """

    remote_id: str
    cost: Cost | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What one status answer says.

    Attributes:
        status: The canonical word; an unknown or empty word reads ``"queued"`` (wire.md 4.2).
        word: The provider's own word, for display.
        progress: 0 to 1; None if it says nothing.
        position: Place in the queue, 0 is next.
        outputs: One entry a clip, each the addresses to try in order: absolute, or relative
            to the base URL. Empty on success: there is no clip to download.
        error: Why it failed, in the provider's words.
        rejected: Whether it failed for its content.
        cost: What was charged.
        duration: Seconds of the clip, where the answer says so.
        size: Pixels of the clip, where the answer says so.
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
    """A whole number of JSON; infinite where it has more digits than any quantity."""
    return int(digits) if len(digits) < 400 else float(digits)
