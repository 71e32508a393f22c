"""The wire of Infery."""

from __future__ import annotations

import base64
import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.gateway.support import ended, mounted, on_loop, picture, served, told
from videogen_nb.gateway.app import Profile

PATH = "/v1/videos/generations"
TINY = {"model": "veo-3-1-fast", "prompt": "a boat", "duration": 1, "width": 64, "height": 64, "fps": 2}


async def submit(client: httpx2.AsyncClient, **fields: Any) -> httpx2.Response:
    return await client.post(PATH, json={**TINY, **fields})


@on_loop
async def test_from_submit_to_bytes(home: Path) -> None:
    """A job goes through the documented answers to a signed link on a second path that needs no key."""
    async with served(home, renderer="videogen_nb.gateway.render", keys=["inf_a"]) as client:
        client.headers["authorization"] = "Bearer inf_a"
        answer = await submit(client)
        job = answer.json()
        assert re.fullmatch("vgen_[0-9A-HJKMNP-TV-Z]{26}", job["id"])
        assert isinstance(job.pop("created"), int)
        assert job == {"id": job["id"], "status": "queued", "progress": 0, "model": "veo-3-1-fast"}
        assert str(uuid.UUID(answer.headers["x-request-id"])) == answer.headers["x-request-id"]
        assert answer.headers["x-credits-used"] == "0"
        done = await ended(client, f"{PATH}/{job['id']}")
        assert done.items() >= {"status": "succeeded", "progress": 100, "credits_used": 0}.items()
        assert done["result"].items() >= {"duration_seconds": 1.0, "resolution": "64x64"}.items()
        url = done["result"]["url"]
        assert url.startswith(f"{client.base_url}/media/")
        del client.headers["authorization"]
        clip = await client.get(url)
        assert (clip.status_code, clip.content[4:8]) == (200, b"ftyp")


@on_loop
async def test_the_sizes_behind_resolution_and_ratio(home: Path) -> None:
    """Resolution and aspect ratio come out in pixels, the shorter edge as named, and default to 720p 16:9."""
    async with mounted(home) as client:
        sizes = []
        for fields in (
            {},
            {"resolution": "480p", "aspect_ratio": "9:16"},
            {"resolution": "1080p", "aspect_ratio": "1:1"},
        ):
            body = {"model": "veo-3-1", "prompt": "x", **fields}
            job = (await client.post(PATH, json=body)).json()
            done = await ended(client, f"{PATH}/{job['id']}")
            sizes.append((done["result"]["resolution"], done["result"]["duration_seconds"]))
        assert sizes == [("1280x720", 4.0), ("480x854", 4.0), ("1080x1080", 4.0)]


@on_loop
async def test_several_results(home: Path) -> None:
    """With `n` above 1, `results` lists them all and `result` is the first."""
    async with mounted(home) as client:
        job = (await submit(client, n=2, seed=8)).json()
        done = await ended(client, f"{PATH}/{job['id']}")
        assert done["results"][0]["resolution"] == done["result"]["resolution"]
        clips = [await client.get(result["url"]) for result in done["results"]]
        assert [told(clip.content)["seed"] for clip in clips] == [8, 9]


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
@on_loop
async def test_an_image_inline(home: Path, prefix: str) -> None:
    """`image_base64` is taken raw and as a data URI."""
    async with mounted(home) as client:
        source = prefix + base64.b64encode(picture()).decode()
        job = (await submit(client, image_base64=source)).json()
        done = await ended(client, f"{PATH}/{job['id']}")
        assert told((await client.get(done["result"]["url"])).content)["image"][1] > 0


@on_loop
async def test_the_spelling_of_the_prose(home: Path) -> None:
    """The prose profile says job_id, created_at and completed, and leaves out what its examples lack."""
    async with mounted(home, profile=Profile(spelling="prose", relative_urls=True)) as client:
        job = (await submit(client)).json()
        assert set(job) == {"job_id", "status", "model", "created_at"}
        done = await ended(client, f"{PATH}/{job['job_id']}")
        assert set(done) == {"status", "result", "credits_used"}
        assert done["status"] == "completed"
        assert urlsplit(done["result"]["url"])[:2] == ("", "")
        assert (await client.get(done["result"]["url"])).status_code == 200


@on_loop
async def test_the_strict_profile(home: Path) -> None:
    """Each spelling, when strict, takes its own page's fields and refuses others with 422, naming one."""
    documented = {"model": "veo-3-1", "prompt": "x", "resolution": "480p", "n": 1, "person_generation": "allow_all"}
    schema, prose = Profile(strict=True), Profile(strict=True, spelling="prose")
    for profile, own, other in ((schema, "duration", "duration_seconds"), (prose, "duration_seconds", "duration")):
        async with mounted(home / own, profile=profile) as client:
            assert (await client.post(PATH, json={**documented, own: 4})).status_code == 200
            answer = await client.post(PATH, json={**documented, own: 4, other: 4})
            assert answer.status_code == 422
            assert f"'{other}'" in answer.json()["error"]["message"]


@on_loop
async def test_a_failed_job(home: Path) -> None:
    """A failure is a 200 whose `error` is a plain string."""
    async with mounted(home) as client:
        job = (await submit(client, prompt="raise")).json()
        done = await ended(client, f"{PATH}/{job['id']}")
        assert (done["status"], done["error"]) == ("failed", "ValueError: no such place")
        assert "result" not in done


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"model": "veo-9"}, 404, "model_not_found"),
        ({"prompt": ""}, 400, "invalid_parameter"),
        ({"duration": 5}, 400, "duration_seconds_not_supported_by_model"),
        ({"duration": None, "duration_seconds": 5}, 400, "duration_seconds_not_supported_by_model"),
        ({"duration": 2, "duration_seconds": 3}, 400, "invalid_parameter"),
        ({"resolution": "4k"}, 400, "resolution_not_supported_by_model"),
        ({"aspect_ratio": "2:1"}, 400, "aspect_ratio_not_supported_by_model"),
        ({"n": 5}, 400, "invalid_parameter"),
        ({"width": 64, "height": None}, 400, "invalid_parameter"),
        ({"person_generation": "nobody"}, 400, "invalid_parameter"),
        ({"model": "wan-2-1", "image_url": "https://example.org/a.png"}, 400, "image_not_supported_by_model"),
        ({"image_url": "data:image/png;base64,AA=="}, 400, "invalid_image"),
        ({"image_base64": "http://127.0.0.1/a.png"}, 400, "invalid_image"),
        ({"image_base64": "!"}, 400, "invalid_image"),
    ],
)
@on_loop
async def test_refusals(home: Path, fields: dict[str, Any], status: int, code: str) -> None:
    """What a model does not take is refused in Infery's envelope, with its type and a code that says what."""
    async with mounted(home) as client:
        answer = await submit(client, **fields)
        error = answer.json()["error"]
        assert (answer.status_code, error["type"], error["code"]) == (status, "invalid_request_error", code)
        assert set(error) == {"message", "type", "code"}


@on_loop
async def test_files_and_models(home: Path) -> None:
    """Files are private to their key, 404 to another; the model list carries the limits."""
    async with mounted(home, keys=["inf_a", "inf_b"]) as client:
        mine, foreign = {"authorization": "Bearer inf_a"}, {"authorization": "Bearer inf_b"}
        job = (await client.post(PATH, json=TINY, headers=mine)).json()
        client.headers.update(mine)
        await ended(client, f"{PATH}/{job['id']}")
        path = f"/v1/files/{job['id']}-0/content"
        clip = await client.get(path)
        assert (clip.status_code, clip.headers["cache-control"]) == (200, "private, max-age=0")
        for wrong in (
            path.replace("-0/", "-1/"),
            path.replace("-0/", "-x/"),
            path.replace("-0/", "/"),
            "/v1/files/nothing/content",
        ):
            assert (await client.get(wrong)).status_code == 404
        for url in (path, f"{PATH}/{job['id']}"):
            assert (await client.get(url, headers=foreign)).json()["error"]["code"] == "not_found"
        models = (await client.get("/v1/models", params={"modality": "video"})).json()["data"]
        limits = {model["id"]: model["allowedParams"]["duration_seconds"]["max"] for model in models}
        assert limits == {"veo-3-1": 8, "veo-3-1-fast": 4, "sora-2": 20, "wan-2-1": 6, "grok-video": 6}
        assert (await client.get("/v1/models", params={"modality": "text"})).json()["data"] == []
