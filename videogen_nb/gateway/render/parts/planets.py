"""A planet: a globe that turns under the light of a sun, and its rings."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.blending import planes, put
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Airy, Moment
from videogen_nb.gateway.render.drawing.noise import cloud
from videogen_nb.gateway.render.scene.palette import Palette, gradient, mix, rgb
from videogen_nb.gateway.render.scene.scene import Scene


class Planet(Airy):
    """A globe that turns, lit from one side, with rings in front of it and behind."""

    def __init__(
        self,
        scene: Scene,
        palette: Palette,
        lens: Lens,
        colors: list[Array],
        x: float,
        y: float,
        radius: float,
        side: float,
    ) -> None:
        rng = scene.rng("planet")
        self._x, self._y, self._radius = x, y, radius * lens.unit
        self._size = max(24, math.ceil(self._radius * 1.25))
        n = self._size
        at = (np.arange(2 * n + 1, dtype=np.float32) - n) / (self._radius * 1.15)
        u, v = at[None], at[:, None]
        tilt = float(rng.uniform(-0.45, 0.45))
        px, py = u * math.cos(tilt) + v * math.sin(tilt), v * math.cos(tilt) - u * math.sin(tilt)
        rr = u * u + v * v
        z = np.sqrt(np.clip(1 - rr, 0, 1))
        self._lat = ((np.arcsin(np.clip(py, -1, 1)) / math.pi + 0.5) * 511).astype(np.int32)
        self._lon = ((np.arctan2(px, z + 1e-5) / (2 * math.pi)) * 1024).astype(np.float32)
        sun = np.array([0.72 * side, -0.42, 0.55], np.float32)
        sun /= np.linalg.norm(sun)
        facing = u * sun[0] + v * sun[1] + z * sun[2]
        shade = np.clip(facing * 1.15 + 0.06, 0.015, 1)
        self._alpha = np.clip((1 - np.sqrt(rr)) * self._radius * 1.15 + 0.5, 0, 1).astype(np.float32)
        rim = np.clip(1 - z, 0, 1) ** 3 * np.clip(facing + 0.45, 0, 1)
        self._shade = shade.astype(np.float32)
        air = mix(colors[2], rgb("cfe6ff"), 0.5)
        rim = air[:, None, None] * rim * 0.75 * 255
        halo = np.exp(-np.maximum(np.sqrt(rr) - 1, 0) / 0.035) * np.clip(facing + 0.35, 0, 1) * 0.5
        halo = (halo * (1 - self._alpha)).astype(np.float32)
        # Light and colour are worked out once, in the frame's own planes; black stands at 16 and 128 there.
        lit, black = planes((rim * self._alpha).astype(np.float32), self._alpha), planes(np.zeros(3, np.float32))
        self._base = lit + planes(air[:, None, None] * (halo * 255), halo)
        self._alpha = np.maximum(self._alpha, halo)
        self._shade *= np.minimum(self._alpha, np.clip((1 - np.sqrt(rr)) * self._radius * 1.15 + 0.5, 0, 1))
        self._skin = (
            planes(_skin(rng, colors, gas="planet" in scene.things or rng.random() < 0.6)) - black[:, None, None]
        )
        self._ring = (
            _ring(rng, colors, self._radius, n, tilt, sun) if "planet" in scene.things or rng.random() < 0.5 else None
        )

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw back of the rings, globe, front of the rings."""
        lens = moment.lens
        seen = lens.window(moment.view, 0.55)
        x = (self._x * lens.unit + lens.width / 2 - seen.left) / seen.step
        y = (self._y * lens.unit + lens.height / 2 - seen.top) / seen.step
        longitude = (self._lon + np.float32(moment.seconds * 9)).astype(np.float32)
        whole = np.floor(longitude)
        part = longitude - whole
        column = whole.astype(np.int32) & 1023
        nearer = (column + 1) & 1023
        globe = np.empty((4, *self._alpha.shape), np.float32)
        for channel, plane in enumerate(self._skin):
            value = plane[self._lat, column]
            value += (plane[self._lat, nearer] - value) * part
            globe[channel] = value * self._shade + self._base[channel]
        globe[3] = self._alpha * 255
        if self._ring is not None:
            back, front = self._ring
            top, left = ((big - small) // 2 for big, small in zip(back.shape[1:], globe.shape[1:], strict=True))
            whole_thing = back.copy()
            part_of = whole_thing[:, top : top + globe.shape[1], left : left + globe.shape[2]]
            part_of *= 1 - globe[3] * np.float32(1 / 255)
            part_of += globe
            whole_thing *= 1 - front[3] * np.float32(1 / 255)
            whole_thing += front
            globe = whole_thing
        _put_scaled(moment, globe, x, y, 1 / seen.step)


def _put_scaled(moment: Moment, sprite: Array, x: float, y: float, scale: float) -> None:
    """Lay a sprite over the frame, its middle at (x, y), in one resampling for both size and place."""
    rows, columns = sprite.shape[1:]
    left, top = math.floor(x - columns * scale / 2), math.floor(y - rows * scale / 2)
    width, height = math.ceil(columns * scale) + 1, math.ceil(rows * scale) + 1
    pad = 2
    packed = np.zeros((rows + 2 * pad, columns + 2 * pad, 4), np.uint8)
    packed[pad:-pad, pad:-pad] = np.moveaxis(np.clip(sprite + np.float32(0.5), 0, 255), 0, 2)
    at_x, at_y = (left - x) / scale + columns / 2 + pad, (top - y) / scale + rows / 2 + pad
    # Named RGBX, since values are multiplied by alpha already and Pillow is not to do it again.
    drawn = Image.frombuffer("RGBX", (columns + 2 * pad, rows + 2 * pad), packed, "raw", "RGBX", 0, 1).resize(
        (width, height),
        Image.Resampling.BILINEAR,
        box=(at_x, at_y, at_x + width / scale, at_y + height / scale),
    )
    put(moment, np.moveaxis(np.asarray(drawn), 2, 0).astype(np.float32), left, top)


def _skin(rng: np.random.Generator, colors: list[Array], gas: bool) -> Array:
    """Return the map of a planet, shape ``(3, 512, 1024)``, 0 to 255."""
    rough = cloud(rng, 512, 1024, 2.2, stretch=0.35 if gas else 1.0, low=6)
    fine = cloud(rng, 512, 1024, 1.6, stretch=0.3 if gas else 1.0, low=20)
    if gas:
        bands = cloud(rng, 512, 2, 1.4, low=5)[:, :1] * 0.55
        row = (np.arange(512)[:, None] + rough * 4.5 + fine * 1.4).astype(np.int32).clip(0, 511)
        level = bands[row, 0] * 1.0 + 0.10 * fine
        stops = [
            mix(colors[0], rgb("3a2a2a"), 0.35),
            mix(colors[1], rgb("e8d2b0"), 0.55),
            mix(colors[2], rgb("fff4e0"), 0.65),
        ]
    else:
        level = rough * 0.5 + fine * 0.14
        stops = [
            mix(colors[0], rgb("101828"), 0.55),
            mix(colors[0], rgb("305a70"), 0.4),
            mix(colors[1], rgb("9a8a70"), 0.55),
            rgb("f4f2ec"),
        ]
    ramp = gradient(np.stack(stops).astype(np.float32), 256)
    index = ((level * 0.5 + 0.5) * 255).clip(0, 255).astype(np.uint8)
    return np.asarray(ramp[index].transpose(2, 0, 1) * 255, np.float32)


def _ring(
    rng: np.random.Generator, colors: list[Array], radius: float, globe: int, tilt: float, sun: Array
) -> tuple[Array, Array]:
    """Return the half of the rings behind the globe and the half before it; both have room for the globe's picture.

    That reaches `globe` pixels from its middle.
    """
    size = max(math.ceil(radius * 2.55), globe)
    at = np.arange(-size, size + 1, dtype=np.float32) / radius
    u, v = at[None], at[:, None]
    slant = float(rng.uniform(0.20, 0.34))
    px, py = u * math.cos(tilt) + v * math.sin(tilt), (v * math.cos(tilt) - u * math.sin(tilt)) / slant
    r = np.hypot(px, py)
    lines = cloud(rng, 2, 1024, 2.4, low=10)[0] * 0.28 + 0.62
    band = lines[np.clip((r - 1.3) / 1.2 * 1023, 0, 1023).astype(int)]
    gap = 1 - 0.9 * np.exp(-(((r - 1.98) / 0.035) ** 2))
    alpha = np.clip(band, 0.08, 1) * gap * np.clip((r - 1.30) * 16, 0, 1) * np.clip((2.42 - r) * 14, 0, 1)
    # The globe's shadow lies across the part of the rings that is turned away from the sun.
    along = px * sun[0] - py * 0.5
    across = np.abs(px * 0.5 + py * sun[0])
    shadow = 1 - 0.85 * np.clip((1.0 - across) * 6, 0, 1) * (along < 0)
    color = mix(mix(colors[1], rgb("f0dcc0"), 0.6), rgb("ffffff"), 0.1)
    tone = np.clip(0.55 + 0.5 * band, 0, 1.1) * shadow
    rings = np.empty((4, *alpha.shape), np.float32)
    rings[:3] = planes(np.clip(color[:, None, None] * tone * 255, 0, 255) * alpha, alpha * np.float32(235 / 255))
    rings[3] = alpha * 235
    used = np.flatnonzero(alpha.max(axis=1) > 0)
    # As many rows above the middle as below, so that the globe stays in it; and room for the globe.
    half = max(size - int(used[0]), math.ceil(radius * 1.5), globe)
    rings, front = rings[:, size - half : size + half + 1], (py > 0)[size - half : size + half + 1]
    return rings * ~front, rings * front
