from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import videogen_nb
from videogen_nb.backend import download as fetch
from videogen_nb.backend import follow, session
from videogen_nb.core.job import Job
from videogen_nb.providers.infery import Infery
from videogen_nb.providers.infinityblue import InfinityBlue
from videogen_nb.providers.local import Local
from videogen_nb.providers.openai_videos import OpenAIVideos

KEY = "inf_0123456789abcdefghijklmnop"
_KEPT = ("INFERY", "INFINITYBLUE", "OPENAI_VIDEOS")


@pytest.fixture
def generate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Job]]:
    """`videogen_nb.generate` against a server, in a home of its own, with its pauses made short."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDEOGEN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VIDEOGEN_OUTPUT_DIR", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    for name in _KEPT:
        monkeypatch.delenv(f"{name}_BASE_URL", raising=False)
        monkeypatch.delenv(f"{name}_API_KEY", raising=False)
    for kind in (Infery, InfinityBlue, OpenAIVideos, Local):
        monkeypatch.setattr(kind, "interval", 0.02)
    for module in (follow, fetch):
        monkeypatch.setattr(module, "backoff", lambda misses: 0.02)

    def made(url: str, provider: str = "infery", prompt: str = "a paper boat", **options: Any) -> Job:
        monkeypatch.setenv(f"{provider.upper()}_BASE_URL", url)
        if provider != "openai_videos":
            monkeypatch.setenv(f"{provider.upper()}_API_KEY", KEY)
        return videogen_nb.generate(prompt, provider=provider, **options)

    yield made
    session.close()
