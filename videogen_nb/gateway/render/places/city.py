"""A skyline over water, or a street canyon with neon on wet ground."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from PIL import Image

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.blending import Glow
from videogen_nb.gateway.render.drawing.later import Later
from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Airy, Item, Moment
from videogen_nb.gateway.render.parts.buildings import BuildingPainter, bloom
from videogen_nb.gateway.render.parts.sky import Sun, place_sun, sky_items
from videogen_nb.gateway.render.parts.water import Water
from videogen_nb.gateway.render.parts.weather import fog_bank
from videogen_nb.gateway.render.scene.palette import Palette, from_lch, mix, pure, rgb
from videogen_nb.gateway.render.scene.scene import Scene


def build(scene: Scene, palette: Palette, lens: Lens) -> list[Item]:
    """Return the items of a city scene, far to near."""
    rng = scene.rng("city")
    street = "street" in scene.things or scene.weather in ("rain", "storm") or rng.random() < 0.35
    street = street and "skyline" not in scene.things
    horizon = float(rng.uniform(0.16, 0.22)) if street else float(rng.uniform(0.16, 0.24))
    sun = place_sun(scene, lens, horizon)
    items = sky_items(scene, palette, lens, sun, horizon)
    dark = {"night": 1.0, "dusk": 0.85, "sunset": 0.5, "dawn": 0.45}.get(scene.time, 0.12)
    dark = max(dark, 0.6 * palette.gloom)
    signs = _sign_colors(scene, palette, rng)
    haze = mix(palette.haze, signs[0], 0.22 * dark)
    count = 5
    for index in range(count):
        near = index / (count - 1)
        block = partial(_block, scene, palette, lens, sun, street, horizon, index, near, dark, signs, haze)
        items.append(Later(block))
        if index in (0, 2):
            strength = 0.38 + 0.3 * (scene.weather in ("fog", "rain"))
            items.append(fog_bank(scene, lens, f"city {index}", 0.1 + 0.2 * near, horizon - 0.03, 0.12, haze, strength))
    deep = mix(palette.sky[0], palette.ambient, 0.2) * np.float32(0.30)
    if street:
        wet = scene.weather in ("rain", "storm", "snow") or "neon" in scene.styles or rng.random() < 0.5
        items.append(Water(scene, palette, lens, horizon, sun, 0.16, deep=deep, mirror=0.62 if wet else 0.3))
        items.append(Traffic(scene, lens, horizon, dark))
    else:
        items.append(Water(scene, palette, lens, horizon, sun, float(rng.uniform(0.25, 0.45)), mirror=0.55))
    return items


def _sign_colors(scene: Scene, palette: Palette, rng: np.random.Generator) -> list[Array]:
    if scene.colors:
        return [pure(name) for name in scene.colors] + [mix(pure(scene.colors[0]), rgb("ffffff"), 0.4)]
    start = float(rng.choice((-0.4, 3.6, 5.4)))
    return [from_lch(np.array([0.70, 0.24, start + turn], np.float32)) for turn in (0.0, 2.6, 1.2, 4.1)]


def _block(
    scene: Scene,
    palette: Palette,
    lens: Lens,
    sun: Sun,
    street: bool,
    horizon: float,
    index: int,
    near: float,
    dark: float,
    signs: list[Array],
    haze: Array,
) -> Layer:
    """Return one row of buildings."""
    rng = scene.rng(f"block {index}")
    depth = 0.07 + (0.70 if street else 0.16) * near**1.4
    canvas = lens.canvas(depth, bottom=horizon + (0.02 if not street else 0.02 + 0.25 * near**1.6))
    rows, columns = canvas.shape
    color = np.zeros((3, rows, columns), np.float32)
    light = np.zeros((3, rows, columns), np.float32)
    alpha = np.zeros((rows, columns), np.float32)
    painter = BuildingPainter(canvas, color, light, alpha, rng, dark, signs)
    half = lens.half[0]
    scale = 0.55 + (1.9 if street else 0.5) * near**1.3
    x = float(canvas.x[0]) - 0.02
    side = math.copysign(1, sun.x)
    body = mix(rgb("6e7686"), palette.ambient, 0.35)
    while x < canvas.x[-1]:
        width = scale * float(rng.uniform(0.055, 0.125))
        middle = x + width / 2
        if street:
            # The avenue opens in the middle; the walls of the canyon rise to its sides.
            gap = 0.045 + 0.40 * near**1.4
            aside = (abs(middle) - gap * 0.9) / half
            tall = (0.20 + 0.62 * near**0.9) * float(rng.uniform(0.55, 1.25)) * (0.75 + 0.55 * np.clip(aside, 0, 1))
            shown = abs(middle) - width / 2 > gap
        else:
            bump = math.exp(-(((middle - 0.25 * half * side * -1) / (0.55 * half)) ** 2))
            tall = (0.10 + 0.44 * bump * (1 - 0.45 * near)) * float(rng.uniform(0.45, 1.3)) * (0.80 + 0.10 * near)
            shown = True
        if shown:
            tint = body * float(rng.uniform(0.75, 1.2)) + rng.normal(0, 0.018, 3).astype(np.float32)
            painter.building(
                x,
                width * 0.985,
                horizon + 0.03 + (0.25 * near**1.6 if street else 0),
                tall,
                scale,
                tint,
                palette,
                side,
                near,
                street,
            )
        x += width * (1.0 if rng.random() < 0.75 else float(rng.uniform(1.02, 1.3)))
    air = 0.80 * (1 - near) ** 1.25 + 0.03
    low = np.clip((canvas.y - (horizon - 0.40)) / 0.42, 0, 1)[:, None] ** 2
    share = np.clip(air + (1 - air) * 0.45 * low * (1 - 0.55 * near), 0, 1)
    color += (haze[:, None, None] - color) * share
    light *= 1 - 0.55 * share
    return Layer(
        canvas,
        depth,
        np.clip(color + light, 0, 1),
        alpha,
        scene.rng(f"dither {index}"),
        glow=bloom(light, alpha, canvas),
    )


class Traffic(Airy):
    """Headlamps that come nearer and tail lights that leave, with their streaks on the wet road."""

    def __init__(self, scene: Scene, lens: Lens, horizon: float, dark: float) -> None:
        rng = scene.rng("traffic")
        self._horizon, self._strength = horizon, 0.35 + 0.65 * dark
        self._cars = [(float(rng.random()), float(rng.uniform(0.05, 0.09)), bool(rng.random() < 0.5)) for _ in range(9)]
        at = np.linspace(-1, 1, 41, dtype=np.float32)
        spot = np.hypot(at[:, None], at[None])
        lamp = np.exp(-((spot * 4.5) ** 2)) + 0.30 * np.exp(-((spot * 1.9) ** 2)) * np.clip(1.6 - 1.6 * spot, 0, 1)
        self._lamp = Image.fromarray(np.clip(lamp, 0, 1).astype(np.float32))

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw the two lamps of each car, far cars first."""
        lens = moment.lens
        seen = lens.window(moment.view, 0.06)
        x0 = (lens.width / 2 - seen.left) / seen.step
        y0 = (self._horizon * lens.unit + lens.height / 2 - seen.top) / seen.step
        for start, pace, coming in self._cars:
            way = (start + pace * moment.seconds * (1 if coming else -1)) % 1
            near = way**2.2
            if near < 0.004:
                continue
            lane = (-0.16 if coming else 0.16) * near
            color = np.array((1.0, 0.95, 0.82) if coming else (1.0, 0.12, 0.08), np.float32) * 255
            radius = max(3, round((0.008 + 0.10 * near) * lens.unit))
            y = y0 + (0.012 + 0.40 * near) * lens.unit
            size = 2 * radius + 1
            disc, streak = (
                Glow(np.asarray(self._lamp.resize((size, tall), Image.Resampling.BILINEAR)), color)
                for tall in (size, 5 * size)
            )
            fade = min(1.0, (1 - way) * 8) * self._strength
            for wheel in (-0.5, 0.5):
                x = x0 + (lane + wheel * 0.10 * near) * lens.unit
                disc.add(moment, x - radius, y - radius, fade)
                streak.add(moment, x - radius, y + radius * 0.4, 0.30 * fade)
