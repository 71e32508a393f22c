"""The section of a page about one job: how it ended, its request, and the cell that makes its clips again."""

from __future__ import annotations

import html
import json
import re
import tempfile
from pathlib import Path, PurePath
from typing import Any

from videogen_nb.core.as_code import cell_text, options_of
from videogen_nb.core.image import ImageRef
from videogen_nb.core.job import Job, Video
from videogen_nb.text import plain
from videogen_nb.views.job import elapsed_of, view_of
from videogen_nb.views.job_html import code

__all__ = ["bare", "cell_of", "section_of"]

_FOLDER = r"(?:[^\s\\/:*?\"'<>|`]+[\\/])"
# The folders of a path, up to its last part. An address has a word or a colon before its slashes.
_FOLDERS = re.compile(rf"(?<![\w.:/\\~-])(?:[A-Za-z]:[\\/]|/|\\\\){_FOLDER}+")
_OURS = ("Status", "Note")  # our own sentences, which may contain `commands`
# Shown elsewhere in the section; `user` is private to the account.
_ELSEWHERE = ("prompt", "model", "provider", "image", "params", "user")


def bare(text: str) -> str:
    """A text with the folders taken off file names of this machine.

    >>> bare(f"{Path.home()}/clips/boat.mp4 is gone")
    'boat.mp4 is gone'
    """
    for root in (Path.cwd(), Path.home(), Path(tempfile.gettempdir())):
        if len(root.parts) > 1:  # by name, since a home folder may contain a blank
            text = re.sub(rf"{re.escape(str(root))}[\\/]{_FOLDER}*", "", text)
    return _FOLDERS.sub(_name_alone, text)


def _name_alone(match: re.Match[str]) -> str:
    """Replace folders by nothing; what only looks like a path, such as a server's route, stays."""
    parts = PurePath(match[0]).parts
    return match[0] if parts[0] == "/" and len(parts) > 1 and not Path(*parts[:2]).is_dir() else ""


def cell_of(job: Job) -> str:
    """The cell that repeats the request with the same model; a picture is named without its folder."""
    resolved = {"model": job.model, "provider": job.provider}  # an alias may mean another model one day
    requested = {name: value for name, value in options_of(job.request).items() if name not in ("user", "params")}
    options = {**resolved, **requested, **resolved}
    if job.request.image:
        options["image"] = _picture(job.request.image)
    fields = job.request.to_json().get("params")
    params = {"params": {name: _without_folders(value) for name, value in fields.items()}} if fields else {}
    return cell_text(job.request.prompt, {**options, **params})


def section_of(job: Job, numbers: str, name: str, marks: str) -> str:
    """A job's section, as HTML.

    Args:
        job: The job.
        numbers: The places of its clips, such as ``"3"`` or ``"3–4"``.
        name: What distinguishes it from the others.
        marks: Such as ``"winner"``; "" for none.
    """
    rows = "".join(
        f'<dt>{html.escape(plain(label))}</dt><dd dir="auto">{_text(label, value)}</dd>' for label, value in _rows(job)
    )
    badge = f' <span class="vgn-marks">{html.escape(marks)}</span>' if marks else ""
    cell = html.escape(plain(cell_of(job), lines=True))
    return (
        f'<article id="job-{html.escape(job.id)}" aria-label="Clip {html.escape(numbers)}: {html.escape(name)}">'
        f'<h3><span class="vgn-place">{html.escape(numbers)}</span> <span dir="auto">{html.escape(name)}</span>{badge}'
        f'</h3><p class="vgn-said" dir="auto">{html.escape(plain(job.request.prompt, lines=True))}</p><dl>{rows}</dl>'
        '<div class="vgn-again"><h4>As a cell</h4>'
        f'<pre tabindex="0" role="group" aria-label="The cell that makes it again">{cell}</pre></div></article>\n'
    )


def _rows(job: Job) -> list[tuple[str, str]]:
    """Label and text of every fact about a job."""
    view = view_of(job, interactive=False, small=True)
    request = job.request.to_json()
    rows = [("Model", job.model), ("Provider", view["provider"])]
    for name, value in request.items():
        if name not in _ELSEWHERE:
            rows.append((name.replace("_", " ").capitalize(), f"{value} s" if name == "duration" else str(value)))
    if job.request.image:
        rows.append(("First frame", _picture(job.request.image)))
    for name, value in request.get("params", {}).items():
        rows.append((name, bare(json.dumps(value, ensure_ascii=False))))
    rows.append(("Asked", f"{job.created_at:%Y-%m-%d %H:%M:%S} UTC"))
    if job.ended_at:
        rows.append(("Took", f"{elapsed_of(job):.0f} s"))
    if job.cost:
        rows.append(("Cost", str(job.cost)))
    if not job.videos:
        rows.append(("Status", ending_of(job)))
    if view["notice"]:
        rows.append(("Note", bare(view["notice"])))
    rows.append(("Job", job.id))
    if job.remote_id:
        rows.append(("Remote id", job.remote_id))
    return [*rows, *(row for video in job.videos for row in _file_rows(video))]


def ending_of(job: Job) -> str:
    """Why a job has no clip, or how far it was."""
    if error := view_of(job, interactive=False)["error"]:
        sentences = " ".join(filter(None, (error["summary"], error["charged"], error["next"])))
        return f"{str(job.status).capitalize()}. {bare(sentences)}"
    progress = f" {job.progress:.0%}" if job.progress is not None and not job.ended else ""
    return f"{str(job.phase).capitalize()}{progress} when this page was written."


def _file_rows(video: Video) -> list[tuple[str, str]]:
    facts = [
        f"{video.duration:.3g} s",
        f"{video.size.width} × {video.size.height}",
        f"{video.fps:.6g} fps",
        f"{video.bytes / 1e6:.1f} MB" if video.bytes >= 1e5 else f"{video.bytes / 1e3:.0f} kB",
        f"sound: {video.audio}" if video.audio else "no sound",
    ]
    return [("File", video.path.name), ("Clip", " · ".join(facts)), ("SHA-256", video.sha256)]


def _picture(image: ImageRef) -> str:
    return PurePath(image.path).name if image.path else image.to_json()["url"]


def _without_folders(value: Any) -> Any:
    if isinstance(value, str):
        return bare(value)
    if isinstance(value, dict):
        return {name: _without_folders(item) for name, item in value.items()}
    return [*map(_without_folders, value)] if isinstance(value, list) else value


def _text(label: str, value: str) -> str:
    text = plain(value, lines=True)
    if label in _OURS:
        return code(text)
    return f"<code>{html.escape(text)}</code>" if label == "SHA-256" else html.escape(text)
