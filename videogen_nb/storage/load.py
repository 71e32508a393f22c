"""A job out of its clip: from the journal where that made it, else from the file beside it."""

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
        loaded: The jobs that were loaded and are not in the journal, by id.
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
    given = Path(path).expanduser().absolute()
    beside = given if given.suffix == ".json" else sidecar_path(given)
    if not given.is_file() and not beside.is_file():
        raise RequestError(f"There is no file {given}.")
    told: Sidecar | None = None
    damage: RequestError | None = None
    if beside.is_file():
        try:
            told = read(beside)
        except RequestError as error:  # the journal may know the clip itself
            damage = error
    clip = given if given != beside else told.video.path if told else None
    video = _inspected(clip) if clip and clip.is_file() else None
    digest = video.sha256 if video else told.video.sha256 if told else None
    known = _known(store, digest, told.job if told else None) if digest else None
    if known:
        return _now_at(store, known, video)
    if damage:
        raise damage
    if told is None:
        raise RequestError(
            f"Nothing tells how {given} was made: {beside.name} is not beside it, and no job of this journal has "
            f"made such a clip."
        )
    return _made_of(store, told, video)


def _inspected(path: Path) -> Video:
    try:
        return inspect(path)
    except NotAClip:
        raise RequestError(f"{path} is no clip that can be decoded.") from None
    except OSError as error:
        raise RequestError(f"{path} can't be read: {error.strerror}.") from None


def _known(store: JobStore, sha256: str, job: str | None) -> Job | None:
    """The journal's job that made the clip; where a sidecar names one, only that."""
    known = clip_rows.find_job(store.journal, sha256, job)
    row = store.journal.row(known) if known else None
    return store.job(row) if row else None


def _now_at(store: JobStore, job: Job, video: Video | None) -> Job:
    """The journal's job, its clip where it was found."""
    moved = {
        place: video.path
        for place, clip in enumerate(job.videos)
        if video and clip.sha256 == video.sha256 and not clip.path.exists()
    }
    if moved:
        record_paths(store.journal, job.id, moved)
        job.videos = tuple(replace(clip, path=moved.get(place, clip.path)) for place, clip in enumerate(job.videos))
    return job


def _made_of(store: JobStore, told: Sidecar, video: Video | None) -> Job:
    """A job that this journal does not know, as the file beside its clip tells of it."""
    request, notices = told.request, []
    if video and video.sha256 != told.video.sha256:
        notices.append(f"{told.path.name} was written for another clip: what it says may not be true of this one")
    if (image := request.image) and image.path:
        kept = _kept(image)
        request = replace(request, image=kept or image)
        if kept is None:
            notices.append(f"its first frame {image.path.name} is not beside it, which a retry needs")
    videos = _together(told, video or told.video)
    known = store.loaded.get(told.job)
    if known and (known.request, known.videos) == (request, videos):  # one object for one clip
        return known
    job = Job(
        store,
        id=told.job,
        remote_id=told.remote_id,
        provider=told.provider,
        model=told.model,
        request=request,
        status=Status.SUCCEEDED,
        phase=Phase.ENDED,
        progress=1.0,
        videos=videos,
        cost=told.cost,
        notice="; ".join(notices),
        created_at=told.created_at,
        ended_at=max(told.ended_at, told.created_at),
    )
    job.settle()
    store.loaded[job.id] = job
    return job


def _kept(image: ImageRef) -> ImageRef | None:
    """Our own copy of a picture, made from the one beside the clip where there is none; None where that is gone."""
    store = config.home() / "images"
    for path in (image.path, store / f"{(image.sha256 or '')[:32]}{SUFFIXES[image.media_type or '']}"):
        with suppress(RequestError, OSError):
            if path and path.is_file() and path.stat().st_size <= MAX_BYTES:
                return load_image(replace(image, path=path).read(), store)
    return None


def _together(told: Sidecar, video: Video) -> tuple[Video, ...]:
    """The clip with those that the same job made, as far as they stand beside it, in their order."""
    prompt, count = told.request.prompt, told.request.count
    found = {told.path: video}
    for place in range(count if count > 1 else 0):
        path = told.path.with_name(f"{clip_name(prompt, told.job, place, count)}.json")
        if path.is_file() and path != told.path:
            with suppress(RequestError):
                other = read(path)
                if other.job == told.job and is_clip(other.video.path, other.video):
                    found[path] = other.video
    return tuple(found[path] for path in sorted(found, key=lambda path: (len(path.name), path.name)))
