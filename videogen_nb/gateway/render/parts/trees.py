"""Trees and grass as silhouettes with a lit side, drawn many at once on a layer's canvas."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from videogen_nb.gateway.render.drawing.arrays import Array
from videogen_nb.gateway.render.drawing.lens import Canvas

_FINE = 2


class Stand:
    """A canvas on which silhouettes are drawn, each in a tone: 0 is dark, 1 is light."""

    def __init__(self, canvas: Canvas) -> None:
        rows, columns = canvas.shape
        self.canvas = canvas
        self._mask = Image.new("L", (columns * _FINE, rows * _FINE))
        self._tone = Image.new("L", (columns * _FINE, rows * _FINE))
        self._draw_mask, self._draw_tone = ImageDraw.Draw(self._mask), ImageDraw.Draw(self._tone)
        self._scale = canvas.unit * canvas.density * _FINE
        self._x0, self._y0 = float(canvas.x[0]), float(canvas.y[0])

    def polygon(self, points: list[tuple[float, float]], tone: float) -> None:
        """Fill a polygon given in units."""
        pixels = [((x - self._x0) * self._scale, (y - self._y0) * self._scale) for x, y in points]
        self._draw_mask.polygon(pixels, fill=255)
        self._draw_tone.polygon(pixels, fill=round(255 * min(1.0, max(0.0, tone))))

    def ground(self, line: Array) -> None:
        """Fill everything below a line given at each column, in units, in the darkest tone."""
        pixels = [
            ((x - self._x0) * self._scale, (y - self._y0) * self._scale)
            for x, y in zip(self.canvas.x, line, strict=True)
        ]
        bottom = (len(self.canvas.y) + 8) * _FINE
        outline = [*pixels[:: max(1, len(pixels) // 400)], pixels[-1], (pixels[-1][0], bottom), (pixels[0][0], bottom)]
        self._draw_mask.polygon(outline, fill=255)
        self._draw_tone.polygon(outline, fill=0)

    def done(self) -> tuple[Array, Array]:
        """Return alpha and tone, each 0 to 1 and of the canvas's shape."""
        alpha = np.asarray(self._mask.reduce(_FINE), np.float32) / 255
        # Tone is weighed with what is covered, else edges would darken.
        tone = np.asarray(self._tone.reduce(_FINE), np.float32) / 255 / np.maximum(alpha, 1 / 255)
        return alpha, np.clip(tone, 0, 1)


def conifer(stand: Stand, rng: np.random.Generator, x: float, base: float, height: float, side: float) -> None:
    """Draw a fir: tiers of hanging branches that widen downwards."""
    width = height * float(rng.uniform(0.17, 0.25))
    tiers = int(rng.integers(8, 13))
    lean = float(rng.normal(0, 0.012)) * height
    stand.polygon([(x - height * 0.011, base), (x + height * 0.011, base), (x + lean, base - height * 0.9)], 0.1)
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    for tier in range(tiers):
        top = tier / tiers
        end = (tier + 1.25) / tiers
        for edge, sign in ((left, -1), (right, 1)):
            reach = width * end**0.9 * float(rng.uniform(0.72, 1.1))
            at = x + lean * (1 - top)
            edge.append((at + sign * reach * 0.34 * (tier > 0), base - height * (1 - 0.93 * top)))
            edge.append(
                (at + sign * reach, base - height * (1 - 0.93 * end) + height * 0.012 * float(rng.uniform(0, 1)))
            )
    outline = [(x + lean, base - height), *left, *right[::-1]]
    stand.polygon(outline, 0.12 + 0.16 * float(rng.random()))
    bright = right if side > 0 else left
    inner = [(x + lean * 0.5 + (px - x) * 0.30, py + height * 0.012) for px, py in bright]
    stand.polygon([(x + lean, base - height), *bright, *inner[::-1]], 0.42 + 0.35 * float(rng.random()))


def broadleaf(stand: Stand, rng: np.random.Generator, x: float, base: float, height: float, side: float) -> None:
    """Draw a round-headed tree: a trunk and clumps of leaves, lit from `side`."""
    trunk = height * 0.030
    stand.polygon(
        [
            (x - trunk * 1.4, base),
            (x - trunk * 0.6, base - height * 0.5),
            (x + trunk * 0.6, base - height * 0.5),
            (x + trunk * 1.4, base),
        ],
        0.06,
    )
    for _ in range(5):
        tip = (x + float(rng.normal(0, 0.16)) * height, base - height * float(rng.uniform(0.5, 0.75)))
        stand.polygon([(x - trunk * 0.5, base - height * 0.30), (x + trunk * 0.5, base - height * 0.33), tip], 0.06)
    clumps = []
    for _ in range(34):
        angle, away = float(rng.uniform(0, 2 * math.pi)), math.sqrt(float(rng.random()))
        clumps.append(
            (x + math.cos(angle) * away * height * 0.31, base - height * 0.66 + math.sin(angle) * away * height * 0.25)
        )
    clumps.sort(key=lambda c: -c[1] + side * 0.4 * c[0] * 0)
    for depth, (cx, cy) in enumerate(clumps):
        radius = height * float(rng.uniform(0.065, 0.12))
        facing = 0.5 + 0.5 * (side * (cx - x) - (cy - (base - height * 0.66))) / (height * 0.36)
        _clump(stand, rng, cx, cy, radius, 0.10 + 0.42 * facing * (0.5 + 0.5 * depth / len(clumps)))
        _clump(stand, rng, cx + side * radius * 0.28, cy - radius * 0.3, radius * 0.62, 0.20 + 0.68 * facing)


def _clump(stand: Stand, rng: np.random.Generator, x: float, y: float, radius: float, tone: float) -> None:
    count = 16
    reach = radius * rng.uniform(0.72, 1.12, count)
    turn = np.linspace(0, 2 * math.pi, count, endpoint=False) + rng.uniform(-0.15, 0.15, count)
    stand.polygon([(x + r * math.cos(a), y + r * math.sin(a)) for r, a in zip(reach, turn, strict=True)], tone)


def trunk(
    stand: Stand, rng: np.random.Generator, x: float, top: float, bottom: float, width: float, side: float
) -> None:
    """Draw a tall bare trunk that leaves the frame at the top, with a few dead twigs."""
    lean = float(rng.normal(0, 0.03))
    steps = 14
    ys = np.linspace(bottom, top, steps)
    middle = x + lean * (bottom - ys) + rng.normal(0, width * 0.05, steps)
    half = width * 0.5 * (1 - 0.35 * (bottom - ys) / max(bottom - top, 1e-6)) * rng.uniform(0.95, 1.05, steps)
    half[0] *= 1.5
    left, right = list(zip(middle - half, ys, strict=True)), list(zip(middle + half, ys, strict=True))
    stand.polygon([*left, *right[::-1]], 0.05)
    lit = list(zip(middle + side * half * 0.45, ys, strict=True))
    stand.polygon([*(right if side > 0 else left), *lit[::-1]], 0.5)
    for _ in range(int(rng.integers(3, 7))):
        at = int(rng.integers(3, steps - 1))
        sign, length = float(rng.choice((-1, 1))), width * float(rng.uniform(1.0, 3.0))
        sx, sy = float(middle[at]), float(ys[at])
        stand.polygon(
            [(sx, sy), (sx, sy - width * 0.10), (sx + sign * length, sy - length * float(rng.uniform(0.1, 0.5)))], 0.05
        )


def grass(
    stand: Stand, rng: np.random.Generator, line: Array, count: int, height: float, tones: tuple[float, float]
) -> None:
    """Draw blades along a line given at each column of the canvas."""
    columns = stand.canvas.x
    for x in np.sort(rng.uniform(columns[0], columns[-1], count)):
        tall = height * float(rng.uniform(0.45, 1.15))
        bend, thin = tall * float(rng.normal(0, 0.35)), tall * 0.035
        base = float(np.interp(x, columns, line)) + tall * 0.1
        left = [(x - thin, base), (x - thin * 0.6 + bend * 0.35, base - tall * 0.6)]
        right = [(x + thin * 0.6 + bend * 0.38, base - tall * 0.58), (x + thin, base)]
        stand.polygon([*left, (x + bend, base - tall), *right], float(rng.uniform(*tones)))
