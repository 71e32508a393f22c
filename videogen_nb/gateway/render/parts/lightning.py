"""Lightning: flashes that light the sky from behind the land, some with a bolt."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from videogen_nb.gateway.render.drawing.arrays import Array, Mask
from videogen_nb.gateway.render.drawing.blending import Glow, veil
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Airy, Moment
from videogen_nb.gateway.render.scene.scene import Scene


class Lightning(Airy):
    """Flashes behind the clouds, some with a bolt."""

    def __init__(self, scene: Scene, lens: Lens, horizon: float) -> None:
        rng = scene.rng("lightning")
        self._times = np.cumsum(rng.uniform(1.1, 2.6, 40)) - rng.uniform(0.3, 1.0)
        self._horizon = horizon
        self._bolts = []
        for _ in range(5):
            height = (horizon + lens.half[1]) * lens.unit
            self._bolts.append(
                (
                    float(rng.uniform(-0.8, 0.8)) * lens.half[0],
                    Glow(_bolt(rng, max(48, round(height))), (219, 230, 255)),
                )
            )

    def draw(self, moment: Moment, hidden: Mask) -> None:
        """Brighten the sky in the moments of a flash."""
        ages = moment.seconds - self._times
        index = int(np.argmax(np.where(ages >= 0, self._times, -1)))
        age = float(ages[index])
        if not 0 <= age < 0.55:
            return
        light = math.exp(-age * 7) * (0.65 + 0.35 * math.cos(age * 55))
        lens = moment.lens
        x, bolt = self._bolts[index % len(self._bolts)]
        seen = lens.window(moment.view, 0.03)
        end = round((self._horizon * lens.unit + lens.height / 2 - seen.top) / seen.step)
        end = min(max(end, 1), lens.height)
        middle = (x * lens.unit + lens.width / 2 - seen.left) / seen.step
        aside = np.exp(-(((np.arange(lens.width, dtype=np.float32) - middle) / (0.6 * lens.unit)) ** 2))
        share = (aside * np.float32(light * 0.42 * 256)).astype(np.uint16)
        veil(moment, 0, 0, np.broadcast_to(share, (end, lens.width)), (225, 235, 255))
        if index % 3 != 2 and age < 0.32:
            bolt.add(moment, middle - bolt.shape[1] / 2, end - bolt.shape[0], light)


def _bolt(rng: np.random.Generator, height: int) -> Array:
    """Return a bolt with its glow, 0 to 1, shape ``(height, height)``."""
    image = Image.new("L", (height, height))
    draw = ImageDraw.Draw(image)

    def grow(x: float, y: float, drift: float, width: float, branches: int) -> None:
        while y < height:
            nx, ny = x + rng.normal(drift, 0.024) * height, y + rng.uniform(0.015, 0.04) * height
            draw.line([x, y, nx, ny], fill=255, width=max(1, round(width)))
            if branches and rng.random() < 0.13:
                grow(nx, ny, float(rng.choice((-1, 1))) * 0.016, width * 0.5, 0)
            x, y = nx, ny
            if branches == 0 and rng.random() < 0.09:
                return

    grow(height * 0.5, 0, 0.0, height / 190, 2)
    small = image.resize((max(2, height // 8),) * 2, Image.Resampling.BOX).resize(
        (height, height), Image.Resampling.BICUBIC
    )
    wide = image.resize((max(2, height // 32),) * 2, Image.Resampling.BOX).resize(
        (height, height), Image.Resampling.BICUBIC
    )
    bolt = (
        np.asarray(image, np.float32) * 0.9 + np.asarray(small, np.float32) * 0.8 + np.asarray(wide, np.float32) * 0.9
    )
    return np.asarray(np.minimum(bolt, 255) * np.float32(1 / 255))
