from __future__ import annotations

import pytest

from videogen_nb.gateway.render.scene.palette import palette_for, to_lch
from videogen_nb.gateway.render.scene.scene import read_scene
from videogen_nb.gateway.render.scene.words import PLACES, WEATHERS, words


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("Ocean waves", "sea"),
        ("a paper boat in the rain", "sea"),
        ("a lighthouse under the Milky Way", "sea"),
        ("snowy peaks", "mountains"),
        ("busy streets downtown", "city"),
        ("misty pine woods", "forest"),
        ("sand dunes", "desert"),
        ("stars over the desert", "desert"),
        ("galaxies and a ringed planet", "space"),
        ("butterflies", "meadow"),
        ("swirling ink", "abstract"),
    ],
)
def test_place_follows_the_words(prompt: str, place: str) -> None:
    """Synonyms, plurals and capitals lead to the place they mean, and solid ground wins over the sky."""
    assert read_scene(prompt, 1).place == place


def test_time_and_weather_follow_the_words() -> None:
    """Each is taken from the prompt when it is said there."""
    scene = read_scene("stormy ocean at golden hour", 3)
    assert (scene.time, scene.weather) == ("sunset", "storm")
    assert read_scene("misty forest at midnight", 3).time == "night"
    assert read_scene("misty forest at midnight", 3).weather == "fog"


@pytest.mark.parametrize(
    ("words_", "move"),
    [
        ("slow pan right", "pan right"),
        ("camera pans left", "pan left"),
        ("tilt up", "tilt up"),
        ("tilt down", "tilt down"),
        ("zoom out", "zoom out"),
        ("zooming in", "zoom in"),
        ("dolly in", "dolly in"),
        ("pull back", "dolly out"),
        ("orbit", "orbit"),
        ("static shot", "static"),
    ],
)
def test_camera_follows_the_words(words_: str, move: str) -> None:
    """A camera word decides the move, whatever the seed."""
    assert {read_scene(f"mountains, {words_}", seed).move.name for seed in range(8)} == {move}


def test_equal_arguments_give_an_equal_scene() -> None:
    """A scene is a function of prompt, seed and negative prompt, down to its random numbers."""
    a, b = read_scene("a fox", 7), read_scene("a fox", 7)
    assert a == b
    assert a.rng("x").random(4).tolist() == b.rng("x").random(4).tolist()
    assert a.rng("x").random(4).tolist() != a.rng("y").random(4).tolist()
    assert a.key != read_scene("a fox", 8).key
    assert a.key != read_scene("an owl", 7).key


def test_unknown_words_get_a_landscape_that_the_seed_chooses() -> None:
    """A prompt without a known word is never empty, and seeds differ in what they make of it."""
    places = {read_scene("xyzzy plugh", seed).place for seed in range(40)}
    assert places == {"mountains", "sea", "meadow", "forest", "desert"}


def test_seeds_vary_what_the_prompt_leaves_open() -> None:
    """The place stays, time of day and camera do not."""
    scenes = [read_scene("mountains", seed) for seed in range(30)]
    assert {scene.place for scene in scenes} == {"mountains"}
    assert len({scene.time for scene in scenes}) >= 3
    assert len({scene.move.name for scene in scenes}) >= 3


def test_negative_prompt_takes_words_away() -> None:
    """A word of the negative prompt is not understood from the prompt."""
    assert read_scene("sea in the rain", 1).weather == "rain"
    assert read_scene("sea in the rain", 1, "rain").weather != "rain"


def test_color_word_tints_the_scene_or_the_thing_it_stands_before() -> None:
    """ "Teal sea" is a teal picture, "a red boat" a red boat on a sea of its own colour."""
    tinted, plain = read_scene("teal sea", 2), read_scene("a red boat at sea", 2)
    assert (tinted.colors, tinted.accent) == (("teal",), None)
    assert (plain.colors, plain.accent) == ((), "red")
    hue = to_lch(palette_for(tinted).sky)[..., 2]
    assert ((hue > 2.6) | (hue < -2.6)).all(), "teal lies opposite to red"


def test_styles_change_the_palette() -> None:
    """Pastel is lighter and softer than the same scene without the word."""
    plain, pastel = (palette_for(read_scene("sea at dusk", 5)), palette_for(read_scene("sea at dusk", 5)))
    assert (plain.sky == pastel.sky).all()
    soft = palette_for(read_scene("sea at dusk, pastel", 5))
    assert to_lch(soft.sky)[..., 0].mean() > to_lch(plain.sky)[..., 0].mean()


def test_vocabulary_is_in_the_form_that_prompts_are_brought_to() -> None:
    """Every word of the vocabulary is found when a prompt consists of it."""
    for place, synonyms in PLACES.items():
        for word in synonyms.split():
            assert place in {read_scene(word, 1).place}, word
    for weather, synonyms in WEATHERS.items():
        for word in synonyms.split():
            assert read_scene(f"sea {word}", 1).weather == weather, word


def test_words_are_singular_and_lower_case() -> None:
    """Plurals of all common endings meet their singular."""
    said = words("Beaches, foxes, butterflies, waves, glass, bus")
    assert said == [
        "beach",
        "fox",
        "butterfly",
        "wave",
        "glass",
        "bus",
    ]
