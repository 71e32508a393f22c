"""Jobs out of journal rows."""

from __future__ import annotations

from datetime import UTC, datetime

from videogen_nb import errors
from videogen_nb.core.job import Control, Cost, Job, Phase, Status, Video
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import JobError, ProviderError, SubmitUncertainError, VideogenError
from videogen_nb.storage.journal import Row, request_of

__all__ = ["accepted", "job_of", "restore"]


def job_of(row: Row, clips: tuple[Video, ...], control: Control) -> Job:
    """The job a row tells of, as far as it had come."""
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


def accepted(job: Job, row: Row) -> None:
    """Give a job that nobody had submitted when it was read the id that another process has got for it since."""
    if job.remote_id is None and row.remote_id is not None:
        with job.hold_trait_notifications():
            job.remote_id, job.phase = row.remote_id, Phase.QUEUED


def restore(job: Job, row: Row, clips: tuple[Video, ...]) -> None:
    """Give a job the end that its row tells of."""
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
    if issubclass(kind, ProviderError):  # the answer's own facts are not kept
        return ProviderError(row.error, provider=row.provider, status_code=0)
    return VideogenError(row.error)
