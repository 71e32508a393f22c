"""Buildings as lit boxes with roofs, windows and signs, painted straight into the planes of a layer."""

from __future__ import annotations

import numpy as np
from PIL import Image

from videogen_nb.gateway.render.drawing.arrays import Array
from videogen_nb.gateway.render.drawing.lens import Canvas
from videogen_nb.gateway.render.scene.palette import Palette, mix, rgb


def bloom(light: Array, alpha: Array, canvas: Canvas) -> Array:
    """Return the light that spreads around bright windows and signs."""
    rows, columns = alpha.shape
    glow = np.zeros_like(light)
    for reach, strength in ((0.010, 0.40), (0.045, 0.75)):
        step = max(2, round(reach * canvas.unit * canvas.density))
        size = (max(2, columns // step), max(2, rows // step))
        for channel in range(3):
            small = Image.fromarray(light[channel]).resize(size, Image.Resampling.BOX)
            wide = small.resize((columns, rows), Image.Resampling.BICUBIC)
            glow[channel] += np.maximum(np.asarray(wide), 0) * np.float32(strength)
    return np.minimum(glow, 0.9)


class BuildingPainter:
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
