"""Clips that leave the notebook: as one page, one video, one picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from videogen_nb.core.job import Job
from videogen_nb.errors import RequestError
from videogen_nb.export.formats import FORMATS, Format, format_of
from videogen_nb.storage.atomic import replacing
from videogen_nb.sweeps.comparison import Comparison
from videogen_nb.views.progress_bar import Meter

__all__ = ["FORMATS", "export"]


def export(
    source: Job | Comparison,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> Path:
    """Write clips to a file that needs no notebook; its suffix, one of `FORMATS`, decides the format.

    ``.html`` is a page that plays the clips in step and says how each was made. ``.mp4`` is the grid as one
    silent video: all clips start together, and one that has ended holds its last frame. ``.gif`` and ``.webp``
    are the same as an animated picture. ``.png`` and ``.jpg`` are a contact sheet of jobs side by side, a row
    each, or a single job's first frame. Where a clip is missing, the reason is shown in its cell.

    Args:
        source: A job, a sweep or a comparison.
        path: The file; ``~`` is the home folder, missing folders are made, an existing file is replaced.
        progress: Called with 0 to 1. Default: a bar, if writing takes longer than a second and somebody sees it.
        **options: What the format takes: `width`, `fps`, `columns`, `labels`, `limit`; see `FORMATS`. None stands
            for the default.

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
    options = {name: value for name, value in options.items() if value is not None}
    file_format = format_of(suffix).of(source)
    file_format.check(suffix, options)
    _check_clips(source, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if progress is not None:
        _write(file_format, source, target, options, progress)
    else:
        with Meter(f"Writing {target.name}") as meter:
            _write(file_format, source, target, options, meter)
    return target


def _write(
    file_format: Format,
    source: Job | Comparison,
    target: Path,
    options: Mapping[str, Any],
    progress: Callable[[float], None],
) -> None:
    if file_format.whole:
        file_format.write(source, target, progress, **options)
        return
    with replacing(target) as part:
        file_format.write(source, part, progress, suffix=target.suffix.lower(), **options)


def _check_clips(source: Job | Comparison, target: Path) -> None:
    """Refuse if there is nothing to show, or if the target is itself a clip, which must stay as downloaded."""
    jobs = [source] if isinstance(source, Job) else source.jobs
    clips = [video.path for job in jobs for video in job.videos]
    if not clips:
        unfinished = sum(not job.ended for job in jobs)
        reason = f"{unfinished} of {len(jobs)} still running" if unfinished else "not one of them has a clip"
        raise RequestError(f"There is nothing finished to show yet: {reason}. Nothing was written.")
    if not any(clip.is_file() for clip in clips):
        raise RequestError(
            f"The clips are not where they were, such as {clips[0]}. `%videogen jobs` finds where they are. "
            "Nothing was written."
        )
    if target.is_dir():
        raise RequestError(f"{target} is a folder; name a file in it. Nothing was written.")
    for clip in clips:
        own = {Path(os.path.abspath(clip)), clip.with_suffix(".webp").absolute()}
        same_file = target.exists() and any(path.exists() and target.samefile(path) for path in own)
        if target in own or same_file:
            raise RequestError(
                f"{target} is one of the clips, or its poster, and is never replaced; choose another name. "
                "Nothing was written."
            )
