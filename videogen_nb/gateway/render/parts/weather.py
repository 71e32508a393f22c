"""What falls and drifts between camera and land: rain, snow, fog, shafts of light."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from videogen_nb.gateway.render.drawing.arrays import Array, Bytes, Mask
from videogen_nb.gateway.render.drawing.blending import Glow, veil, widened
from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Airy, Item, Moment
from videogen_nb.gateway.render.drawing.noise import cloud, fbm
from videogen_nb.gateway.render.scene.palette import Palette, mix
from videogen_nb.gateway.render.scene.scene import Scene

_TILE = 512
_STRIP = 64


def weather_items(scene: Scene, palette: Palette, lens: Lens) -> list[Item]:
    """Return what falls in front of everything else."""
    items: list[Item] = []
    if scene.weather in ("rain", "storm"):
        items.append(Rain(scene, palette, lens))
    if scene.weather == "snow":
        items.append(Snow(scene, lens))
    return items


class Rain(Airy):
    """Slanting streaks at three depths; the nearer, the longer and faster."""

    def __init__(self, scene: Scene, palette: Palette, lens: Lens) -> None:
        rng = scene.rng("rain")
        heavy = scene.weather == "storm"
        self._slant = float(scene.rng("wind").uniform(-0.22, 0.22)) * (2.0 if heavy else 1.0)
        self._unit = lens.unit
        self._color = mix(palette.haze, np.ones(3, np.float32), 0.55) * 255
        repeat = (-(-lens.height // _TILE) + 1, -(-lens.width // _TILE) + 1)
        self._sheets = [(near, np.tile(self._tile(rng, near, heavy), repeat)) for near in (0.35, 0.65, 1.0)]

    def _tile(self, rng: np.random.Generator, near: float, heavy: bool) -> Bytes:
        # Drawn twice as large, and again over the seams, so that the tile repeats without a break.
        image = Image.new("L", (2 * _TILE, 2 * _TILE))
        draw = ImageDraw.Draw(image)
        for _ in range(int(110 / near**1.4 * (1.3 if heavy else 1.0))):
            x, y = rng.uniform(0, _TILE, 2)
            tall = 0.115 * near * self._unit * rng.uniform(0.6, 1.2)
            bright, width = int(rng.uniform(90, 200)), max(1, round(2 * near * self._unit / 720))
            for dx in (-_TILE, 0, _TILE):
                for dy in (-_TILE, 0):
                    ends = (x + dx, y + dy, x + dx + self._slant * tall, y + dy + tall)
                    draw.line([2 * end for end in ends], fill=bright, width=width)
        return (np.asarray(image.reduce(2), np.float32) * np.float32(0.20 + 0.16 * near)).astype(np.uint8)

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Add the light that the drops catch."""
        lens = moment.lens
        offsets = []
        for near, sheet in self._sheets:
            seen = lens.window(moment.view, near)
            fallen = 2.4 * near * self._unit * moment.seconds
            # So fast that whole pixels do.
            offsets.append((sheet, round(seen.top - fallen) % _TILE, round(seen.left - self._slant * fallen) % _TILE))
        for first in range(0, lens.height, _STRIP):
            last = min(first + _STRIP, lens.height)
            drops = [sheet[top + first : top + last, left : left + lens.width] for sheet, top, left in offsets]
            # Three sheets of at most a third each.
            veil(moment, first, 0, (drops[0] + drops[1] + drops[2]).astype(np.uint16), self._color)


class Snow(Airy):
    """Soft flakes that sway; the nearest are large and out of focus."""

    def __init__(self, scene: Scene, lens: Lens) -> None:
        rng = scene.rng("snow")
        self._wind = float(scene.rng("wind").uniform(-0.09, 0.09))
        self._flakes: list[tuple[float, NDArray[np.uint16], tuple[float, ...]]] = []
        area = lens.half[0] * lens.half[1]
        for near in (0.25, 0.4, 0.65, 1.0):
            for _ in range(int(30 * area / near**1.6) + 2):
                radius = max(0.8, near * lens.unit * 0.0068 * float(rng.uniform(0.5, 1.25)))
                self._flakes.append((near, _flake(radius, near), tuple(rng.uniform(0, 1, 5).tolist())))

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw each flake."""
        lens, t = moment.lens, moment.seconds
        half_w, half_h = lens.half
        share = np.zeros(moment.luma.shape, np.uint16)
        for near, flake, (x0, y0, phase, rate, pace) in self._flakes:
            seen = lens.window(moment.view, near)
            sway = 0.020 * near * math.sin((0.6 + 0.9 * rate) * t + 6.3 * phase)
            x = x0 * 2.3 * half_w + (self._wind * near * t + sway)
            y = y0 * 2.3 * half_h + (0.13 + 0.10 * pace) * near * t
            px = ((x * lens.unit - seen.left) / seen.step) % (2.3 * half_w * lens.unit) - 0.15 * half_w * lens.unit
            py = ((y * lens.unit - seen.top) / seen.step) % (2.3 * half_h * lens.unit) - 0.15 * half_h * lens.unit
            # Between pixels by quarters.
            across, down = round(px * 4), round(py * 4)
            stamp = flake[down & 3, across & 3]
            reach = len(stamp) // 2
            left, top = (across >> 2) - reach, (down >> 2) - reach
            x1, y1 = left + len(stamp), top + len(stamp)
            if x1 <= 0 or y1 <= 0 or left >= lens.width or top >= lens.height:
                continue
            region = share[max(top, 0) : y1, max(left, 0) : x1]
            stamp = stamp[max(-top, 0) :, max(-left, 0) :][: region.shape[0], : region.shape[1]]
            np.maximum(region, stamp, out=region)
        veil(moment, 0, 0, share, (250, 250, 250))


def _flake(radius: float, near: float) -> NDArray[np.uint16]:
    """Return a flake at each quarter of a pixel down and across, shape ``(4, 4, size, size)``, 0 to 256."""
    reach = math.ceil(radius * 1.4) + 1
    at = np.arange(-reach, reach + 2) - np.arange(4)[:, None] / 4
    distance = np.sqrt((at * at)[:, None, :, None] + (at * at)[None, :, None, :]) / radius
    return np.asarray(np.clip(1.35 - distance, 0, 1) * (0.92 - 0.35 * near) * 256).astype(np.uint16)


class Ripples(Airy):
    """Rings that drops make on water."""

    def __init__(self, scene: Scene, palette: Palette, lens: Lens, horizon: float, count: int = 90) -> None:
        rng = scene.rng("ripples")
        self._horizon = horizon
        self._down = rng.uniform(0.05, 1.0, count) ** 1.4 * (lens.half[1] - horizon)
        self._x = rng.uniform(-1.1, 1.1, count) * lens.half[0]
        self._start = rng.uniform(0, 1.1, count)
        self._life = rng.uniform(0.7, 1.1, count)
        self._color = mix(palette.haze, np.ones(3, np.float32), 0.5) * 255

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw each ring at its age."""
        lens = moment.lens
        for x, down, start, life in zip(self._x, self._down, self._start, self._life, strict=True):
            turn, age = divmod((moment.seconds + start) / life, 1)
            # Each drop falls somewhere else: the golden ratio spreads them without a pattern.
            x = ((x / lens.half[0] + 1.1 + turn * 1.3597) % 2.2 - 1.1) * lens.half[0]
            seen = lens.window(moment.view, min(1.0, 0.06 + down / 0.55))
            radius = (0.012 + 0.075 * age) * down * 2.2 * lens.unit
            px = (x * lens.unit + lens.width / 2 - seen.left) / seen.step
            py = ((self._horizon + down) * lens.unit + lens.height / 2 - seen.top) / seen.step
            flat = 0.34
            w, h = math.ceil(radius) + 2, math.ceil(radius * flat) + 2
            ox, oy = px - round(px), py - round(py)
            dx = np.arange(-w, w + 1, dtype=np.float32)[None] - np.float32(ox)
            dy = (np.arange(-h, h + 1, dtype=np.float32)[:, None] - np.float32(oy)) / np.float32(flat)
            distance = np.hypot(dx, dy)
            thick = 0.8 + 0.10 * radius
            ring = np.exp(-(((distance - radius) / thick) ** 2)) + 0.5 * np.exp(
                -(((distance - 0.55 * radius) / thick) ** 2)
            )
            strength = 0.5 * (1 - age) ** 1.3
            Glow(ring, self._color).add(moment, round(px) - w, round(py) - h, strength)


def fog_bank(
    scene: Scene, lens: Lens, name: str, depth: float, y: float, thick: float, color: Array, strength: float
) -> Layer:
    """Return a drifting bank of fog around the height `y`, in units."""
    rng = scene.rng(f"fog {name}")
    canvas = lens.canvas(depth, top=y - thick * 1.6, bottom=y + thick * 1.6, margin=lens.unit * 0.25)
    rows, columns = canvas.shape
    across = columns / (canvas.unit * canvas.density)
    wisps = fbm(rng, rows, columns, 3.5, across * 3.0, octaves=5, gain=0.55)
    body = np.exp(-(((canvas.y[:, None] - y) / thick) ** 2) * 1.6)
    edge = np.clip(1 - np.abs(canvas.y[:, None] - y) / (thick * 1.55), 0, 1)
    alpha = np.clip(body * (0.62 + 0.55 * wisps), 0, 1) * edge * strength
    return Layer(
        canvas,
        depth,
        color,
        alpha.astype(np.float32),
        rng,
        drift=float(rng.uniform(0.008, 0.018) * rng.choice((-1, 1))),
    )


class Rays(Airy):
    """Shafts of light from a point, that wander as what casts them moves.

    Args:
        x: Where they come from, in units from the middle of the frame.
        y: The same, downwards.
        color: Shape ``(3,)``.
        strength: 0 to 1.
        reach: How far they go, in units.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        lens: Lens,
        x: float,
        y: float,
        color: Array,
        strength: float,
        reach: float = 0.9,
    ) -> None:
        # Shafts are soft: a quarter of the frame's columns and rows is enough, widened when drawn.
        self._size = (max(2, lens.height // 4), max(2, lens.width // 4))
        px = (np.arange(self._size[1]) + 0.5) * lens.width / self._size[1] / lens.unit - lens.half[0] - x
        py = ((np.arange(self._size[0]) + 0.5) * lens.height / self._size[0] / lens.unit - lens.half[1] - y)[:, None]
        distance = np.hypot(px, py)
        self._angle = ((np.arctan2(px, py + 1e-4) / (2 * math.pi) + 0.5) * 2048).astype(np.intp) & 2047
        fade = np.exp(-distance / reach) * np.clip(distance / 0.30 - 0.1, 0, 1) * np.clip(py * 2.2 + 0.45, 0, 1)
        self._fade = (fade * strength).astype(np.float32)
        self._bands = [cloud(rng, 2, 2048, 2.6, low=low)[0] for low in (12, 24)]
        self._color = np.minimum(np.asarray(color) * 318, 255)
        self._pace = rng.uniform(6, 12, 2) * (1, -1)

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Add the shafts."""
        lens = moment.lens
        total = np.zeros(2048, np.float32)
        for band, pace in zip(self._bands, self._pace, strict=True):
            shift = pace * moment.seconds
            whole = math.floor(shift)
            total += np.roll(band, whole) * np.float32(1 - shift + whole) + np.roll(band, whole + 1) * np.float32(
                shift - whole
            )
        total = np.clip(total * 0.30 + 0.34, 0, 1)
        shafts = total[self._angle] * self._fade
        share = widened((shafts * np.float32(0.8 * 255)).astype(np.uint8), lens.width, lens.height)
        veil(moment, 0, 0, share.astype(np.uint16), self._color)
