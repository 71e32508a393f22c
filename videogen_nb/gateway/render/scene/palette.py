"""Colours of a scene: the sky of each hour, the light it gives, and what colour words do to both."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from videogen_nb.gateway.render.drawing.arrays import Array
from videogen_nb.gateway.render.scene.scene import Scene
from videogen_nb.gateway.render.scene.words import COLORS

# Zenith to horizon, then sun, light, ambient and haze. Several skies an hour: the seed takes one.
_HOURS: dict[str, tuple[str, ...]] = {
    "dawn": (
        "27396e 6c6aa8 f09a90 ffd3a0 | fff0cf ffb890 6c78b8 eda79a",
        "1c4f78 5fa3b4 f7c79c ffe3b4 | fff4d4 ffcd98 6a92b8 e9c3a2",
        "37306a 8f5fa2 fb8a86 ffc48e | ffe8c4 ffaa8a 7a6cb8 ee9a9c",
    ),
    "day": (
        "0f5fb4 3f9ce0 8ccff2 dcf2f8 | fffbe2 fff0c8 7fb0e0 b4daf0",
        "0d7aa6 4cbcd4 a6e2e2 eef6e0 | fffbe2 fff2c4 7cc0d0 c0e4e2",
        "2358b8 5a98ea a2ccf8 e4f0fa | fffdf0 fff2da 8aa8e4 bcd4f2",
    ),
    "sunset": (
        "221a52 7f2f74 ef5a54 ffb04c | ffe796 ff9c54 644f9c f0825a",
        "0f2c58 3f6690 ea8a56 ffa744 | fff0a8 ffae5c 4a70a0 ee9860",
        "34154f a82a7c ff6468 ffbe68 | ffe8a8 ff9a74 754a9c f67c78",
        "235c92 6fb0c0 fdbf6a ffd97c | fff4be ffc468 6a94b8 f6b868",
    ),
    "dusk": (
        "0c1032 27297a 6f4098 e66a86 | ffc090 d88098 40449a 7a5298",
        "08203c 134a70 3f8f9c f4a274 | ffcc98 c09090 2e6490 5a8a9a",
        "120c38 3c2274 9a3e8e ff8468 | ffc08c e0808c 483e9a 945490",
    ),
    "night": (
        "030718 081838 123664 2468a0 | eef4ff 86b0ee 203c78 1a4274",
        "060618 121040 2c2270 5444a0 | f4f0ff a09cf4 302c78 2f2c70",
        "020f1a 04283e 0a4a60 187c80 | eafcff 7cd0d4 144c64 10586a",
    ),
}


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scene; each is an array of shape ``(3,)``, float32, sRGB 0 to 1, `sky` has four of them.

    Args:
        sky: Shape ``(4, 3)``, zenith to horizon.
        sun: The disc of sun or moon.
        light: What sun or moon throws on things.
        ambient: What the rest of the sky throws on things.
        haze: What far things fade into.
        accent: The colour of the one thing that may stand out.
        gloom: How much the weather has taken from sun and colour, 0 to 1.
        accent_said: Whether the prompt names that colour.
    """

    sky: Array
    sun: Array
    light: Array
    ambient: Array
    haze: Array
    accent: Array
    gloom: float
    accent_said: bool = False


def rgb(text: str) -> Array:
    """Return ``"ff8000"`` as an array of shape ``(3,)``, 0 to 1."""
    return np.array([int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)], np.float32)


def mix(a: Array, b: Array, share: float | Array) -> Array:
    """Return `a` with this share of `b`."""
    return np.asarray(a + (b - a) * share, np.float32)


def palette_for(scene: Scene) -> Palette:
    """Return the colours of `scene`: its hour, as the seed varies it, in its weather, in the asked colours."""
    rng = scene.rng("palette")
    if "mars" in scene.things and not scene.colors:
        scene = replace(scene, colors=("copper",))
    sky_text, rest = str(rng.choice(_HOURS[scene.time])).split(" | ")
    sky = np.stack([rgb(part) for part in sky_text.split()])
    sun, light, ambient, haze = (rgb(part) for part in rest.split())
    gloom = {"clear": 0.0, "cloudy": 0.18, "rain": 0.68, "snow": 0.42, "fog": 0.45, "storm": 0.9}[scene.weather]
    palette = Palette(sky, sun, light, ambient, haze, rgb("e0503a"), gloom)
    palette = _weathered(_turned(palette, float(rng.uniform(-14, 14))), gloom)
    if scene.weather == "storm":
        dark = np.float32(0.62)
        palette = replace(palette, sky=palette.sky * dark, haze=palette.haze * dark, light=palette.light * dark)
    palette = _styled(palette, scene)
    accent = rgb("e4573d")
    if scene.accent:
        accent = pure(scene.accent)
    elif scene.colors:
        accent = pure(scene.colors[-1])
    return replace(palette, accent=accent, accent_said=scene.accent is not None)


def pure(name: str) -> Array:
    """Return the colour that a colour word names."""
    hue, chroma, lightness = COLORS[name]
    return from_lch(np.array([lightness, chroma, np.radians(hue)], np.float32))


def tint(colors: Array, scene: Scene, share: float = 0.8) -> Array:
    """Pull colours of shape ``(…, 3)`` towards the colour words of `scene`, keeping light and dark.

    Of several words, the first takes the dark tones and the last the light ones.
    """
    if not scene.colors:
        return colors
    lch = to_lch(colors)
    targets = np.array([COLORS[name] for name in scene.colors], np.float32)
    at = np.clip((lch[..., 0] - 0.25) / 0.6, 0, 1) * (len(targets) - 1)
    angle = np.radians(targets[:, 0])
    steps = np.arange(len(targets))
    ab = np.stack([np.interp(at, steps, np.cos(angle)), np.interp(at, steps, np.sin(angle))], -1)
    chroma = np.interp(at, steps, targets[:, 1])[..., None] * (
        0.35 + 0.65 * np.sin(np.pi * np.clip(lch[..., :1], 0, 1))
    )
    old = lch[..., 1:2] * np.stack([np.cos(lch[..., 2]), np.sin(lch[..., 2])], -1)
    new = old + (ab * np.maximum(chroma * 0.85, 0.4 * lch[..., 1:2]) - old) * share
    return _from_lab(np.concatenate([lch[..., :1], new], -1).astype(np.float32))


def _turned(p: Palette, degrees: float) -> Palette:
    def turn(color: Array) -> Array:
        lch = to_lch(color)
        lch[..., 2] += np.radians(degrees)
        return from_lch(lch)

    return replace(p, sky=turn(p.sky), haze=turn(p.haze), ambient=turn(p.ambient))


def _weathered(p: Palette, gloom: float) -> Palette:
    def grey(color: Array, share: float) -> Array:
        lab = _to_lab(color)
        lab[..., 1:] *= 1 - 0.8 * share
        lab[..., 1:] += np.array((-0.008, -0.020), np.float32) * share  # under cloud, light is blue
        return _from_lab(lab)

    flat = p.sky.mean(axis=0, keepdims=True)
    sky = grey(mix(p.sky, flat, 0.55 * gloom), gloom) * (1 - 0.22 * gloom)
    return replace(
        p,
        sky=sky.astype(np.float32),
        sun=grey(p.sun, 0.5 * gloom),
        light=(mix(grey(p.light, gloom), p.ambient, 0.6 * gloom) * (1 - 0.35 * gloom)).astype(np.float32),
        ambient=grey(p.ambient, 0.8 * gloom),
        haze=mix(grey(p.haze, gloom), sky[-1], 0.5 * gloom) * np.float32(1 - 0.12 * gloom),
    )


def _styled(p: Palette, scene: Scene) -> Palette:
    def style(color: Array) -> Array:
        color = tint(color, scene)
        lch = to_lch(color)
        if "pastel" in scene.styles:
            lch[..., 0] = 0.30 + 0.70 * lch[..., 0]
            lch[..., 1] *= 0.75
        if "neon" in scene.styles:
            lch[..., 1] *= 1.35
        if "vivid" in scene.styles:
            lch[..., 1] *= 1.25
        if "muted" in scene.styles:
            lch[..., 1] *= 0.6
        if "mono" in scene.styles:
            lch[..., 1] = 0
        lab = np.concatenate(
            [lch[..., :1], lch[..., 1:2] * np.cos(lch[..., 2:]), lch[..., 1:2] * np.sin(lch[..., 2:])], -1
        )
        if "warm" in scene.styles:
            lab[..., 1:] += (0.012, 0.03)
        if "cool" in scene.styles:
            lab[..., 1:] += (-0.012, -0.03)
        return _from_lab(lab.astype(np.float32))

    return replace(
        p, sky=style(p.sky), sun=style(p.sun), light=style(p.light), ambient=style(p.ambient), haze=style(p.haze)
    )


def to_lch(color: Array) -> Array:
    """Convert sRGB of shape ``(…, 3)`` to OKLCh: lightness 0 to 1, chroma, hue in radians."""
    lab = _to_lab(color)
    return np.stack([lab[..., 0], np.hypot(lab[..., 1], lab[..., 2]), np.arctan2(lab[..., 2], lab[..., 1])], -1)


def from_lch(lch: Array) -> Array:
    """Convert OKLCh of shape ``(…, 3)`` to sRGB, clipped to 0 to 1."""
    light, chroma, hue = lch[..., 0], lch[..., 1], lch[..., 2]
    return _from_lab(np.stack([light, chroma * np.cos(hue), chroma * np.sin(hue)], -1).astype(np.float32))


def gradient(stops: Array, count: int = 256) -> Array:
    """Return `count` colours, shape ``(count, 3)``, that lead evenly through `stops`, mixed in OKLab."""
    lab = _to_lab(stops)
    at = np.linspace(0, len(stops) - 1, count)
    mixed = np.stack([np.interp(at, np.arange(len(stops)), lab[:, i]) for i in range(3)], -1)
    return _from_lab(mixed.astype(np.float32))


# OKLab: Björn Ottosson's published matrices.
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _to_lab(color: Array) -> Array:
    linear = np.where(color <= 0.04045, color / 12.92, ((np.maximum(color, 0) + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T, np.float32)


def _from_lab(lab: Array) -> Array:
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)
