"""A clip's first frame as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from videogen_nb.core.job import Job
from videogen_nb.errors import RequestError
from videogen_nb.export.board import board_of
from videogen_nb.export.clip_reader import Clip
from videogen_nb.sweeps.comparison import Comparison

__all__ = ["pillow_format", "save", "write"]


def write(
    source: Job | Comparison,
    path: Path,
    progress: Callable[[float], None],
    *,
    suffix: str,
    width: int | None = None,
) -> None:
    """Write the first frame of the first clip that can be read.

    Args:
        source: The clips.
        path: The file.
        progress: Called with 1 at the end.
        suffix: ``".png"``, ``".jpg"`` or ``".jpeg"``.
        width: Pixels; None: as the clip is.
    """
    board = board_of(source)
    for tile in board.tiles:
        try:
            if tile.path is None:
                continue
            with Clip(tile.path) as clip:
                wide, high = clip.shape
                scale = width / wide if width else 1.0
                picture = clip.picture(max(round(wide * scale), 1), max(round(high * scale), 1))
        except OSError:
            continue
        save(picture, path, suffix)
        progress(1.0)
        return
    raise RequestError("None of the clips can be read. Nothing was written.")


def save(picture: Image.Image, path: Path, suffix: str) -> None:
    """Write a picture: PNG, or JPEG of a quality that is hard to tell from it."""
    kind = pillow_format(suffix)
    picture.save(path, kind, **({"quality": 92, "optimize": True} if kind == "JPEG" else {}))


def pillow_format(suffix: str) -> str:
    """Pillow's name for the format of a suffix: the file is written under another name first.

    >>> pillow_format(".jpg")
    'JPEG'
    """
    return Image.registered_extensions()[suffix]
