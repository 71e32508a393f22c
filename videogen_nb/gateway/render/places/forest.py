"""Firs behind firs in drifting mist, with shafts of light between them."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array
from videogen_nb.gateway.render.drawing.later import Later
from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Item
from videogen_nb.gateway.render.drawing.noise import fbm
from videogen_nb.gateway.render.parts.life import Glows
from videogen_nb.gateway.render.parts.sky import place_sun, sky_items
from videogen_nb.gateway.render.parts.trees import Stand, conifer, grass, trunk
from videogen_nb.gateway.render.parts.weather import Rays, fog_bank
from videogen_nb.gateway.render.scene.palette import Palette, mix, rgb
from videogen_nb.gateway.render.scene.scene import Scene


def build(scene: Scene, palette: Palette, lens: Lens) -> list[Item]:
    """Return the items of a forest scene, far to near."""
    rng = scene.rng("forest")
    horizon = float(rng.uniform(0.10, 0.18))
    sun = place_sun(scene, lens, horizon - 0.12)
    items = sky_items(scene, palette, lens, sun, horizon)
    side = math.copysign(1, sun.x)
    misty = 1.0 if scene.weather == "fog" or "rays" in scene.things else float(rng.uniform(0.35, 0.75))
    leaf = mix(rgb("2c4a3a"), palette.ambient, 0.12)
    if "warm" in scene.styles:
        leaf = rgb("8a4a22")
    dark = leaf * palette.ambient * 0.42
    bright = leaf * (palette.ambient * 0.7 + palette.light * 1.0)
    haze = mix(palette.haze, palette.light, 0.25)
    count = 5
    for index in range(count):
        near = index / (count - 1)
        depth = 0.06 + 0.74 * near**1.4
        base = horizon - 0.02 + 0.30 * near**1.25 * lens.room(horizon)
        tall = (0.15 + 0.62 * near**1.35) * lens.room(horizon) ** 0.4
        canvas = lens.canvas(depth, top=base - tall * 1.5 - 0.12)
        columns = canvas.shape[1]
        across = columns / (canvas.unit * canvas.density)
        line = base + 0.085 * fbm(rng, 2, columns, 2, across * 1.6, octaves=4)[0] * (1 - 0.3 * near)
        # A clearing in the middle lets the light and the eye through.
        open_ = 0.10 + 0.22 * near
        line = line - (0.06 + 0.10 * near) * np.clip(np.abs(canvas.x) / lens.half[0] - open_, 0, 1.2).astype(np.float32)
        stand = Stand(canvas)
        spacing = tall * (0.17 + 0.20 * near)
        places = np.arange(canvas.x[0] - spacing, canvas.x[-1] + spacing, spacing)
        places = places + rng.uniform(-0.45, 0.45, len(places)) * spacing
        for x in rng.permutation(places):
            if abs(x) < open_ * lens.half[0] * rng.uniform(0.2, 1.5) and near > 0.3:
                continue
            at = int(np.clip(np.searchsorted(canvas.x, x), 0, columns - 1))
            size = tall * float(rng.uniform(0.55, 1.25))
            conifer(stand, rng, float(x), float(line[at]) + 0.012, size, side)
        stand.ground(line)
        if near > 0.55:
            grass(
                stand,
                rng,
                line,
                int(across * 240),
                0.03 + 0.03 * near,
                (0.05, 0.5),
            )
        low = np.clip((canvas.y[:, None] - (base - tall * 0.75)) / (tall * 0.95), 0, 1) ** 1.6
        air = 0.88 * (1 - near) ** 1.15
        share = np.clip(air + (1 - air) * (0.30 + 0.35 * misty) * low * (1 - near * 0.75), 0, 1)
        noise = scene.rng(f"dither {index}")
        items.append(Later(partial(_hazy, stand, depth, dark, bright, haze, share, noise)))
        if index in (1, 3) and misty > 0.3:
            items.append(
                fog_bank(
                    scene,
                    lens,
                    str(index),
                    depth + 0.04,
                    base - 0.02,
                    0.13 + 0.05 * near,
                    haze,
                    misty * (0.75 - 0.35 * near),
                )
            )
    if scene.time != "night" and (palette.gloom < 0.6 or "rays" in scene.things):
        strength = (0.85 if "rays" in scene.things else 0.5) * (0.6 + 0.4 * misty)
        items.append(Rays(rng, lens, sun.x, sun.y - 0.05, mix(palette.light, palette.sun, 0.4), strength))
    items.append(Later(lambda: _frame(scene, palette, lens, side, dark, bright, haze)))
    if scene.time in ("night", "dusk") or "fireflies" in scene.things:
        items.append(Glows(rng, lens, rgb("ffe27a"), (horizon - 0.05, lens.half[1] * 0.9), 46, 0.013))
    elif palette.gloom < 0.6:
        items.append(
            Glows(rng, lens, palette.sun, (-lens.half[1] * 0.6, lens.half[1] * 0.8), 60, 0.005, 0.7, rise=0.01)
        )
    return items


def _hazy(
    stand: Stand, depth: float, dark: Array, bright: Array, haze: Array, share: Array, noise: np.random.Generator
) -> Layer:
    """Return a row of trees with this share of haze at each height."""
    alpha, tone = stand.done()
    color = dark[:, None, None] + (bright - dark)[:, None, None] * tone
    color = color + (haze[:, None, None] - color) * share
    return Layer(stand.canvas, depth, color.astype(np.float32), alpha, noise)


def _frame(scene: Scene, palette: Palette, lens: Lens, side: float, dark: Array, bright: Array, haze: Array) -> Layer:
    """Return the nearest layer: trunks at the edges and grass along the bottom."""
    rng = scene.rng("frame")
    canvas = lens.canvas(1.0)
    stand = Stand(canvas)
    bottom = lens.half[1]
    line = bottom - 0.035 - 0.10 * np.clip(np.abs(canvas.x) / lens.half[0] - 0.35, 0, 1).astype(np.float32)
    line += 0.02 * fbm(rng, 2, canvas.shape[1], 2, 6, octaves=3)[0]
    for sign in (-1, 1):
        for _ in range(int(rng.integers(1, 3))):
            x = sign * lens.half[0] * float(rng.uniform(0.68, 1.05))
            trunk(stand, rng, x, float(canvas.y[0]) - 0.1, bottom + 0.05, float(rng.uniform(0.035, 0.075)), side)
    stand.ground(line)
    grass(stand, rng, line, int(420 * lens.half[0]), 0.085, (0.0, 0.30))
    alpha, tone = stand.done()
    color = dark[:, None, None] * 0.55 + (bright - dark)[:, None, None] * tone * 0.55
    color = color + (haze[:, None, None] - color) * 0.04
    return Layer(canvas, 1.0, color.astype(np.float32), alpha, rng)
