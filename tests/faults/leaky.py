"""Gateways that let secrets slip in everything they say: what becomes of a job, the first word of its prompt decides.

The storage beside them has an origin of its own, and its links are signed in various vendors' ways.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

from tests.support.servers import Answer, Seen, Server, job

__all__ = ["KEYS", "PATHS", "PICTURE", "SECRETS", "WORDS", "Leaky", "Storage"]


def _random(name: str, length: int = 40) -> str:
    """Letters that stand nowhere by chance, the same in every run."""
    return hashlib.sha256(f"leaky {name}".encode()).hexdigest()[:length]


# One is a UUID: nothing about it says that it is a key.
KEYS = {
    "infery": f"inf_{_random('infery', 32)}",
    "infinityblue": f"sk-{_random('blue', 48)}",
    "openai_videos": re.sub(r"^(.{8})(.{4})(.{4})(.{4})(.{12})$", r"\1-\2-\3-\4-\5", _random("uuid", 32)),
}
_GRANTS = {name: _random(name) for name in ("google", "amazon", "session", "azure", "access", "picture", "param")}
SECRETS = {**{f"key of {name}": key for name, key in KEYS.items()}, **_GRANTS}

PATHS = {
    "infery": "/v1/videos/generations",
    "infinityblue": "/v1/video/generations",
    "openai_videos": "/v1/videos",
}
PICTURE = f"https://pictures.example/boat.png?width=200&X-Goog-Signature={_GRANTS['picture']}"
PARAM = f"https://pictures.example/style.png?X-Goog-Signature={_GRANTS['param']}"
# What a job's prompt may begin with; `held` runs until the end.
WORDS = (
    "fine",
    "moved",
    "expired",
    "fragment",
    "unauthorized",
    "broken",
    "rejected",
    "failed",
    "lost",
    "vanished",
    "mistaken",
    "elsewhere",
    "babbling",
    "held",
)


def _signed(origin: str, place: int = 0) -> list[str]:
    """Links to one clip, signed as Google, Amazon (two ways), Azure and new-api do it."""
    google = f"X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Expires=3600&X-Goog-Signature={_GRANTS['google']}"
    amazon = (
        f"X-Amz-Credential=AKIDEXAMPLE&X-Amz-Signature={_GRANTS['amazon']}&X-Amz-Security-Token={_GRANTS['session']}"
    )
    older = f"AWSAccessKeyId=AKIDEXAMPLE&Expires=1790000000&Signature={_GRANTS['amazon']}"
    azure = f"sv=2024-08-04&sp=r&sig={_GRANTS['azure']}"
    access = f"access={_GRANTS['access']}"
    return [f"{origin}/clips/{place}.mp4?{query}" for query in (google, amazon, older, azure, access)]


def _sentences(origin: str, key: str) -> str:
    """An error's words with links in them, in the ways that relays write them down."""
    plain, amazon, older, azure, access = _signed(origin)
    inner = json.dumps({"error": {"url": amazon, "token": f"Bearer {key}"}}).replace("/", "\\/")
    return (
        f"fetching {plain} failed; upstream said {inner}; see ({azure}), <a href='{older}'>it</a> "
        f"or /clips/0.mp4?access={_GRANTS['access']}; key {key} used; callback {quote(access, safe='')}"
    )


class Leaky(Server):
    """One provider's gateway; its own key in hand, it repeats it wherever it can.

    Args:
        provider: Whose wire it speaks.
        storage: Origin of the storage.
        clip: What it makes.
    """

    def __init__(self, provider: str, storage: str, clip: bytes) -> None:
        super().__init__({})
        self.path, self.key, self.storage, self.clip = PATHS[provider], KEYS[provider], storage, clip
        self.made: list[str] = []
        self.asked: dict[int, int] = {}

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
            path, _, query = seen.path.partition("?")
            if seen.method == "POST" and path == self.path:
                return self._take(seen)
            if path == "/v1/models":
                return Answer({"data": [{"id": "sora-2"}], "note": f"Bearer {self.key}"})
            if found := re.fullmatch(re.escape(self.path) + r"/v(\d+)", path):
                return self._status(int(found[1]), self.made[int(found[1])])
            if path == "/moved.mp4":
                return Answer(f"moved for {self.key}", 302, headers={"location": _signed(self.storage)[1]})
            if path.endswith("/content") or (path == "/own.mp4" and _GRANTS["access"] in query):
                return Answer(self.clip)
            return Answer({"error": {"message": f"no {seen.path} for Bearer {self.key}", "type": "not_found"}}, 404)

    def _take(self, seen: Seen) -> Answer:
        word = seen.json()["prompt"].split()[0]
        sent = {name: value for name, value in seen.headers.items() if name in ("authorization", "idempotency-key")}
        if word == "unauthorized":
            said = f"Incorrect API key provided: {self.key}. Set it as Bearer {self.key}"
            headers = {"www-authenticate": f'Bearer realm="{self.key}"', "x-request-id": f"req-{self.key}"}
            return Answer({"error": {"message": said, "code": "invalid_api_key"}}, 401, headers=headers)
        if word == "broken":
            return job({"error": {"message": f"panic while serving {json.dumps(sent)}", "headers": sent}}, 500)
        if word == "rejected":
            return Answer({"error": {"message": _sentences(self.storage, self.key), "code": self.key}}, 400)
        self.made.append(word)
        number = len(self.made) - 1
        if word == "lost":
            return job(None, drop=True)
        return job({"id": f"v{number}", "task_id": f"v{number}", "object": "video", "status": "queued"})

    def _status(self, number: int, word: str) -> Answer:
        turn = self.asked[number] = self.asked.get(number, -1) + 1
        if word == "elsewhere" and not turn:  # a redirect is no answer, and its target not to be trusted
            return Answer(_sentences(self.storage, self.key), 307, headers={"location": f"{self.storage}/v1/status"})
        if word == "babbling" and not turn:
            return Answer({"error": {"message": f"Authorization: Bearer {self.key}"}}, 500)
        if word == "failed":
            return self._told(number, "failed", error=_sentences(self.storage, self.key))
        if word == "held":
            return self._told(number, "processing", progress=40, message=_sentences(self.storage, self.key))
        links = {
            "moved": "/moved.mp4",
            "expired": f"{self.storage}/expired.mp4?X-Goog-Signature={_GRANTS['google']}"
            if not turn
            else _signed(self.storage)[3],
            "fragment": f"/own.mp4?access={_GRANTS['access']}#{_GRANTS['session']}",
            "vanished": f"{self.storage}/gone.mp4?{_signed(self.storage)[1].partition('?')[2]}",
            "mistaken": f"{self.storage}/words.mp4?sig={_GRANTS['azure']}",
        }
        link = links.get(word, _signed(self.storage)[number % 5])
        return self._told(number, "completed", url=link, result={"url": link}, credits_used=80)

    def _told(self, number: int, status: str, **more: Any) -> Answer:
        return Answer({"id": f"v{number}", "task_id": f"v{number}", "object": "video", "status": status, **more})


class Storage(Server):
    """Signed storage, which refuses whoever shows a key as well."""

    def __init__(self, clip: bytes) -> None:
        super().__init__({}, keyed=False)
        self.clip = clip

    def answer(self, seen: Seen) -> Answer:
        refused = super().answer(seen)
        if refused.status == 400:
            return refused
        path = seen.path.partition("?")[0]
        if path.startswith("/clips/"):
            return Answer(self.clip, headers={"set-cookie": f"session={_GRANTS['session']}"})
        if path == "/words.mp4":
            said = _sentences(f"http://{seen.headers['host']}", KEYS["infery"])
            return Answer(json.dumps({"error": {"message": said}}).encode(), headers={"content-type": "video/mp4"})
        wrong = f"<Error><Code>AccessDenied</Code><StringToSign>{_GRANTS['google']}</StringToSign></Error>"
        return Answer(wrong, 403 if path == "/expired.mp4" else 404)
