"""The models of the vendors' wires, and the limits that the wires enforce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_USUAL_RESOLUTIONS = ("480p", "720p", "1080p")
_USUAL_RATIOS = ("16:9", "9:16", "1:1")


@dataclass(frozen=True, slots=True)
class Model:
    """The limits of one model.

    Attributes:
        longest, shortest: Seconds.
        resolutions: Shorter edges, such as ``"720p"``; empty if the wire has no such field.
        ratios: Width to height, such as ``"16:9"``.
        image: Whether a first frame is optional, required or not accepted.
    """

    id: str
    longest: float
    shortest: float = 1
    resolutions: tuple[str, ...] = _USUAL_RESOLUTIONS
    ratios: tuple[str, ...] = _USUAL_RATIOS
    image: Literal["may", "must", "cannot"] = "may"


def _table(*models: Model) -> dict[str, Model]:
    return {model.id: model for model in models}


INFERY = _table(
    Model("veo-3-1", longest=8),
    Model("veo-3-1-fast", longest=4),
    Model("sora-2", longest=20),
    Model("wan-2-1", longest=6, image="cannot"),
    Model("grok-video", longest=6),
)

INFINITY_BLUE = _table(
    Model("kling-v2-5-turbo", longest=10),
    Model("kling-v2-1-master", longest=10),
    Model("veo_3_1", longest=8),
    Model("veo_3_1-fast", longest=8),
)

_SEEDANCE_RATIOS = ("adaptive", "auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16")
_GROK_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3")

INFINITY_BLUE_VIDEOS = _table(
    Model("doubao-seedance-2-0-260128", longest=15, shortest=4, ratios=_SEEDANCE_RATIOS),
    Model("doubao-seedance-2-0-fast-260128", longest=15, shortest=4, ratios=_SEEDANCE_RATIOS),
    Model("grok-imagine-video-480p", longest=15, resolutions=("480p",), ratios=_GROK_RATIOS),
    Model("grok-imagine-video-720p", longest=15, resolutions=("720p",), ratios=_GROK_RATIOS),
    Model("grok-imagine-video-1.5-preview-480p", longest=15, resolutions=("480p",), ratios=_GROK_RATIOS, image="must"),
    Model("grok-imagine-video-1.5-preview-720p", longest=15, resolutions=("720p",), ratios=_GROK_RATIOS, image="must"),
)
"""The second family of Infinity Blue, on ``/v1/videos``."""


def offered(models: Mapping[str, Model], name: Literal["resolutions", "ratios"]) -> tuple[str, ...]:
    """The values that any of these models offers, without duplicates."""
    return tuple(dict.fromkeys(value for model in models.values() for value in getattr(model, name)))


def pixels(resolution: str, ratio: str) -> tuple[int, int]:
    """The frame size for a shorter edge and an aspect ratio.

    Returns:
        (width, height), even, the longer edge at most 1920.

    >>> pixels("720p", "9:16")
    (720, 1280)
    >>> pixels("480p", "16:9")
    (854, 480)
    """
    across, _, down = ratio.partition(":")
    shape = int(across) / int(down)
    short = int(resolution.removesuffix("p"))
    longer = min(1920.0, short * max(shape, 1 / shape))
    long, short = _even(longer), _even(longer / max(shape, 1 / shape))
    return (long, short) if shape >= 1 else (short, long)


def _even(value: float) -> int:
    return round(value / 2) * 2
