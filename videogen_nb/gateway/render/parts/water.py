"""Water in perspective: two moving fields of waves that bend the mirror image of what stands above it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from videogen_nb.gateway.render.drawing.arrays import Array, Bytes, Index, Mask
from videogen_nb.gateway.render.drawing.blending import Share, planes, veil
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import TILE_ROWS, Airy, Moment
from videogen_nb.gateway.render.drawing.noise import cloud
from videogen_nb.gateway.render.parts.sky import Sun
from videogen_nb.gateway.render.scene.palette import Palette, mix
from videogen_nb.gateway.render.scene.scene import Scene

_TILE = 1024
_STRIP = 32  # rows at a time, so that what lies between stays in the cache
_BITS = 5
_HIGH = 1 << _BITS  # a wave of height 1


class Water:
    """A surface from the horizon down to the bottom of the frame.

    Args:
        scene: Gives the random numbers.
        palette: Gives the colours.
        lens: The camera.
        horizon: Where the surface begins, in units from the middle of the frame, downwards.
        sun: Whose light glitters on it.
        rough: 0 is a mirror, 1 a breeze.
        deep: Colour of the water where nothing is mirrored, shape ``(3,)``; default: out of the palette.
        mirror: Share of mirrored light at the bottom of the frame; at the horizon it is nearly all.
    """

    mirrors = True

    def __init__(
        self,
        scene: Scene,
        palette: Palette,
        lens: Lens,
        horizon: float,
        sun: Sun,
        rough: float = 0.5,
        deep: Array | None = None,
        mirror: float = 0.45,
        near: float = 1.0,
    ) -> None:
        rng = scene.rng("water")
        self._horizon, self._sun, self._rough, self._mirror, self._near = horizon, sun, rough, mirror, near
        body = mix(palette.sky[0], palette.ambient, 0.3) * np.float32(0.55)
        self._deep = np.round(planes((body if deep is None else deep) * 255)).astype(np.uint16)
        self._glint = np.round(planes(mix(palette.light, palette.sun, 0.6) * 255)).astype(int).tolist()
        self._sparkle = max(0.0, 1 - 1.6 * palette.gloom)
        fields = (cloud(rng, _TILE, _TILE, 2.6, stretch=0.8, low=6), cloud(rng, _TILE, _TILE, 2.0, stretch=0.7, low=18))
        self._fields = [_mips(field * strength) for field, strength in zip(fields, (0.75, 0.5), strict=True)]
        self._pace = (float(rng.uniform(0.7, 1.0)), float(rng.uniform(-0.5, 0.5)))

    def cover(self, moment: Moment, hidden: Mask) -> None:
        """Mark the tiles below the horizon."""
        hidden[-(-self._row(moment) // TILE_ROWS) :] = True

    def _row(self, moment: Moment) -> int:
        lens = moment.lens
        seen = lens.window(moment.view, 0.06)
        y = (self._horizon * lens.unit + lens.height / 2 - seen.top) / seen.step
        return int(np.clip(2 * round(y / 2), 2, lens.height))

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Mirror what is above the horizon in the waves."""
        lens = moment.lens
        start = self._row(moment)
        count = lens.height - start
        for first in range(0, count, _STRIP):
            self._draw_rows(moment, start, np.arange(first, min(first + _STRIP, count), dtype=np.float32))

    def _draw_rows(self, moment: Moment, start: int, rows: Array) -> None:
        lens = moment.lens
        width = lens.width
        down = (rows + 0.5) * np.float32(1 / lens.unit)
        far = 1 / (down + np.float32(0.006))
        # Near water moves with the nearest layers, far water with the horizon.
        near = np.clip(down / 0.55, 0, 1) * np.float32(self._near)
        aside = (moment.view.turn + moment.view.x * (0.06 + 0.94 * near)).astype(np.float32) * width
        wave = self._slopes(moment, far, aside, moment.view.dolly * 0.9)
        # In 256ths of a pixel; the mirror image also shakes sideways, less than up and down.
        gain = self._rough * (0.012 + 0.10 * near) * lens.unit * 256 / _HIGH
        lift = wave.astype(np.int32)
        lift *= np.round(gain).astype(np.int32)[:, None]
        source = lift + np.round(rows * np.float32(0.86 * 256) + 128).astype(np.int32)[:, None]
        source >>= 8
        np.abs(source, out=source)
        np.minimum(source, start - 1, out=source)
        np.subtract(start - 1, source, out=source)
        lift >>= 2
        lift += np.arange(128, width * 256, 256, dtype=np.int32)
        lift >>= 8
        np.clip(lift, 0, width - 1, out=lift)
        grazing = (self._mirror + (0.95 - self._mirror) * np.exp(-down / 0.16)) * 256
        share = wave * np.int16(round((0.07 * self._rough + 0.02) * 256))
        share >>= np.int16(_BITS)
        share += np.round(grazing).astype(np.int16)[:, None]
        np.clip(share, 0, 256, out=share)
        mirrored, glint = share.view(np.uint16), self._glitter(moment, down, wave)
        first = start + int(rows[0])
        self._reflect(moment.luma, first, source, lift, mirrored, glint, 0)
        half = np.s_[::2, ::2]
        source, lift, mirrored = source[half] >> 1, lift[half] >> 1, mirrored[half]
        glint = None if glint is None else glint[half]
        for number, plane in enumerate(moment.chroma, 1):
            self._reflect(plane, first // 2, source, lift, mirrored, glint, number)

    def _reflect(
        self, plane: Bytes, first: int, source: Index, aside: Index, share: Share, glint: Share | None, number: int
    ) -> None:
        at = source.astype(np.intp)
        at *= plane.shape[1]
        at += aside
        seen = plane.reshape(-1)[at].astype(np.uint16)
        seen *= share
        seen += (np.uint16(256) - share) * self._deep[number]
        seen += np.uint16(128)
        seen >>= np.uint16(8)
        if glint is not None:
            seen *= np.uint16(256) - glint
            seen += glint * np.uint16(self._glint[number])
            seen >>= np.uint16(8)
        plane[first : first + len(seen)] = seen

    def _slopes(self, moment: Moment, far: Array, aside: Array, forward: float) -> NDArray[np.int16]:
        """Return the waves, about -2 to 2 times `_HIGH`, shape ``(rows, width)``."""
        lens = moment.lens
        total: NDArray[np.int16] | None = None
        across = (np.arange(lens.width, dtype=np.float32) - lens.width / 2)[None]
        seconds = moment.seconds
        for field, scale, pace, slide in (
            (self._fields[0], 210.0, 34.0 * self._pace[0], 20.0 * self._pace[1]),
            (self._fields[1], 330.0, 64.0, -15.0),
        ):
            per_pixel = far * scale / lens.unit
            # Rows are foreshortened more than columns; the level is a compromise between the two.
            footprint = per_pixel * np.sqrt(np.maximum(far * 0.5, 1))
            level = np.clip(np.floor(np.log2(np.maximum(footprint, 1)) + 0.3), 0, len(field.sizes) - 1).astype(int)
            size = field.sizes[level]
            shrink = (1 / 2.0**level).astype(np.float32)
            rate = (per_pixel * shrink)[:, None]
            u = across * rate
            u += aside[:, None] * rate + (slide * seconds * shrink)[:, None]
            v = (far * scale * 1.1 + (pace * seconds + forward * 300)) * shrink
            row = np.floor(v).astype(np.int32) & (size - 1)
            columns = u.astype(np.int32)
            columns &= (size - 1)[:, None]
            columns += (field.starts[level] + row * size)[:, None]
            value = field.texels[columns.astype(np.intp)]
            total = value.astype(np.int16) if total is None else np.add(total, value, out=total)
        assert total is not None
        return total

    def _glitter(self, moment: Moment, down: Array, wave: NDArray[np.int16]) -> Share | None:
        """Return the sparkle of the sun on the crests, 0 to 256."""
        if not self._sparkle:
            return None
        lens = moment.lens
        seen = lens.window(moment.view, 0.0)
        middle = (self._sun.x * lens.unit + lens.width / 2 - seen.left) / seen.step
        aside = ((np.arange(0, lens.width, 4) + 2 - middle) / lens.unit).astype(np.float32)
        spread = (0.035 + 0.42 * down)[:, None]
        coarse = np.exp(-((aside[None] / spread) ** 2)).astype(np.float32)
        coarse *= ((np.exp(-down / 0.45) * 1.1 + 0.1) * self._sparkle * 128).astype(np.float32)[:, None]
        path = np.minimum(coarse, 154).astype(np.int16).repeat(4, axis=1)[:, : lens.width]  # in 128ths
        crest = wave * np.int16(round(128 * 1.9 / _HIGH))
        crest += np.int16(round(-0.25 * 1.9 * 128))
        crest += (path * np.int16(85)) >> np.int16(7)
        np.clip(crest, 0, 128, out=crest)
        crest *= path
        crest >>= np.int16(6)
        return np.asarray(np.minimum(crest, 256)).view(np.uint16)


class Swell(Airy):
    """A row of high waves in a storm: a dark face below a crest with foam."""

    def __init__(self, scene: Scene, palette: Palette, y: float, height: float, depth: float) -> None:
        rng = scene.rng(f"swell {y:.3f}")
        self._y, self._height, self._depth = y, height, depth
        self._waves = rng.uniform((1.2, 0, 0.6), (3.2, 6.3, 1.3), (4, 3))
        self._foam = cloud(rng, 256, 1024, 1.2, stretch=2.0, low=8)
        self._white = mix(palette.haze, np.ones(3, np.float32), 0.55) * 255

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Darken the face of the wave and lay foam along its crest."""
        lens, t = moment.lens, moment.seconds
        seen = lens.window(moment.view, self._depth)
        x = ((np.arange(lens.width) * seen.step + seen.left) / lens.unit).astype(np.float32)
        line = np.zeros(lens.width, np.float32)
        for index, (rate, phase, pace) in enumerate(self._waves):
            turn = (
                x * rate * (1 + 0.55 * index) * 0.30 / self._height**0.5 + phase + pace * t * (1 if index % 3 else -0.8)
            )
            line += (1 - np.abs(np.sin(turn))) ** 1.5 / (1 + 0.8 * index)  # sharp crests, wide troughs
        crest = (self._y - self._height * 0.62 * line) * lens.unit + lens.height / 2
        crest = (crest - seen.top) / seen.step
        tall = self._height * lens.unit / seen.step
        first, last = max(0, int(crest.min()) - 1), min(lens.height, int(crest.max() + 2.2 * tall))
        if first >= last:
            return
        down = np.arange(first, last, dtype=np.float32)[:, None] - crest[None].astype(np.float32)
        inside = np.clip(down + 0.5, 0, 1)
        face = inside * np.exp(-np.maximum(down, 0) / np.float32(0.75 * tall))
        row = (np.maximum(down, 0) * np.float32(90 / tall)).astype(np.int32) & 255
        column = (x * 260 + 16 * t).astype(np.int32) & 1023
        lace = np.clip(self._foam[row, column[None]] * 0.6 - 0.15 - down * np.float32(1.6 / tall), 0, 1)
        edge = np.exp(-((down - 0.02 * tall) ** 2) * np.float32(1 / (0.035 * tall + 0.6) ** 2)) * 0.55
        foam = np.clip(lace * 1.1 + edge * np.clip(line * 0.9 - 0.5, 0, 1), 0, 0.85) * inside
        veil(moment, first, 0, (np.float32(0.62 * 256) * face).astype(np.uint16), (0, 0, 0))
        veil(moment, first, 0, (foam * 256).astype(np.uint16), self._white)


class _Mips:
    def __init__(self, texels: NDArray[np.int8], sizes: NDArray[np.int32], starts: NDArray[np.int32]) -> None:
        self.texels, self.sizes, self.starts = texels, sizes, starts


def _mips(field: Array) -> _Mips:
    """Return a field with its halvings, so that far waves melt together instead of flickering."""
    parts, sizes, starts, start = [], [], [], 0
    while field.shape[0] >= 4:
        parts.append(field.reshape(-1))
        sizes.append(field.shape[0])
        starts.append(start)
        start += field.size
        field = (field[::2, ::2] + field[1::2, ::2] + field[::2, 1::2] + field[1::2, 1::2]) * np.float32(0.25)
    texels = np.clip(np.round(np.concatenate(parts) * _HIGH), -127, 127).astype(np.int8)
    return _Mips(texels, np.array(sizes, np.int32), np.array(starts, np.int32))
