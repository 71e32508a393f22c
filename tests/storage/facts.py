"""What a row of the journal needs, for tests that are not about it."""

from __future__ import annotations

from typing import Any

FACTS: dict[str, Any] = {
    "folder": "/here",
    "output": "/here/videogen",
    "provider": "infery",
    "base_url": "https://api.infery.ai",
    "model": "veo-3-1",
    "family": "",
    "request": '{"prompt": "x"}',
    "digest": "d",
}
