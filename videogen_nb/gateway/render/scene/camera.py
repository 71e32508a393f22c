"""Where the camera is at each moment: moves by name, eased, as a path of views."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

MOVES = (
    "static",
    "pan left",
    "pan right",
    "tilt up",
    "tilt down",
    "zoom in",
    "zoom out",
    "dolly in",
    "dolly out",
    "orbit",
)
_BY_SEED = ("pan left", "pan right", "dolly in", "dolly in", "orbit", "zoom in")


@dataclass(frozen=True, slots=True)
class Move:
    """What the camera does: one of `MOVES`, and how far it goes (1 is calm, 0.5 is slow)."""

    name: str
    amount: float = 1.0


@dataclass(frozen=True, slots=True)
class View:
    """The camera at one moment.

    Args:
        x: How far the nearest layer has gone left, as a share of the frame's width.
        y: How far the nearest layer has gone up, as a share of the frame's height.
        turn: How far everything has gone left, near or far, as a share of the width.
        tilt: How far everything has gone up, near or far, as a share of the height.
        zoom: Magnification of everything.
        dolly: Extra magnification of the nearest layer, less 1.
    """

    x: float = 0.0
    y: float = 0.0
    turn: float = 0.0
    tilt: float = 0.0
    zoom: float = 1.0
    dolly: float = 0.0


def move_from_words(said: list[str], rng: np.random.Generator) -> Move:
    """Return the move that the words of a prompt ask for, else one that `rng` draws."""
    has = set(said)
    amount = 1.0
    if has & {"slow", "slowly", "gentle", "subtle"}:
        amount = 0.6
    elif has & {"fast", "quick", "rapid", "dramatic"}:
        amount = 1.5
    side = "left" if "left" in has else "right" if "right" in has else str(rng.choice(("left", "right")))
    back = bool(has & {"out", "back", "away", "pull", "backward", "backwards"})
    drawn = str(rng.choice(_BY_SEED))
    if has & {"static", "locked", "tripod", "still"}:
        name = "static"
    elif has & {"pan", "panning", "tracking", "truck", "trucking", "sideways"}:
        name = f"pan {side}"
    elif has & {"tilt", "tilting", "crane", "pedestal"}:
        name = "tilt down" if "down" in has else "tilt up"
    elif has & {"orbit", "orbiting", "arc", "parallax", "rotating", "around"}:
        name = "orbit"
        amount = -amount if side == "left" else amount
    elif has & {"zoom", "zooming", "closeup"}:
        name = "zoom out" if back else "zoom in"
    elif has & {"dolly", "push", "pushing", "flythrough", "flyover", "drone", "aerial", "forward", "steadicam", "pull"}:
        name = "dolly out" if back else "dolly in"
    else:
        name, amount = drawn, 0.7 * amount
        if name == "orbit" and side == "left":
            amount = -amount
    # Takes of one picture differ by the camera alone.
    return Move(name, amount * float(rng.uniform(0.85, 1.2)))


def ease(t: float) -> float:
    """Map 0 to 1 onto 0 to 1 with a soft start and a soft stop that never stand still."""
    return 0.6 * t + 0.4 * (0.5 - 0.5 * math.cos(math.pi * t))


def view_at(move: Move, t: float) -> View:
    """Return the view at `t`, 0 (first frame) to 1 (last frame)."""
    e = ease(t)
    a = move.amount
    s = (e - 0.5) * a  # from -a/2 to a/2, so that the middle of the clip is as composed
    match move.name:
        case "pan left":
            return View(x=-0.20 * s, turn=-0.10 * s)
        case "pan right":
            return View(x=0.20 * s, turn=0.10 * s)
        case "tilt up":
            return View(y=-0.05 * s, tilt=-0.22 * s)
        case "tilt down":
            return View(y=0.05 * s, tilt=0.22 * s)
        case "zoom in":
            return View(zoom=math.exp(0.22 * abs(a) * e))
        case "zoom out":
            return View(zoom=math.exp(0.22 * abs(a) * (1 - e)))
        case "dolly in":
            return View(dolly=0.36 * abs(a) * e)
        case "dolly out":
            return View(dolly=0.36 * abs(a) * (1 - e))
        case "orbit":
            return View(x=0.26 * s, turn=-0.10 * s, dolly=0.03 * abs(a) * (1 - 4 * (e - 0.5) ** 2))
        case _:
            return View(x=0.006 * math.sin(2 * math.pi * t * 0.5))
