from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import videogen_nb as vg
from tests.core.test_request_properties import fields, whole_text
from tests.support.scripted import Answer, Gateway, done, ranged
from tests.support.strategies import BOUNDED
from videogen_nb.api import as_cell, load
from videogen_nb.backend import session
from videogen_nb.core.job import Status
from videogen_nb.errors import RequestError
from videogen_nb.notebook.cell_options import parse
from videogen_nb.views.job import view_of

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]

Infery = Callable[..., Gateway]


@pytest.fixture
def server(infery: Infery, clip: bytes) -> Gateway:
    """An Infery that makes a clip at once, for 80 credits."""
    return infery(status=done(credits_used=80), routes={"GET /files/a.mp4": ranged(clip)})


@pytest.fixture
def two_clips(infery: Infery, clip: bytes, other_clip: bytes) -> Gateway:
    """An Infery that makes two clips at once."""
    status = Answer({"id": "v1", "status": "succeeded", "results": [{"url": "/a.mp4"}, {"url": "/b.mp4"}]})
    return infery(status=status, routes={"GET /a.mp4": ranged(clip), "GET /b.mp4": ranged(other_clip)})


def made(prompt: str = "a paper boat", **options: Any) -> vg.Job:
    return vg.generate(prompt, provider="infery", **options).wait(60)


def file_of(job: vg.Job) -> Path:
    assert job.path
    return job.path


def elsewhere(job: vg.Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job's clip and what is beside it as another person gets them, who has another journal."""
    folder = tmp_path / "sent"
    shutil.copytree(file_of(job).parent, folder)
    session.close()
    monkeypatch.setenv("VIDEOGEN_HOME", str(tmp_path / "another home"))
    shutil.rmtree(tmp_path / "home")
    return folder / file_of(job).name


@pytest.mark.parametrize("suffix", [".mp4", ".json"])
def test_a_clip_of_this_journal_is_its_job(server: Gateway, suffix: str) -> None:
    """That very object, by the clip or by what stands beside it."""
    job = made()
    assert load(file_of(job).with_suffix(suffix)) is job
    assert load(str(os.path.relpath(file_of(job)))) is job


@pytest.mark.parametrize("along", [True, False], ids=["with its sidecar", "alone"])
def test_a_clip_that_was_moved_and_renamed(server: Gateway, tmp_path: Path, along: bool) -> None:
    """Its job has the new path, in the journal too."""
    job = made()
    new = tmp_path / "kept" / "The best one.mp4"
    new.parent.mkdir()
    if along:
        file_of(job).with_suffix(".json").rename(new.with_suffix(".json"))
    file_of(job).rename(new)
    assert load(new) is job
    assert job.path == new
    assert [clip.path for clip in session.backend().journal.clips(job.id)] == [new]


def test_a_copy_does_not_take_the_place_of_the_clip(server: Gateway, tmp_path: Path) -> None:
    """The job is found by it, and stays with the file that notebooks link to."""
    job = made()
    first = file_of(job)
    shutil.copy(first, tmp_path / "copy.mp4")
    assert load(tmp_path / "copy.mp4") is job
    assert job.path == first


def test_a_clip_of_another_journal(server: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file beside it gives the job back: what was asked, who made it, when, for how much, and the clip."""
    here = made(duration=1, params={"style": "ink"})
    job = load(elsewhere(here, tmp_path, monkeypatch))
    assert job is not here
    for name in ("id", "remote_id", "provider", "model", "request", "status", "cost"):
        assert getattr(job, name) == getattr(here, name), name
    assert here.ended_at
    assert job.ended_at
    assert abs((job.created_at - here.created_at).total_seconds()) < 1
    assert abs((job.ended_at - here.ended_at).total_seconds()) < 3
    assert job.path == tmp_path / "sent" / file_of(here).name
    assert job.videos[0].sha256 == here.videos[0].sha256
    assert (job.status, job.progress, job.error, job.notice) == (Status.SUCCEEDED, 1.0, None, "")


def test_a_loaded_job_behaves_like_any_that_has_ended(
    server: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be waited for, awaited, observed, cancelled, shown, compared and run again."""
    job = load(elsewhere(made(), tmp_path, monkeypatch))
    assert load(file_of(job)) is job
    assert job.ended
    assert job.wait(0) is job

    async def wait() -> vg.Job:
        return await job

    assert asyncio.run(wait()) is job
    job.cancel()
    assert job.status is Status.SUCCEEDED
    assert view_of(job)["videos"][0]["poster"]
    assert session.find_job(job.id) is job
    again = job.retry().wait(60)
    assert again.request == job.request
    assert again.id != job.id
    compared = vg.compare(job, again)
    assert [place.job for place in compared.places] == [job, again]
    assert [place.job for place in vg.compare(compared.id).places] == [job, again]
    session.close()
    assert [place.job.id for place in vg.compare(compared.id).places] == [again.id]


def test_a_loaded_job_in_a_shell(server: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Any) -> None:
    """The line magic takes it by its variable and by its id."""
    shell.ns["mine"] = job = load(elsewhere(made(), tmp_path, monkeypatch))
    assert file_of(job).name in shell("%videogen show {mine}")
    assert file_of(job).name in shell(f"%videogen show {job.id}")


def test_several_clips_of_one_job(
    two_clips: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip: bytes, other_clip: bytes
) -> None:
    """They come together, in their order; of one that was sent alone, alone."""
    first = elsewhere(made(count=2), tmp_path, monkeypatch)
    second = first.with_name(first.name.replace("-1.", "-2."))
    assert [video.path.read_bytes() for video in load(second).videos] == [clip, other_clip]
    for path in second.parent.glob("*-1.*"):
        path.unlink()
    assert [video.path.read_bytes() for video in load(second).videos] == [other_clip]


def test_a_picture_travels_along(server: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no store of pictures yet, the one beside the clip is kept in it, and the request can be sent."""
    here = made(image=np.full((48, 64, 3), 90, np.uint8))
    assert here.request.image
    picture = here.request.image.read()
    job = load(elsewhere(here, tmp_path, monkeypatch))
    assert job.request.image
    assert job.request.image.read() == picture
    assert job.request.image.path
    assert job.request.image.path.is_relative_to(tmp_path / "another home")
    assert job.notice == ""
    assert job.retry().wait(60).request == job.request


@pytest.mark.parametrize("content", [None, b"\x89PNG\r\n\x1a\n another"], ids=["gone", "another"])
def test_a_picture_that_did_not_travel(
    server: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """The job is there and says so; running it again is refused, and nothing else is sent in its place."""
    sent = elsewhere(made(image=np.full((48, 64, 3), 90, np.uint8)), tmp_path, monkeypatch)
    sent.with_suffix(".first.png").unlink()
    if content:
        sent.with_suffix(".first.png").write_bytes(content)
    job = load(sent)
    assert f"{sent.stem}.first.png is not beside it" in job.notice
    posts = len(server.posts)
    with pytest.raises(vg.VideogenError, match="Nothing was sent"):
        job.retry().wait(60)
    assert len(server.posts) == posts


def test_a_sidecar_of_another_clip(
    server: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other_clip: bytes
) -> None:
    """It is believed, and the doubt is told."""
    sent = elsewhere(made(), tmp_path, monkeypatch)
    sent.write_bytes(other_clip)
    job = load(sent)
    assert job.videos[0].bytes == len(other_clip)
    assert f"{sent.stem}.json was written for another clip" in job.notice


def test_a_clip_that_was_cut_anew(server: Gateway, other_clip: bytes) -> None:
    """It is not the journal's clip any more; what stands beside it still tells how it began."""
    job = made()
    file_of(job).write_bytes(other_clip)
    loaded = load(file_of(job))
    assert loaded is not job
    assert (loaded.id, loaded.request) == (job.id, job.request)
    assert "another clip" in loaded.notice


def test_a_sidecar_whose_clip_is_gone(server: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It still tells what was asked; the clip is named where it would be."""
    sent = elsewhere(made(duration=3), tmp_path, monkeypatch)
    sent.unlink()
    for path in (sent, sent.with_suffix(".json")):
        job = load(path)
        assert job.request.duration == 3
        assert job.path == sent


def test_a_damaged_sidecar_of_a_known_clip(server: Gateway) -> None:
    """The journal knows better."""
    job = made()
    file_of(job).with_suffix(".json").write_text("{")
    assert load(file_of(job)) is job


@pytest.mark.parametrize("name", ["missing.mp4", "missing.json", "", "folder", "no\0name"])
def test_there_is_no_such_file(tmp_path: Path, name: str) -> None:
    """That is said in one line."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(RequestError, match="There is no file"):
        load(tmp_path / name if "\0" not in name else name)


def test_nothing_tells_of_a_clip(tmp_path: Path, clip: bytes) -> None:
    """That is said, and what was looked for."""
    (tmp_path / "x.mp4").write_bytes(clip)
    with pytest.raises(RequestError, match=r"x\.json is not beside it"):
        load(tmp_path / "x.mp4")


def test_what_is_no_clip(tmp_path: Path) -> None:
    """Is refused before anybody asks the journal."""
    (tmp_path / "x.mp4").write_bytes(b"garbage" * 100)
    with pytest.raises(RequestError, match="is not a decodable video"):
        load(tmp_path / "x.mp4")


def test_a_provider_that_is_not_installed_here(
    server: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job can be looked at; running it again says what is missing."""
    sent = elsewhere(made(), tmp_path, monkeypatch)
    told = json.loads(sent.with_suffix(".json").read_text())
    sent.with_suffix(".json").write_text(json.dumps({**told, "provider": "acme"}))
    job = load(sent)
    assert view_of(job)["provider"] == "acme"
    with pytest.raises(RequestError, match="acme"):
        job.retry()


def test_the_cell_of_a_job(server: Gateway) -> None:
    """The request with the provider and model that made it, whoever is configured when it runs."""
    job = made("a paper boat\nin the rain", duration=3, params={"a=b": 1})
    line, _, body = as_cell(job).partition("\n")
    assert line == r"%%videogen --model veo-3-1-fast --provider infery --duration 3 --param {'a\x3db'}=1"
    assert body == "a paper boat\nin the rain"


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_cell_makes_an_equal_request(
    server: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """With its picture, here and on the machine of who got the clip."""
    job = made("{x} 'y'", image=np.full((48, 64, 3), 90, np.uint8), duration=1.5, params={"k": {"{": [1]}})
    if where == "elsewhere":
        job = load(elsewhere(job, tmp_path, monkeypatch))
    text = as_cell(job)
    assert f"--image {file_of(job).parent.name}/" in text
    line, _, body = text.partition("\n")
    cell = parse(line.removeprefix("%%videogen "), body, {})
    request = session.make_request(cell.prompt, **cell.options)
    assert request.to_json() == {**job.request.to_json(), "model": job.model, "provider": job.provider}


@given(prompt=whole_text, options=fields, provider=st.sampled_from(["local", "infery"]))
@BOUNDED
def test_any_cell_makes_an_equal_request(prompt: str, options: dict[str, Any], provider: str) -> None:
    """Whatever was asked, by whatever name for the model; what made it is pinned."""
    try:
        request = vg.VideoRequest(prompt, **options)
    except RequestError:
        return
    job = vg.Job(session.backend(), id="k3x9ab2c", provider=provider, model="veo-3-1", request=request)
    line, _, body = as_cell(job).partition("\n")
    cell = parse(line.removeprefix("%%videogen "), body, {})
    again = session.make_request(cell.prompt, **cell.options)
    assert again.to_json() == {**request.to_json(), "model": "veo-3-1", "provider": provider}


def test_a_cell_names_the_kept_picture_where_the_other_is_gone(server: Gateway) -> None:
    """So that it can be run all the same."""
    job = made(image=np.full((48, 64, 3), 90, np.uint8))
    file_of(job).with_suffix(".first.png").unlink()
    assert job.request.image
    assert f"--image {job.request.image.path}" in as_cell(job)
