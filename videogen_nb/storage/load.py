"""A job out of its clip: from the journal where that made it, else from the file beside it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from videogen_nb import config
from videogen_nb.backend import session
from videogen_nb.core.as_code import cell_text, options_of
from videogen_nb.core.image import MAX_BYTES, SUFFIXES, ImageRef
from videogen_nb.core.job import Job, Phase, Status, Video
from videogen_nb.errors import RequestError
from videogen_nb.storage.clips import NotAClip, clip_name, inspect, sidecar_path
from videogen_nb.storage.images import load_image
from videogen_nb.storage.locate import is_clip, note
from videogen_nb.storage.sidecars import Sidecar, picture_path, read
from videogen_nb.views.job import short_path

__all__ = ["as_cell", "load"]


def load(path: str | os.PathLike[str]) -> Job:
    """The job that made a clip, wherever the clip was moved or renamed to.

    Args:
        path: The clip, or the JSON file beside it.

    Returns:
        The job of the journal where it is there; else one that has ended, made from the file beside the
        clip, so that it can be shown, compared and run again. Its `notice` says what is not as it was.

    Raises:
        RequestError: There is no such file, it is no clip, or nothing tells how it was made.

    >>> load("videogen/a-paper-boat-k3x9ab2c.mp4").request.prompt  # doctest: +SKIP
    'a paper boat'
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
    known = _known(digest, told.job if told else None) if digest else None
    if known:
        return _now_at(known, video)
    if damage:
        raise damage
    if told is None:
        raise RequestError(
            f"Nothing tells how {given} was made: {beside.name} is not beside it, and no job of this journal has "
            f"made such a clip."
        )
    return _made_of(told, video)


def as_cell(job: Job) -> str:
    """The ``%%videogen`` cell that repeats a job's request on the provider and model that made it.

    A picture is named by its copy beside the clip where that is there, else by the one that was kept.
    """
    options = {"model": job.model, "provider": job.provider}
    options |= {name: value for name, value in options_of(job.request).items() if name not in options}
    if job.path and (picture := picture_path(job, job.path)) and picture.is_file():
        options["image"] = short_path(picture)
    return cell_text(job.request.prompt, options)


def _inspected(path: Path) -> Video:
    try:
        return inspect(path)
    except NotAClip:
        raise RequestError(f"{path} is no clip that can be decoded.") from None
    except OSError as error:
        raise RequestError(f"{path} can't be read: {error.strerror}.") from None


def _known(sha256: str, job: str | None) -> Job | None:
    """The journal's job that made the clip; where a sidecar names one, only that."""
    here = session.backend()
    with here.journal.read() as db:
        found = db.execute(
            "SELECT jobs.id FROM clips JOIN jobs ON jobs.id = job WHERE sha256 = ? AND (? IS NULL OR jobs.id = ?) "
            "ORDER BY created DESC LIMIT 1",
            [sha256, job, job],
        ).fetchone()
    row = here.journal.row(found[0]) if found else None
    return here.job(row) if row else None


def _now_at(job: Job, video: Video | None) -> Job:
    """The journal's job, its clip where it was found."""
    moved = {
        place: video.path
        for place, clip in enumerate(job.videos)
        if video and clip.sha256 == video.sha256 and not clip.path.exists()
    }
    if moved:
        note(session.backend().journal, job.id, moved)
        job.videos = tuple(replace(clip, path=moved.get(place, clip.path)) for place, clip in enumerate(job.videos))
    return job


def _made_of(told: Sidecar, video: Video | None) -> Job:
    """A job that this journal does not know, as the file beside its clip tells of it."""
    here, request, notices = session.backend(), told.request, []
    if video and video.sha256 != told.video.sha256:
        notices.append(f"{told.path.name} was written for another clip: what it says may not be true of this one")
    if (image := request.image) and image.path:
        kept = _kept(image)
        request = replace(request, image=kept or image)
        if kept is None:
            notices.append(f"its first frame {image.path.name} is not beside it, which a retry needs")
    videos = _together(told, video or told.video)
    known = here.loaded.get(told.job)
    if known and (known.request, known.videos) == (request, videos):  # one object for one clip
        return known
    job = Job(
        here,
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
    here.loaded[job.id] = job
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
