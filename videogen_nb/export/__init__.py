"""Clips that leave the notebook: as one page, one video, one picture."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path

from videogen_nb.core.job import Job
from videogen_nb.errors import RequestError
from videogen_nb.storage.atomic import replacing
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.views.progress_bar import Meter

__all__ = ["FORMATS", "LIMIT", "export"]

LIMIT = 100_000_000  # bytes of clips that a page holds itself
FORMATS = {
    ".html": "one page that plays them in step",
    ".mp4": "one video, side by side",
    ".gif": "an animation",
    ".webp": "an animation",
    ".png": "a contact sheet, or the first frame of a single job",
    ".jpg": "the same",
    ".jpeg": "the same",
}
_WIDEST = 8192  # pixels
_MOVING = ("width", "fps", "columns", "labels")
_KINDS = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def export(
    what: Job | Comparison,
    path: str | os.PathLike[str],
    *,
    width: int | None = None,
    fps: float | None = None,
    columns: int | None = None,
    labels: bool = True,
    limit: int = LIMIT,
    progress: Callable[[float], None] | None = None,
) -> Path:
    """Write clips to a file that needs no notebook; its suffix says what it is.

    ``.html`` is a page that plays the clips in step and tells how each was made. ``.mp4`` is the grid as one
    silent video: all start together, those that end are held. ``.gif`` and ``.webp`` are the same as an animated
    picture. ``.png`` and ``.jpg`` are a contact sheet of jobs side by side, a row each, or a single job's first
    frame. Where a clip is not there, its place says why.

    Args:
        what: A job, a sweep or a comparison.
        path: The file; ``~`` is the home folder, missing folders are made, a file that is there is replaced.
        width: Pixels in all. Default: as the clips need, at most 1920; 480 for an animation of one clip, 960 of
            several; a single frame is as large as the clip.
        fps: Frames a second, 1 to 60. Default: those of the quickest clip; 12 for an animation.
        columns: How many stand side by side; in a contact sheet, how many frames of each clip (5).
        labels: Whether title, headings and captions are drawn; a clip that stands alone has none.
        limit: Bytes of clips that a page holds; if there are more, they go into a folder beside it.
        progress: Called with 0 to 1. Default: a bar, where it takes longer than a second and somebody sees it.

    Returns:
        The file, as an absolute path.

    Raises:
        RequestError: No such format, an option that it does not take, or no clip to show. Nothing was written.
        OSError: The file can't be written.

    >>> sweep.export("compare.mp4", width=1280)  # doctest: +SKIP
    PosixPath('/home/me/compare.mp4')
    """
    target = Path(os.path.abspath(Path(path).expanduser()))
    suffix = target.suffix.lower()
    given = {
        "width": width is not None,
        "fps": fps is not None,
        "columns": columns is not None,
        "labels": not labels,
        "limit": limit != LIMIT,
    }
    _check_options(what, suffix, {name for name, said in given.items() if said})
    _check_values(width, fps, columns, limit)
    _check_clips(what, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if progress is not None:
        return _write(what, target, width, fps, columns, labels, limit, progress)
    with Meter(f"Writing {target.name}") as meter:
        return _write(what, target, width, fps, columns, labels, limit, meter)


def _write(
    what: Job | Comparison,
    target: Path,
    width: int | None,
    fps: float | None,
    columns: int | None,
    labels: bool,
    limit: int,
    progress: Callable[[float], None],
) -> Path:
    suffix = target.suffix.lower()
    if suffix == ".html":
        from videogen_nb.export.html_page import write_page

        return write_page(what, target, limit=limit, progress=progress)
    from videogen_nb.export.animation import write_animation
    from videogen_nb.export.board import board_of
    from videogen_nb.export.contact_sheet import write_sheet
    from videogen_nb.export.mp4 import write_film
    from videogen_nb.export.still import write_still

    with replacing(target) as part:
        if suffix == ".mp4":
            board = board_of(what, columns)
            write_film(board, part, width=width, fps=fps, labels=labels, progress=progress)
        elif suffix in (".gif", ".webp"):
            board, kind = board_of(what, columns), _KINDS[suffix]
            write_animation(board, part, kind, width=width, fps=fps, labels=labels, progress=progress)
        elif isinstance(what, Comparison):
            kind = _KINDS[suffix]
            write_sheet(board_of(what), part, kind, width=width, frames=columns, labels=labels, progress=progress)
        else:
            write_still(board_of(what), part, _KINDS[suffix], width=width)
    return target


def _check_options(what: Job | Comparison, suffix: str, given: set[str]) -> None:
    if suffix not in FORMATS:
        known = "; ".join(f"{name} {told}" for name, told in FORMATS.items())
        raise RequestError(f"Nothing is written to {suffix or 'a name without suffix'}. There is: {known}.")
    taken = {
        ".html": ("limit",),
        ".mp4": _MOVING,
        ".gif": _MOVING,
        ".webp": _MOVING,
    }.get(suffix, ("width", "columns", "labels") if isinstance(what, Comparison) else ("width",))
    if wrong := sorted(given - set(taken)):
        raise RequestError(
            f"{suffix} does not take {' and '.join(wrong)}; it takes {', '.join(taken)}. Nothing was written.",
            option=wrong[0],
        )


def _check_values(width: int | None, fps: float | None, columns: int | None, limit: int) -> None:
    for name, value, least, most in (
        ("width", width, 16, _WIDEST),
        ("fps", fps, 1, 60),
        ("columns", columns, 1, 1000),
        ("limit", limit, 0, math.inf),
    ):
        number = isinstance(value, (int, float) if name == "fps" else int) and not isinstance(value, bool)
        if value is not None and not (number and least <= value <= most):
            upto = f"{least} or more" if most == math.inf else f"{least} to {most:,}"
            kind = "a number" if name == "fps" else "a whole number"
            raise RequestError(f"{name} is {kind}, {upto}, not {value!r}. Nothing was written.", option=name)


def _check_clips(what: Job | Comparison, target: Path) -> None:
    """There is something to show, and it is not what would be replaced: a clip stays as it was downloaded."""
    jobs = [what] if isinstance(what, Job) else what.jobs
    clips = [video.path for job in jobs for video in job.videos]
    if not clips:
        left = sum(not job.ended for job in jobs)
        how = f"{left} of {len(jobs)} still running" if left else "not one of them has a clip"
        raise RequestError(f"There is nothing finished to show yet: {how}. Nothing was written.")
    if not any(clip.is_file() for clip in clips):
        raise RequestError(
            f"The clips are not where they were, such as {clips[0]}. `%videogen jobs` finds where they are. "
            "Nothing was written."
        )
    if target.is_dir():
        raise RequestError(f"{target} is a folder; name a file in it. Nothing was written.")
    for clip in clips:
        if target in (own := {Path(os.path.abspath(clip)), clip.with_suffix(".webp").absolute()}) or any(
            target.exists() and each.exists() and target.samefile(each) for each in own
        ):
            raise RequestError(f"{target} is one of the clips, or its poster; it stays. Choose another name.")
