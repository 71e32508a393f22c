"""A job as standalone HTML, which a saved notebook shows with no kernel and no script.

The geometry is that of ``js/src/job/card.css``, so that nothing moves when the live view is replaced.
Styles are inline, since an untrusted notebook loses style sheets. Texts are block elements, so that
they stay apart even where inline styles are dropped too.
"""

from __future__ import annotations

import html
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from videogen_nb.core.data_uri import write_data_uri
from videogen_nb.core.job import Job, Status, Video
from videogen_nb.core.request import Size
from videogen_nb.storage.posters import poster_path
from videogen_nb.text import plain
from videogen_nb.views.job import caption_of, view_of
from videogen_nb.views.unplayable import HOW_TO_FIND, missing, why_unplayable

__all__ = ["AS_IS", "FONT", "GONE", "MUTED", "WRAP", "badge", "ending", "job_html", "player", "silence", "stage"]

AS_IS = "tex2jax_ignore mathjax_ignore"  # classes that stop MathJax: a prompt's formula could become a link
# Twice, since in an untrusted notebook JupyterLab keeps only the first value.
WRAP = "overflow-wrap:break-word;overflow-wrap:anywhere"
FONT = "font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif)"
MUTED = "font-size:12px;line-height:1.5;margin-top:2px;opacity:.72"
_SURFACE = (
    "background:color-mix(in srgb,var(--jp-layout-color2,rgba(127,127,127,.25)),var(--jp-layout-color1,transparent))"
)
_BADGE = (
    "position:absolute;top:8px;left:8px;font:500 11px/16px var(--jp-ui-font-family,system-ui,sans-serif);"
    "color:#fff;background:rgba(0,0,0,.55);padding:1px 7px;border-radius:9px;pointer-events:none"
)
_DOT = "display:inline-block;width:{0}px;height:{0}px;margin-inline-end:{0}px;border-radius:50%;background:{1}"
_WARN = "var(--jp-warn-color1,#d97706)"
_MESSAGE = (
    "align-self:center;display:grid;grid-template-columns:minmax(0,1fr);gap:4px;min-width:0;max-width:480px;"
    "margin:0 auto;padding:16px;box-sizing:border-box"
)
# Replace a player whose file is missing by a message. JupyterLab sets an empty address before the real one, which
# raises an error that means nothing; a printed page is laid out far from its files, and keeps the poster. The name
# comes from the player's label, so that no foreign text gets into the code.
GONE = (
    "if(this.error?.code===4&&this.getAttribute('src')&&!matchMedia('print').matches){"
    "const d=document.createElement('div');"
    "d.textContent=this.getAttribute('aria-label')+' is not there, moved or deleted, or cannot be played. "
    f"{HOW_TO_FIND.replace('`', '')}';d.style.cssText='{_MESSAGE}';this.replaceWith(d)}}"
)
_ENDINGS = {
    Status.FAILED: ("Failed", "var(--jp-error-color1,#d32f2f)"),
    Status.UNCERTAIN: ("Unclear whether it was accepted", _WARN),
    Status.CANCELLED: ("Cancelled", "currentColor"),
}


def job_html(
    job: Job, *, folder: Path, embed_limit: int = 0, abandoned: bool = False, unheard: Collection[str] = ()
) -> str:
    """The whole output of a job as it stands.

    Args:
        job: The job.
        folder: Folder of the notebook: links are relative to it.
        embed_limit: Largest clip, in bytes, to put into the page itself; 0 links all of them.
        abandoned: Whether the kernel has ended and nobody follows the job, so that the page says how to resume.
        unheard: Codecs whose sound the page does not play; see `front_end.unheard`.
    """
    view = view_of(job, interactive=False)
    size = job.videos[0].size if job.videos else job.request.pixel_size()
    pairs = zip(job.videos, view["videos"], strict=False)  # the view of a running job lists clips still to come
    stages = [
        stage(player(video, entry["poster"], folder, embed_limit), video.size, badge(view)) for video, entry in pairs
    ]
    return (
        f'<div class="videogen-job {AS_IS}" style="{FONT};{WRAP}">'
        f'<div style="{_frame(size, len(stages))}">{"".join(stages) or stage(ending(job, view, abandoned), size)}</div>'
        f"{_caption(job, view)}{silence(job.videos, unheard)}</div>"
    )


def _frame(size: Size, count: int) -> str:
    """The box around one stage, or a grid of several."""
    ratio = size.width / size.height
    if count < 2:
        return f"width:min(100%,640px,{480 * ratio:.0f}px)"
    tile = min(400.0, 420 * ratio)
    return (
        f"display:grid;gap:8px;max-width:{count * tile + (count - 1) * 8:.0f}px;"
        f"grid-template-columns:repeat(auto-fit,minmax(min(100%,{0.7 * tile:.0f}px),1fr))"
    )


def stage(inner: str, size: Size, badge: str = "") -> str:
    """The box of one clip, with a badge over its corner."""
    # At least the clip's shape: a long text may make the box taller, a player never does.
    style = (
        f"position:relative;display:grid;width:100%;aspect-ratio:{size.width}/{size.height};"
        f"border-radius:8px;overflow:hidden;{_SURFACE}"
    )
    return f'<div style="{style}">{inner}{badge}</div>'


def player(
    video: Video, poster: str | None, folder: Path, embed_limit: int, *, more: str = 'loop preload="metadata"'
) -> str:
    """A clip's player, with its poster inside for hosts that drop players.

    Args:
        video: The clip.
        poster: Its poster, as a data URI.
        folder: Folder of the notebook.
        embed_limit: Largest clip, in bytes, to put into the page itself; 0 links it.
        more: Further attributes.
    """
    if not video.path.exists():
        return _message(f"<div>{code(missing(video.path))}</div>")
    link, poster = _link(video.path, folder), html.escape(poster or "")
    width, height = video.size
    if embed_limit and video.bytes > embed_limit:
        note = code(why_unplayable(video, embed_limit))
        return f'<div>{_picture(link, poster)}<div style="padding:4px 8px">{note}</div></div>'
    still = poster_path(video.path)
    # Relative where it can be: sanitisers drop data URIs, and the poster attribute has the data already.
    picture = _picture(link, _link(still, folder) if still.is_file() else poster)
    # src stands on <video>, since an untrusted notebook strips <source>. The picture inside is shown by hosts
    # that drop players.
    source = f'src="{_data_uri(video)}"' if embed_limit else f'src="{link}" onerror="{html.escape(GONE, quote=False)}"'
    return (
        f'<video controls playsinline {more} {source} poster="{poster}" width="{width}" height="{height}" '
        f'aria-label="{html.escape(plain(video.path.name))}" '
        f'style="display:block;width:100%;height:100%;object-fit:contain">{picture}</video>'
    )


def _picture(link: str, source: str) -> str:
    # The width attribute is for hosts that drop styles.
    style = 'width="480" loading="lazy" style="display:block;width:100%"'
    shown = f'<img src="{source}" alt="First frame of the clip" {style}>' if source else "The clip"
    return f'<a href="{link}">{shown}</a>'


def silence(videos: Sequence[Video], unheard: Collection[str]) -> str:
    """A line that says why clips with sound are silent here; "" where they are heard."""
    codecs = sorted({video.audio.upper() for video in videos if video.audio in unheard and video.audio})
    if not codecs:
        return ""
    message = f"Silent here: this page plays no {html.escape(codecs[0])} sound. The file has it."
    return f'<div style="{MUTED}">{_dot(6, _WARN)}{message}</div>'


def ending(job: Job, view: dict[str, Any], abandoned: bool) -> str:
    """Stands in place of a player: why the job has no clip, or how far it was when this was written."""
    if abandoned or view["error"] is None:
        how_on = (
            f"Not followed since the kernel ended. <code>%videogen resume {job.id}</code> goes on." if abandoned else ""
        )
        return _message(f"<div>{html.escape(str(job.phase).capitalize())}… {how_on}</div>")
    title, colour = _ENDINGS.get(job.status, (str(job.status), "currentColor"))
    error = view["error"]
    lines = [f'<div style="font-size:16px;font-weight:600;line-height:22px">{_dot(8, colour)}{title}</div>']
    lines.append(f"<div>{code(error['summary'])}</div>")
    lines += [f'<div style="opacity:.72">{code(error["charged"])}</div>'] if error["charged"] else []
    lines += [f"<div>{code(error['next'])}</div>"] if error["next"] else []
    return _message("".join(lines))


def _message(lines: str) -> str:
    return f'<div dir="auto" style="{_MESSAGE}">{lines}</div>'


def badge(view: dict[str, Any]) -> str:
    """The badge over a player's corner; "" if there is none."""
    words = view["badge"]
    return f'<div style="{_BADGE}">{html.escape(words)}</div>' if words else ""


def _caption(job: Job, view: dict[str, Any]) -> str:
    facts = " · ".join(part.replace(" ", "\u00a0") for part in caption_of(job))
    notice = f'<div style="{MUTED}">{_dot(6, _WARN)}{code(view["notice"])}</div>' if view["notice"] else ""
    hint = f'<div style="{MUTED}">{code(view["hint"])}</div>' if view["hint"] else ""
    return (
        f'<div style="max-width:640px;margin-top:8px">{_prompt(view["prompt"])}'
        f'<div style="{MUTED}">{html.escape(facts)}</div>{notice}{hint}</div>'
    )


def _prompt(prompt: str) -> str:
    """The prompt whole; a long one folded, as the live view clamps it to two lines."""
    # An empty line would end the HTML where it is pasted into Markdown.
    text = html.escape(prompt).replace("\n", "<br>")
    if len(prompt) <= 160 and prompt.count("\n") < 2:
        return f'<div dir="auto" style="white-space:pre-wrap">{text}</div>'
    head = f'<summary><span dir="auto">{html.escape(" ".join(prompt.split())[:140])}…</span></summary>'
    return f'<details>{head}<div dir="auto" style="white-space:pre-wrap">{text}</div></details>'


def _dot(size: int, colour: str) -> str:
    return f'<span style="{_DOT.format(size, colour)}"></span>'


def code(text: str) -> str:
    """Text with its `commands` set as code."""
    parts = html.escape(text).split("`")
    if len(parts) % 2 == 0:  # an unpaired backtick is literal
        return html.escape(text)
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


def _data_uri(video: Video) -> str:
    return write_data_uri(video.path.read_bytes(), video.media_type)


def _link(path: Path, folder: Path) -> str:
    """The clip's address as seen from the notebook: relative, so that both can be moved together."""
    if not path.is_relative_to(folder):  # one may be named by way of a symbolic link, and not the other
        path, folder = path.resolve(), folder.resolve()
    try:
        return html.escape(quote(Path(os.path.relpath(path, folder)).as_posix()))
    except ValueError:  # on another drive
        return html.escape(path.as_uri())
