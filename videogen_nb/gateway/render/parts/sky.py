"""The sky: gradient, sun or moon with its glow, clouds lit from where the light is, stars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.blending import lay
from videogen_nb.gateway.render.drawing.later import Later
from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Airy, Item, Moment
from videogen_nb.gateway.render.drawing.noise import cloud
from videogen_nb.gateway.render.scene.palette import Palette, gradient, mix, tint
from videogen_nb.gateway.render.scene.scene import Scene


@dataclass(frozen=True, slots=True)
class Sun:
    """Where sun or moon stands, in units from the middle of the frame, and its radius."""

    x: float
    y: float
    radius: float
    is_moon: bool


def place_sun(scene: Scene, lens: Lens, horizon: float) -> Sun:
    """Return where the light comes from: low near `horizon` at dawn and sunset, high by day and night."""
    rng = scene.rng("sun")
    half_w, half_h = lens.half
    side = float(rng.choice((-1, 1)))
    x = side * float(rng.uniform(0.12, 0.62)) * half_w
    room = horizon + half_h
    up = {"dawn": (0.10, 0.30), "sunset": (0.06, 0.26), "dusk": (0.04, 0.10), "day": (0.62, 0.85), "night": (0.5, 0.8)}
    low, high = up[scene.time]
    y = horizon - float(rng.uniform(low, high)) * room
    is_moon = scene.time == "night"
    radius = float(rng.uniform(0.034, 0.05)) * (1.0 if is_moon else 1.15)
    if "moon" in scene.things:
        radius *= 2.0
    return Sun(x, y, radius, is_moon)


def sky_items(scene: Scene, palette: Palette, lens: Lens, sun: Sun, horizon: float) -> list[Item]:
    """Return everything above the land, far to near."""
    items: list[Item] = [Later(lambda: _dome(scene, palette, lens, sun, horizon))]
    if scene.time in ("night", "dusk") and palette.gloom < 0.5:
        items.append(Stars(scene, lens, horizon, 0.9 if scene.time == "night" else 0.45))
    if "aurora" in scene.things:
        items.append(Aurora(scene, lens, horizon))
    items.extend(_clouds(scene, palette, lens, sun, horizon))
    return items


def _dome(scene: Scene, palette: Palette, lens: Lens, sun: Sun, horizon: float) -> Layer:
    canvas = lens.canvas(0.0, bottom=horizon + 0.12)
    top = float(canvas.y[0])
    at = np.clip((canvas.y - top) / (horizon - top + 1e-6), 0, 1) ** 1.15
    ramp = gradient(palette.sky, 1024)
    column = ramp[np.round(at * 1023).astype(int)].T[:, :, None]
    rgb = np.broadcast_to(column, (3, *canvas.shape)).astype(np.float32)
    dx = canvas.x[None, :] - sun.x
    dy = canvas.y[:, None] - sun.y
    distance = np.sqrt(dx * dx + dy * dy)
    power = 1 - 0.85 * palette.gloom
    night = sun.is_moon
    edge = np.maximum(distance - sun.radius, 0)
    wide = np.exp(-distance / 0.42) * (0.20 if night else 0.62)
    near = np.exp(-edge / 0.075) * (0.34 if night else 0.50) + np.exp(-edge / 0.016) * (0.25 if night else 0.35)
    # Low light runs along the horizon.
    low = {"dawn": 0.30, "sunset": 0.40, "dusk": 0.45}.get(scene.time, 0.0)
    band = np.exp(-np.abs(canvas.y[:, None] - horizon) / 0.075 - np.abs(dx) / 0.8) * low
    for color, strength in ((palette.light, (wide + band) * power), (palette.sun, near * power)):
        strength = np.clip(strength, 0, 1).astype(np.float32)
        # Light is added as on film: it brightens without turning the sky behind it grey.
        rgb += color[:, None, None] * strength * (1 - rgb) * 0.9
    disc = np.clip((sun.radius - distance) * lens.unit * canvas.density + 0.5, 0, 1)
    if palette.gloom < 0.5 and scene.time != "dusk":
        face: Array | float = 1.0
        if sun.is_moon:
            spots = cloud(scene.rng("moon"), 256, 256, 3.4, low=3)
            u = np.clip((dx / sun.radius * 0.5 + 0.5) * 200, 0, 255).astype(int)
            v = np.clip((dy / sun.radius * 0.5 + 0.5) * 200, 0, 255).astype(int)
            face = 1 - 0.085 * np.clip(
                spots[np.broadcast_to(v, disc.shape), np.broadcast_to(u, disc.shape)] + 0.3, 0, 2
            )
        white = mix(palette.sun, np.ones(3, np.float32), 0.55)[:, None, None] * face
        rgb += (np.maximum(white, rgb) if not sun.is_moon else white) * disc - rgb * disc
    return Layer(canvas, 0.0, np.clip(rgb, 0, 1), None, scene.rng("dither"))


def _clouds(scene: Scene, palette: Palette, lens: Lens, sun: Sun, horizon: float) -> list[Item]:
    rng = scene.rng("clouds")
    cover = {"clear": rng.uniform(-0.1, 0.35), "cloudy": 0.75, "rain": 1.1, "snow": 0.9, "fog": 0.5, "storm": 1.2}
    amount = float(cover[scene.weather])
    decks = ((0.02, 1.0, 0.45, 0.004), (0.06, 0.78, 0.8, 0.009))
    return [Later(partial(_cloud_deck, scene, palette, lens, sun, horizon, amount, *deck)) for deck in decks]


def _cloud_deck(
    scene: Scene,
    palette: Palette,
    lens: Lens,
    sun: Sun,
    horizon: float,
    amount: float,
    depth: float,
    height: float,
    size: float,
    speed: float,
) -> Layer:
    """Return one of the layers of clouds, `height` of the sky high, with shapes of this size."""
    rng, top = scene.rng(f"clouds {depth}"), -lens.half[1]
    canvas = lens.canvas(depth, bottom=horizon + 0.02, margin=speed * lens.unit * 20)
    rows, columns = canvas.shape
    tile_rows = 1 << int(np.ceil(np.log2(rows)))
    tile_columns = 1 << int(np.ceil(np.log2(columns)))
    field = cloud(rng, tile_rows, tile_columns, 2.3, stretch=2.6, low=max(2, size * tile_columns / lens.unit * 1.3))
    density = field[:rows, :columns] * 0.55 + amount - 0.75
    toward = (canvas.y - horizon) / (top - horizon)
    # Clouds thin out at the horizon, where haze swallows them, and the far deck sits lower.
    density += (0.35 * np.sin(np.pi * np.clip(toward * height, 0, 1)) - 0.35)[:, None].astype(np.float32)
    alpha = 1 - np.exp(-np.clip(density, 0, 3) * 2.4)
    # Light that has come through more cloud is dimmer: compare with the density nearer to the sun.
    reach = max(2, round(0.018 * lens.unit * canvas.density))
    sx = int(np.sign(sun.x - 0.0)) * reach
    shifted = np.roll(field, (reach, -sx), (0, 1))[:rows, :columns]
    shade = np.clip(0.55 + (field[:rows, :columns] - shifted) * 0.42, 0, 1)
    dx = canvas.x[None, :] - sun.x
    dy = canvas.y[:, None] - sun.y
    near = np.exp(-np.sqrt(dx * dx + dy * dy) / 0.55)
    ramp = gradient(_cloud_colors(scene, palette), 256)
    if scene.weather == "storm":
        shade = np.clip(shade * 1.5 - 0.42, 0, 1)
    level = np.clip(shade * (0.70 + 0.45 * near * (1 - palette.gloom)), 0, 1)
    rgb = ramp[(level * 255).astype(np.uint8)].transpose(2, 0, 1)
    rgb += (palette.sun[:, None, None] - rgb) * (near * (1 - alpha) * 0.7 * (1 - palette.gloom))
    alpha *= np.clip(toward * 5, 0, 1)[:, None] * (0.94 if amount > 0.6 else 0.85)
    return Layer(canvas, depth, np.clip(rgb, 0, 1).astype(np.float32), alpha.astype(np.float32), rng, drift=speed)


def _cloud_colors(scene: Scene, palette: Palette) -> Array:
    """Return dark, middle and bright of clouds: at the edges of the day the middle is the colour of the sky's glow."""
    dim = 1 - 0.25 * palette.gloom
    if scene.time == "night":
        return np.stack(
            [mix(palette.sky[0], palette.sky[2], 0.4), palette.sky[2], mix(palette.sky[3], palette.light, 0.4)]
        )
    bright = mix(palette.light, palette.sun, 0.6)
    if scene.time == "day":
        white = mix(bright, np.ones(3, np.float32), 0.6)
        return (
            np.stack([mix(palette.ambient, palette.sky[1], 0.35) * dim, mix(palette.sky[3], white, 0.3), white]) * dim
        )
    low = mix(mix(palette.sky[0], palette.sky[1], 0.55), palette.ambient, 0.3)
    middle = mix(palette.sky[2], palette.light, 0.25)
    return np.stack([low * dim, middle, bright])


class Stars(Airy):
    """Points of light that twinkle, each at its own pace."""

    def __init__(self, scene: Scene, lens: Lens, horizon: float, strength: float, count: int = 420) -> None:
        rng = scene.rng("stars")
        half_w, half_h = lens.half
        self._x = rng.uniform(-half_w * 1.3, half_w * 1.3, count)
        self._y = rng.uniform(-half_h * 1.3, horizon, count)
        height = np.clip((horizon - self._y) / (horizon + half_h), 0, 1)
        self._bright = (rng.pareto(2.2, count) * 26 + 22).clip(0, 255) * strength * np.sqrt(height)
        self._phase = rng.uniform(0, 2 * np.pi, count)
        self._pace = rng.uniform(1.2, 5.0, count)

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Add the light of each star to the four pixels around it."""
        lens = moment.lens
        seen = lens.window(moment.view, 0.0)
        x = (self._x * lens.unit + lens.width / 2 - seen.left) / seen.step
        y = (self._y * lens.unit + lens.height / 2 - seen.top) / seen.step
        inside = (x >= 1) & (x < lens.width - 2) & (y >= 1) & (y < lens.height - 2)
        light = self._bright * (0.72 + 0.28 * np.sin(self._phase + self._pace * moment.seconds))
        x, y, light = x[inside], y[inside], light[inside] * (219 / 255)
        column, row = np.floor(x).astype(int), np.floor(y).astype(int)
        fx, fy = x - column, y - row
        for dy, wy in ((0, 1 - fy), (1, fy)):
            for dx, wx in ((0, 1 - fx), (1, fx)):
                at = (row + dy, column + dx)
                moment.luma[at] = np.minimum(moment.luma[at] + light * wy * wx, 235).astype(np.uint8)


class Aurora(Airy):
    """Curtains of light that fold and shimmer; drawn small, as they are soft."""

    def __init__(self, scene: Scene, lens: Lens, horizon: float) -> None:
        rng = scene.rng("aurora")
        self._end = round((horizon + lens.half[1]) * lens.unit)
        self._size = (max(8, self._end // 4), max(8, lens.width // 4))
        self._x = np.linspace(-lens.half[0], lens.half[0], self._size[1], dtype=np.float32)
        self._y = np.linspace(-lens.half[1], horizon, self._size[0], dtype=np.float32)[:, None]
        self._waves = rng.uniform((0.7, 0, 0.15), (2.2, 6.3, 0.45), (3, 3, 3))
        self._levels = horizon - rng.uniform(0.16, 0.40, 3) * (horizon + lens.half[1])
        self._rays = [cloud(rng, 2, 1024, 1.5, low=14)[0] for _ in range(3)]
        self._green = np.array((0.25, 1.0, 0.62), np.float32)
        self._violet = np.array((0.62, 0.28, 0.95), np.float32)
        if scene.colors:
            self._green = mix(self._green, tint(self._green, scene), 1.0)

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Add the light of the curtains."""
        lens, t = moment.lens, moment.seconds
        low = np.zeros(self._size, np.float32)
        high = np.zeros(self._size, np.float32)
        for level, waves, rays in zip(self._levels, self._waves, self._rays, strict=True):
            fold = sum(0.05 * np.sin(w[0] * 3 * self._x + w[1] + w[2] * t) for w in waves)
            at = (self._x * 210 + np.asarray(fold) * 900 + 14 * t) % 1023
            streak = np.clip(0.55 + 0.32 * np.interp(at, np.arange(1024), rays), 0.05, 1.4).astype(np.float32)
            up = (level + fold)[None] - self._y
            body = np.where(up > 0, np.exp(-up / (0.10 + 0.10 * streak)), np.exp(up / 0.018)) * streak
            low += body.astype(np.float32)
            high += (body * np.clip(up / 0.16, 0, 1)).astype(np.float32)
        light = np.clip(low * 0.34, 0, 0.8)[None] * self._green[:, None, None]
        light += np.clip(high * 0.4, 0, 0.8)[None] * (self._violet - self._green * 0.4)[:, None, None]
        np.clip(light, 0, 1, out=light)
        lay(moment, -round(lens.window(moment.view, 0.0).top), light, (lens.width, self._end))
