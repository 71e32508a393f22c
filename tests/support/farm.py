"""Scripted gateways of many jobs, for sweeps: what becomes of a job, its prompt says."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from tests.support.servers import Answer, Seen, Server, job

__all__ = ["PATHS", "Farm"]

PATHS = {"infery": "/v1/videos/generations", "infinityblue": "/v1/video/generations"}


class Farm(Server):
    """A gateway that makes a clip at once, for 80 credits, unless a word of the prompt says otherwise.

    ``fail`` fails, ``lost`` gets no answer, ``refused`` is turned away, ``hold`` runs until `release` is set.

    Args:
        path: Where its wire submits.
        clip: What it makes.
        models: Its own model list.
    """

    def __init__(self, path: str, clip: bytes, models: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__({})
        self.path, self.clip, self.models = path, clip, list(models)
        self.release = threading.Event()
        self.made: list[dict[str, Any]] = []

    @property
    def posts(self) -> list[dict[str, Any]]:
        """Bodies of all submissions, in order."""
        return [each.json() for each in self.requests(f"POST {self.path}")]

    @property
    def prompts(self) -> list[str]:
        return sorted(body["prompt"] for body in self.posts)

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
            path = seen.path.partition("?")[0]
            if seen.method == "POST" and path == self.path:
                return self._take(seen.json())
            if path == "/v1/models":
                return Answer({"data": self.models})
            if found := re.fullmatch(re.escape(self.path) + r"/v(\d+)", path):
                return self._status(int(found[1]))
            if path.startswith("/files/"):
                return Answer(self.clip)
            return Answer({"error": {"message": "Invalid URL", "type": "invalid_request_error"}}, 404)

    def _take(self, body: dict[str, Any]) -> Answer:
        words = body["prompt"].split()
        if "refused" in words:
            return Answer({"error": {"message": "no such thing", "type": "invalid_request_error"}}, 400)
        self.made.append(body)
        self.accepted += 1
        name = f"v{len(self.made)}"
        return job(None, drop=True) if "lost" in words else job({"id": name, "task_id": name, "status": "queued"})

    def _status(self, number: int) -> Answer:
        words = self.made[number - 1]["prompt"].split()
        if "fail" in words:
            return Answer({"id": f"v{number}", "status": "failed", "error": "the GPU caught fire"})
        if "hold" in words and not self.release.is_set():
            return Answer({"id": f"v{number}", "status": "processing", "progress": 40})
        clips = [{"url": f"/files/{place}.mp4"} for place in range(self.made[number - 1].get("n", 1))]
        told = {"result": clips[0] if len(clips) == 1 else clips, "url": clips[0]["url"], "credits_used": 80}
        return Answer({"id": f"v{number}", "status": "completed", **told})
