from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import videogen_nb as vg
from tests.support.scripted import KEY, Answer, Ask, Gateway, Seen, Server, done, ranged
from videogen_nb import config
from videogen_nb.backend import download as fetch
from videogen_nb.core.job import Status
from videogen_nb.errors import OutputMissingError
from videogen_nb.storage.posters import poster, poster_path

pytest_plugins = ["tests.support.fixtures"]

Infery = Callable[..., Gateway]
EXPIRED = Answer("<Error><Code>ExpiredToken</Code></Error>", 403)
POLL = "GET /v1/videos/generations/v1"


def generate(prompt: str = "a paper boat", **options: Any) -> vg.Job:
    return vg.generate(prompt, provider="infery", **options)


def test_a_clip_and_its_sidecar(infery: Infery, clip: bytes, tmp_path: Path) -> None:
    """The server's bytes under a readable name; beside them all that it takes to make them again."""
    server = infery(status=done(credits_used=80), routes={"GET /files/a.mp4": ranged(clip)})
    made = generate(duration=1, params={"style": "ink"}).wait(60)
    assert made.path == tmp_path / "videogen" / f"a-paper-boat-{made.id}.mp4"
    assert made.path.read_bytes() == clip
    facts = json.loads(made.path.with_suffix(".json").read_text())
    assert facts["request"] == {
        "prompt": "a paper boat",
        "provider": "infery",
        "duration": 1,
        "params": {"style": "ink"},
    }
    assert (facts["job"], facts["provider"], facts["model"]) == (made.id, "infery", "veo-3-1-fast")
    assert (facts["remote_id"], facts["base_url"]) == ("v1", server.url)
    assert facts["cost"] == {"amount": 80.0, "unit": "credits"}
    assert facts["clip"]["sha256"] == made.videos[0].sha256
    assert facts["clip"]["file"] == made.path.name
    assert vg.VideoRequest.from_json(facts["request"]) == made.request
    assert (facts["schema"], facts["videogen_nb"], facts["clip"]["audio"]) == (1, vg.__version__, None)
    assert sorted(os.listdir(made.path.parent)) == [
        f"{made.path.stem}{suffix}" for suffix in (".json", ".mp4", ".webp")
    ]


def test_the_poster_stands_beside_the_clip(infery: Infery, clip: bytes, other_clip: bytes) -> None:
    """The same picture that is put into the notebook, one for each clip, and it is there when the job ends."""
    status = Answer({"id": "v1", "status": "succeeded", "results": [{"url": "/a.mp4"}, {"url": "/b.mp4"}]})
    infery(status=status, routes={"GET /a.mp4": ranged(clip), "GET /b.mp4": ranged(other_clip)})
    made = generate(count=2)
    there: list[bool] = []
    made.observe(lambda _: there.extend(poster_path(video.path).is_file() for video in made.videos), "status")
    made.wait(60)
    assert there[-2:] == [True, True]
    pictures = [poster_path(video.path).read_bytes() for video in made.videos]
    assert pictures == [poster(video.path) for video in made.videos]
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), ValueError("odd"), MemoryError()], ids=str)
def test_a_poster_that_can_not_be_made_costs_nothing(
    infery: Infery, clip: bytes, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """The clip is whole and paid for, so the job succeeds without a picture."""

    def fail(_: Path) -> None:
        raise failure

    monkeypatch.setattr(fetch, "write_poster", fail)
    infery(routes={"GET /files/a.mp4": ranged(clip)})
    made = generate().wait(60)
    assert made.status is Status.SUCCEEDED
    assert made.path
    assert not poster_path(made.path).exists()


def test_the_picture_it_started_from_stands_beside_the_clips(infery: Infery, clip: bytes, other_clip: bytes) -> None:
    """One copy for all clips of a job; the files beside them name it without a path of this machine."""
    status = Answer({"id": "v1", "status": "succeeded", "results": [{"url": "/a.mp4"}, {"url": "/b.mp4"}]})
    infery(status=status, routes={"GET /a.mp4": ranged(clip), "GET /b.mp4": ranged(other_clip)})
    made = generate(count=2, image=np.full((48, 64, 3), 90, np.uint8)).wait(60)
    image = made.request.image
    assert image
    assert made.path
    picture = made.path.with_name(f"a-paper-boat-{made.id}.first.png")
    assert picture.read_bytes() == image.read()
    for video in made.videos:
        text = video.path.with_suffix(".json").read_text()
        told = json.loads(text)["request"]["image"]
        assert told == {"path": picture.name, "sha256": image.sha256, "media_type": "image/png"}
        assert str(image.path) not in text
    assert len(os.listdir(made.path.parent)) == 7


def test_a_picture_that_can_not_be_put_there_costs_nothing(infery: Infery, clip: bytes) -> None:
    """It is named all the same, and found by its hash where it was kept."""
    infery(routes={"GET /files/a.mp4": Ask(make=lambda seen: _empty_store(seen, clip))})
    made = generate(image=np.full((48, 64, 3), 91, np.uint8)).wait(60)
    assert made.path
    assert not made.path.with_suffix(".first.png").exists()
    told = json.loads(made.path.with_suffix(".json").read_text())["request"]["image"]
    assert told["path"] == f"{made.path.stem}.first.png"
    assert made.request.image
    assert told["sha256"] == made.request.image.sha256


def _empty_store(seen: Seen, clip: bytes) -> Answer:
    for path in (config.home() / "images").iterdir():
        path.unlink()
    made = ranged(clip).make
    assert made
    return made(seen)


def test_a_signed_picture_link_is_not_written_down(infery: Infery, clip: bytes) -> None:
    """Neither its grant nor the key is in what is passed on with the clip."""
    infery(routes={"GET /files/a.mp4": ranged(clip)})
    made = generate(image="https://store.example/a.png?X-Amz-Signature=0a1b2c").wait(60)
    assert made.path
    text = made.path.with_suffix(".json").read_text()
    assert "https://store.example/a.png" in text
    assert "0a1b2c" not in text
    assert KEY not in text


def test_no_final_name_before_the_clip_is_checked(infery: Infery, clip: bytes, tmp_path: Path) -> None:
    """While it comes, and when it breaks off, what is there is hidden and unfinished."""
    seen: list[list[str]] = []

    def look(request: Seen) -> Answer:
        seen.append(os.listdir(tmp_path / "videogen"))
        made = ranged(clip, cut=150_000 if len(seen) < 2 else None).make
        assert made
        return made(request)

    infery(routes={"GET /files/a.mp4": Ask(make=look)})
    made = generate().wait(60)
    assert made.path
    assert made.path.read_bytes() == clip
    assert len(seen) == 2
    assert all(name.startswith(".") for names in seen for name in names)


def test_a_cut_download_is_completed_by_range(infery: Infery, clip: bytes) -> None:
    """Only what is missing is asked for again."""
    server = infery(routes={"GET /files/a.mp4": [ranged(clip, cut=150_000), ranged(clip)]})
    made = generate().wait(60)
    assert made.path
    assert made.path.read_bytes() == clip
    first, second = server.requests("GET /files/a.mp4")
    assert "range" not in first.headers
    assert second.headers["range"].startswith("bytes=")
    assert second.headers["if-range"] == '"1"'


def test_a_download_that_does_well_goes_on_at_once(
    infery: Infery, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that broke after it had brought much costs no pause; one that brought little does."""
    pauses: list[int] = []

    def backoff(misses: int) -> float:
        pauses.append(misses)
        return 0.0

    monkeypatch.setattr(fetch, "backoff", backoff)
    monkeypatch.setattr(fetch, "RESUME_AT_ONCE", 100_000)
    parts = [ranged(clip, cut=150_000), ranged(clip, cut=1_000), ranged(clip)]
    infery(routes={"GET /files/a.mp4": parts})
    made = generate().wait(60)
    assert made.path
    assert made.path.read_bytes() == clip
    assert len(pauses) == 1


def test_what_has_come_is_told_now_and_then(infery: Infery, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first bytes and its last, and between them no more often than anybody looks."""
    monkeypatch.setattr(fetch, "PROGRESS_INTERVAL", 3600)
    watched = threading.Event()
    told: list[tuple[int, int]] = []

    def late(seen: Seen) -> Answer:
        watched.wait(60)
        made = ranged(clip).make
        assert made
        return made(seen)

    infery(routes={"GET /files/a.mp4": Ask(make=late)})
    made = generate()
    made.observe(lambda change: told.append(change["new"]), "received")
    watched.set()
    made.wait(60)
    assert 1 <= len(told) <= 2
    assert told[-1] == (len(clip), len(clip))


def test_an_expired_link_is_asked_for_again_once(infery: Infery, clip: bytes) -> None:
    """One more status call, and its fresh link."""
    routes = {"GET /old.mp4": EXPIRED, "GET /new.mp4": ranged(clip)}
    server = infery(status=[done("/old.mp4"), done("/new.mp4")], routes=routes)
    assert generate().wait(60).status is Status.SUCCEEDED
    assert len(server.polls) == 2


def test_a_link_that_stays_expired(infery: Infery) -> None:
    """Is reported, with how to look again, and no signed query in it; the status was re-read once."""
    server = infery(status=done("/a.mp4?X-Signature=0a1b2c"), routes={"GET /a.mp4": EXPIRED})
    made = generate()
    with pytest.raises(OutputMissingError, match="403") as caught:
        made.wait(60)
    assert len(server.polls) == 2
    assert "0a1b2c" not in str(caught.value)
    assert f"%videogen resume {made.id}" in caught.value.advice
    assert made.status is Status.FAILED


def test_json_in_the_coat_of_a_clip(infery: Infery, tmp_path: Path) -> None:
    """The words inside are told, without the links and keys in them, and nothing is left on the disk."""
    said = f"content is at https://s.example/a?sig=0a1b2c for Bearer {KEY}"
    answer = Answer(json.dumps({"error": {"message": said}}).encode(), headers={"content-type": "video/mp4"})
    infery(routes={"GET /files/a.mp4": answer})
    made = generate()
    with pytest.raises(OutputMissingError, match="content is at") as caught:
        made.wait(60)
    assert "0a1b2c" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert os.listdir(tmp_path / "videogen") == []


def test_success_without_a_clip(infery: Infery) -> None:
    """A filter took it: that is a failure with a reason, not a poll for ever."""
    infery(status=Answer({"id": "v1", "status": "succeeded", "progress": 100}))
    with pytest.raises(OutputMissingError, match="lists no clip"):
        generate().wait(20)


@pytest.mark.parametrize("how", ["link", "redirect", "redirect of the gateway's own link"])
def test_the_key_goes_to_its_own_origin_only(infery: Infery, clip: bytes, how: str) -> None:
    """A storage that refuses whoever sends a key serves the clip, by link and behind redirects."""
    with Server(
        {"GET /a.mp4": Answer(clip), "GET /r": Answer("", 302, {"location": "/a.mp4"})}, keyed=False
    ) as storage:
        first = {"link": f"{storage.url}/a.mp4", "redirect": f"{storage.url}/r"}.get(how, "/mine")
        server = infery(status=done(first), routes={"GET /mine": Answer("", 302, {"location": f"{storage.url}/a.mp4"})})
        assert generate().wait(60).path
        assert all("authorization" not in seen.headers for seen in storage.seen)
        assert storage.seen
        assert all(KEY in seen.headers["authorization"] for seen in server.seen)


def test_another_port_is_another_origin(infery: Infery, clip: bytes) -> None:
    """Also under the same host name."""
    with Server({"GET /a.mp4": Answer(clip)}) as storage:
        infery(status=done(f"{storage.url}/a.mp4"))
        generate().wait(60)
        assert "authorization" not in storage.seen[0].headers


def test_a_link_that_leads_nowhere_does_not_hide_the_next(infery: Infery, clip: bytes) -> None:
    """A host that is gone would be tried for ever; the fresh status names a good one."""
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{dead.getsockname()[1]}/a.mp4"
        infery(status=[done(url), done("/files/a.mp4")], routes={"GET /files/a.mp4": ranged(clip)})
        assert generate().wait(60).status is Status.SUCCEEDED


def test_what_came_is_compared_with_what_was_asked(infery: Infery, clip: bytes) -> None:
    """Gateways drop fields silently, and the user has paid."""
    infery(routes={"GET /files/a.mp4": ranged(clip)})
    notice = generate(duration=4, resolution="720p", aspect_ratio="16:9").wait(60).notice
    assert "asked for 4 s, got 1 s" in notice
    assert "asked for 1280x720, got 128x128" in notice
    assert generate(duration=1).wait(60).notice == ""


def test_several_clips_are_numbered(infery: Infery, clip: bytes, other_clip: bytes) -> None:
    """Each has its file and its sidecar."""
    status = Answer({"id": "v1", "status": "succeeded", "results": [{"url": "/a.mp4"}, {"url": "/b.mp4"}]})
    infery(status=status, routes={"GET /a.mp4": ranged(clip), "GET /b.mp4": ranged(other_clip)})
    made = generate(count=2).wait(60)
    assert [video.path.read_bytes() for video in made.videos] == [clip, other_clip]
    assert [video.path.stem[-1] for video in made.videos] == ["1", "2"]
    assert all(video.path.with_suffix(".json").exists() for video in made.videos)


def test_one_clip_of_several_that_can_not_be_had(infery: Infery, clip: bytes, other_clip: bytes) -> None:
    """The others are kept, what is missing is said, and a resume brings it without a second submission."""
    there: list[bool] = []
    status = Answer({"id": "v1", "status": "succeeded", "results": [{"url": "/a.mp4"}, {"url": "/b.mp4"}]})

    def second(_: Seen) -> Answer:
        return Answer(other_clip) if there else Answer("", 404)

    server = infery(status=status, routes={"GET /a.mp4": ranged(clip), "GET /b.mp4": Ask(make=second)})
    made = generate(count=2).wait(60)
    assert [video.path.read_bytes() for video in made.videos] == [clip]
    assert "1 of 2 clips could not be downloaded" in made.notice
    assert f"%videogen resume {made.id}" in made.notice
    there.append(True)
    (again,) = vg.resume(made.id)
    assert [video.path.read_bytes() for video in again.wait(60).videos] == [clip, other_clip]
    assert len(server.posts) == 1


def test_a_folder_that_can_not_be_written(infery: Infery, clip: bytes, tmp_path: Path) -> None:
    """The clip is paid for: the error names the folder and how to fetch it, and that works afterwards."""
    (tmp_path / "videogen").write_text("a file is in the way")
    server = infery(routes={"GET /files/a.mp4": ranged(clip)})
    made = generate()
    with pytest.raises(OutputMissingError, match="videogen"):
        made.wait(60)
    (tmp_path / "videogen").unlink()
    (again,) = vg.resume(made.id)
    assert again.wait(60).path
    assert len(server.posts) == 1


def test_a_name_that_is_taken_by_a_folder(infery: Infery, clip: bytes, tmp_path: Path) -> None:
    """An error of the disk is told as one, at once."""
    infery(
        routes={"GET /files/a.mp4": Ask(make=lambda seen: _block(seen, tmp_path / "videogen", clip))},
    )
    with pytest.raises(OutputMissingError, match="can't be written"):
        generate().wait(60)


def _block(seen: Seen, folder: Path, clip: bytes) -> Answer:
    from videogen_nb.backend import session

    (job,) = session.jobs()
    (folder / f".{job.id}-0.part").mkdir(exist_ok=True)
    made = ranged(clip).make
    assert made
    return made(seen)


def test_a_clip_that_was_deleted_is_fetched_again(infery: Infery, clip: bytes) -> None:
    """Nothing is submitted for it."""
    server = infery(routes={"GET /files/a.mp4": ranged(clip)})
    made = generate().wait(60)
    assert made.path
    made.path.unlink()
    (again,) = vg.resume(made.id)
    assert again.wait(60).path == made.path
    assert made.path.read_bytes() == clip
    assert vg.resume(made.id)[0].ended
    assert len(server.posts) == 1
    assert len(server.requests(POLL)) == 2
