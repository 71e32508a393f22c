"""A clip's first frame as a picture."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from videogen_nb.errors import RequestError
from videogen_nb.export.board import Board
from videogen_nb.export.clip_reader import Clip

__all__ = ["save", "write_still"]


def write_still(board: Board, path: Path, kind: str, *, width: int | None) -> None:
    """Write the first frame of the first clip that can be read.

    Args:
        board: The clips.
        path: The file.
        kind: ``"PNG"`` or ``"JPEG"``.
        width: Pixels; None: as the clip is.
    """
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
        return save(picture, path, kind)
    raise RequestError("None of the clips can be read. Nothing was written.")


def save(picture: Image.Image, path: Path, kind: str) -> None:
    """Write a picture: PNG, or JPEG that is hard to tell from it."""
    picture.save(path, kind, **({"quality": 92, "optimize": True} if kind == "JPEG" else {}))
