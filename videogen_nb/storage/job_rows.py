"""A job's row in the journal, and the `Job` that is made from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from videogen_nb import errors
from videogen_nb.core.job import Control, Cost, Job, Phase, Status, Video
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import JobError, ProviderError, SubmitUncertainError, VideogenError

__all__ = ["Row", "job_of", "request_of", "restore", "set_remote_id"]


@dataclass(frozen=True, slots=True)
class Row:
    """One submission, as the journal has it; its fields are the columns of the table. Times are seconds since 1970."""

    id: str
    created: float
    folder: str
    output: str
    provider: str
    base_url: str
    model: str
    family: str
    request: str
    digest: str
    retry_of: str | None = None
    stage: str = "waiting"
    status: str = "queued"
    remote_id: str | None = None
    request_id: str | None = None
    sent: float | None = None
    finished: float | None = None
    ended: float | None = None
    error_kind: str | None = None
    error: str | None = None
    notice: str = ""
    cost: float | None = None
    cost_unit: str | None = None
    owner: str | None = None
    lease: float | None = None
    session: str | None = None
    price: float | None = None
    price_unit: str | None = None
    notebook: str | None = None
    cell: str | None = None
    execution: str | None = None


def request_of(row: Row) -> dict[str, Any]:
    """The request of a row, as JSON."""
    loaded: dict[str, Any] = json.loads(row.request)
    return loaded


def job_of(row: Row, clips: tuple[Video, ...], control: Control) -> Job:
    """The job of a row, in the state that the row records."""
    job = Job(
        control,
        id=row.id,
        remote_id=row.remote_id,
        provider=row.provider,
        model=row.model,
        request=VideoRequest.from_json(request_of(row)),
        created_at=datetime.fromtimestamp(row.created, UTC),
        phase=Phase.QUEUED if row.remote_id else Phase.SUBMITTING,
    )
    if row.stage == "ended":
        restore(job, row, clips)
        job.settle()
    return job


def set_remote_id(job: Job, row: Row) -> None:
    """Set the remote id that another process has recorded for the job since its row was read."""
    if job.remote_id is None and row.remote_id is not None:
        with job.hold_trait_notifications():
            job.remote_id, job.phase = row.remote_id, Phase.QUEUED


def restore(job: Job, row: Row, clips: tuple[Video, ...]) -> None:
    """Set the end of a job as its row records it."""
    with job.hold_trait_notifications():
        job.remote_id = row.remote_id
        job.videos = clips
        job.progress = 1.0 if clips else job.progress
        job.cost = Cost(row.cost, row.cost_unit or "") if row.cost is not None else None
        job.error = _error_of(row, job)
        job.notice = row.notice
        job.ended_at = datetime.fromtimestamp(row.ended, UTC) if row.ended else None
        job.phase = Phase.ENDED
        job.status = Status(row.status)


def _error_of(row: Row, job: Job) -> VideogenError | None:
    if row.error is None:
        return None
    kind: type[VideogenError] = getattr(errors, row.error_kind or "", VideogenError)
    if issubclass(kind, JobError) or issubclass(kind, SubmitUncertainError):
        return kind(row.error, job=job)
    if issubclass(kind, ProviderError):  # status code and request id are not stored
        return ProviderError(row.error, provider=row.provider, status_code=0)
    return VideogenError(row.error)
