"""Fractal noise: tiles by spectral synthesis, and octaves of smooth random grids for terrain."""

from __future__ import annotations

import numpy as np
from PIL import Image

from videogen_nb.gateway.render.drawing.arrays import Array


def cloud(
    rng: np.random.Generator, rows: int, columns: int, slope: float, stretch: float = 1.0, low: float = 1
) -> Array:
    """Return tileable noise of shape ``(rows, columns)`` with mean 0 and deviation 1.

    Args:
        rng: Where it comes from.
        rows: Height.
        columns: Width.
        slope: How fast fine detail fades: 1 is rough, 2.5 is soft.
        stretch: How much wider than tall its shapes are.
        low: Waves a tile of the coarsest shapes along the longer side.
    """
    spectrum = np.fft.rfft2(rng.standard_normal((rows, columns), dtype=np.float32))
    longer = max(rows, columns)
    fy = np.fft.fftfreq(rows)[:, None].astype(np.float32) * longer
    fx = np.fft.rfftfreq(columns)[None].astype(np.float32) * longer * stretch
    wave = np.sqrt(fx * fx + fy * fy) / low
    spectrum *= (wave**4 / (1 + wave**4)) / np.maximum(wave, 0.05) ** (slope / 2 + 0.5)
    field = np.fft.irfft2(spectrum, s=(rows, columns)).astype(np.float32)
    field -= field.mean()
    field /= field.std() + 1e-9
    return field


def grid(rng: np.random.Generator, rows: int, columns: int, tall: float, wide: float) -> Array:
    """Return smooth noise of shape ``(rows, columns)`` between -1 and 1 with `tall` by `wide` random knots."""
    knots = rng.uniform(-1, 1, (max(2, round(tall)) + 2, max(2, round(wide)) + 2)).astype(np.float32)
    box = (1.0, 1.0, 1.0 + max(2, tall) - 1, 1.0 + max(2, wide) - 1)
    image = Image.fromarray(knots).resize(
        (columns, rows), Image.Resampling.BICUBIC, box=(box[0], box[1], min(box[3], knots.shape[1]), box[2])
    )
    return np.asarray(image, np.float32)


def fbm(
    rng: np.random.Generator, rows: int, columns: int, tall: float, wide: float, octaves: int = 6, gain: float = 0.5
) -> Array:
    """Return fractal noise, about -1 to 1: octaves of `grid`, each twice as fine and `gain` times as strong."""
    total = np.zeros((rows, columns), np.float32)
    strength = 1.0
    for _ in range(octaves):
        if wide > columns / 2:
            break
        total += strength * grid(rng, rows, columns, tall, wide)
        tall, wide, strength = tall * 2, wide * 2, strength * gain
    return total


def ridged(
    rng: np.random.Generator, rows: int, columns: int, tall: float, wide: float, octaves: int = 6, gain: float = 0.5
) -> Array:
    """Return noise of sharp crests, 0 to about 1; detail gathers near the crests as on worn rock."""
    total = np.zeros((rows, columns), np.float32)
    weight: Array | float = 1.0
    strength, whole = 1.0, 0.0
    for _ in range(octaves):
        if wide > columns / 2:
            break
        crest = 1 - np.abs(grid(rng, rows, columns, tall, wide))
        crest *= crest
        crest *= weight
        total += strength * crest
        weight = np.clip(crest * 1.6, 0, 1)
        whole += strength
        tall, wide, strength = tall * 2, wide * 2, strength * gain
    return total / np.float32(whole)
