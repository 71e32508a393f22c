"""Short ways to make answers and handles."""

from __future__ import annotations

import json
from typing import Any

from videogen_nb.providers.base import Handle, Reply


def reply(body: Any = None, status: int = 200, **headers: str) -> Reply:
    """An answer with a JSON body, or with a raw one where `body` is text or bytes."""
    content = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def handle(remote_id: str = "t1", *, family: str = "", base_url: str = "https://api.example", count: int = 1) -> Handle:
    return Handle(remote_id, "m", family, base_url, count)
