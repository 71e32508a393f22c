"""The wire of Infinity Blue, and its second family on /v1/videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.gateway.support import data_uri, ended, mounted, on_loop, picture, served, told, until
from videogen_nb.gateway.app import Profile

PATH = "/v1/video/generations"
TINY = {"model": "veo_3_1-fast", "prompt": "a boat", "duration": 1, "width": 64, "height": 64, "fps": 2, "seed": 3}


@on_loop
async def test_from_submit_to_bytes(home: Path) -> None:
    """A job goes through the documented flat answers to a signed link that needs no key."""
    async with served(home, renderer="videogen_nb.gateway.render", keys=["sk-a"]) as client:
        client.headers["authorization"] = "Bearer sk-a"
        job = (await client.post(PATH, json=TINY)).json()
        assert job == {"task_id": job["task_id"], "status": "queued"}
        done = await ended(client, f"{PATH}/{job['task_id']}")
        del client.headers["authorization"]
        assert (await client.get(done.pop("url"))).content[4:8] == b"ftyp"
        assert done == {
            "task_id": job["task_id"], "status": "completed", "format": "mp4",
            "metadata": {"duration": 1.0, "fps": 2, "width": 64, "height": 64, "seed": 3},
        }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (1280, 720, 5.0, "")),
        ({"seconds": "3", "size": "1080x1920"}, (1080, 1920, 3.0, "")),
        ({"metadata": {"aspectRatio": "9:16", "durationSeconds": 2, "negativePrompt": "fog"}}, (720, 1280, 2.0, "fog")),
        ({"metadata": '{"aspect_ratio": "1:1", "negative_prompt": "fog"}', "duration": 0}, (720, 720, 5.0, "fog")),
    ],
)
@on_loop
async def test_the_ways_to_ask(home: Path, fields: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """Fields of the documents, of the software and in the metadata all reach the renderer."""
    async with mounted(home) as client:
        body = {"model": "kling-v2-5-turbo", "prompt": "x", "image": data_uri(picture()), **fields}
        job = (await client.post(PATH, json=body)).json()
        done = await ended(client, f"{PATH}/{job['task_id']}")
        spec = told((await client.get(done["url"])).content)
        assert (spec["width"], spec["height"], spec["duration"], spec["negative_prompt"]) == expected
        assert spec["image"][1] > 0


async def rows(client: httpx2.AsyncClient, prompt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer to a submit, and the last row in an envelope."""
    job = (await client.post(PATH, json={**TINY, "prompt": prompt})).json()

    async def look() -> dict[str, Any] | None:
        envelope = (await client.get(f"{PATH}/{job['task_id']}")).json()
        assert (envelope["code"], envelope["message"]) == ("success", "")
        data: dict[str, Any] = envelope["data"]
        return data if data["status"] in ("SUCCESS", "FAILURE") else None

    return job, await until(look)


@on_loop
async def test_the_shape_of_2025(home: Path) -> None:
    """Submits have an empty status; rows have upper-case words, per cent as text, and the URL in `fail_reason`."""
    async with mounted(home, profile=Profile(shape="2025")) as client:
        job, row = await rows(client, "a boat")
        assert (job["id"], job["status"], job["object"]) == (job["task_id"], "", "video")
        assert (row["status"], row["progress"]) == ("SUCCESS", "100%")
        assert (await client.get(row["fail_reason"])).status_code == 200
        _, row = await rows(client, "raise")
        assert (row["status"], row["progress"]) == ("FAILURE", "100%")
        assert row["fail_reason"] == "ValueError: no such place"


@on_loop
async def test_the_shape_of_2026(home: Path) -> None:
    """Ids start with task_; the URL is in `result_url`, where a failure puts its reason."""
    async with mounted(home, profile=Profile(shape="2026")) as client:
        job, row = await rows(client, "a boat")
        assert job["id"].startswith("task_")
        assert len(job["id"]) == 37
        assert (row["fail_reason"], row["quota"]) == ("", 0)
        assert row["properties"]["origin_model_name"] == "veo_3_1-fast"
        assert (await client.get(row["result_url"])).status_code == 200
        _, row = await rows(client, "raise")
        assert row["result_url"] == row["fail_reason"] == "ValueError: no such place"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"prompt": None}, 400, "invalid_request"),
        ({"duration": 1.0}, 400, "invalid_request"),
        ({"duration": "1"}, 400, "invalid_request"),
        ({"duration": 9}, 400, "invalid_request"),
        ({"seconds": 1}, 400, "invalid_request"),
        ({"n": 2}, 400, "invalid_request"),
        ({"metadata": "no json"}, 400, "invalid_request"),
        ({"image": "http://127.0.0.1/x.png"}, 400, "invalid_request"),
        ({"width": 63}, 400, "invalid_size"),
        ({"width": None, "height": None, "size": "big"}, 400, "invalid_size"),
    ],
)
@on_loop
async def test_flat_refusals(home: Path, fields: dict[str, Any], status: int, code: str) -> None:
    """What a task cannot be is refused flat: code, message, and data null."""
    async with mounted(home) as client:
        answer = await client.post(PATH, json={**TINY, **fields})
        assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (status, code, None)
        assert answer.json()["message"]


@on_loop
async def test_the_other_refusals(home: Path) -> None:
    """Before there is a task, refusals are the middleware's: 401, 400, and 503 for a model nobody serves."""
    async with mounted(home, keys=["sk-a"]) as client:
        answer = await client.post(PATH, json=TINY)
        error = answer.json()["error"]
        assert (answer.status_code, error["type"], error["code"]) == (401, "new_api_error", "")
        assert answer.headers["x-oneapi-request-id"] in error["message"]
        client.headers["authorization"] = "Bearer sk-a"
        answer = await client.post(PATH, json={**TINY, "model": "veo-3-1"})
        error = answer.json()["error"]
        assert (answer.status_code, error["type"], error["code"]) == (503, "new_api_error", "model_not_found")
        answer = await client.post(PATH, json={"prompt": "x"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "new_api_error")
        answer = await client.get(f"{PATH}/nothing")
        assert (answer.status_code, answer.json()["code"]) == (400, "task_not_exist")


@on_loop
async def test_models(home: Path) -> None:
    """The list is OpenAI's with success and endpoint types, and marks the models of /v1/videos."""
    async with mounted(home) as client:
        models = (await client.get("/v1/models")).json()
        assert (models["success"], models["object"]) == (True, "list")
        kinds = {model["id"]: model["supported_endpoint_types"] for model in models["data"]}
        assert kinds["veo_3_1"] == ["openai"]
        assert kinds["grok-imagine-video-480p"] == ["openai-video"]
        assert len(kinds) == 10


@on_loop
async def test_the_second_family(home: Path) -> None:
    """On /v1/videos its models answer with times in milliseconds and a link, at their own sizes."""
    async with mounted(home, profile=Profile(second_family=True)) as client:
        body = {
            "model": "doubao-seedance-2-0-260128",
            "prompt": "x",
            "seconds": "4",
            "resolution": "480p",
            "ratio": "3:4",
        }
        job = (await client.post("/v1/videos", json=body)).json()
        assert job["created_at"] > 1e12
        done = await ended(client, f"/v1/videos/{job['id']}")
        assert (done["seconds"], done["size"]) == ("4", "480x640")
        assert 1e12 < done["created_at"] <= done["completed_at"] < done["expires_at"]
        assert (await client.get(done["metadata"]["url"])).content[4:8] == b"ftyp"
        assert (await client.get(f"/v1/videos/{job['id']}/content")).content[4:8] == b"ftyp"

        assert (await client.post("/v1/videos", json={**body, "seconds": "0"})).status_code == 400
        body = {"model": "grok-imagine-video-480p", "prompt": "raise", "size": "720x1280"}
        job = (await client.post("/v1/videos", json=body)).json()
        assert job["size"] == "480x854"
        done = await ended(client, f"/v1/videos/{job['id']}")
        assert done["error"] == {"message": "ValueError: no such place", "code": "generation_failed"}


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "doubao-seedance-2-0-260128", "seconds": 5},
        {"model": "doubao-seedance-2-0-260128", "seconds": "3"},
        {"model": "doubao-seedance-2-0-260128", "n": 2},
        {"model": "doubao-seedance-2-0-260128", "ratio": "5:1"},
        {"model": "grok-imagine-video-480p", "resolution": "480p"},
        {"model": "grok-imagine-video-480p", "size": "1792x1024"},
        {"model": "grok-imagine-video-1.5-preview-480p"},
    ],
)
@on_loop
async def test_limits_of_the_second_family(home: Path, fields: dict[str, Any]) -> None:
    """Its limits hold where the profile has it, and nowhere else."""
    async with mounted(home, profile=Profile(second_family=True)) as client:
        answer = await client.post("/v1/videos", json={"prompt": "x", **fields})
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    async with mounted(home) as client:
        answer = await client.post("/v1/videos", json={"prompt": "x", **fields, "n": 1, "size": "64x64"})
        assert answer.status_code == 200
