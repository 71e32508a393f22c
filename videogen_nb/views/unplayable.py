"""Why a page can't play a clip. The sentence is the same in live views, saved notebooks and exported pages."""

from __future__ import annotations

import math
from pathlib import Path

from videogen_nb.core.job import Video
from videogen_nb.text import plain

__all__ = ["HOW_TO_FIND", "missing", "why_unplayable"]

HOW_TO_FIND = "`%videogen jobs` finds where clips are."


def missing(path: Path | None) -> str:
    """What to say of a clip that is not in its place.

    >>> missing(Path("videogen/boat.mp4"))
    'The clip is not where it was: `videogen/boat.mp4`. `%videogen jobs` finds where clips are.'
    """
    return f"The clip is not where it was: `{plain(path)}`. {HOW_TO_FIND}"


def why_unplayable(video: Video, limit: float = math.inf) -> str:
    """Why a page can't be given a clip: it is missing, or larger than `limit` bytes; "" if it can.

    Commands and paths stand in backticks.
    """
    if not video.path.exists():
        return missing(video.path)
    if video.bytes > limit:
        return f"{video.bytes / 1e6:.1f} MB, too large for the page: `{plain(video.path)}`"
    return ""
