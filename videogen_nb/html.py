"""HTML that stands alone: what a saved notebook keeps of a job, with no kernel and no script.

The geometry is that of ``js/src/job.css``, so that nothing moves when the live view is replaced.
Styles are inline: a style sheet does not survive in a notebook that is not trusted.
"""

from __future__ import annotations

import base64
import html
import os
from pathlib import Path
from urllib.parse import quote

from .job import Job, Status, Video
from .view import facts_of, view_of

__all__ = ["job_html"]

_FONT = "font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif)"
_MUTED = "font-size:12px;line-height:1.5;margin:2px 0 0;opacity:.72"
_SURFACE = "background:var(--jp-layout-color2,rgba(127,127,127,.14))"
_BADGE = (
    "position:absolute;top:8px;left:8px;font:500 11px/16px var(--jp-ui-font-family,system-ui,sans-serif);"
    "color:#fff;background:rgba(0,0,0,.55);padding:1px 7px;border-radius:9px;pointer-events:none"
)
_EDGE = {
    Status.FAILED: "var(--jp-error-color1,#d32f2f)",
    Status.UNCERTAIN: "var(--jp-warn-color1,#d97706)",
}


def job_html(job: Job, *, folder: Path, embed_limit: int = 0) -> str:
    """The whole output of a job as it stands.

    Args:
        job: The job.
        folder: Folder of the notebook: links are relative to it.
        embed_limit: Largest clip, in bytes, to put into the page itself; 0 links all of them.
    """
    stages = [_player(job, video, folder, embed_limit) for video in job.videos] or [_stage(job)]
    return (
        f'<div class="videogen-job" style="{_FONT};overflow-wrap:anywhere">'
        f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(stages)}</div>{_caption(job)}</div>'
    )


def _player(job: Job, video: Video, folder: Path, embed_limit: int) -> str:
    if not video.path.exists():
        return _box(job, f"The file {html.escape(str(video.path))} is not there any more.")
    view = view_of(job, interactive=False)
    poster = html.escape(next((each["poster"] or "" for each in view["videos"] if each["path"] == str(video.path)), ""))
    link = _link(video.path, folder)
    picture = (
        f'<a href="{link}"><img src="{poster}" style="display:block;width:100%" alt="First frame of the clip"></a>'
    )
    width, height = video.size
    if embed_limit and video.bytes > embed_limit:
        inner = picture
        note = f"{video.bytes / 1e6:.1f} MB is too large to embed; the clip is {html.escape(str(video.path))}"
    else:
        # src stands on <video>: an untrusted notebook strips <source>. The picture inside is for
        # hosts that drop players.
        source = _data_uri(video) if embed_limit else link
        inner = (
            f'<video controls loop playsinline preload="metadata" src="{source}" poster="{poster}" width="{width}" '
            f'height="{height}" style="display:block;width:100%;height:100%;object-fit:contain">{picture}</video>'
        )
        note = ""
    share = 1 if len(job.videos) == 1 else 0.62
    stage = (
        f"position:relative;width:min(100%,{640 * share:.0f}px,{480 * share * width / height:.0f}px);"
        f"aspect-ratio:{width}/{height};border-radius:8px;overflow:hidden;{_SURFACE}"
    )
    badge = f'<span style="{_BADGE}">{html.escape(view["badge"])}</span>' if view["badge"] else ""
    below = f'<div style="{_MUTED}">{note}</div>' if note else ""
    return f'<div style="{stage}">{inner}{badge}</div>{below}'


def _data_uri(video: Video) -> str:
    return f"data:{video.media_type};base64,{base64.b64encode(video.path.read_bytes()).decode('ascii')}"


def _stage(job: Job) -> str:
    """The box in place of a player, with what there is to say."""
    if job.error is None:
        return _box(job, html.escape(f"{str(job.phase).capitalize()}…"))
    lines = [f'<div style="font-weight:600">{html.escape(job.error.what)}</div>']
    lines += [f'<div style="{_MUTED}">{_code(line)}</div>' for line in (job.error.charged, job.error.advice) if line]
    return _box(job, "".join(lines))


def _box(job: Job, inner: str) -> str:
    width, height = job.request.pixel_size()
    edge = _EDGE.get(job.status, "var(--jp-border-color2,rgba(127,127,127,.4))")
    return (
        f'<div style="box-sizing:border-box;width:min(100%,640px,{480 * width / height:.0f}px);'
        f'border-radius:8px;border-left:3px solid {edge};padding:14px 16px;{_SURFACE}">{inner}</div>'
    )


def _caption(job: Job) -> str:
    view = view_of(job, interactive=False)
    told = [view["model"], view["provider"], *facts_of(job)]
    if job.videos:
        told.append(f"made in {view['elapsed']:.0f} s")
    told += filter(None, [view["cost"], f"job {job.id}"])
    notes = "".join(f'<div style="{_MUTED}">{_code(each)}</div>' for each in (view["notice"], view["hint"]) if each)
    return (
        f'<div style="max-width:640px;margin-top:8px">'
        f'<div dir="auto" style="white-space:pre-wrap">{html.escape(view["prompt"])}</div>'
        f'<div style="{_MUTED}">{html.escape(" · ".join(told))}</div>{notes}</div>'
    )


def _code(text: str) -> str:
    """Text with its `commands` set as code."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _link(path: Path, folder: Path) -> str:
    """The clip's address as seen from the notebook: relative, so that both can be moved together."""
    try:
        relative = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return html.escape(path.as_uri())
    return html.escape(quote(relative))
