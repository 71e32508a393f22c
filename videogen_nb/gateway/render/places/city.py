"""A skyline over water, or a street canyon with neon on wet ground."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from ..arrays import Array, Mask
from ..layers import Airy, Item, Layer, Moment
from ..lens import Canvas, Lens
from ..life import add
from ..palette import Palette, from_lch, mix, pure, rgb
from ..scene import Scene
from ..sky import Sun, place_sun, sky_items
from ..water import Water
from ..weather import fog_bank


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
        items.append(_block(scene, palette, lens, sun, street, horizon, index, near, dark, signs, haze))
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
    painter = _Painter(canvas, color, light, alpha, rng, dark, signs)
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
        glow=_bloom(light, alpha, canvas),
    )


def _bloom(light: Array, alpha: Array, canvas: Canvas) -> Array:
    """Return the light that spreads around bright windows and signs."""
    rows, columns = alpha.shape
    made = np.zeros_like(light)
    for reach, strength in ((0.010, 0.40), (0.045, 0.75)):
        step = max(2, round(reach * canvas.unit * canvas.density))
        size = (max(2, columns // step), max(2, rows // step))
        for channel in range(3):
            small = Image.fromarray(light[channel]).resize(size, Image.Resampling.BOX)
            wide = small.resize((columns, rows), Image.Resampling.BICUBIC)
            made[channel] += np.maximum(np.asarray(wide), 0) * np.float32(strength)
    return np.minimum(made, 0.9)


class _Painter:
    """Draws buildings as lit boxes straight into the planes of a layer."""

    def __init__(
        self,
        canvas: Canvas,
        color: Array,
        light: Array,
        alpha: Array,
        rng: np.random.Generator,
        dark: float,
        signs: list[Array],
    ) -> None:
        self._canvas, self._color, self._light, self._alpha = canvas, color, light, alpha
        self._rng, self._dark, self._signs = rng, dark, signs
        self._texels = canvas.unit * canvas.density

    def _at(self, x: float, y: float) -> tuple[int, int]:
        c, r = (x - float(self._canvas.x[0])) * self._texels, (y - float(self._canvas.y[0])) * self._texels
        rows, columns = self._alpha.shape
        return int(np.clip(round(c), 0, columns)), int(np.clip(round(r), 0, rows))

    def _box(self, x0: float, y0: float, x1: float, y1: float, color: Array) -> None:
        (c0, r0), (c1, r1) = self._at(x0, y0), self._at(x1, y1)
        c1, r1 = max(c1, min(c0 + 1, self._alpha.shape[1])), max(r1, min(r0 + 1, self._alpha.shape[0]))
        self._color[:, r0:r1, c0:c1] = color[:, None, None]
        self._light[:, r0:r1, c0:c1] = 0
        self._alpha[r0:r1, c0:c1] = 1

    def building(
        self,
        x: float,
        width: float,
        base: float,
        tall: float,
        scale: float,
        body: Array,
        palette: Palette,
        side: float,
        near: float,
        street: bool,
    ) -> None:
        """Draw one building with its roof, windows and signs."""
        rng = self._rng
        top = base - tall
        lit = np.clip(body * (palette.ambient * 0.55 + palette.light * 0.75 * (1 - 0.75 * self._dark)), 0, 1)
        shaded = body * palette.ambient * (0.50 - 0.22 * self._dark)
        corner = x + width * (0.5 + side * float(rng.uniform(0.10, 0.28)))
        faces = (
            ((x, corner, shaded), (corner, x + width, lit))
            if side > 0
            else ((x, corner, lit), (corner, x + width, shaded))
        )
        for x0, x1, tone in faces:
            self._box(x0, top, x1, base + 0.3, tone.astype(np.float32))
        self._roof(x, width, top, scale, lit, shaded, tall)
        if self._texels * 0.009 * scale >= 2.0 or near > 0.2:
            self._windows(x, width, top, base, scale, palette, shaded)
        if self._dark > 0.55 and near > 0.3 and rng.random() < (0.75 if street else 0.12):
            self._sign(x, width, top, base, scale)

    def _roof(self, x: float, width: float, top: float, scale: float, lit: Array, shaded: Array, tall: float) -> None:
        rng = self._rng
        kind = rng.random()
        if kind < 0.35:
            inset = width * float(rng.uniform(0.12, 0.3))
            self._box(x + inset, top - 0.022 * scale, x + width - inset, top, mix(lit, shaded, 0.4))
        elif kind < 0.55:
            for step in range(3):
                inset = width * (0.12 + 0.12 * step)
                self._box(
                    x + inset,
                    top - (0.014 + 0.016 * step) * scale,
                    x + width - inset,
                    top - 0.016 * step * scale,
                    mix(lit, shaded, 0.3),
                )
        if rng.random() < 0.4 and tall > 0.2:
            at = x + width * float(rng.uniform(0.35, 0.65))
            mast = top - float(rng.uniform(0.04, 0.10)) * scale
            self._box(at, mast, at + 0.0022 * scale, top, shaded)
            if self._dark > 0.4:
                c, r = self._at(at, mast)
                size = max(1, round(0.003 * scale * self._texels))
                self._light[0, r : r + size, c : c + size] = 1.0

    def _windows(
        self, x: float, width: float, top: float, base: float, scale: float, palette: Palette, shaded: Array
    ) -> None:
        rng = self._rng
        (c0, r0), (c1, r1) = (
            self._at(x + 0.006 * scale, top + 0.012 * scale),
            self._at(x + width - 0.006 * scale, base + 0.3),
        )
        cell_w = max(3, round(float(rng.uniform(0.008, 0.013)) * scale * self._texels))
        cell_h = max(3, round(float(rng.uniform(0.010, 0.017)) * scale * self._texels))
        if c1 - c0 < cell_w or r1 - r0 < cell_h:
            return
        style = rng.random()
        pane_w, pane_h = max(1, round(cell_w * 0.62)), max(1, round(cell_h * 0.62))
        if style < 0.25:
            pane_w = cell_w  # ribbons of glass
        elif style < 0.4:
            pane_h = cell_h
        across, down = (c1 - c0) // cell_w, (r1 - r0) // cell_h
        share = (0.10 + 0.42 * float(rng.random())) * self._dark
        on = rng.random((down, across)) < share
        if rng.random() < 0.3:
            on |= (rng.random((down, 1)) < 0.16) & (rng.random((down, across)) < 0.85) & (self._dark > 0.3)
        warm = np.stack([rgb("ffd08a"), rgb("ffe6b8"), rgb("cfe4ff"), self._signs[0]])
        kind = rng.choice(4, (down, across), p=(0.5, 0.27, 0.18, 0.05))
        shine = (on * rng.uniform(0.35, 1.0, (down, across))).astype(np.float32)
        glass = mix(shaded * np.float32(0.75), palette.sky[2], 0.30 * (1 - self._dark))
        pane = np.zeros((cell_h, cell_w), np.float32)
        pane[
            (cell_h - pane_h) // 2 : (cell_h - pane_h) // 2 + pane_h,
            (cell_w - pane_w) // 2 : (cell_w - pane_w) // 2 + pane_w,
        ] = 1
        cover = np.tile(pane, (down, across))
        glow = np.kron(shine, pane)
        hue = warm[kind].transpose(2, 0, 1)
        r1, c1 = r0 + down * cell_h, c0 + across * cell_w
        region = self._color[:, r0:r1, c0:c1]
        region += (glass[:, None, None] - region) * cover * np.float32(0.8)
        self._light[:, r0:r1, c0:c1] = glow * np.repeat(np.repeat(hue, cell_h, 1), cell_w, 2)

    def _sign(self, x: float, width: float, top: float, base: float, scale: float) -> None:
        rng = self._rng
        color = self._signs[int(rng.integers(len(self._signs)))]
        kind = rng.random()
        high = base - float(rng.uniform(0.15, 0.55)) * (base - top)
        tall = float(rng.uniform(0.05, 0.14)) * scale
        thick = max(2, round(0.0045 * scale * self._texels))
        at = x + width * float(rng.uniform(0.1, 0.7))
        (c0, r0), (c1, r1) = self._at(at, high - tall), self._at(at + 0.026 * scale, high)
        if kind < 0.45:  # an upright box with an outline and bars inside
            for part in (
                np.s_[r0:r1, c0 : c0 + thick],
                np.s_[r0:r1, c1 - thick : c1],
                np.s_[r0 : r0 + thick, c0:c1],
                np.s_[r1 - thick : r1, c0:c1],
            ):
                self._light[(slice(None), *part)] = color[:, None, None]
            other = self._signs[int(rng.integers(len(self._signs)))]
            for bar in range(r0 + 3 * thick, r1 - 2 * thick, 3 * thick):
                self._light[:, bar : bar + thick, c0 + 2 * thick : c1 - 2 * thick] = other[:, None, None] * np.float32(
                    0.9
                )
        elif kind < 0.75:  # strips along the edges of the building
            for edge in (x + 0.004 * scale, x + width - 0.008 * scale):
                column, _ = self._at(edge, high)
                _, first = self._at(edge, top + 0.02)
                self._light[:, first:r1, column : column + thick] = color[:, None, None] * np.float32(0.95)
        else:  # bands around it
            for band in range(3):
                _, row = self._at(at, high - band * 0.016 * scale)
                (left, _), (right, _) = self._at(x + 0.005 * scale, high), self._at(x + width - 0.005 * scale, high)
                self._light[:, row : row + thick, left:right] = color[:, None, None] * np.float32(0.9)


class Traffic(Airy):
    """Headlamps that come nearer and tail lights that leave, with their streaks on the wet road."""

    def __init__(self, scene: Scene, lens: Lens, horizon: float, dark: float) -> None:
        rng = scene.rng("traffic")
        self._horizon, self._strength = horizon, 0.35 + 0.65 * dark
        self._cars = [(float(rng.random()), float(rng.uniform(0.05, 0.09)), bool(rng.random() < 0.5)) for _ in range(9)]
        at = np.linspace(-1, 1, 41, dtype=np.float32)
        spot = np.hypot(at[:, None], at[None])
        lamp = np.exp(-((spot * 4.5) ** 2)) + 0.30 * np.exp(-((spot * 1.9) ** 2)) * np.clip(1.6 - 1.6 * spot, 0, 1)
        self._lamp = np.clip(lamp, 0, 1).astype(np.float32)

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
            disc = np.asarray(Image.fromarray(self._lamp).resize((size, size), Image.Resampling.BILINEAR))
            streak = np.asarray(Image.fromarray(self._lamp).resize((size, 5 * size), Image.Resampling.BILINEAR))
            fade = min(1.0, (1 - way) * 8) * self._strength
            for wheel in (-0.5, 0.5):
                x = x0 + (lane + wheel * 0.10 * near) * lens.unit
                add(moment.pixels, disc[None] * color[:, None, None], x - radius, y - radius, fade)
                add(moment.pixels, streak[None] * color[:, None, None], x - radius, y + radius * 0.4, 0.30 * fade)
