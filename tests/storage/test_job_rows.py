from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from videogen_nb import errors
from videogen_nb.core.job import Cost, Job, Phase, Status, Video
from videogen_nb.core.request import Size
from videogen_nb.errors import JobFailedError, ProviderError, SubmitUncertainError, VideogenError
from videogen_nb.storage.job_rows import Row, job_of, restore


def row(**facts: Any) -> Row:
    base = {
        "id": "k3x9ab2c",
        "created": 1_790_000_000.0,
        "folder": ".",
        "output": "videogen",
        "provider": "infery",
        "base_url": "https://e.org",
        "model": "veo-3-1",
        "family": "",
        "request": '{"prompt": "x", "duration": 4}',
        "digest": "d",
    }
    return Row(**{**base, **facts})


class Nobody:
    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def made(row: Row, clips: tuple[Video, ...] = ()) -> Job:
    return job_of(row, clips, Nobody())


CLIP = Video(Path("a.mp4"), Size(640, 360), 4.0, 24.0, "video/mp4", 9, "f")


def test_an_open_row_is_a_job_that_goes_on() -> None:
    """As far as it had come: known to the gateway, or not yet."""
    assert (made(row()).status, made(row()).phase, made(row()).ended) == (Status.QUEUED, Phase.SUBMITTING, False)
    sent = made(row(stage="sent", remote_id="v1"))
    assert (sent.remote_id, sent.phase, sent.request.duration) == ("v1", Phase.QUEUED, 4)
    assert sent.created_at.isoformat() == "2026-09-21T14:13:20+00:00"


def test_a_row_that_succeeded() -> None:
    """With its clips, cost and times."""
    ended = row(
        stage="ended", status="succeeded", remote_id="v1", ended=1_790_000_060.0, cost=80.0, cost_unit="credits"
    )
    job = made(ended, (CLIP,))
    assert (job.status, job.progress, job.videos, job.cost) == (Status.SUCCEEDED, 1.0, (CLIP,), Cost(80, "credits"))
    assert job.ended_at
    assert (job.ended_at - job.created_at).total_seconds() == 60
    assert job.wait(0) is job


@pytest.mark.parametrize(
    ("kind", "read_as"),
    [
        ("JobFailedError", JobFailedError),
        ("SubmitUncertainError", SubmitUncertainError),
        ("NoCreditError", ProviderError),
        ("MissingKeyError", VideogenError),
        ("NotAClip", VideogenError),
        ("Gone", VideogenError),
        (None, VideogenError),
    ],
)
def test_an_error_is_read_back(kind: str | None, read_as: type[VideogenError]) -> None:
    """As its own kind where it can be made again, else as the nearest one, with the same words."""
    job = made(row(stage="ended", status="failed", error_kind=kind, error="It broke. Twice."))
    assert type(job.error) is read_as
    assert str(job.error) == "It broke. Twice."
    with pytest.raises(read_as):
        job.wait(0)


def test_every_kind_of_error_can_be_read_back() -> None:
    """None of the tree needs more than the journal has."""
    for kind in errors.__all__:
        assert isinstance(made(row(stage="ended", status="failed", error_kind=kind, error="x")).error, VideogenError)


def test_a_job_learns_its_end_from_its_row() -> None:
    """As where another kernel saw it; observers see one change of status, last."""
    job, seen = made(row()), []
    job.observe(lambda change: seen.append(change["name"]))
    restore(job, row(stage="ended", status="succeeded", remote_id="v1", ended=1_790_000_060.0), (CLIP,))
    assert job.videos == (CLIP,)
    assert seen.count("status") == 1
    assert job.remote_id == "v1"
