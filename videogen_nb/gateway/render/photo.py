"""Image to video: a true camera move over a given picture, cropped to the frame and never stretched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .arrays import Array
from .camera import Move, ease


class PictureError(ValueError):
    """The given file cannot be read as a picture."""


def photo_frames(path: Path, move: Move, width: int, height: int, count: int) -> Iterator[NDArray[np.uint8]]:
    """Yield `count` frames of a camera that moves over the picture at `path`.

    What the frame's shape has no room for is cropped evenly on both sides. Dolly and orbit are moves in space
    around the picture, so that it is seen in perspective.

    Args:
        path: The picture; transparent parts are shown on black, its EXIF orientation is heeded.
        move: What the camera does.
        width: Pixels of the frame.
        height: Pixels of the frame.
        count: How many frames.

    Yields:
        Arrays of shape ``(height, width, 3)``, uint8, sRGB.

    Raises:
        PictureError: The file is missing, damaged or no picture.
    """
    views = [_Shot(move, ease(index / max(1, count - 1))) for index in range(count)]
    # Enough texels for the closest view, so that nothing is magnified that the picture could have shown.
    room = max(shot.closest for shot in views)
    planes = _cover(path, round(width * room), round(height * room))
    for shot in views:
        yield shot.take(planes, width, height)


def _cover(path: Path, width: int, height: int) -> list[Array]:
    """Return the three planes of the picture, scaled and cropped to fill that size."""
    try:
        with Image.open(path) as opened:
            opened.draft("RGB", (width, height))
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureError(f"{path.name} cannot be read as a picture: {error}") from error
    on_black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    on_black.alpha_composite(picture)
    fitted = ImageOps.fit(on_black.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
    return [np.ascontiguousarray(plane) for plane in np.moveaxis(np.asarray(fitted, np.float32), 2, 0)]


class _Shot:
    """A camera before the picture, which hangs upright at the distance where it fills the frame.

    Lengths are in frame heights. `view` maps the frame's (x, y, 1) onto the picture; both start in the middle.
    """

    def __init__(self, move: Move, e: float) -> None:
        amount = abs(move.amount)
        s = (e - 0.5) * amount
        zoom, yaw, pitch, side, up = 1.0, 0.0, 0.0, 0.0, 0.0
        match move.name:
            case "zoom in" | "zoom out":
                zoom += 0.24 * amount * (e if move.name == "zoom in" else 1 - e)
            case "dolly in" | "dolly out":
                gone = amount * (e if move.name == "dolly in" else 1 - e)
                zoom, pitch = zoom + 0.26 * gone, -0.07 * gone
            case "pan left" | "pan right":
                zoom += 0.18 * amount
                side = 0.15 * s * (1 if move.name == "pan right" else -1)
            case "tilt up" | "tilt down":
                zoom += 0.18 * amount
                up = 0.15 * s * (1 if move.name == "tilt down" else -1)
            case "orbit":
                zoom += 0.20 * amount
                yaw = 0.22 * s * np.sign(move.amount)
        self.view = _homography(zoom, yaw, pitch, side, up)
        self.closest = zoom * (1.0 + 0.5 * abs(pitch) + 0.5 * abs(yaw))

    def take(self, planes: list[Array], width: int, height: int) -> NDArray[np.uint8]:
        """Return the frame, each pixel mixed from the four texels around the point that it sees."""
        rows, columns = planes[0].shape
        aspect = width / height
        u = (((np.arange(width) + 0.5) / width - 0.5) * aspect).astype(np.float32)
        v = ((np.arange(height) + 0.5) / height - 0.5).astype(np.float32)[:, None]
        m = self.view.astype(np.float32)
        w = 1 / (m[2, 0] * u + (m[2, 1] * v + m[2, 2]))
        x = (m[0, 0] * u + (m[0, 1] * v + m[0, 2])) * w * np.float32(columns / aspect) + np.float32(columns / 2 - 0.5)
        y = (m[1, 0] * u + (m[1, 1] * v + m[1, 2])) * w * np.float32(rows) + np.float32(rows / 2 - 0.5)
        np.clip(x, 0, columns - 1.01, out=x)
        np.clip(y, 0, rows - 1.01, out=y)
        left, top = x.astype(np.int32), y.astype(np.int32)
        x -= left
        y -= top
        at = (top * columns + left).astype(np.intp)
        frame = np.empty((height, width, 3), np.uint8)
        for channel, plane in enumerate(planes):
            flat = plane.reshape(-1)
            upper = flat[at]
            upper += (flat[1:][at] - upper) * x
            lower = flat[columns:][at]
            lower += (flat[columns + 1 :][at] - lower) * x
            upper += (lower - upper) * y
            upper += 0.5
            np.copyto(frame[..., channel], upper, casting="unsafe")
        return frame


def _homography(zoom: float, yaw: float, pitch: float, side: float, up: float) -> NDArray[np.float64]:
    """Return the 3 by 3 map from frame to picture for a camera that looks at the picture's middle from aside."""
    distance = 1.3  # as a lens of 42 degrees across the height
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    position = turn @ (0, 0, -distance)
    rays = turn @ np.diag([1 / zoom, 1 / zoom, distance])
    # Where a ray meets the picture's plane z = 0: position - ray * position_z / ray_z.
    onto = np.array([[-position[2], 0, position[0]], [0, -position[2], position[1]], [0, 0, 1]])
    shift = np.array([[1, 0, side], [0, 1, up], [0, 0, 1]])
    return np.asarray(shift @ onto @ rays)
