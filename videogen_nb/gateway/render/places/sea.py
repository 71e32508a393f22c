"""Open water under a wide sky, with a boat, a lighthouse or far shores."""

from __future__ import annotations

import math

import numpy as np

from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Item
from videogen_nb.gateway.render.drawing.noise import fbm, ridged
from videogen_nb.gateway.render.drawing.sprites import Floating, Pose, still
from videogen_nb.gateway.render.parts import things
from videogen_nb.gateway.render.parts.life import Beam, Flock
from videogen_nb.gateway.render.parts.lightning import Lightning
from videogen_nb.gateway.render.parts.sky import Sun, place_sun, sky_items
from videogen_nb.gateway.render.parts.terrain import Light, Strip, paint
from videogen_nb.gateway.render.parts.water import Swell, Water
from videogen_nb.gateway.render.parts.weather import Ripples
from videogen_nb.gateway.render.scene.palette import Palette, mix, rgb
from videogen_nb.gateway.render.scene.scene import Scene


def build(scene: Scene, palette: Palette, lens: Lens) -> list[Item]:
    """Return the items of a sea scene, far to near."""
    rng = scene.rng("sea")
    close = "paper boat" in scene.things
    horizon = float(rng.uniform(-0.12, -0.04)) if close else float(rng.uniform(0.02, 0.10))
    sun = place_sun(scene, lens, horizon)
    items = sky_items(scene, palette, lens, sun, horizon)
    if "lighthouse" in scene.things:
        items += _lighthouse(scene, palette, lens, sun, horizon)
    elif "island" in scene.things or rng.random() < 0.55:
        items.append(_shore(scene, palette, lens, sun, horizon, float(rng.uniform(0.05, 0.13)), 0.66))
    rough = {"storm": 1.15, "rain": 0.7}.get(scene.weather, float(rng.uniform(0.30, 0.5)))
    if scene.weather == "storm":
        items.append(Lightning(scene, lens, horizon))
    items.append(Water(scene, palette, lens, horizon, sun, rough))
    if scene.weather == "rain":
        items.append(Ripples(scene, palette, lens, horizon))
    boat = _boat(scene, palette, lens, sun, horizon, rough)
    if scene.weather == "storm":
        # Rows of waves, each nearer and higher; the boat rides behind the last two.
        swells: list[Item] = [
            Swell(scene, palette, horizon + down, height, min(1.0, 0.06 + down / 0.55))
            for down, height in ((0.06, 0.035), (0.13, 0.065), (0.24, 0.11), (0.40, 0.17))
        ]
        items += [*swells[:2], *([boat] if boat else []), *swells[2:]]
    elif boat:
        items.append(boat)
    if (
        scene.weather in ("clear", "cloudy")
        and scene.time != "night"
        and ("birds" in scene.things or rng.random() < 0.7)
    ):
        items.append(Flock(scene, palette, lens, horizon - 0.36, horizon - 0.14))
    return items


def _light(scene: Scene, palette: Palette, sun: Sun) -> Light:
    return Light(math.copysign(1, sun.x), 0.5, palette.light * np.float32(1.1), palette.ambient, palette.haze)


def _shore(
    scene: Scene, palette: Palette, lens: Lens, sun: Sun, horizon: float, tall: float, haze: float, middle: float = 9.0
) -> Layer:
    """Return hills along the horizon; with `middle`, one rock there that falls off to both sides."""
    rng = scene.rng(f"shore {tall:.3f}")
    canvas = lens.canvas(0.06, top=horizon - tall * 1.6, bottom=horizon + 0.03)
    rows, columns = 120, canvas.shape[1]
    across = columns / (canvas.unit * canvas.density)
    height = ridged(rng, rows, columns, 2.0, across * 3.2, octaves=6) * tall * 1.5
    back = np.linspace(0.02, 0.9, rows, dtype=np.float32)[:, None]
    # A lone rock climbs all the way to its back, so that its whole face is seen.
    height *= np.sin(np.pi * back) if middle > 9 else back**0.8
    if middle < 9:
        apart = (canvas.x - middle) / 0.24
        lumps = 0.80 + 0.35 * fbm(rng, rows, columns, 9, across * 14, octaves=4)
        height = (0.45 * height + tall * 0.80 * back**0.7 * np.exp(-((apart * 1.2) ** 4))) * lumps
        height = height * np.exp(-(apart**2) * 0.6) - 0.04 * np.clip(np.abs(apart) - 0.75, 0, 1)
    else:
        ends = np.clip(0.55 + 1.1 * fbm(rng, 2, columns, 2, across * 1.2, octaves=2)[:1], 0, 1)
        height = height * ends - 0.02 * (ends < 0.02)
    stone = mix(rgb("5b5560"), palette.ambient, 0.2)[:, None, None]
    strip = Strip(horizon + 0.004, 0.006, height.astype(np.float32), 0.9, haze, haze, 0.35)
    colors, alpha = paint(canvas, strip, _light(scene, palette, sun), lambda h, slope, steep: stone * np.ones_like(h))
    return Layer(canvas, 0.06, np.clip(colors, 0, 1), alpha, rng)


def _lighthouse(scene: Scene, palette: Palette, lens: Lens, sun: Sun, horizon: float) -> list[Item]:
    rng = scene.rng("lighthouse")
    x = -math.copysign(float(rng.uniform(0.30, 0.55)) * lens.half[0], sun.x)
    tall = float(rng.uniform(0.09, 0.13))
    size = float(rng.uniform(0.30, 0.36))
    drawing = things.lighthouse(palette, size * lens.unit, math.copysign(1, sun.x))
    base = horizon - tall * 0.60
    strength = {"night": 1.0, "dusk": 0.9, "sunset": 0.5, "dawn": 0.45}.get(scene.time, 0.18)
    strength = max(strength, 0.85 * palette.gloom)
    lamp = mix(palette.sun, rgb("fff0b4"), 0.7)
    return [
        _shore(scene, palette, lens, sun, horizon, 0.07, 0.7),
        Floating(drawing, 0.06, still(x, base)),
        _shore(scene, palette, lens, sun, horizon, tall, 0.10, middle=x),
        Beam(x, base - size * 0.85, lamp, strength),
    ]


def _boat(scene: Scene, palette: Palette, lens: Lens, sun: Sun, horizon: float, rough: float) -> Item | None:
    rng = scene.rng("boat")
    side = math.copysign(1, sun.x)
    x = float(rng.uniform(-0.35, 0.35)) * lens.half[0]
    if "paper boat" in scene.things:
        drawing, y, sway = things.paper_boat(palette, 0.27 * lens.unit, side), horizon + 0.36, 5.0
    elif "sailboat" in scene.things or ("boat" not in scene.things and rng.random() < 0.6):
        if "lighthouse" in scene.things and "sailboat" not in scene.things and rng.random() < 0.5:
            return None
        size = float(rng.uniform(0.12, 0.2)) if "sailboat" in scene.things else float(rng.uniform(0.07, 0.12))
        drawing, y, sway = things.sailboat(palette, size * lens.unit, side), horizon + size * 0.45, 2.2
    elif "boat" in scene.things:
        size = float(rng.uniform(0.10, 0.14))
        drawing, y, sway = things.fishing_boat(palette, size * lens.unit, side), horizon + size * 0.9, 2.6
    else:
        return None
    speed = float(rng.choice((-1, 1))) * 0.008
    phase = float(rng.uniform(0, 6))
    swing = sway * (0.5 + rough)

    def pose(t: float) -> Pose:
        turn = swing * math.sin(1.25 * t + phase) + 0.35 * swing * math.sin(2.1 * t + 2 * phase)
        lift = 0.006 * (0.5 + rough) * math.sin(1.6 * t + phase + 1) * sway / 2.5
        return Pose(x + speed * t, y + lift, turn)

    return Floating(drawing, min(1.0, 0.06 + (y - horizon) / 0.55), pose, (0.5, 0.985), mirror=0.55)
