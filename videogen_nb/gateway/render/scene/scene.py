"""From prompt and seed to a `Scene`: what is to be seen, decided before a pixel is drawn."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np

from videogen_nb.gateway.render.scene import words
from videogen_nb.gateway.render.scene.camera import Move, move_from_words

_LANDSCAPES = ("mountains", "sea", "meadow", "forest", "desert")
_MOODS = {  # times of day that flatter a place, one of which the seed takes when the prompt names none
    "sea": ("sunset", "dawn", "day", "dusk"),
    "mountains": ("dawn", "sunset", "day", "dusk"),
    "city": ("night", "dusk", "sunset"),
    "forest": ("dawn", "day", "sunset"),
    "desert": ("sunset", "dawn", "night"),
    "space": ("night",),
    "meadow": ("day", "sunset", "dawn"),
    "abstract": ("day",),
}

_GREY_MOODS = ("day", "dawn")


@dataclass(frozen=True, slots=True)
class Scene:
    """What a prompt and a seed come to.

    Args:
        place: One of the keys of `words.PLACES`.
        time: One of the keys of `words.TIMES`.
        weather: One of the keys of `words.WEATHERS`.
        move: What the camera does.
        things: Names out of `words.THINGS` that the prompt asks for.
        styles: Names out of `words.STYLES`.
        colors: Names out of `words.COLORS` that tint the picture, in the order they are said.
        accent: The colour word that stands before a thing ("a red boat"), if any.
        key: What all random numbers of this scene come from.
    """

    place: str
    time: str
    weather: str
    move: Move
    things: frozenset[str]
    styles: frozenset[str]
    colors: tuple[str, ...]
    accent: str | None
    key: bytes

    def rng(self, name: str) -> np.random.Generator:
        """Return the stream of random numbers called `name`; it starts afresh at each call."""
        digest = hashlib.sha256(self.key + name.encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def read_scene(prompt: str, seed: int, negative_prompt: str = "") -> Scene:
    """Decide on a scene; equal arguments give an equal scene.

    What is said is taken; what is left open is chosen by the seed among what suits the place.
    """
    unwanted = set(words.words(negative_prompt))
    said = [word for word in words.words(prompt) if word not in unwanted]
    normal = re.sub(r"\s+", " ", prompt.strip().lower())
    key = hashlib.sha256(f"{seed}\0{normal}\0{negative_prompt.strip().lower()}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(key[:16], "little"))

    place = _place(said) or str(rng.choice(_LANDSCAPES))
    things = set(words.found(words.THINGS, said))
    weathers = words.found(words.WEATHERS, said)
    weather = "storm" if "storm" in weathers else _first(weathers) or str(rng.choice(("clear", "clear", "cloudy")))
    if place == "mountains" and "snowy" in said and not {"snow", "snowing", "snowfall", "blizzard"} & set(said):
        weather = "clear" if weather == "snow" else weather  # snow that lies, not snow that falls
        things.add("snow cap")
    moods = _MOODS[place] if weather in ("clear", "cloudy") or place == "city" else _GREY_MOODS
    time = _first(words.found(words.TIMES, said)) or str(rng.choice(moods))
    if "paper boat" in things and "boat" not in things:
        things.discard("paper boat")
    colors, accent = _colors(said)
    return Scene(
        place=place,
        time=time,
        weather=weather,
        move=move_from_words(said, rng),
        things=frozenset(things),
        styles=frozenset(words.found(words.STYLES, said)),
        colors=colors,
        accent=accent,
        key=key,
    )


def _place(said: list[str]) -> str | None:
    scores = words.found(words.PLACES, said)
    # "Stars over the desert" is a desert: what one can stand on wins over the sky and over no place at all.
    return max(scores, key=lambda name: (scores[name], name not in ("space", "abstract")), default=None)


def _first(counts: dict[str, int]) -> str | None:
    return next(iter(counts), None)


def _colors(said: list[str]) -> tuple[tuple[str, ...], str | None]:
    things = {word for synonyms in words.THINGS.values() for word in synonyms.split()}
    tints: list[str] = []
    accent: str | None = None
    for word, after in zip(said, [*said[1:], ""], strict=True):
        if word == "golden" and after not in ("hour", "light", "sunset", "sunrise"):
            word = "gold"
        if word not in words.COLORS or word in tints:
            continue
        if after in things - {"reflection", "street", "world", "sail", "neon"} and accent is None:
            accent = word
        else:
            tints.append(word)
    return tuple(tints[:3]), accent
