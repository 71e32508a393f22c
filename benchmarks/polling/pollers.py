"""The pollers that are compared, each as its own documentation calls it; ``python -m benchmarks.polling.pollers NAME``
submits and awaits jobs, all at once: the gateway's address and the seconds they take as JSON on standard input."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any

__all__ = ["POLLERS"]


def _prompt(seconds: float) -> str:
    return f"a paper boat that takes {seconds} s"


async def _ours(url: str, seconds: list[float]) -> None:
    import videogen_nb as vg

    os.environ["INFERY_BASE_URL"], os.environ["INFERY_API_KEY"] = url, "inf_benchmark"
    jobs = [vg.generate(_prompt(each), provider="infery", model="veo-3-1-fast", duration=4) for each in seconds]
    await asyncio.gather(*jobs)


async def _openai(url: str, seconds: list[float]) -> None:
    client = import_module("openai").AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-benchmark")
    await asyncio.gather(*(client.videos.create_and_poll(prompt=_prompt(each), model="sora-2") for each in seconds))


async def _replicate(url: str, seconds: list[float]) -> None:
    client = import_module("replicate").Client(api_token="r8_benchmark", base_url=url)

    async def one(each: float) -> None:
        prediction = await client.predictions.async_create("1" * 64, {"prompt": _prompt(each)}, wait=False)
        await prediction.async_wait()

    await asyncio.gather(*map(one, seconds))


async def _fal(url: str, seconds: list[float]) -> None:
    # The address of its queue is a constant, https only.
    module: Any = import_module("fal_client.client")
    module.QUEUE_URL_FORMAT = f"{url}/"
    client: Any = import_module("fal_client").AsyncClient(key="fal-benchmark")
    calls = (client.subscribe("fal-ai/veo3", arguments={"prompt": _prompt(each)}) for each in seconds)
    await asyncio.gather(*calls)


async def _runwayml(url: str, seconds: list[float]) -> None:
    client = import_module("runwayml").AsyncRunwayML(base_url=url, api_key="key_benchmark")

    async def one(each: float) -> None:
        task = await client.text_to_video.create(
            prompt_text=_prompt(each), model="veo3.1_fast", ratio="1280:720", duration=4
        )
        await task.wait_for_task_output()

    await asyncio.gather(*map(one, seconds))


# By the path under which the gateway serves each.
POLLERS: dict[str, Callable[[str, list[float]], Coroutine[Any, Any, None]]] = {
    "ours": _ours,
    "silent": _ours,
    "openai": _openai,
    "replicate": _replicate,
    "fal": _fal,
    "runwayml": _runwayml,
}


if __name__ == "__main__":
    name = sys.argv[1]
    address, takes = json.load(sys.stdin)
    asyncio.run(POLLERS[name](f"{address}/{name}", takes))
