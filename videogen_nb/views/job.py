"""A job as one plain JSON value, from which the page, static HTML and text lines are drawn."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from videogen_nb.core.data_uri import write_data_uri
from videogen_nb.core.job import Job, Phase, Status
from videogen_nb.errors import RequestError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.registry import provider
from videogen_nb.storage.posters import poster
from videogen_nb.text import plain, redact

__all__ = ["caption_of", "elapsed_of", "facts_of", "line_of", "poster_uri", "queue_position", "short_path", "view_of"]


def view_of(job: Job, *, interactive: bool = True, small: bool = False, clip: int | None = None) -> dict[str, Any]:
    """A job as ``js/src/protocol/job.ts`` describes `JobView`: JSON values only, no secret in it.

    Args:
        job: The job.
        interactive: Whether buttons have a kernel behind them.
        small: Whether it is one of many, so that small posters suffice.
        clip: Index of the only clip to include, from 0; None: all of the job.
    """
    service = _service_of(job)
    clips = slice(None) if clip is None else slice(clip, clip + 1)
    videos = job.videos[clips]
    size = videos[0].size if videos else job.videos[0].size if job.videos else job.request.pixel_size()
    received, total = job.received or (None, None)
    again = job.status in (Status.FAILED, Status.CANCELLED, Status.UNCERTAIN)
    return {
        "id": job.id,
        "status": str(job.status),
        "phase": str(job.phase),
        "progress": job.progress,
        "received": received,
        "total": total,
        "position": job.position,
        "elapsed": elapsed_of(job),
        "remaining": job.remaining,
        "prompt": plain(job.request.prompt, lines=True),
        "model": plain(job.model),
        "provider": service.title,
        "facts": facts_of(job),
        "width": size.width,
        "height": size.height,
        "badge": "local preview" if job.provider == "local" else None,
        "cost": plain(job.cost) if job.cost else None,
        "notice": plain(redact(job.notice)) or None,
        "hint": plain(job.hint) or None,
        "error": _error_of(job),
        "videos": [
            {"src": None, "poster": poster_uri(video.path, small=small), "path": plain(video.path)} for video in videos
        ]
        or ([{"src": None, "poster": None, "path": ""}] * (job.request.count if job.request.count > 1 else 0))[clips],
        "can_cancel": interactive and not job.ended and job.phase is not Phase.ENDED,
        "can_retry": interactive and again,
        "retry_label": _retry_label(job) if again else None,
        "cancel_note": None
        if job.ended
        else "Stops it; nothing is charged."
        if service.cancels and service.charged_at == "never"
        else "Stops it."
        if service.cancels
        else f"Stops following. {service.title} can't stop a job: it may still be charged.",
    }


class _NotInstalled(NamedTuple):
    """Stands for a provider whose plug-in is not installed here."""

    title: str
    cancels: bool = False
    charged_at: str | None = None


def _service_of(job: Job) -> Provider | _NotInstalled:
    try:
        return provider(job.provider)
    except RequestError:
        return _NotInstalled(plain(job.provider))


def facts_of(job: Job) -> list[str]:
    """The parameters in a few words: of the clip once there is one, of the request before."""
    request, facts = job.request, []
    if job.videos:
        clip = job.videos[0]
        facts += [f"{clip.duration:.3g} s", f"{clip.size.width} × {clip.size.height}"]
    else:
        if request.duration:
            facts.append(f"{request.duration:g} s")
        if request.size:
            facts.append(f"{request.size.width} × {request.size.height}")
        facts += map(plain, filter(None, (request.resolution, request.aspect_ratio)))
    if request.fps:
        facts.append(f"{request.fps} fps")
    if request.seed is not None:
        facts.append(f"seed {request.seed}")
    if request.image:
        facts.append("from image")
    return facts


def caption_of(job: Job) -> list[str]:
    """The caption below a clip, after its prompt: model, provider, parameters, cost, time, id."""
    parts = [plain(job.model), _service_of(job).title, *facts_of(job), plain(job.cost) if job.cost else ""]
    if job.videos:
        parts.append(f"made in {elapsed_of(job):.0f} s")
    return [part for part in (*parts, f"job {job.id}") if part]


def line_of(job: Job) -> str:
    """A job in one line of plain text: id, model, prompt, and its clip, error or progress."""
    return plain(_line_of(job))


def _line_of(job: Job) -> str:
    prompt = " ".join(job.request.prompt.split())
    prompt = prompt if len(prompt) <= 60 else prompt[:59] + "…"
    head = f"{job.id}  {plain(job.model, 60)} on {job.provider}  {prompt!r}"
    if job.videos:
        where = ", ".join(short_path(video.path) for video in job.videos)
        facts = [*facts_of(job), f"{elapsed_of(job):.0f} s to make", *([str(job.cost)] if job.cost else [])]
        return f"{head}  →  {where}  ({', '.join(facts)})"
    if job.error:
        return f"{head}  {job.status}: {job.error}"
    parts = [str(job.phase)]
    if job.phase is Phase.RUNNING and job.progress is not None:
        parts[0] += f" {job.progress:.0%}"
    if job.phase is Phase.QUEUED and job.position is not None:
        parts[0] += f", {queue_position(job.position)}"
    parts.append(f"{elapsed_of(job):.0f} s")
    if job.remaining is not None:
        parts.append(f"about {max(job.remaining, 1):.0f} s left")
    return f"{head}  {', '.join(parts)}{'  ' + job.notice if job.notice else ''}"


def queue_position(position: int) -> str:
    """A position in a queue in the page's words, such as "2nd in line"; 0 is next."""
    if position < 1:
        return "next in line"
    number = position + 1
    suffix = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix} in line"


def short_path(path: Path) -> str:
    """A path as one would type it here: relative where it is below the working directory."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def elapsed_of(job: Job) -> float:
    """Seconds from the job's submission to its end, or to now."""
    return round(((job.ended_at or datetime.now(UTC)) - job.created_at).total_seconds(), 1)


def poster_uri(path: Path, *, small: bool = False) -> str | None:
    """The poster as a data URI; None where the file is gone or can't be read."""
    try:
        picture = poster(path, 320, 6_000) if small else poster(path)
        return write_data_uri(picture, "image/webp")
    except OSError:
        return None


def _error_of(job: Job) -> dict[str, str] | None:
    error = job.error
    if error is None:
        return None
    sentences = {"summary": error.message, "charged": error.charged, "next": error.advice}
    return {name: plain(redact(text)) for name, text in sentences.items()}


def _retry_label(job: Job) -> str:
    if job.status is Status.UNCERTAIN or (job.status is Status.CANCELLED and job.remote_id):
        return "Submit again (may be charged twice)" if job.provider != "local" else "Submit again"
    return "Retry"
