"""The /v1/videos wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from tests.gateway.support import SMALL, data_uri, ended, make, mounted, on_loop, picture, served, told, until


@on_loop
async def test_a_prompt_becomes_a_clip(home: Path, tmp_path: Path) -> None:
    """Over a real port and with the real renderer, a job ends as an H.264 file of exactly what was asked."""
    async with served(home, renderer="videogen_nb.gateway.render") as client:
        body = {"model": "any-model", "prompt": "a boat", "seconds": "0.5", "size": "96x64", "fps": 8, "seed": 7}
        job = (await client.post("/v1/videos", json=body)).json()
        assert job.items() >= {"object": "video", "model": "any-model", "prompt": "a boat", "seed": 7, "fps": 8}.items()
        assert (job["status"], job["progress"], job["queue_position"], job["n"]) == ("queued", 0, 0, 1)
        job = await ended(client, f"/v1/videos/{job['id']}")
        assert (job["status"], job["progress"], job["error"], job["size"]) == ("completed", 100, None, "96x64")
        assert job["created_at"] <= job["completed_at"] < job["expires_at"]
        content = await client.get(f"/v1/videos/{job['id']}/content")
    assert content.headers["content-type"] == "video/mp4"
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(content.content)
    with av.open(clip) as container:
        frames = list(container.decode(video=0))
        assert container.streams.video[0].codec_context.name == "h264"
    assert [(frame.width, frame.height) for frame in frames] == [(96, 64)] * 4


@on_loop
async def test_what_is_asked_reaches_the_renderer(home: Path) -> None:
    """Every field has its place in the renderer's spec, defaults included."""
    async with mounted(home) as client:
        picture_uri = data_uri(picture())
        job_id = await make(client, "boat", seed=5, negative_prompt="rain", input_reference={"image_url": picture_uri})
        await ended(client, f"/v1/videos/{job_id}")
        spec = told((await client.get(f"/v1/videos/{job_id}/content")).content)
        assert spec["image"][1] > 0
        del spec["image"], spec["pid"]
        assert spec == {
            "prompt": "boat", "negative_prompt": "rain", "seed": 5,
            "width": 64, "height": 64, "fps": 2, "duration": 0.5,
        }  # fmt: skip

        first = (await client.post("/v1/videos", json={"prompt": "hills"})).json()
        assert (first["size"], first["fps"], first["seconds"], first["n"]) == ("1280x720", 24, "4", 1)
        second = (await client.post("/v1/videos", json={"prompt": "hills"})).json()
        assert first["seed"] != second["seed"]
        await ended(client, f"/v1/videos/{second['id']}")
        assert told((await client.get(f"/v1/videos/{second['id']}/content")).content)["seed"] == second["seed"]


@on_loop
async def test_several_outputs(home: Path) -> None:
    """`n` outputs differ by their seeds and are fetched by number."""
    async with mounted(home) as client:
        job_id = await make(client, seed=2**32 - 1, n=3)
        await ended(client, f"/v1/videos/{job_id}")
        contents = [await client.get(f"/v1/videos/{job_id}/content", params={"variant": v}) for v in ("0", "1", "2")]
        assert [told(content.content)["seed"] for content in contents] == [2**32 - 1, 0, 1]
        assert (await client.get(f"/v1/videos/{job_id}/content")).content == contents[0].content
        for variant in ("3", "-1", "thumbnail", "9" * 5000):
            refused = await client.get(f"/v1/videos/{job_id}/content", params={"variant": variant})
            assert refused.status_code == 400
            assert refused.json()["error"]["param"] == "variant"


@on_loop
async def test_progress_and_queue(home: Path, tmp_path: Path) -> None:
    """A running job shows the renderer's own progress, waiting ones their places, and neither has content yet."""
    async with mounted(home) as client:
        gate = tmp_path / "gate"
        running, *waiting = [await make(client, f"hold {gate}") for _ in range(3)]

        async def half_way() -> dict[str, Any] | None:
            job = (await client.get(f"/v1/videos/{running}")).json()
            return job if job["progress"] else None

        job = await until(half_way)
        assert (job["status"], job["progress"]) == ("in_progress", 50)
        assert "queue_position" not in job
        answers = [await client.get(f"/v1/videos/{job_id}") for job_id in waiting]
        assert [answer.json()["queue_position"] for answer in answers] == [0, 1]
        assert int(answers[0].headers["openai-poll-after-ms"]) > 0
        for job_id in (running, waiting[0]):
            content = await client.get(f"/v1/videos/{job_id}/content")
            assert (content.status_code, content.json()["error"]["code"]) == (404, "not_ready")
        gate.touch()
        last = await ended(client, f"/v1/videos/{waiting[-1]}")
        assert last["status"] == "completed"


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [("raise", "ValueError: no such place"), ("die", "the render process ended (9) out of memory")],
)
@on_loop
async def test_a_render_that_goes_wrong(home: Path, prompt: str, reason: str) -> None:
    """A renderer that raises or dies fails its job with one line, and the next job is rendered."""
    async with mounted(home) as client:
        failed, fine = await make(client, prompt, n=2), await make(client)
        job = await ended(client, f"/v1/videos/{failed}")
        assert (job["status"], job["error"]) == ("failed", {"code": "generation_failed", "message": reason})
        assert (await client.get(f"/v1/videos/{failed}/content")).status_code == 404
        assert (await ended(client, f"/v1/videos/{fine}"))["status"] == "completed"


@on_loop
async def test_delete_of_what_is_done(home: Path) -> None:
    """DELETE removes a finished job and its files; then it is unknown."""
    async with mounted(home) as client:
        job_id = await make(client, n=2, input_reference={"image_url": data_uri(picture())})
        await ended(client, f"/v1/videos/{job_id}")
        answer = await client.delete(f"/v1/videos/{job_id}")
        assert answer.json() == {"id": job_id, "object": "video.deleted", "deleted": True}
        assert not [path for folder in ("media", "inputs", "attempts") for path in (home / folder).iterdir()]
        for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
            gone = await client.request(method, f"/v1/videos/{job_id}{path}")
            assert (gone.status_code, gone.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", None), ("prompt", "  "), ("prompt", 5), ("prompt", "\ud800"), ("model", ["a"]),
        ("size", "1280"), ("size", "62x64"), ("size", "65x64"), ("size", "1920x1920"), ("size", "2000x64"),
        ("seconds", "soon"), ("seconds", 0), ("seconds", 61), ("seconds", True), ("seconds", float("nan")),
        ("fps", 0), ("fps", 61), ("fps", "24"), ("n", 0), ("n", 5), ("seed", -1), ("seed", 2**32), ("seed", 1.5),
        ("input_reference", "x"), ("input_reference", {}), ("input_reference", {"image_url": "ftp://x/y.png"}),
    ],
)  # fmt: skip
@on_loop
async def test_bad_values(home: Path, field: str, value: Any) -> None:
    """A wrong value is refused with 400 in OpenAI's envelope, naming the field, and nothing is queued."""
    import json

    async with mounted(home) as client:
        body = json.dumps({"prompt": "a boat", **SMALL, field: value})
        answer = await client.post("/v1/videos", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert (error["type"], set(error)) == ("invalid_request_error", {"message", "type", "param", "code"})
        assert error["param"] in (field, "image_url")
        assert not list((home / "inputs").iterdir())


@on_loop
async def test_a_form_is_read_like_the_json_it_stands_for(home: Path) -> None:
    """OpenAI's clients send multipart: fields, numbers among them, and a picture arrive as they would in JSON."""
    async with mounted(home) as client:
        fields = {"prompt": "boat", "seconds": "0.5", "size": "64x64", "fps": "2", "seed": "9", "n": "1"}
        upload = {"input_reference": ("start.png", picture(), "image/png")}
        answer = await client.post("/v1/videos", data=fields, files=upload)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["seed"], answer.json()["fps"], answer.json()["n"]) == (9, 2, 1)
        await ended(client, f"/v1/videos/{answer.json()['id']}")
        assert told((await client.get(f"/v1/videos/{answer.json()['id']}/content")).content)["image"][1] > 0


@on_loop
async def test_a_form_from_a_web_page_is_refused(home: Path) -> None:
    """A page of another site may post a form to a loopback port unasked; it says its origin, and gets nothing."""
    async with mounted(home) as client:
        upload = {"input_reference": ("start.png", picture(), "image/png")}
        page = {"origin": "https://elsewhere.example"}
        answer = await client.post("/v1/videos", data={"prompt": "boat"}, files=upload, headers=page)
        assert answer.status_code == 415
        broken = {"content-type": "multipart/form-data; boundary=x"}
        assert (await client.post("/v1/videos", content=b"nothing", headers=broken)).status_code == 400
