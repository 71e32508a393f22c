"""Drawings of the things that a prompt may name: boats, a lighthouse, a balloon, birds, butterflies."""

from __future__ import annotations

import math

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array
from videogen_nb.gateway.render.drawing.sprites import Sketch, curve
from videogen_nb.gateway.render.scene.palette import Palette, mix, rgb


def lit(palette: Palette, color: Array | str, light: float = 0.5) -> Array:
    """Return a colour as the scene's light shows it; `light` is how much of the sun it gets, 0 to 1."""
    base = rgb(color) if isinstance(color, str) else color
    return np.asarray(np.clip(base * (palette.ambient * 0.62 + palette.light * light), 0, 1), np.float32)


def sailboat(palette: Palette, height: float, side: float) -> Array:
    """Return a sailing boat `height` pixels high, lit from `side` (-1 left, 1 right)."""
    board = Sketch(height, 0.95)
    sail = mix(rgb("f6efe2"), palette.accent, 0.12)
    bright, dim = lit(palette, sail, 0.85), lit(palette, sail, 0.35)
    left, right = (bright, dim) if side < 0 else (dim, bright)
    board.line([(0.46, 0.02), (0.46, 0.88)], lit(palette, "5a4636", 0.3), 0.014)
    board.polygon([(0.445, 0.05), (0.30, 0.45), (0.08, 0.78), (0.445, 0.80)], left)
    board.polygon([(0.445, 0.05), (0.36, 0.42), (0.30, 0.79), (0.445, 0.80)], mix(left, dim, 0.35))
    board.polygon([(0.48, 0.08), (0.62, 0.40), (0.86, 0.78), (0.48, 0.80)], right)
    hull = lit(palette, palette.accent, 0.55)
    board.polygon([(0.04, 0.855), (0.93, 0.84), (0.80, 0.995), (0.18, 0.995)], hull)
    board.polygon([(0.09, 0.925), (0.865, 0.92), (0.80, 0.995), (0.18, 0.995)], hull * 0.62)
    return board.done()


def fishing_boat(palette: Palette, height: float, side: float) -> Array:
    """Return a small wooden boat with a cabin, `height` pixels high."""
    board = Sketch(height, 1.9)
    hull, cabin = lit(palette, palette.accent, 0.5), lit(palette, "f2e8d8", 0.7)
    board.line([(1.10, 0.02), (1.10, 0.5)], lit(palette, "3a3030", 0.3), 0.022)
    board.line([(1.10, 0.06), (1.72, 0.52)], lit(palette, "3a3030", 0.3), 0.012)
    board.polygon([(0.62, 0.26), (1.02, 0.26), (1.06, 0.60), (0.60, 0.60)], cabin)
    board.polygon([(0.56, 0.22), (1.08, 0.22), (1.06, 0.29), (0.58, 0.29)], lit(palette, palette.accent, 0.35))
    board.polygon([(0.86, 0.35), (0.98, 0.35), (0.99, 0.48), (0.86, 0.48)], lit(palette, "26303a", 0.3))
    board.polygon([(0.68, 0.35), (0.80, 0.35), (0.80, 0.48), (0.68, 0.48)], lit(palette, "26303a", 0.3))
    board.polygon(curve([(0.06, 0.56), (0.9, 0.64), (1.86, 0.44), (1.62, 0.98), (0.95, 0.995), (0.28, 0.97)], 6), hull)
    board.polygon(
        curve([(0.13, 0.76), (0.9, 0.82), (1.72, 0.72), (1.62, 0.98), (0.95, 0.995), (0.28, 0.97)], 6), hull * 0.6
    )
    return board.done()


def paper_boat(palette: Palette, height: float, side: float) -> Array:
    """Return a folded paper boat `height` pixels high, lit from `side`."""
    board = Sketch(height, 1.7)
    paper = mix(rgb("fbf6ea"), palette.accent, 0.55) if palette.accent_said else rgb("fbf6ea")
    tones = [lit(palette, paper, s) for s in (0.95, 0.72, 0.50, 0.30)]
    a, b, c, d = tones if side < 0 else (tones[1], tones[0], tones[3], tones[2])
    board.polygon([(0.02, 0.40), (0.85, 0.55), (1.68, 0.40), (0.85, 0.80)], d * 0.82)
    board.polygon([(0.85, 0.02), (0.85, 0.76), (0.40, 0.66)], a)
    board.polygon([(0.85, 0.02), (0.85, 0.76), (1.30, 0.66)], c)
    board.polygon([(0.02, 0.40), (0.85, 0.68), (0.85, 0.99), (0.36, 0.99)], b)
    board.polygon([(1.68, 0.40), (0.85, 0.68), (0.85, 0.99), (1.34, 0.99)], c * 0.9)
    board.polygon([(0.85, 0.68), (0.85, 0.99), (0.50, 0.99)], mix(a, b, 0.3))
    board.polygon([(0.85, 0.68), (0.85, 0.99), (1.20, 0.99)], mix(c, d, 0.35))
    board.line([(0.02, 0.40), (0.85, 0.68), (1.68, 0.40)], a, 0.010)
    return board.done()


def lighthouse(palette: Palette, height: float, side: float) -> Array:
    """Return a striped lighthouse `height` pixels high; its lamp is at 0.13 of the height."""
    board = Sketch(height, 0.34)
    for index in range(7):
        top, bottom = 0.24 + index * 0.109, 0.24 + (index + 1) * 0.109
        paint = palette.accent if index % 2 else rgb("f4efe6")
        for step in range(8):
            a, b = step / 8, (step + 1) / 8
            across = (a + b) / 2 if side > 0 else 1 - (a + b) / 2
            color = lit(palette, paint, 0.14 + 0.75 * across**1.5)

            def at(share: float, y: float) -> tuple[float, float]:
                half = 0.062 + 0.055 * (y - 0.24) / 0.76
                return 0.17 + (share * 2 - 1) * half, y

            board.polygon([at(a, top), at(b, top), at(b, bottom), at(a, bottom)], color)
    dark = lit(palette, "2a2c34", 0.3)
    board.polygon([(0.075, 0.215), (0.265, 0.215), (0.25, 0.245), (0.09, 0.245)], dark)
    board.polygon([(0.115, 0.09), (0.225, 0.09), (0.225, 0.215), (0.115, 0.215)], mix(palette.sun, rgb("ffe9a0"), 0.5))
    for x in (0.115, 0.152, 0.188, 0.225):
        board.line([(x, 0.09), (x, 0.215)], dark, 0.007)
    board.polygon([(0.095, 0.095), (0.17, 0.02), (0.245, 0.095)], lit(palette, palette.accent, 0.4))
    board.ellipse(0.17, 0.018, 0.010, 0.016, dark)
    return board.done()


def balloon(palette: Palette, height: float, color: Array, side: float) -> Array:
    """Return a hot-air balloon `height` pixels high with gores of two colours."""
    board = Sketch(height, 0.76)
    second = mix(color, rgb("fff2dc"), 0.72)
    gores = 10
    ring = [math.cos(math.pi * i / gores) for i in range(gores + 1)]
    for index in range(gores):
        across = 0.5 + 0.5 * side * -(ring[index] + ring[index + 1]) / 2
        paint = lit(palette, color if index % 2 else second, 0.22 + 0.75 * across**1.2)
        outline = []
        for at in (index, index + 1):
            edge = [(0.38 - ring[at] * 0.37 * _envelope(v), 0.01 + 0.78 * v) for v in np.linspace(0, 1, 28)]
            outline.append(edge if at == index else edge[::-1])
        board.polygon(outline[0] + outline[1], paint)
    rope = lit(palette, "40322a", 0.3)
    for x0, x1 in ((0.30, 0.335), (0.46, 0.425)):
        board.line([(x0, 0.785), (x1, 0.90)], rope, 0.006)
    board.polygon([(0.325, 0.90), (0.435, 0.90), (0.425, 0.99), (0.335, 0.99)], lit(palette, "8a5a34", 0.5))
    board.polygon([(0.32, 0.895), (0.44, 0.895), (0.44, 0.915), (0.32, 0.915)], lit(palette, "5a3a24", 0.5))
    return board.done()


def _envelope(v: float) -> float:
    """Return the half width of a balloon at the share `v` of its height from the top."""
    return (
        math.sqrt(max(0.0, 1 - ((0.42 - v) / 0.42) ** 2))
        if v < 0.42
        else 0.22 + 0.78 * max(0.0, math.cos((v - 0.42) / 0.58 * math.pi / 2)) ** 0.9
    )


def bird(height: float, lift: float, color: Array) -> Array:
    """Return a gull from the front; `lift` is where its wings are, -1 (down) to 1 (up)."""
    board = Sketch(height, 2.4)
    tip, bend = 0.5 - 0.42 * lift, 0.42 - 0.16 * lift
    board.polygon(
        [
            (0.02, tip),
            (0.60, bend - 0.04),
            (1.2, 0.50),
            (1.80, bend - 0.04),
            (2.38, tip),
            (1.76, bend + 0.07),
            (1.26, 0.62),
            (1.2, 0.66),
            (1.14, 0.62),
            (0.64, bend + 0.07),
        ],
        color,
    )
    return board.done()


def butterfly(height: float, open_: float, color: Array) -> Array:
    """Return a butterfly; `open_` is how far its wings are spread, 0 to 1."""
    board = Sketch(height, 1.2)
    for side in (-1, 1):
        w = side * (0.12 + 0.88 * open_)
        shade = color * (1.0 if side < 0 else 0.86)
        board.polygon(
            curve([(0.6, 0.50), (0.6 + 0.22 * w, 0.12), (0.6 + 0.56 * w, 0.06), (0.6 + 0.50 * w, 0.46)], 6), shade
        )
        board.polygon(
            curve([(0.6, 0.50), (0.6 + 0.42 * w, 0.52), (0.6 + 0.38 * w, 0.90), (0.6 + 0.12 * w, 0.80)], 6),
            shade * 0.85,
        )
    board.polygon(curve([(0.6, 0.30), (0.62, 0.5), (0.6, 0.82), (0.58, 0.5)], 5), np.array([0.12, 0.09, 0.08]))
    return board.done()
