"""The built-in providers keep what the conformance kit asks of a plug-in."""

from __future__ import annotations

from typing import Any, ClassVar

from videogen_nb.providers.base import Provider
from videogen_nb.providers.infery import Infery
from videogen_nb.providers.infinityblue import InfinityBlue
from videogen_nb.providers.local import Local
from videogen_nb.providers.openai_videos import OpenAIVideos
from videogen_nb.testing import ProviderConformance


class TestInfery(ProviderConformance):
    provider = Infery
    running_word, succeeded_word, failed_word = "processing", "succeeded", "failed"

    def accepted_body(self, remote_id: str) -> Any:
        return {"id": remote_id, "object": "video", "status": "queued", "progress": 0}

    def status_body(self, remote_id: str, word: Any, *, url: str | None = None, error: str | None = None) -> Any:
        result = {"url": url, "duration_seconds": 4, "resolution": "1280x720", "mirror_status": "ok"}
        return {"id": remote_id, "status": word, "progress": 40, "result": result, "error": error, "credits_used": 80}


class TestInfinityBlue(ProviderConformance):
    provider = InfinityBlue
    running_word, succeeded_word, failed_word = "IN_PROGRESS", "SUCCESS", "FAILURE"

    def accepted_body(self, remote_id: str) -> Any:
        return {"task_id": remote_id, "status": "queued"}

    def status_body(self, remote_id: str, word: Any, *, url: str | None = None, error: str | None = None) -> Any:
        row = {"task_id": remote_id, "status": word, "progress": "40%", "result_url": url, "fail_reason": error}
        return {"code": "success", "message": "", "data": row}


class TestInfinityBlueVideos(ProviderConformance):
    """Its second family of paths, whose jobs look like those of OpenAI."""

    provider = InfinityBlue
    model = "doubao-seedance-2-0-260128"
    running_word, succeeded_word, failed_word = "in_progress", "completed", "failed"

    def accepted_body(self, remote_id: str) -> Any:
        return {"id": remote_id, "task_id": remote_id, "object": "video", "status": "queued"}

    def status_body(self, remote_id: str, word: Any, *, url: str | None = None, error: str | None = None) -> Any:
        failure = {"message": error, "code": "failed"} if error else None
        return {"id": remote_id, "object": "video", "status": word, "metadata": {"url": url}, "error": failure}


class TestOpenAIVideos(ProviderConformance):
    provider: ClassVar[type[Provider]] = OpenAIVideos
    model: ClassVar[str | None] = "wan"
    running_word, succeeded_word, failed_word = "in_progress", "completed", "failed"

    def accepted_body(self, remote_id: str) -> Any:
        return {"id": remote_id, "object": "video", "status": "queued", "progress": 0}

    def status_body(self, remote_id: str, word: Any, *, url: str | None = None, error: str | None = None) -> Any:
        failure = {"message": error, "code": "failed"} if error else None
        return {"id": remote_id, "object": "video", "status": word, "progress": 40, "url": url, "error": failure}


class TestLocal(TestOpenAIVideos):
    """The wire alone: the kit switches its in-process gateway off."""

    provider = Local
    model = None
    unused_options = frozenset({"person_generation", "user"})
