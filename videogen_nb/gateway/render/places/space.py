"""Nebulae, fields of stars in depth, a spiral galaxy that turns, a planet with rings."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.blending import chroma, halved, luma
from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Airy, Item, Moment
from videogen_nb.gateway.render.drawing.noise import cloud
from videogen_nb.gateway.render.parts.planets import Planet
from videogen_nb.gateway.render.parts.sky import Stars
from videogen_nb.gateway.render.scene.palette import Palette, from_lch, gradient, mix, pure, rgb
from videogen_nb.gateway.render.scene.scene import Scene


def build(scene: Scene, palette: Palette, lens: Lens) -> list[Item]:
    """Return the items of a space scene, far to near."""
    rng = scene.rng("space")
    colors = _colors(scene, rng)
    items: list[Item] = [_nebula(scene, lens, colors), Stars(scene, lens, lens.half[1] * 1.3, 1.0, 520)]
    galaxy = "galaxy" in scene.things or ("planet" not in scene.things and rng.random() < 0.5)
    planet = "planet" in scene.things or not galaxy or rng.random() < 0.3
    side = float(rng.choice((-1, 1)))
    if galaxy:
        x = side * float(rng.uniform(0.30, 0.5)) * lens.half[0] if planet else side * 0.08
        size = 0.42 if planet else 0.78
        items.append(Galaxy(scene, lens, colors, x, float(rng.uniform(-0.14, 0.0)), size))
    items.append(_dust(scene, lens, 0.35, 90))
    if planet:
        x = -side * float(rng.uniform(0.20, 0.42)) * lens.half[0]
        y = float(rng.uniform(-0.04, 0.14))
        items.append(Planet(scene, palette, lens, colors, x, y, float(rng.uniform(0.17, 0.24)), -side))
    items.append(_dust(scene, lens, 0.9, 46))
    return items


def _colors(scene: Scene, rng: np.random.Generator) -> list[Array]:
    """Return three colours of gas: those asked for, else a family around one hue."""
    if scene.colors:
        base = [pure(name) for name in scene.colors]
        return [*base, *[mix(base[0], rgb("ffffff"), 0.35)] * (3 - len(base))]
    start = float(rng.choice((4.6, 5.4, 0.2, 3.4)))
    hues = (start, start + float(rng.uniform(0.5, 1.0)), start - float(rng.uniform(0.8, 1.8)))
    soft = 0.7 if "pastel" in scene.styles else 1.0
    return [
        from_lch(np.array([lightness, 0.19 * soft, hue], np.float32))
        for lightness, hue in zip((0.50, 0.62, 0.74), hues, strict=True)
    ]


def _nebula(scene: Scene, lens: Lens, colors: list[Array]) -> Layer:
    rng = scene.rng("nebula")
    canvas = lens.canvas(0.0)
    rows, columns = canvas.shape
    size = 1024
    a, b, c = (cloud(rng, size, size, slope, low=low) for slope, low in ((2.7, 2), (2.7, 2), (2.2, 3)))
    scale = size * 0.42 / canvas.unit / canvas.density
    y = (np.arange(rows, dtype=np.float32) * scale)[:, None]
    x = (np.arange(columns, dtype=np.float32) * scale)[None]

    def look(field: Array, v: Array, u: Array) -> Array:
        return np.asarray(field[v.astype(np.int32) & (size - 1), u.astype(np.int32) & (size - 1)])

    wy, wx = look(a, y, x), look(b, y, x)
    gas = look(c, y + wy * 55 + 300, x + wx * 55)
    fine = look(c, y * 1.7 + wx * 40, x * 1.7 - wy * 40 + 500)
    tilt = float(rng.uniform(-0.9, 0.9))
    band = (
        canvas.y[:, None] * math.cos(tilt)
        + canvas.x[None] * math.sin(tilt)
        + 0.10 * wx
        + float(rng.uniform(-0.15, 0.15))
    )
    body = np.exp(-((band / 0.34) ** 2))
    density = np.clip(0.30 + 0.42 * gas + 0.16 * fine, 0, 2) * (0.20 + 0.95 * body)
    dust = np.clip(fine * 0.8 + wy * 0.5 - 0.35, 0, 1) * body
    night = mix(rgb("05060f"), colors[0], 0.06)
    sky = night[:, None, None] * (1 + 0.5 * body)
    warm = np.clip(0.5 + 0.45 * wx, 0, 1)
    glow = colors[0][:, None, None] * (1 - warm) + colors[2][:, None, None] * warm
    sky_light = sky + glow * (density**1.6 * 0.62) * (1 - 0.75 * dust)
    heart = np.clip(density - 0.75, 0, 2) ** 1.5
    sky_light += mix(colors[1], rgb("ffffff"), 0.35)[:, None, None] * heart * 0.55 * (1 - 0.6 * dust)
    _sow(rng, sky_light, 2600, canvas.density)
    return Layer(canvas, 0.0, np.clip(sky_light, 0, 1).astype(np.float32), None, rng)


def _sow(rng: np.random.Generator, planes: Array, count: int, density: float) -> None:
    """Add faint stars, spread over two by two texels so that they do not flicker as they move."""
    rows, columns = planes.shape[1:]
    count = int(count * rows * columns / 9e5)
    r, c = rng.integers(0, rows - 1, count), rng.integers(0, columns - 1, count)
    light = np.minimum(rng.pareto(1.7, count) * 0.06 + 0.05, 0.8).astype(np.float32)
    warm = rng.uniform(-0.12, 0.12, count).astype(np.float32)
    for channel, tint in enumerate((1 + warm, np.ones_like(warm), 1 - warm)):
        for dr, dc, share in ((0, 0, 1.0), (0, 1, 0.55), (1, 0, 0.55), (1, 1, 0.3)):
            np.add.at(planes[channel], (r + dr, c + dc), light * tint * np.float32(share))


def _dust(scene: Scene, lens: Lens, depth: float, count: int) -> Layer:
    """Return stars near enough to move against the others, with soft halos."""
    rng = scene.rng(f"dust {depth}")
    canvas = lens.canvas(depth)
    rows, columns = canvas.shape
    light = np.zeros((3, rows, columns), np.float32)
    for _ in range(count):
        radius = canvas.unit * canvas.density * float(rng.pareto(2.5) * 0.0012 + 0.0016) * (0.7 + 0.5 * depth)
        reach = math.ceil(radius * 5) + 1
        if rows <= 2 * reach + 2 or columns <= 2 * reach + 2:
            continue
        r, c = int(rng.integers(reach, rows - reach - 1)), int(rng.integers(reach, columns - reach - 1))
        at = np.arange(-reach, reach + 1)
        distance = np.hypot(at[:, None], at[None]) / radius
        spot = np.exp(-(distance**2)) * 0.9 + 0.16 * np.exp(-distance / 1.4)
        tint = mix(rgb("ffffff"), rgb(str(rng.choice(("9fc4ff", "ffd9b0", "ffffff")))), 0.6)
        light[:, r - reach : r + reach + 1, c - reach : c + reach + 1] += (
            tint[:, None, None] * spot * float(rng.uniform(0.4, 1.0))
        )
    alpha = np.zeros((rows, columns), np.float32)
    return Layer(canvas, depth, np.zeros_like(light), alpha, rng, glow=np.clip(light, 0, 1))


class Galaxy(Airy):
    """A spiral, seen at a slant, that turns slowly."""

    def __init__(self, scene: Scene, lens: Lens, colors: list[Array], x: float, y: float, size: float) -> None:
        rng = scene.rng("galaxy")
        self._x, self._y = x, y
        self._reach = size * lens.unit
        n = int(min(1024, max(128, 2.1 * self._reach)))
        self._half = n / 2
        at = (np.arange(n, dtype=np.float32) + 0.5) / n * 2 - 1
        r = np.hypot(at[:, None], at[None]) + 1e-4
        angle = np.arctan2(at[:, None], at[None])
        arms = int(rng.choice((2, 2, 3, 4)))
        wind = float(rng.uniform(2.6, 4.2))
        rough = cloud(rng, n, n, 1.7, low=5)
        fine = cloud(rng, n, n, 1.0, low=20)
        phase = arms * (angle - wind * np.log(r + 0.06)) + 0.55 * rough
        arm = (0.5 + 0.5 * np.cos(phase)) ** 2.2
        lane = (0.5 + 0.5 * np.cos(phase + 0.9)) ** 5
        fall = np.exp(-r / 0.30) * np.clip((1 - r) * 2.6, 0, 1)
        core = np.exp(-((r / 0.085) ** 1.3))
        stars = np.clip(fine - 1.4, 0, 3) * arm * fall
        disc = (0.14 + 1.5 * arm * np.clip(0.75 + 0.35 * rough, 0, 2)) * fall * (1 - 0.55 * lane)
        edge = np.clip(r * 1.6, 0, 1)
        hue = gradient(
            np.stack([rgb("fff0d0"), mix(colors[1], rgb("ffe8d8"), 0.45), colors[0] * 0.9 + 0.06, colors[2]]), 256
        )
        tint = hue[(edge * 255).astype(np.uint8)].transpose(2, 0, 1)
        light = tint * disc + rgb("fff2dc")[:, None, None] * core * 1.1 + rgb("dfe8ff")[:, None, None] * stars * 1.2
        light = 1 - np.exp(-1.7 * light)
        light = (light * 255).clip(0, 255).astype(np.float32)
        tone = chroma(light, 0.0)
        white = (luma(light) - 16) * np.float32(1 / 219)
        pull = np.maximum(np.abs(tone).max(axis=0) * np.float32(1 / 112), white)
        pixels = np.stack([white * 255, *(tone + pull * 128), pull * 255], -1)
        self._image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGBX")
        self._flat = float(rng.uniform(0.34, 0.6))
        self._lean = float(rng.uniform(-0.6, 0.6))
        self._spin = 0.055 * float(rng.choice((-1, 1)))
        # The halo keeps the disc from ending at the edge of its texture.
        self._color = colors[1]

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Add the light of the galaxy as it stands now."""
        lens = moment.lens
        seen = lens.window(moment.view, 0.12)
        x = (self._x * lens.unit + lens.width / 2 - seen.left) / seen.step
        y = (self._y * lens.unit + lens.height / 2 - seen.top) / seen.step
        reach = self._reach / seen.step
        wide = math.hypot(math.cos(self._lean), self._flat * math.sin(self._lean)) * reach
        high = math.hypot(math.sin(self._lean), self._flat * math.cos(self._lean)) * reach
        # Even, so that pairs of pixels fall together with the chroma's.
        left, right = max(0, 2 * math.floor((x - wide) / 2)), min(lens.width, 2 * math.ceil((x + wide) / 2))
        top, bottom = max(0, 2 * math.floor((y - high) / 2)), min(lens.height, 2 * math.ceil((y + high) / 2))
        if left >= right or top >= bottom:
            return
        turn = self._spin * moment.seconds
        # From the frame to the disc: undo the lean, stretch the slant, then turn.
        k = self._half / reach
        unlean = np.array([[math.cos(self._lean), math.sin(self._lean)], [-math.sin(self._lean), math.cos(self._lean)]])
        spin = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
        m = spin @ np.diag([k, k / self._flat]) @ unlean
        ox, oy = m @ (left - x, top - y) + self._half
        turned = self._image.transform(
            (right - left, bottom - top),
            Image.Transform.AFFINE,
            (m[0, 0], m[0, 1], ox, m[1, 0], m[1, 1], oy),
            Image.Resampling.BILINEAR,
        )
        drawn = np.moveaxis(np.asarray(turned, np.float32), 2, 0)
        region = moment.luma[top:bottom, left:right]
        region += (drawn[0] * (235 - region.clip(0, 235)) * np.float32(1 / 255)).astype(np.uint8)
        half = halved(drawn[1:])
        keep = 1 - half[2] * np.float32(1 / 255)
        for plane, color in zip(moment.chroma[:, top // 2 : bottom // 2, left // 2 : right // 2], half, strict=False):
            plane[:] = plane * keep + color
