"""Rolling green hills, a lone tree, flowers in the wind, butterflies and balloons."""

from __future__ import annotations

import math

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.blending import planes, put
from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Canvas, Lens
from videogen_nb.gateway.render.drawing.moment import Airy, Item, Moment
from videogen_nb.gateway.render.drawing.noise import fbm, grid
from videogen_nb.gateway.render.drawing.sprites import Floating, Pose, Sketch
from videogen_nb.gateway.render.parts import things
from videogen_nb.gateway.render.parts.life import Butterflies, Flock, Glows
from videogen_nb.gateway.render.parts.sky import place_sun, sky_items
from videogen_nb.gateway.render.parts.terrain import Light, Strip, paint
from videogen_nb.gateway.render.parts.trees import Stand, broadleaf, conifer, grass
from videogen_nb.gateway.render.scene.palette import Palette, from_lch, mix, rgb, to_lch
from videogen_nb.gateway.render.scene.scene import Scene


def build(scene: Scene, palette: Palette, lens: Lens) -> list[Item]:
    """Return the items of a meadow scene, far to near."""
    rng = scene.rng("meadow")
    horizon = float(rng.uniform(0.04, 0.12))
    sun = place_sun(scene, lens, horizon)
    items = sky_items(scene, palette, lens, sun, horizon)
    side = math.copysign(1, sun.x)
    green = mix(rgb("86b83a"), rgb("5aa048"), float(rng.random()))
    if scene.weather == "snow":
        green = rgb("e8eef6")
    elif "warm" in scene.styles:
        green = rgb("c29a48")
    light = Light(side, 0.55, palette.light * np.float32(1.0), palette.ambient, palette.haze)
    petals = _petals(scene, palette, rng)
    if "balloon" in scene.things or rng.random() < 0.22:
        items += _balloons(scene, palette, lens, horizon, side)
    count = 5
    for index in range(count):
        near = index / (count - 1)
        depth = 0.06 + 0.72 * near**1.35
        front = horizon + 0.05 + 0.40 * near**1.35 * lens.room(horizon)
        tall = (0.17 - 0.06 * near) * float(rng.uniform(0.75, 1.3))
        canvas = lens.canvas(depth, top=front - tall * 1.9 - 0.42 - 0.1 * lens.room(horizon))
        height = _hills(rng, canvas, tall, near)
        rows, columns = height.shape
        spots = _spots(rng, rows, columns, petals, near, scene.weather != "snow")
        tone = fbm(rng, rows, columns, 8, 14, octaves=4) * 0.10

        def material(
            h: Array, slope: Array, steep: Array, spots: Array = spots, tone: Array = tone, near: float = near
        ) -> Array:
            base = green[:, None, None] * (0.94 + 0.22 * (h - 0.4) + tone)
            share = spots[3] * (0.45 + 0.4 * near)
            return np.asarray(base + (spots[:3] - base) * share, np.float32)

        haze = 0.50 * (1 - near) ** 1.2
        rise = (0.05 + 0.03 * near) * lens.room(horizon) ** 1.5
        strip = Strip(front, rise, height, 1.0, haze + 0.03, haze + 0.06, 0.30 - 0.22 * near)
        colors, alpha = paint(canvas, strip, light, material)
        items.append(Layer(canvas, depth, np.clip(colors, 0, 1), alpha, scene.rng(f"dither {index}")))
        if index < 4:
            items.append(_trees(scene, palette, lens, canvas, strip, index, near, depth, side, haze))
    if scene.weather in ("clear", "cloudy") and ("birds" in scene.things or rng.random() < 0.4):
        items.append(Flock(scene, palette, lens, -0.34, -0.12, 6))
    items.append(_blades(scene, palette, lens, green, light))
    if scene.weather != "snow":
        items.append(Flowers(scene, palette, lens, petals))
        if "butterflies" in scene.things or (
            scene.time in ("day", "dawn") and palette.gloom < 0.3 and rng.random() < 0.6
        ):
            items.append(Butterflies(scene, palette, lens, 0.14, 8 if "butterflies" in scene.things else 4))
    if scene.time in ("night", "dusk") or "fireflies" in scene.things:
        items.append(Glows(rng, lens, rgb("ffe27a"), (horizon, lens.half[1]), 50, 0.012))
    elif palette.gloom < 0.5:
        items.append(Glows(rng, lens, palette.sun, (-0.1, lens.half[1]), 50, 0.005, 0.7, rise=0.012))
    return items


def _petals(scene: Scene, palette: Palette, rng: np.random.Generator) -> list[Array]:
    """Return the colours of the flowers: those asked for, else a family around one hue."""
    if palette.accent_said:
        return [palette.accent, mix(palette.accent, rgb("ffffff"), 0.3), mix(palette.accent, rgb("ffffff"), 0.6)]
    start = float(rng.uniform(-1.2, 1.6))
    hues = [start, start + 0.5, start + float(rng.uniform(0.9, 2.4))]
    chroma = 0.10 if "pastel" in scene.styles else 0.17
    petals = [from_lch(np.array([0.80, chroma, hue], np.float32)) for hue in hues]
    return [*petals, rgb("fdf8f0")]


def _hills(rng: np.random.Generator, canvas: Canvas, tall: float, near: float) -> Array:
    rows, columns = 150, canvas.shape[1]
    across = columns / (canvas.unit * canvas.density)
    z = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    height = (
        0.6
        + 0.55 * grid(rng, rows, columns, 2, max(2.0, across * 1.0))
        + 0.20 * grid(rng, rows, columns, 3, across * 2.4)
    )
    height = height + 0.035 * fbm(rng, rows, columns, 8, across * 8, octaves=4)
    return np.asarray(np.maximum(height, 0) * (0.25 + 0.75 * np.sin(np.pi * 0.5 * z)) * tall, np.float32)


def _spots(rng: np.random.Generator, rows: int, columns: int, petals: list[Array], near: float, any_: bool) -> Array:
    """Return colour and share of the flowers that dot a hill, shape ``(4, rows, columns)``."""
    texels = np.zeros((4, rows, columns), np.float32)
    if not any_:
        return texels
    patch = np.clip(fbm(rng, rows, columns, 4, 9, octaves=3) * 1.6 + 0.1, 0, 1)
    patch *= np.clip(np.arange(rows) / 12 - 0.5, 0, 1)[
        :, None
    ]  # the front edge is a cliff that would show them as stripes
    size = 1 + round(2 * near)
    for petal in petals:
        dots = (rng.random((rows, -(-columns // size)), np.float32) < 0.09 * patch[:, ::size]).repeat(size, 1)[
            :, :columns
        ]
        texels[:3, dots] = petal[:, None]
        texels[3, dots] = 1.0
    return texels


def _trees(
    scene: Scene,
    palette: Palette,
    lens: Lens,
    canvas: Canvas,
    strip: Strip,
    index: int,
    near: float,
    depth: float,
    side: float,
    haze: float,
) -> Layer:
    """Return the trees that stand on a hill; the third hill may carry one great tree."""
    rng = scene.rng(f"trees {index}")
    stand = Stand(canvas)
    crest = strip.front - (strip.rise * np.linspace(0, 1, strip.height.shape[0])[:, None] + strip.height).max(axis=0)
    count = int(rng.integers(4, 16)) if index < 3 else int(rng.integers(0, 3))
    middle = float(rng.uniform(-0.9, 0.9)) * lens.half[0]
    for _ in range(count):
        x = middle + float(rng.normal(0, 0.34)) * lens.half[0]
        at = int(np.clip(np.searchsorted(canvas.x, x), 0, len(crest) - 1))
        size = (0.035 + 0.08 * near) * float(rng.uniform(0.7, 1.4))
        draw = conifer if rng.random() < 0.25 else broadleaf
        draw(stand, rng, x, float(crest[at]) + size * 0.06, size, side)
    if index == 3 and ("tree" in scene.things or rng.random() < 0.6):
        x = -side * float(rng.uniform(0.25, 0.6)) * lens.half[0]
        at = int(np.clip(np.searchsorted(canvas.x, x), 0, len(crest) - 1))
        broadleaf(stand, rng, x, float(crest[at]) + 0.02, float(rng.uniform(0.26, 0.36)), side)
    alpha, tone = stand.done()
    leaf = rgb("dfe6ee") if scene.weather == "snow" else rgb("c8742e") if "warm" in scene.styles else rgb("4f8040")
    dark = leaf * palette.ambient * 0.45
    bright = np.clip(leaf * (palette.ambient * 0.6 + palette.light * 1.0), 0, 1)
    color = dark[:, None, None] + (bright - dark)[:, None, None] * tone
    color = color + (palette.haze[:, None, None] - color) * (haze * 0.9 + 0.03)
    return Layer(canvas, depth, color.astype(np.float32), alpha, rng)


def _blades(scene: Scene, palette: Palette, lens: Lens, green: Array, light: Light) -> Layer:
    rng = scene.rng("blades")
    canvas = lens.canvas(0.95, top=lens.half[1] - 0.28)
    stand = Stand(canvas)
    bottom = lens.half[1]
    line = bottom - 0.05 + 0.03 * fbm(rng, 2, canvas.shape[1], 2, 5, octaves=3)[0]
    stand.ground(line)
    grass(stand, rng, line, int(700 * lens.half[0]), 0.11, (0.05, 0.85))
    alpha, tone = stand.done()
    deep = mix(green, rgb("20402c"), 0.62)
    dark, bright = deep * palette.ambient * 0.85, np.clip(green * (palette.ambient * 0.55 + palette.light * 0.75), 0, 1)
    color = dark[:, None, None] + (bright - dark)[:, None, None] * tone
    return Layer(canvas, 0.95, color.astype(np.float32), alpha, rng)


class Flowers(Airy):
    """Flowers at the front that sway on their stems, the nearest out of focus."""

    def __init__(self, scene: Scene, palette: Palette, lens: Lens, petals: list[Array]) -> None:
        rng = scene.rng("flowers")
        count = int(34 * lens.half[0]) if "flowers" in scene.things else int(18 * lens.half[0])
        self._flowers = []
        for near in np.sort(rng.uniform(0, 1, count)):
            petal = petals[int(rng.integers(len(petals)))]
            size = lens.unit * (0.030 + 0.045 * float(near)) * float(rng.uniform(0.8, 1.2))
            x = float(rng.uniform(-1.15, 1.15)) * lens.half[0]
            y = lens.half[1] - 0.23 + 0.13 * float(near) + float(rng.normal(0, 0.022))
            drawing = _flower(palette, rng, size, petal)
            self._flowers.append(
                (drawing, x, y, 0.85 + 0.25 * float(near), float(rng.uniform(0, 6.3)), float(rng.uniform(0.7, 1.3)))
            )

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw each flower where the wind has it."""
        lens, t = moment.lens, moment.seconds
        for drawing, x, y, depth, phase, rate in self._flowers:
            seen = lens.window(moment.view, depth)
            gust = math.sin(1.1 * t - 2.2 * x + 0.4 * phase) * 0.010 + math.sin(2.3 * rate * t + phase) * 0.004
            px = ((x + gust) * lens.unit + lens.width / 2 - seen.left) / seen.step
            py = ((y + abs(gust) * 0.25) * lens.unit + lens.height / 2 - seen.top) / seen.step
            put(moment, drawing, px - drawing.shape[2] / 2, py)


def _flower(palette: Palette, rng: np.random.Generator, size: float, petal: Array) -> Array:
    """Return a flower on its stem; the head is the upper part of the drawing."""
    board = Sketch(size * 3.6, 0.34)
    stem = things.lit(palette, "4d7a38", 0.55)
    bend = float(rng.uniform(-0.05, 0.05))
    board.line([(0.17, 0.14), (0.17 + bend * 0.4, 0.5), (0.17 + bend, 1.0)], stem, 0.014)
    count = int(rng.integers(5, 9))
    start, flat = float(rng.uniform(0, 6)), float(rng.uniform(0.62, 1.0))
    lch = to_lch(petal)
    for ring, reach in ((0, 0.088), (1, 0.070)):
        for index in range(count):
            angle = start + (index + 0.5 * ring) * 2 * math.pi / count
            shade = lch.copy()
            shade[0] *= 0.84 + 0.16 * ring - 0.08 * math.sin(angle)
            color = things.lit(palette, from_lch(shade), 0.75)
            cx, cy = 0.17 + math.cos(angle) * reach * 0.72, 0.13 + math.sin(angle) * reach * 0.72 * flat
            board.ellipse(cx, cy, reach * 0.52, reach * 0.50 * flat, color)
    board.ellipse(0.17, 0.13, 0.034, 0.034 * flat, things.lit(palette, "f2b632", 0.8))
    board.ellipse(0.165, 0.124, 0.018, 0.018 * flat, things.lit(palette, "ffd766", 0.9))
    return board.done()


def _balloons(scene: Scene, palette: Palette, lens: Lens, horizon: float, side: float) -> list[Item]:
    rng = scene.rng("balloons")
    balloons: list[Item] = []
    count = int(rng.integers(3, 6)) if "balloon" in scene.things else 1
    for index in range(count):
        size = 0.30 * 0.66**index * float(rng.uniform(0.85, 1.1))
        color = (
            palette.accent if index == 0 else from_lch(np.array([0.66, 0.16, float(rng.uniform(0, 6.3))], np.float32))
        )
        drawing = things.balloon(palette, size * lens.unit, color, side)
        haze = np.float32(0.10 + 0.10 * index)
        air = planes(palette.haze * 255)[:, None, None] * np.float32(1 / 255)
        drawing[:3] += (air * drawing[3] - drawing[:3]) * haze
        x = float(rng.uniform(-0.7, 0.7)) * lens.half[0]
        y = -lens.half[1] + (0.30 + 0.42 * float(rng.random())) * (horizon + lens.half[1])
        phase, speed = float(rng.uniform(0, 6)), float(rng.uniform(-0.006, 0.006))

        def pose(t: float, x: float = x, y: float = y, phase: float = phase, speed: float = speed) -> Pose:
            return Pose(
                x + speed * t, y - 0.004 * t + 0.004 * math.sin(0.7 * t + phase), 1.2 * math.sin(0.6 * t + phase)
            )

        balloons.append(Floating(drawing, 0.08 + 0.03 * (count - index), pose, (0.5, 0.5)))
    return balloons[::-1]
