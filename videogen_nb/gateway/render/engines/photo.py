"""Image to video: a true camera move over a given picture, cropped to the frame and never stretched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from videogen_nb.gateway.render.drawing.arrays import Bytes
from videogen_nb.gateway.render.drawing.blending import chroma, halved, luma
from videogen_nb.gateway.render.scene.camera import Move, ease

_STRIP = 32  # rows at a time, so that what lies between stays in the cache


class PictureError(ValueError):
    """The given file cannot be read as a picture."""


def photo_frames(path: Path, move: Move, width: int, height: int, count: int) -> Iterator[Bytes]:
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
        Arrays of shape ``(height * 3 // 2, width)``, uint8: planes as of `Engine.frames`.

    Raises:
        PictureError: The file is missing, damaged or no picture.
    """
    views = [_Shot(move, ease(index / max(1, count - 1))) for index in range(count)]
    # Enough texels for the closest view, so that nothing is magnified that the picture could have shown.
    room = max(shot.closest for shot in views)
    bright, *tones = _cover(path, 2 * round(width * room / 2), 2 * round(height * room / 2))
    for shot in views:
        frame = np.empty((height * 3 // 2, width), np.uint8)
        frame[:height] = shot.take([bright], width, height)[0]
        frame[height:].reshape(2, height // 2, width // 2)[:] = shot.take(tones, width // 2, height // 2)
        yield frame


def _cover(path: Path, width: int, height: int) -> list[Bytes]:
    """Return luma, Cb and Cr of the picture, scaled and cropped to fill that size."""
    try:
        with Image.open(path) as opened:
            opened.draft("RGB", (width, height))
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureError(f"{path.name} cannot be read as a picture: {error}") from error
    on_black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    on_black.alpha_composite(picture)
    fitted = ImageOps.fit(on_black.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
    rgb = np.moveaxis(np.asarray(fitted, np.float32), 2, 0)
    planes = [luma(rgb), *chroma(halved(rgb))]
    return [np.round(plane).astype(np.uint8) for plane in planes]


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

    def take(self, planes: Sequence[Bytes], width: int, height: int) -> list[Bytes]:
        """Return the frame's part of each plane, every pixel mixed from the four texels around the point it sees."""
        rows, columns = planes[0].shape
        aspect = width / height
        u = (((np.arange(width) + 0.5) / width - 0.5) * aspect).astype(np.float32)
        v = ((np.arange(height) + 0.5) / height - 0.5).astype(np.float32)[:, None]
        m = self.view.astype(np.float32)
        scaled = [np.empty((height, width), np.uint8) for _ in planes]
        for first in range(0, height, _STRIP):
            strip = v[first : first + _STRIP]
            w = np.float32(256) / (m[2, 0] * u + (m[2, 1] * strip + m[2, 2]))
            x = (m[0, 0] * u + (m[0, 1] * strip + m[0, 2])) * w * np.float32(columns / aspect) + (
                columns / 2 - 0.5
            ) * 256
            y = (m[1, 0] * u + (m[1, 1] * strip + m[1, 2])) * w * np.float32(rows) + np.float32(rows / 2 - 0.5) * 256
            # In 256ths of a texel.
            right = np.clip(x, 0, (columns - 1) * 256 - 1).astype(np.intp)
            down = np.clip(y, 0, (rows - 1) * 256 - 1).astype(np.intp)
            fx, fy = (right & 255).astype(np.uint16), (down & 255).astype(np.uint16)
            at = (down >> 8) * columns + (right >> 8)
            for plane, target in zip(planes, scaled, strict=True):
                flat = plane.reshape(-1)
                upper, lower = (_between(flat[skip:][at], flat[skip + 1 :][at], fx) for skip in (0, columns))
                target[first : first + _STRIP] = _between(upper, lower, fy)
        return scaled


def _between(a: NDArray[np.integer], b: NDArray[np.integer], share: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return the values that lie so many 256ths of the way from `a` to `b`."""
    mixed = a.astype(np.uint16)
    mixed *= np.uint16(256) - share
    mixed += b.astype(np.uint16) * share
    mixed += np.uint16(128)
    mixed >>= np.uint16(8)
    return mixed


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
