"""Small things: drawn large as polygons, shrunk to soft edges, and set on the frame between pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.blending import planes, put
from videogen_nb.gateway.render.drawing.moment import Airy, Moment

Color = Sequence[float] | Array
Point = tuple[float, float]

_FINE = 4


class Sketch:
    """A drawing board that is 1 high and `aspect` wide, y downwards, colours sRGB 0 to 1."""

    def __init__(self, height: float, aspect: float = 1.0) -> None:
        self._scale = max(8.0, height) * _FINE
        size = (math.ceil(self._scale * aspect / _FINE) * _FINE, math.ceil(self._scale / _FINE) * _FINE)
        self._image = Image.new("RGBA", size, (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self._image)

    def polygon(self, points: Sequence[Point], color: Color) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * self._scale, y * self._scale) for x, y in points], fill=_bytes(color))

    def line(self, points: Sequence[Point], color: Color, width: float) -> None:
        """Draw a line of this width."""
        pixels = max(1, round(width * self._scale))
        self._draw.line([(x * self._scale, y * self._scale) for x, y in points], _bytes(color), pixels, joint="curve")

    def ellipse(self, x: float, y: float, rx: float, ry: float, color: Color) -> None:
        """Fill an ellipse around a point."""
        s = self._scale
        self._draw.ellipse([(x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s], fill=_bytes(color))

    def done(self) -> Array:
        """Return the drawing, shape ``(4, rows, columns)``: luma and chroma times alpha, and alpha, 0 to 255."""
        sprite = np.moveaxis(np.asarray(self._image.reduce(_FINE), np.float32), 2, 0).copy()
        alpha = sprite[3] * np.float32(1 / 255)
        sprite[:3] = planes(sprite[:3] * alpha, alpha)
        return sprite


def _bytes(color: Color) -> tuple[int, int, int]:
    r, g, b = (min(255, max(0, round(float(c) * 255))) for c in color)
    return r, g, b


def curve(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """Return a closed smooth outline through `points` (Catmull-Rom)."""
    p = np.array(points)
    a, b, c, d = np.roll(p, 1, 0), p, np.roll(p, -1, 0), np.roll(p, -2, 0)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    smooth = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return [(float(x), float(y)) for x, y in smooth.transpose(1, 0, 2).reshape(-1, 2)]


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a sprite is: its anchor in units from the middle of the frame, its turn in degrees, its strength."""

    x: float
    y: float
    turn: float = 0.0
    strength: float = 1.0


def still(x: float, y: float) -> Callable[[float], Pose]:
    """Return the movement of what does not move."""
    return lambda seconds: Pose(x, y)


class Floating(Airy):
    """A sprite that moves over the frame at some depth, with a mirror image below it if it floats.

    Args:
        sprite: From `Sketch.done`, drawn for a density of 1.
        depth: 0 to 1, as for layers.
        pose: From seconds to where it is.
        anchor: Which point of the sprite the pose is about, as shares of its width and height.
        mirror: Strength of the mirror image under the anchor; 0 for none.
    """

    def __init__(
        self,
        sprite: Array,
        depth: float,
        pose: Callable[[float], Pose],
        anchor: Point = (0.5, 1.0),
        mirror: float = 0.0,
    ) -> None:
        self._image = Image.fromarray(np.moveaxis(sprite + 0.5, 0, 2).clip(0, 255).astype(np.uint8), "RGBX")
        self._depth, self._pose, self._anchor, self._mirror = depth, pose, anchor, mirror

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw the sprite, turned and scaled as the camera sees it."""
        lens = moment.lens
        pose = self._pose(moment.seconds)
        seen = lens.window(moment.view, self._depth)
        x = (pose.x * lens.unit + lens.width / 2 - seen.left) / seen.step
        y = (pose.y * lens.unit + lens.height / 2 - seen.top) / seen.step
        width, height = self._image.size
        ax, ay = self._anchor[0] * width, self._anchor[1] * height
        cos, sin = math.cos(math.radians(pose.turn)), math.sin(math.radians(pose.turn))
        corners = [(u - ax, v - ay) for u in (0, width) for v in (0, height)]
        across = [(cos * u - sin * v) / seen.step for u, v in corners]
        down = [(sin * u + cos * v) / seen.step for u, v in corners]
        left, top = math.floor(x + min(across)) - 1, math.floor(y + min(down)) - 1
        size = (math.ceil(max(across) - min(across)) + 3, math.ceil(max(down) - min(down)) + 3)
        cos, sin = cos * seen.step, sin * seen.step
        dx, dy = left + 0.5 - x, top + 0.5 - y
        turned = self._image.transform(
            size,
            Image.Transform.AFFINE,
            (
                cos,
                sin,
                ax + cos * dx + sin * dy - 0.5 * (cos + sin),
                -sin,
                cos,
                ay - sin * dx + cos * dy - 0.5 * (cos - sin),
            ),
            Image.Resampling.BILINEAR,
        )
        drawn = np.moveaxis(np.asarray(turned), 2, 0).astype(np.float32)
        if self._mirror:
            self._reflect(moment, drawn, left, top, y)
        put(moment, drawn, left, top, pose.strength)

    def _reflect(self, moment: Moment, drawn: Array, left: int, top: int, waterline: float) -> None:
        line = round(waterline - top)
        flipped = drawn[:, :line][:, ::-1]
        rows = np.arange(flipped.shape[1])
        shake = np.sin(rows * (16 / moment.lens.unit * 18) - moment.seconds * 5) * rows * 0.05
        shake += np.sin(rows * 0.21 + moment.seconds * 2.3) * 1.2
        columns = np.arange(flipped.shape[2])[None] + shake[:, None]
        index = np.clip(np.round(columns), 0, flipped.shape[2] - 1).astype(int)
        bent = np.take_along_axis(flipped, np.broadcast_to(index[None], flipped.shape), axis=2)
        fade = np.exp(-rows / (0.6 * len(rows) + 1))[:, None].astype(np.float32)
        put(moment, bent * fade, left, top + line, self._mirror)
