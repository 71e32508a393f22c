"""The gateway keeps to its own OpenAPI document, and the document to the gateway."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.gateway.support import ended, make, mounted, on_loop, until
from videogen_nb.gateway.app import Gateway, Profile

KEY = "inf_0123456789abcdef"
CONFIG = {
    "seed": 1,
    "checks": {
        # Infinity Blue's software answers 503 for a model that nobody serves; any other is an error.
        "not_a_server_error": {"expected-statuses": ["2xx", "4xx", "503"]},
        # A schema can't say all: sizes are even, pictures can be read, a model has its own lengths.
        "positive_data_acceptance": {"enabled": False},
    },
    "generation": {"max-examples": 5, "deterministic": True},
    "auth": {"openapi": {"key": {"bearer": KEY}}},
}


class OnOneLoop:
    """An ASGI app that lives on a loop of its own, for a client that opens a new one for each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":  # each of the client's requests opens and ends one; the gateway outlives them
            for phase in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{phase}.complete"})
            return
        incoming = [await receive()]
        while incoming[-1].get("more_body"):
            incoming.append(await receive())
        for message in await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self._run(scope, incoming), self._loop)
        ):
            await send(message)

    async def _run(self, scope: Scope, incoming: list[Message]) -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            if not incoming:
                await asyncio.Event().wait()  # the client stays until it has its answer
            return incoming.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return sent

    def close(self, gateway: Gateway) -> None:
        asyncio.run_coroutine_threadsafe(gateway.aclose(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def explorable(home: Path, **options: Any) -> Iterator[Any]:
    """A gateway as schemathesis sees it: its document, and the app behind it."""
    import schemathesis

    gateway = Gateway(home, keys=[KEY], workers=1, renderer="tests.gateway.renderer", **options)
    app = OnOneLoop(gateway)
    try:
        yield schemathesis.openapi.from_asgi("/openapi.json", app, config=schemathesis.Config.from_dict(CONFIG))
    finally:
        app.close(gateway)


async def described(client: httpx2.AsyncClient) -> Any:
    """The document of a gateway, which can check answers."""
    import schemathesis  # takes long, and of the workers that import this file one needs it

    return schemathesis.openapi.from_dict((await client.get("/openapi.json")).json())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_schemathesis_finds_nothing(home: Path) -> None:
    """Whatever may be asked, right or wrong, alone or one after another, is answered as the document says.

    That is: no error of ours, only statuses, types, headers and bodies that are there, nothing taken that the
    document rules out, no way around the key, 405 with Allow for other methods.
    """
    from schemathesis.engine import from_schema
    from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

    requests, wrong = 0, []
    with explorable(home, profile=Profile(second_family=True)) as api:
        for event in from_schema(api).execute():
            if isinstance(event, NonFatalError | FatalError):
                wrong.append(str(event))
            if not isinstance(event, ScenarioFinished):
                continue
            requests += len(event.recorder.interactions)
            for case, checks in event.recorder.checks.items():
                asked, answer = event.recorder.interactions[case].request, event.recorder.interactions[case].response
                if answer and answer.status_code >= 500 and answer.json()["error"]["code"] != "model_not_found":
                    wrong.append(f"{event.recorder.label}: {answer.text}")
                # A form holds nothing but text: an object in place of a text arrives as its JSON, which is a text.
                form = any("multipart/form-data" in value for value in asked.headers.get("Content-Type", []))
                for check in checks:
                    if (info := check.failure_info) and not (form and check.name == "negative_data_rejection"):
                        wrong.append(f"{event.recorder.label}: {info.failure}\n{info.code_sample}")
    assert not wrong, "\n\n".join(wrong[:5])
    assert requests > 500


@on_loop
async def test_the_document_is_valid_and_names_every_route(home: Path) -> None:
    """It is OpenAPI, needs no key, has each path and method that answers, and no other; the rest is 405 with Allow."""
    import schemathesis

    gateway = Gateway(home, keys=[KEY], base_url="https://videos.example.org/")
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=gateway), base_url="http://gateway.test"
    ) as client:
        document = (await client.get("/openapi.json")).json()
        schemathesis.openapi.from_dict(document).validate()
        for schema in document["components"]["schemas"].values():
            jsonschema_rs.meta.validate(schema)
        assert document["servers"] == [{"url": "https://videos.example.org"}]
        routes = {route.path for route in gateway._router.routes if isinstance(route, Route)}
        assert document["paths"].keys() == routes
        client.headers["authorization"] = f"Bearer {KEY}"
        for path, methods in document["paths"].items():
            there = path.replace("{id}", "nothing").replace("{name}", "nothing")
            for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                answer = await client.request(method, there)
                assert (answer.status_code == 405) == (method.lower() not in methods), (method, path)
                if answer.status_code == 405:
                    assert {name.strip().lower() for name in answer.headers["allow"].split(",")} == methods.keys()
    await gateway.aclose()


@on_loop
async def test_without_keys_it_asks_for_none(home: Path) -> None:
    """The document of a gateway without keys says so."""
    async with mounted(home) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
        operations = [operation for methods in paths.values() for operation in methods.values()]
        assert not any(operation["security"] for operation in operations)
        assert not any("401" in operation["responses"] for operation in operations)


@pytest.mark.parametrize(
    "profile",
    [
        Profile(),
        Profile(spelling="prose", relative_urls=True, strict=True, shape="2025"),
        Profile(strict=True, shape="2026", second_family=True),
    ],
    ids=str,
)
@on_loop
async def test_each_profile_answers_as_its_own_document_says(home: Path, profile: Profile) -> None:
    """On every wire a job that is made, waited for, finished or failed looks as described, and so do the lists."""
    length = {"duration_seconds" if profile.spelling == "prose" else "duration": 1}
    bodies: dict[str, dict[str, Any]] = {
        "/v1/videos/generations": {"model": "veo-3-1", "resolution": "480p", "n": 2, **length},
        "/v1/video/generations": {"model": "veo_3_1", "size": "64x64", "fps": 2, "duration": 1},
        "/v1/videos": {"model": "grok-imagine-video-480p", "seconds": "1"},
    }
    async with mounted(home, profile=profile) as client:
        api = await described(client)
        for path in ("/v1/models", "/v1/models?modality=video", "/v1/models?modality=text"):
            api["/v1/models"]["GET"].validate_response(await client.get(path))
        for path, body in bodies.items():
            for prompt in ("a boat", "raise"):
                answer = await client.post(path, json={**body, "prompt": prompt})
                assert answer.status_code == 200, answer.text
                api[path]["POST"].validate_response(answer)
                job = answer.json()
                where = f"{path}/{job.get('id') or job.get('job_id') or job['task_id']}"
                if profile.shape == "2026" and path == "/v1/video/generations":
                    where = f"{path}/{job['task_id']}"
                words: set[str] = set()

                async def over(where: str = where, path: str = path, words: set[str] = words) -> bool:
                    answer = await client.get(where)
                    assert answer.status_code == 200
                    api[f"{path}/{{id}}"]["GET"].validate_response(answer)
                    told = answer.json()
                    words.add(str((told.get("data") or told)["status"]).lower())
                    return bool(words & {"succeeded", "completed", "success", "failed", "failure"})

                await until(over)
                assert (prompt == "raise") == bool(words & {"failed", "failure"})


@pytest.mark.parametrize(
    ("wanted", "status"),
    [(None, 200), ("bytes=4-7", 206), ("bytes=0-1,4-7", 206), ("bytes=99999-", 416), ("bytes=x", 400), ("words", 400)],
)
@on_loop
async def test_a_clip_as_described(home: Path, wanted: str | None, status: int) -> None:
    """By each of its three ways a clip comes whole, in parts, or not at all, with the statuses and types described."""
    headers = {"range": wanted} if wanted else {}
    async with mounted(home) as client:
        api = await described(client)
        body = {"model": "veo-3-1", "prompt": "x", "width": 64, "height": 64, "fps": 2, "duration": 1}
        job = (await client.post("/v1/videos/generations", json=body)).json()
        link = (await ended(client, f"/v1/videos/generations/{job['id']}"))["result"]["url"]
        video = await make(client)
        await ended(client, f"/v1/videos/{video}")
        places = {
            "/media/{name}": link,
            "/v1/files/{id}/content": f"/v1/files/{job['id']}-0/content",
            "/v1/videos/{id}/content": f"/v1/videos/{video}/content",
        }
        for path, url in places.items():
            answer = await client.get(url, headers=headers)
            assert answer.status_code == status
            api[path]["GET"].validate_response(answer)
        for foul in (f"{link}0", link.partition("?")[0], link.replace("expires=", "expires=9")):
            answer = await client.get(foul, headers=headers)
            assert answer.status_code == 403
            api["/media/{name}"]["GET"].validate_response(answer)


@on_loop
async def test_a_job_from_submit_to_clip_by_the_links(home: Path) -> None:
    """The document's links lead from a submission to its status, its clip and its end."""
    async with mounted(home) as client:
        document = (await client.get("/openapi.json")).json()
        places = {
            operation["operationId"]: (method.upper(), path)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }
        links = document["paths"]["/v1/videos"]["post"]["responses"]["200"]["links"]
        job = await make(client)
        await ended(client, f"/v1/videos/{job}")
        for name in ("videosStatus", "videosContent", "videosDelete"):
            assert links[name]["parameters"] == {"id": "$response.body#/id"}
            method, path = places[links[name]["operationId"]]
            assert (await client.request(method, path.replace("{id}", job))).status_code == 200
        assert (await client.get(f"/v1/videos/{job}")).status_code == 404
