"""Load the job that made a clip, from the journal if it is there, else from the sidecar beside the clip."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from videogen_nb import config
from videogen_nb.core.image import MAX_BYTES, SUFFIXES, ImageRef
from videogen_nb.core.job import Control, Job, Phase, Status, Video
from videogen_nb.errors import RequestError
from videogen_nb.storage import clip_rows
from videogen_nb.storage.clips import NotAClip, clip_name, inspect, sidecar_path
from videogen_nb.storage.images import load_image
from videogen_nb.storage.job_rows import Row
from videogen_nb.storage.journal import Journal
from videogen_nb.storage.locate import is_clip, record_paths
from videogen_nb.storage.sidecars import Sidecar, read

__all__ = ["JobStore", "load"]


class JobStore(Control, Protocol):
    """What loading needs of the backend.

    Attributes:
        journal: The journal.
        loaded: Jobs that were loaded and are not in the journal, by id.
    """

    @property
    def journal(self) -> Journal: ...
    @property
    def loaded(self) -> MutableMapping[str, Job]: ...
    def job(self, row: Row) -> Job: ...


def load(path: str | os.PathLike[str], store: JobStore) -> Job:
    """See `videogen_nb.load`.

    Args:
        path: The clip, or the JSON file beside it.
        store: Where jobs are looked up, and where one that the journal does not have is added.
    """
    file = Path(path).expanduser().absolute()
    beside = file if file.suffix == ".json" else sidecar_path(file)
    if not file.is_file() and not beside.is_file():
        raise RequestError(f"There is no file {file}.")
    sidecar: Sidecar | None = None
    damage: RequestError | None = None
    if beside.is_file():
        try:
            sidecar = read(beside)
        except RequestError as error:  # the journal may have the clip
            damage = error
    clip = file if file != beside else sidecar.video.path if sidecar else None
    video = _inspected(clip) if clip and clip.is_file() else None
    digest = video.sha256 if video else sidecar.video.sha256 if sidecar else None
    if digest and (job := _from_journal(store, digest, sidecar.job if sidecar else None)):
        return _with_path(store, job, video)
    if damage:
        raise damage
    if sidecar is None:
        raise RequestError(
            f"Nothing records how {file} was made: {beside.name} is not beside it, and no job of this journal has "
            f"this clip."
        )
    return _from_sidecar(store, sidecar, video)


def _inspected(path: Path) -> Video:
    try:
        return inspect(path)
    except NotAClip:
        raise RequestError(f"{path} is not a decodable video.") from None
    except OSError as error:
        raise RequestError(f"{path} can't be read: {error.strerror}.") from None


def _from_journal(store: JobStore, sha256: str, job: str | None) -> Job | None:
    """The journal's job that has the clip; if the sidecar names a job, only that one."""
    id = clip_rows.find_job(store.journal, sha256, job)  # noqa: A001
    row = store.journal.row(id) if id else None
    return store.job(row) if row else None


def _with_path(store: JobStore, job: Job, video: Video | None) -> Job:
    """The journal's job, with the path of the file that was given if the recorded one is gone."""
    moved = {
        index: video.path
        for index, clip in enumerate(job.videos)
        if video and clip.sha256 == video.sha256 and not clip.path.exists()
    }
    if moved:
        record_paths(store.journal, job.id, moved)
        job.videos = tuple(replace(clip, path=moved.get(index, clip.path)) for index, clip in enumerate(job.videos))
    return job


def _from_sidecar(store: JobStore, sidecar: Sidecar, video: Video | None) -> Job:
    """A job that this journal does not have, built from the sidecar."""
    request, notices = sidecar.request, []
    if video and video.sha256 != sidecar.video.sha256:
        notices.append(f"{sidecar.path.name} was written for another clip, so its facts may not apply to this one")
    if (image := request.image) and image.path:
        kept = _kept(image)
        request = replace(request, image=kept or image)
        if kept is None:
            notices.append(f"its first frame {image.path.name} is not beside it, and a retry needs that file")
    videos = _siblings(sidecar, video or sidecar.video)
    known = store.loaded.get(sidecar.job)
    if known and (known.request, known.videos) == (request, videos):  # one object for one clip
        return known
    job = Job(
        store,
        id=sidecar.job,
        remote_id=sidecar.remote_id,
        provider=sidecar.provider,
        model=sidecar.model,
        request=request,
        status=Status.SUCCEEDED,
        phase=Phase.ENDED,
        progress=1.0,
        videos=videos,
        cost=sidecar.cost,
        notice="; ".join(notices),
        created_at=sidecar.created_at,
        ended_at=max(sidecar.ended_at, sidecar.created_at),
    )
    job.settle()
    store.loaded[job.id] = job
    return job


def _kept(image: ImageRef) -> ImageRef | None:
    """Our own copy of a picture, made from the file beside the clip if needed; None if both are gone."""
    images = config.home() / "images"
    for path in (image.path, images / f"{(image.sha256 or '')[:32]}{SUFFIXES[image.media_type or '']}"):
        with suppress(RequestError, OSError):
            if path and path.is_file() and path.stat().st_size <= MAX_BYTES:
                return load_image(replace(image, path=path).read(), images)
    return None


def _siblings(sidecar: Sidecar, video: Video) -> tuple[Video, ...]:
    """The clip and the other clips of its job that are beside it, in their order."""
    prompt, count = sidecar.request.prompt, sidecar.request.count
    videos = {sidecar.path: video}
    for index in range(count if count > 1 else 0):
        path = sidecar.path.with_name(f"{clip_name(prompt, sidecar.job, index, count)}.json")
        if path.is_file() and path != sidecar.path:
            with suppress(RequestError):
                other = read(path)
                if other.job == sidecar.job and is_clip(other.video.path, other.video):
                    videos[path] = other.video
    return tuple(videos[path] for path in sorted(videos, key=lambda path: (len(path.name), path.name)))
