"""Ranges behind ranges, snow or bare rock, with pines at the front."""

from __future__ import annotations

from functools import partial

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array
from videogen_nb.gateway.render.drawing.later import Later
from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Canvas, Lens
from videogen_nb.gateway.render.drawing.moment import Item
from videogen_nb.gateway.render.drawing.noise import fbm, grid, ridged
from videogen_nb.gateway.render.parts.life import Flock
from videogen_nb.gateway.render.parts.sky import place_sun, sky_items
from videogen_nb.gateway.render.parts.terrain import Light, Material, Strip, paint
from videogen_nb.gateway.render.parts.trees import Stand, conifer
from videogen_nb.gateway.render.scene.palette import Palette, mix, rgb
from videogen_nb.gateway.render.scene.scene import Scene


def build(scene: Scene, palette: Palette, lens: Lens) -> list[Item]:
    """Return the items of a mountain scene, far to near."""
    rng = scene.rng("mountains")
    horizon = float(rng.uniform(0.02, 0.10))
    sun = place_sun(scene, lens, horizon)
    items = sky_items(scene, palette, lens, sun, horizon)
    light = Light(
        x=float(np.sign(sun.x)) or 1.0,
        height={"day": 0.9, "night": 0.8}.get(scene.time, 0.42),
        sun=palette.light * np.float32(1.3 if scene.time != "night" else 0.8),
        ambient=palette.ambient,
        haze=palette.haze,
    )
    snow = scene.weather in ("snow", "storm") or rng.random() < 0.6 or "snow cap" in scene.things
    count = 5
    for index in range(count):
        near = index / (count - 1)
        depth = 0.05 + 0.62 * near**1.3
        front = horizon + 0.05 + 0.42 * near**1.5 * lens.room(horizon)
        tall = (0.36 - 0.16 * near) * float(rng.uniform(0.8, 1.2)) * lens.room(horizon) ** 0.5
        canvas = lens.canvas(depth, top=front - tall * 1.7 - 0.1)
        rows, columns = 220, canvas.shape[1]
        across = columns / (canvas.unit * canvas.density)
        wide = across * (1.1 + 1.2 * near)
        back = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
        envelope = np.sin(np.pi * np.clip(back * 0.92 + 0.02, 0, 1)) ** 1.3
        mass = 0.5 + 0.5 * grid(rng, rows, columns, 2, max(2.0, wide * 0.8))
        rock = ridged(rng, rows, columns, 2.2, wide * 1.6, octaves=7, gain=0.52)
        height = envelope * (0.30 * mass + 0.85 * rock * (0.45 + 0.55 * mass)) * tall * 1.55
        height += envelope * fbm(rng, rows, columns, 24, wide * 20, octaves=3) * tall * 0.012
        line = 0.42 + 0.25 * near + (0.0 if snow else 0.35) - (0.14 if "snow cap" in scene.things else 0.0)
        patch = fbm(rng, rows, columns, 8, wide * 8, octaves=4) * 0.10
        stone = mix(rgb("6b6470"), palette.haze, 0.15)
        green = mix(rgb("3c5148"), palette.ambient, 0.15)

        def material(
            h: Array,
            slope: Array,
            steep: Array,
            line: float = line,
            patch: Array = patch,
            stone: Array = stone,
            green: Array = green,
            near: float = near,
        ) -> Array:
            low = np.clip((0.42 + 0.2 * near - h + patch) * 7, 0, 1) * np.clip(1.4 - steep * 2.2, 0, 1)
            color = stone[:, None, None] + (green - stone)[:, None, None] * low
            white = np.clip((h + patch - line) * 9, 0, 1) * np.clip(1.7 - steep * 2.1, 0, 1)
            return np.asarray(color + (np.float32(0.97) - color) * white, np.float32)

        strip = Strip(
            front=front,
            rise=0.05 * lens.room(horizon) ** 2,
            height=height.astype(np.float32),
            steepness=0.9,
            haze=0.70 * (1 - near) ** 1.2 + 0.05,
            haze_back=0.62 * (1 - near) ** 1.2 + 0.02,
            mist=0.62 - 0.40 * near,
        )
        items.append(Later(partial(_range, canvas, depth, strip, light, material, scene.rng(f"dither {index}"))))
    items.append(Later(lambda: _pines(scene, palette, lens, light)))
    if (
        scene.weather in ("clear", "cloudy")
        and scene.time != "night"
        and ("birds" in scene.things or rng.random() < 0.5)
    ):
        items.append(Flock(scene, palette, lens, horizon - 0.30, horizon - 0.08, 6))
    return items


def _range(
    canvas: Canvas, depth: float, strip: Strip, light: Light, material: Material, noise: np.random.Generator
) -> Layer:
    colors, alpha = paint(canvas, strip, light, material)
    return Layer(canvas, depth, np.clip(colors, 0, 1), alpha, noise)


def _pines(scene: Scene, palette: Palette, lens: Lens, light: Light) -> Layer:
    """Return the nearest slope, with firs that rise at the sides and leave the middle open."""
    rng = scene.rng("pines")
    canvas = lens.canvas(0.95, top=lens.half[1] - 0.55)
    columns = canvas.shape[1]
    stand = Stand(canvas)
    side = float(rng.choice((-1, 1)))
    aside = np.clip(canvas.x * side / lens.half[0] + 0.25, 0, 1.3).astype(np.float32)
    line = lens.half[1] - 0.015 - 0.13 * aside**1.5 + 0.022 * fbm(rng, 2, columns, 2, 7, octaves=4)[0]
    spacing = 0.030
    for x in np.arange(canvas.x[0], canvas.x[-1], spacing):
        at = int(np.clip(np.searchsorted(canvas.x, x), 0, columns - 1))
        if rng.random() < 0.30 + 0.6 * float(aside[at]):
            size = (0.07 + 0.13 * float(aside[at])) * float(rng.uniform(0.6, 1.4))
            conifer(stand, rng, float(x + rng.uniform(-0.5, 0.5) * spacing), float(line[at]) + 0.01, size, light.x)
    stand.ground(line)
    alpha, tone = stand.done()
    leaf = mix(rgb("24403a"), palette.ambient, 0.10)
    if scene.weather == "snow":
        leaf = mix(leaf, rgb("dfe8f2"), 0.55)
    dark, bright = leaf * palette.ambient * 0.45, leaf * (palette.ambient * 0.5 + palette.light * 0.8)
    color = dark[:, None, None] + (bright - dark)[:, None, None] * tone
    color = color + (palette.haze[:, None, None] - color) * 0.06
    return Layer(canvas, 0.95, np.clip(color, 0, 1).astype(np.float32), alpha, rng)
