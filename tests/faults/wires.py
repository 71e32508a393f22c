"""The dialects in which the same story is told to the backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.servers import Seen

__all__ = ["WIRES", "Wire"]


@dataclass(frozen=True)
class Wire:
    """One dialect.

    Attributes:
        name: The provider that speaks it.
        path: Where it submits; a job's own path lies below.
        model: A model of it.
        id_key: Its name for the id.
        success: Its word for success.
        running: Its word for a job that runs.
    """

    name: str
    path: str
    model: str
    id_key: str
    success: str
    running: str

    def accepted(self, remote_id: Any) -> dict[str, Any]:
        return {self.id_key: remote_id, "status": "queued"}

    def going(self, progress: Any, word: Any) -> dict[str, Any]:
        shown = {} if progress is None else {"progress": progress}
        return {self.id_key: "v1", "status": self.running if word is None else word, **shown}

    def done(self, url: Any) -> dict[str, Any]:
        where = {"result": {"url": url}} if self.name == "infery" else {"url": url}
        return {self.id_key: "v1", "status": self.success, **({} if url is None else where)}

    def failed(self, why: Any) -> dict[str, Any]:
        told = why if self.name == "infery" else {"message": why, "code": "failed"}
        return {self.id_key: "v1", "status": "failed", "error": told}

    def route(self, seen: Seen) -> str:
        """Which script a request is for."""
        path = seen.path.partition("?")[0]
        if path == self.path:
            return "submit" if seen.method == "POST" else "other"
        if path.startswith("/v1/") and path.endswith("/content"):
            return "content"
        if path.startswith(self.path + "/"):
            return "status"
        return "file" if path.startswith("/files/") else "other"


WIRES = {
    wire.name: wire
    for wire in (
        Wire("infery", "/v1/videos/generations", "veo-3-1-fast", "id", "succeeded", "processing"),
        Wire("infinityblue", "/v1/video/generations", "veo_3_1-fast", "task_id", "completed", "in_progress"),
        Wire("openai_videos", "/v1/videos", "wan", "id", "completed", "in_progress"),
    )
}
