"""The vocabulary: which words of a prompt mean which place, time, weather, thing, colour or camera move."""

from __future__ import annotations

import re

PLACES = {
    "sea": "sea ocean wave surf beach coast shore bay harbor harbour island boat ship sailboat yacht sail sailing "
    "lighthouse whale dolphin marine nautical maritime tide seascape sailor pirate kayak canoe lagoon reef pier "
    "seagull gull atlantic pacific mediterranean",
    "mountains": "mountain peak summit alp alps alpine himalaya ridge cliff glacier snowcap valley fjord lake canyon "
    "volcano hike hiker climb climber everest highland mountaintop cabin",
    "city": "city skyline street neon urban skyscraper downtown metropolis building tower alley traffic cyberpunk "
    "tokyo york london paris shanghai rooftop taxi subway town apartment office car bus road highway robot futuristic "
    "blade shop cafe bridge",
    "forest": "forest wood woods woodland pine jungle tree grove taiga redwood fir spruce birch bamboo rainforest bear "
    "wolf deer owl fox mushroom fern enchanted",
    "desert": "desert dune sand sahara cactus camel mesa oasis arid savanna savannah mars martian pyramid egypt "
    "badland outback",
    "space": "space star galaxy planet nebula cosmos cosmic universe astronaut spaceship rocket orbital asteroid comet "
    "saturn jupiter interstellar milky starfield alien spacecraft satellite supernova starship",
    "meadow": "meadow field flower wildflower grass grassland hill butterfly prairie garden lavender tulip poppy "
    "sunflower daisy farm barn pasture countryside picnic sheep cow horse rabbit bee blossom windmill balloon spring "
    "bunny dog puppy cat kitten child kid",
    "abstract": "abstract ink paint fluid liquid swirl smoke marble fractal pattern flow flowing gradient psychedelic "
    "kaleidoscope geometric texture plasma silk aura energy particle dream generative lava oil",
}
TIMES = {
    "dawn": "dawn sunrise daybreak morning",
    "day": "day daylight midday noon afternoon sunny bright daytime",
    "sunset": "sunset golden sundown evening",
    "dusk": "dusk twilight gloaming nightfall",
    "night": "night midnight moonlit moonlight nocturnal starry nighttime moon aurora firefly",
}
WEATHERS = {
    "clear": "clear cloudless sunny",
    "cloudy": "cloudy overcast cloud",
    "rain": "rain rainy raining drizzle downpour shower monsoon",
    "snow": "snow snowy snowing snowfall blizzard winter frozen ice icy",
    "fog": "fog foggy mist misty haze hazy",
    "storm": "storm stormy thunder thunderstorm lightning tempest hurricane",
}
THINGS = {
    "boat": "boat ship rowboat fishing kayak canoe",
    "paper boat": "paper origami",
    "sailboat": "sailboat sail sailing yacht",
    "lighthouse": "lighthouse beacon",
    "birds": "bird gull seagull crane geese swallow flock",
    "balloon": "balloon",
    "butterflies": "butterfly",
    "moon": "moon moonlit moonlight",
    "aurora": "aurora",
    "lake": "lake reflection mirror fjord",
    "planet": "planet saturn jupiter ringed world",
    "galaxy": "galaxy spiral milky andromeda",
    "tree": "tree oak",
    "cactus": "cactus saguaro",
    "mesa": "mesa canyon butte badland",
    "rays": "ray rays beam sunbeam godray godrays",
    "fireflies": "firefly fireflies",
    "flowers": "flower wildflower tulip poppy daisy blossom lavender bloom",
    "cat": "cat kitten",
    "fox": "fox wolf dog puppy",
    "deer": "deer stag elk",
    "mars": "mars martian",
    "street": "street alley road shop taxi cyberpunk neon",
    "skyline": "skyline river harbor harbour waterfront bridge bay",
    "island": "island coast shore beach fjord bay",
}
STYLES = {
    "pastel": "pastel soft gentle delicate dreamy watercolor watercolour",
    "neon": "neon cyberpunk vaporwave synthwave retrowave glowing",
    "mono": "monochrome noir grayscale greyscale",
    "vivid": "vivid vibrant saturated colorful colourful rainbow",
    "muted": "muted desaturated moody melancholic somber gloomy",
    "warm": "warm cozy cosy autumn autumnal fall",
    "cool": "cool cold chilly",
}
# Hue in degrees of the OKLCh circle, chroma, and lightness of the pure colour.
COLORS = {
    "red": (27, 0.22, 0.60),
    "crimson": (18, 0.21, 0.52),
    "scarlet": (30, 0.23, 0.60),
    "ruby": (14, 0.21, 0.50),
    "coral": (33, 0.16, 0.72),
    "salmon": (28, 0.12, 0.75),
    "orange": (55, 0.18, 0.74),
    "amber": (75, 0.16, 0.78),
    "copper": (48, 0.11, 0.62),
    "gold": (88, 0.15, 0.82),
    "yellow": (102, 0.18, 0.90),
    "lime": (125, 0.21, 0.86),
    "green": (145, 0.17, 0.64),
    "emerald": (160, 0.15, 0.64),
    "jade": (165, 0.10, 0.66),
    "mint": (165, 0.08, 0.88),
    "teal": (192, 0.10, 0.60),
    "turquoise": (190, 0.12, 0.78),
    "cyan": (205, 0.14, 0.82),
    "azure": (240, 0.14, 0.70),
    "blue": (258, 0.19, 0.56),
    "cobalt": (262, 0.20, 0.46),
    "navy": (262, 0.13, 0.32),
    "indigo": (278, 0.19, 0.42),
    "violet": (295, 0.21, 0.54),
    "purple": (308, 0.21, 0.52),
    "lavender": (298, 0.09, 0.80),
    "lilac": (310, 0.09, 0.80),
    "magenta": (330, 0.25, 0.62),
    "fuchsia": (335, 0.25, 0.64),
    "pink": (352, 0.15, 0.78),
    "rose": (8, 0.15, 0.68),
}

_IRREGULAR = {"waves": "wave", "leaves": "leaf", "wolves": "wolf", "grey": "gray", "golden": "golden"}


def words(text: str) -> list[str]:
    """Split a prompt into lower-case words in their singular form.

    >>> words("Butterflies over snowy mountains, pan-left")
    ['butterfly', 'over', 'snowy', 'mountain', 'pan', 'left']
    """
    return [_singular(word) for word in re.findall(r"[^\W\d_]+", text.lower())]


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def found(vocabulary: dict[str, str], said: list[str]) -> dict[str, int]:
    """Return each meaning that is said, with how often; the one said first comes first."""
    meanings: dict[str, list[str]] = {}
    for name, synonyms in vocabulary.items():
        for word in synonyms.split():
            meanings.setdefault(_singular(word), []).append(name)
    counts: dict[str, int] = {}
    for word in said:
        for name in meanings.get(word, ()):
            counts[name] = counts.get(name, 0) + 1
    return counts
