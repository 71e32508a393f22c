"""Things in numbers that move by themselves: birds, butterflies, fireflies, and a lighthouse's beam."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.blending import Glow, put, veil
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Airy, Moment
from videogen_nb.gateway.render.parts.things import bird, butterfly
from videogen_nb.gateway.render.scene.palette import Palette, from_lch, mix, rgb
from videogen_nb.gateway.render.scene.scene import Scene


class Flock(Airy):
    """Birds that cross the sky in loose order, each with its own beat and now and then a glide."""

    def __init__(self, scene: Scene, palette: Palette, lens: Lens, top: float, bottom: float, count: int = 7) -> None:
        rng = scene.rng("flock")
        color = mix(palette.ambient * 0.22, palette.haze, 0.22)
        size = lens.unit * float(rng.uniform(0.014, 0.02))
        self._poses = [bird(size, math.cos(2 * math.pi * i / 16), color) for i in range(16)]
        half = lens.half[0]
        self._heading = float(rng.choice((-1, 1)))
        self._x = rng.normal(0, 0.16, count) - self._heading * 0.35 * half
        self._y = rng.uniform(top, bottom) + rng.normal(0, 0.045, count)
        self._speed = 0.075 * self._heading * rng.uniform(0.92, 1.08, count)
        self._beat = rng.uniform(1.7, 2.4, count)
        self._phase = rng.uniform(0, 1, count)

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw each bird."""
        lens, t = moment.lens, moment.seconds
        seen = lens.window(moment.view, 0.2)
        for x, y, speed, beat, phase in zip(self._x, self._y, self._speed, self._beat, self._phase, strict=True):
            turn = t * beat + phase
            gliding = math.sin(t * 0.9 + phase * 9) > 0.45
            pose = self._poses[2 if gliding else int(turn * 16) % 16]
            px = ((x + speed * t) * lens.unit + lens.width / 2 - seen.left) / seen.step
            py = ((y + 0.008 * math.sin(turn * 2)) * lens.unit + lens.height / 2 - seen.top) / seen.step
            put(moment, pose, px, py)


class Butterflies(Airy):
    """Butterflies on wandering paths."""

    def __init__(self, scene: Scene, palette: Palette, lens: Lens, middle: float, count: int = 6) -> None:
        rng = scene.rng("butterflies")
        self._kinds = []
        for _ in range(3):
            hue = float(rng.uniform(0, 2 * math.pi))
            color = from_lch(np.array([0.80, 0.14, hue], np.float32))
            if palette.accent_said:
                color = mix(color, palette.accent, 0.6)
            size = lens.unit * float(rng.uniform(0.038, 0.06))
            spread = [0.5 + 0.5 * math.cos(2 * math.pi * i / 12) for i in range(12)]
            self._kinds.append([butterfly(size, s, mix(color, rgb("ffffff"), 0.1)) for s in spread])
        self._x = rng.uniform(-0.85, 0.85, count) * lens.half[0]
        self._y = middle + rng.uniform(-0.16, 0.16, count)
        self._rate = rng.uniform(0.5, 1.0, (count, 4))
        self._phase = rng.uniform(0, 2 * math.pi, (count, 5))

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Draw each butterfly."""
        lens, t = moment.lens, moment.seconds
        seen = lens.window(moment.view, 0.85)
        for index, (x, y) in enumerate(zip(self._x, self._y, strict=True)):
            r, p = self._rate[index], self._phase[index]
            x += 0.10 * math.sin(r[0] * t + p[0]) + 0.03 * math.sin(2.3 * r[1] * t + p[1])
            y += 0.05 * math.sin(1.4 * r[2] * t + p[2]) + 0.016 * math.sin(5 * r[3] * t + p[3])
            pose = self._kinds[index % 3][int((t * (2.6 + r[0]) + p[4]) * 12) % 12]
            px = (x * lens.unit + lens.width / 2 - seen.left) / seen.step
            py = (y * lens.unit + lens.height / 2 - seen.top) / seen.step
            put(moment, pose, px, py)


class Glows(Airy):
    """Soft points of light that drift and breathe: fireflies, dust in a sunbeam, embers."""

    def __init__(
        self,
        rng: np.random.Generator,
        lens: Lens,
        color: Sequence[float] | Array,
        area: tuple[float, float],
        count: int = 40,
        size: float = 0.012,
        strength: float = 1.0,
        rise: float = 0.0,
    ) -> None:
        self._x = rng.uniform(-1.1, 1.1, count) * lens.half[0]
        self._y = rng.uniform(*area, count)
        self._depth = rng.uniform(0.3, 1.0, count)
        self._rate = rng.uniform(0.25, 0.9, (count, 3))
        self._phase = rng.uniform(0, 2 * math.pi, (count, 3))
        self._rise, self._strength = rise, strength
        self._sprites = []
        for share in (0.4, 0.7, 1.0):
            radius = max(2.0, size * lens.unit * share)
            at = np.arange(-math.ceil(radius * 2), math.ceil(radius * 2) + 1)
            distance = np.hypot(at[:, None], at[None]) / radius
            light = np.clip(np.exp(-((distance * 2.6) ** 2)) + 0.35 * np.exp(-((distance * 1.2) ** 2)), 0, 1)
            self._sprites.append(Glow(light.astype(np.float32), np.asarray(color) * 255))

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Add the light of each point."""
        lens, t = moment.lens, moment.seconds
        for x, y, depth, r, p in zip(self._x, self._y, self._depth, self._rate, self._phase, strict=True):
            seen = lens.window(moment.view, float(depth))
            x += 0.05 * math.sin(r[0] * t + p[0])
            y += 0.03 * math.sin(r[1] * t * 1.7 + p[1]) - self._rise * t
            light = self._strength * (0.5 + 0.5 * math.sin(2.2 * r[2] * t * 2 + p[2])) ** 2
            sprite = self._sprites[int(depth * 2.99)]
            px = (x * lens.unit + lens.width / 2 - seen.left) / seen.step
            py = (y * lens.unit + lens.height / 2 - seen.top) / seen.step
            sprite.add(moment, px - sprite.shape[1] / 2, py - sprite.shape[0] / 2, light)


class Beam(Airy):
    """The light of a lighthouse, which turns: a flash towards us, a cone to each side."""

    def __init__(self, x: float, y: float, color: Array, strength: float, period: float = 5.0) -> None:
        self._x, self._y, self._color, self._strength, self._period = x, y, color, strength, period

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Add the beam and the glow of the lamp."""
        lens = moment.lens
        seen = lens.window(moment.view, 0.06)
        x = (self._x * lens.unit + lens.width / 2 - seen.left) / seen.step
        y = (self._y * lens.unit + lens.height / 2 - seen.top) / seen.step
        turn = 2 * math.pi * moment.seconds / self._period + 0.6
        reach = math.ceil(0.30 * lens.unit)
        y0, y1 = max(0, round(y) - reach), min(lens.height, round(y) + reach)
        if y0 >= y1:
            return
        dx = (np.arange(lens.width, dtype=np.float32) - np.float32(x))[None] / np.float32(lens.unit)
        dy = (np.arange(y0, y1, dtype=np.float32) - np.float32(y))[:, None] / np.float32(lens.unit)
        light = 0.9 * np.exp(-np.hypot(dx, dy) / 0.035) * (0.55 + 0.45 * max(0.0, math.sin(turn)) ** 6)
        for phase in (0.0, math.pi):
            toward = math.cos(turn + phase)
            distance = dx * np.float32(math.copysign(1, toward))
            open_ = np.maximum(distance, 0) * 0.11 + 0.006
            cone = np.exp(-((dy / open_) ** 2) - np.maximum(distance, 0) / (0.05 + 0.75 * abs(toward)))
            light = light + 0.42 * cone * (distance > 0) * abs(toward)
        share = (np.clip(light * self._strength, 0, 1) * 256).astype(np.uint16)
        veil(moment, y0, 0, share, self._color * 255)
