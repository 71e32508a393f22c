"""Dunes with sharp crests and long shadows, mesas on the horizon, or the red land of Mars."""

from __future__ import annotations

import math

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array
from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Canvas, Lens
from videogen_nb.gateway.render.drawing.moment import Item
from videogen_nb.gateway.render.drawing.noise import fbm, grid
from videogen_nb.gateway.render.drawing.sprites import Floating, Sketch, curve, still
from videogen_nb.gateway.render.parts.life import Glows
from videogen_nb.gateway.render.parts.sky import place_sun, sky_items
from videogen_nb.gateway.render.parts.terrain import Light, Strip, paint
from videogen_nb.gateway.render.parts.things import lit
from videogen_nb.gateway.render.scene.palette import Palette, mix, rgb
from videogen_nb.gateway.render.scene.scene import Scene


def build(scene: Scene, palette: Palette, lens: Lens) -> list[Item]:
    """Return the items of a desert scene, far to near."""
    rng = scene.rng("desert")
    horizon = float(rng.uniform(0.02, 0.10))
    sun = place_sun(scene, lens, horizon)
    items = sky_items(scene, palette, lens, sun, horizon)
    side = math.copysign(1, sun.x)
    sand = rgb("b5583a") if "mars" in scene.things else mix(rgb("e2a868"), rgb("d98a58"), float(rng.random()))
    low = scene.time in ("dawn", "sunset", "dusk")
    light = Light(side, 0.34 if low else 0.7, palette.light * np.float32(1.05), palette.ambient, palette.haze)
    if "mesa" in scene.things or "mars" in scene.things or rng.random() < 0.4:
        for index in range(2):
            items.append(_mesas(scene, lens, light, sand, horizon + 0.012 + 0.02 * index, index))
    count = 5
    for index in range(count):
        near = index / (count - 1)
        depth = 0.10 + 0.82 * near**1.3
        front = horizon + 0.06 + 0.50 * near**1.35 * lens.room(horizon)
        tall = (0.055 + 0.15 * near) * float(rng.uniform(0.8, 1.25)) * lens.room(horizon) ** 0.5
        canvas = lens.canvas(depth, top=front - tall * 2.6 - 0.13 * lens.room(horizon))
        height = _dunes(rng, canvas, tall, near, side)
        rows, columns = height.shape
        ripple = _ripples(rng, canvas, rows, near)
        tone = fbm(rng, rows, columns, 6, 10, octaves=3) * 0.05

        def material(h: Array, slope: Array, steep: Array, ripple: Array = ripple, tone: Array = tone) -> Array:
            return np.asarray(sand[:, None, None] * (1.02 + 0.12 * (h - 0.5) + ripple + tone), np.float32)

        haze = 0.62 * (1 - near) ** 1.2
        rise = (0.07 + 0.05 * near) * lens.room(horizon)
        strip = Strip(front, rise, height, 1.25, haze + 0.02, haze + 0.10, 0.28 - 0.2 * near)
        colors, alpha = paint(canvas, strip, light, material)
        items.append(Layer(canvas, depth, np.clip(colors, 0, 1), alpha, scene.rng(f"dither {index}")))
        if index == 3 and ("cactus" in scene.things or ("mars" not in scene.things and rng.random() < 0.35)):
            items += _cacti(scene, palette, lens, front, depth, side)
    if scene.weather != "snow":
        color = mix(sand, palette.light, 0.6)
        items.append(Glows(rng, lens, color, (horizon, lens.half[1]), 40, 0.004, 0.45, rise=0.004))
    return items


def _dunes(rng: np.random.Generator, canvas: Canvas, tall: float, near: float, side: float) -> Array:
    """Return dunes with a gentle side and a slip face, whose crests wind away from the viewer."""
    rows, columns = 190, canvas.shape[1]
    across = columns / (canvas.unit * canvas.density)
    z = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    x = (np.arange(columns, dtype=np.float32) / (canvas.unit * canvas.density))[None]
    count = 1.9 - 0.75 * near
    bend = 0.42 * grid(rng, rows, columns, 2.2, max(2.0, across * 1.1)) + 0.16 * grid(
        rng, rows, columns, 4, across * 2.6
    )
    turn = (x * count * side + bend + z * float(rng.uniform(0.35, 0.9)) + float(rng.random())) % 1
    # A slow rise on the windward side, a quick fall behind the crest.
    crest = 0.68
    up = np.clip(turn / crest, 0, 1)
    down = np.clip((1 - turn) / (1 - crest), 0, 1)
    profile = np.where(
        turn < crest, up * up * (3 - 2 * up) * 0.35 + up**1.6 * 0.65, down * down * (3 - 2 * down) * 0.4 + down * 0.6
    )
    mass = 0.62 + 0.38 * grid(rng, rows, columns, 2, max(2.0, across * 1.3))
    envelope = np.sin(np.pi * (0.06 + 0.80 * z)) ** 1.1
    return np.asarray(envelope * mass * profile * tall * 1.7, np.float32)


def _ripples(rng: np.random.Generator, canvas: Canvas, rows: int, near: float) -> Array:
    """Return the fine lines that wind draws on sand, where they are near enough to be seen."""
    columns = canvas.shape[1]
    if near < 0.4:
        return np.zeros((rows, columns), np.float32)
    across = columns / (canvas.unit * canvas.density)
    warp = grid(rng, rows, columns, 6, across * 3) * 3.0 + grid(rng, rows, columns, 14, across * 8) * 0.8
    z = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    x = (np.arange(columns, dtype=np.float32) / (canvas.unit * canvas.density))[None]
    patch = np.clip(grid(rng, rows, columns, 4, across * 2) + 0.3, 0, 1)
    return np.asarray(np.sin(z * 95 + x * 22 + warp * 2.4) * 0.045 * (near - 0.3) * patch, np.float32)


def _mesas(scene: Scene, lens: Lens, light: Light, sand: Array, base: float, index: int) -> Layer:
    rng = scene.rng(f"mesas {index}")
    canvas = lens.canvas(0.05 + 0.03 * index, top=base - 0.34, bottom=base + 0.03)
    rows, columns = 60, canvas.shape[1]
    across = columns / (canvas.unit * canvas.density)
    field = 0.5 + 0.5 * grid(rng, rows, columns, 2, across * (2.4 + index))
    cut = np.clip((field - 0.62) * 16, 0, 1) + 0.55 * np.clip((field - 0.50) * 10, 0, 1)
    height = cut * (0.085 + 0.03 * index) * (0.85 + 0.15 * grid(rng, rows, columns, 2, across * 6))
    height = height + 0.010 * fbm(rng, rows, columns, 4, across * 30, octaves=3) * cut
    height *= np.sin(np.pi * np.linspace(0.05, 0.9, rows, dtype=np.float32))[:, None] ** 0.5
    stone = mix(sand, rgb("8a4430"), 0.6)

    def material(h: Array, slope: Array, steep: Array) -> Array:
        bands = 1 + 0.10 * np.sin(h * 34) + 0.05 * np.sin(h * 91)
        return np.asarray(stone[:, None, None] * bands, np.float32)

    strip = Strip(base, 0.01, height.astype(np.float32), 0.8, 0.62 - 0.14 * index, 0.62 - 0.14 * index, 0.2)
    colors, alpha = paint(canvas, strip, light, material)
    return Layer(canvas, 0.05 + 0.03 * index, np.clip(colors, 0, 1), alpha, rng)


def _cacti(scene: Scene, palette: Palette, lens: Lens, front: float, depth: float, side: float) -> list[Item]:
    rng = scene.rng("cacti")
    cacti: list[Item] = []
    for _ in range(int(rng.integers(2, 5))):
        x = float(rng.uniform(-0.9, 0.9)) * lens.half[0]
        size = float(rng.uniform(0.10, 0.22))
        cacti.append(Floating(_cactus(palette, rng, size * lens.unit, side), depth, still(x, front - 0.03)))
    return cacti


def _cactus(palette: Palette, rng: np.random.Generator, height: float, side: float) -> Array:
    board = Sketch(height, 0.7)
    arms = [(0.35, 0.03, 0.99, 0.052)]
    left, right = float(rng.uniform(0.40, 0.58)), float(rng.uniform(0.34, 0.54))
    for offset, tint in ((0.0, 0.16), (side * 0.016, 0.42), (side * 0.028, 0.72)):
        color, width = lit(palette, "4f7a4a", tint), 0.052 - abs(offset) * 1.2
        for x, top, bottom, _ in arms:
            board.polygon(
                curve(
                    [
                        (x + offset - width, bottom),
                        (x + offset - width, top + 0.05),
                        (x + offset, top),
                        (x + offset + width, top + 0.05),
                        (x + offset + width, bottom),
                    ],
                    5,
                )[:-5],
                color,
            )
        for sign, y in ((-1, left), (1, right)):
            elbow = 0.35 + sign * 0.17
            thin = width * 0.72
            board.polygon(
                [
                    (0.35 + offset, y - thin),
                    (elbow + offset, y - thin),
                    (elbow + offset, y + thin),
                    (0.35 + offset, y + thin),
                ],
                color,
            )
            board.ellipse(elbow + offset, y, thin, thin, color)
            board.polygon(
                curve(
                    [
                        (elbow + offset - thin, y),
                        (elbow + offset - thin, y - 0.20),
                        (elbow + offset, y - 0.24),
                        (elbow + offset + thin, y - 0.20),
                        (elbow + offset + thin, y),
                    ],
                    5,
                )[:-5],
                color,
            )
    return board.done()
