"""The clients that are compared, each as its own documentation calls it; ``python -m benchmarks.lost.clients NAME``
meets every failure with one of them, its addresses read as JSON from standard input."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import httpx2

__all__ = ["CLIENTS", "READ_TIMEOUT", "ours"]

READ_TIMEOUT = 2.0  # seconds, of all of them: their own, 60 to 600 s, would make the benchmark last an hour
_PROMPT = "a paper boat in the rain"
_environment = threading.Lock()


def ours(url: str) -> None:
    """Submit through `videogen_nb.generate` and wait for what becomes of the job."""
    import videogen_nb as vg

    with _environment:
        os.environ["INFERY_BASE_URL"] = url
        job = vg.generate(_PROMPT, provider="infery", model="veo-3-1-fast", duration=4)
    job.wait(60)


def shorten(http: Any) -> None:
    """Give our own HTTP seam the time-out that the others get."""
    assert isinstance(http._TIMEOUT, httpx2.Timeout)
    http._TIMEOUT = httpx2.Timeout(READ_TIMEOUT, pool=None)


def _openai(url: str) -> None:
    client = import_module("openai").OpenAI(base_url=f"{url}/v1", api_key="sk-benchmark", timeout=READ_TIMEOUT)
    client.videos.create(prompt=_PROMPT, model="sora-2", seconds="4")


def _runwayml(url: str) -> None:
    client = import_module("runwayml").RunwayML(base_url=url, api_key="key_benchmark", timeout=READ_TIMEOUT)
    client.text_to_video.create(prompt_text=_PROMPT, model="veo3.1_fast", ratio="1280:720", duration=4)


def _fal(url: str) -> None:
    fal = import_module("fal_client")
    client = fal.SyncClient(key="fal-benchmark", default_timeout=READ_TIMEOUT)
    client.submit(f"{url}/fal-ai/veo3", arguments={"prompt": _PROMPT})


# By the name of the distribution.
CLIENTS: dict[str, Callable[[str], None]] = {
    "videogen-nb": ours,
    "openai": _openai,
    "runwayml": _runwayml,
    "fal-client": _fal,
}


def main(name: str) -> None:
    addresses: list[str] = json.load(sys.stdin)
    if name == "videogen-nb":
        shorten(import_module("videogen_nb.backend.http.client"))
    if name == "fal-client":
        # Its queue's address is a constant that ends in a host of its own, https only.
        fal: Any = import_module("fal_client.client")
        fal.QUEUE_URL_FORMAT = ""
    with ThreadPoolExecutor(len(addresses)) as pool:
        for end in [pool.submit(CLIENTS[name], url) for url in addresses]:
            error = end.exception()
            if error and type(error).__module__ == "builtins":
                raise error  # a slip of the benchmark's, and not what the client says of a lost answer


if __name__ == "__main__":
    main(sys.argv[1])
