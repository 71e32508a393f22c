from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from videogen_nb.core.axes import Axis, axes_of, fill, label, points, read_values, variables
from videogen_nb.errors import RequestError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("cat", ("cat",)),
        ("cat,owl", ("cat", "owl")),
        (" cat , owl ,", ("cat", "owl")),
        ("", ()),
        (" , ,", ()),
        ("a cat, asleep\\, curled up", ("a cat", "asleep, curled up")),
        ("7,0,-3", (7, 0, -3)),
        ("0.5,-0.25", (0.5, -0.25)),
        ("0.50,007,1e3,+1,1_000,-0,.5,5.", ("0.50", "007", "1e3", "+1", "1_000", "-0", ".5", "5.")),
        ("nan,inf,True,None", ("nan", "inf", "True", "None")),
        ("٣", ("٣",)),
        ("16:9,9:16", ("16:9", "9:16")),
        ("1280x720", ("1280x720",)),
        ("1..3", (1, 2, 3)),
        ("1 .. 3, 9", (1, 2, 3, 9)),
        ("3..1", (3, 2, 1)),
        ("5..5", (5,)),
        ("-2..1", (-2, -1, 0, 1)),
        ("0..100..25", (0, 25, 50, 75, 100)),
        ("0..10..4", (0, 4, 8)),
        ("9..0..-4", (9, 5, 1)),
        ("1...3", ("1...3",)),
        ("a..c", ("a..c",)),
        ("0.1..0.5", ("0.1..0.5",)),
        ('["a, b", 7, 0.5, null, true]', ("a, b", 7, 0.5, None, True)),
        ('["1..3", "7"]', ("1..3", "7")),
        ("[]", ()),
        ("[cat], [owl]", ("[cat]", "[owl]")),
        ('it\'s,"so"', ("it's", '"so"')),
        ("כלב,🐈,雨", ("כלב", "🐈", "雨")),
        ("1..1000", tuple(range(1, 1001))),
    ],
)
def test_values_as_people_type_them(text: str, values: tuple[Any, ...]) -> None:
    """Numbers where they are written as numbers, ranges with both ends, everything else as it stands."""
    found = read_values(text)
    assert found == values
    assert [type(each) for each in found] == [type(each) for each in values]


@pytest.mark.parametrize(
    "text", ["1..3..0", "1..3..-1", "3..1..1", "1..1001", "1..1000000000", f"1..{10**90}", f"{-(10**60)}..{10**60}..7"]
)
def test_a_range_that_is_none_or_too_long(text: str) -> None:
    """One line, at once: nothing is counted out before it is refused."""
    with pytest.raises(RequestError, match=r"^The range .*Nothing was sent\.$"):
        read_values(text)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (7, "7"),
        (0.5, "0.5"),
        (2.0, "2"),
        (1234567.25, "1234567.25"),
        (1234567.5, "1234567.5"),
        (np.float64(0.25), "0.25"),
        (np.float32(0.25), "0.25"),
        ((640, 360), "640x360"),
        ([640, 360], "640x360"),
        ("a_b", "a_b"),
        (True, "True"),
        (float("nan"), "nan"),
    ],
)
def test_a_label_tells_the_whole_value(value: Any, told: str) -> None:
    """No digit of a number is lost: it goes into prompts too."""
    assert label(value) == told


def test_variables_and_what_is_put_in_their_place() -> None:
    """Names in braces alone; a value is never read once more."""
    assert variables("a {cat} {{owl}} {2} {a b} {} {cat} {été}") == ["cat", "owl", "été"]
    assert fill("a {cat} {{owl}} {2} {dog}", {"cat": "{owl}", "owl": r"\1"}) == r"a {owl} {\1} {2} {dog}"
    assert fill("{n} {x}", {"n": 0, "x": ""}) == "0 "
    assert fill("as in {x}", {"x": "https://e.org/a.png?sig=0a1b2c"}) == "as in https://e.org/a.png?sig=0a1b2c"


def test_every_combination_in_order() -> None:
    """The last parameter changes first; without parameters there is one request."""
    axes = (Axis("cat", ("a", "b")), Axis("seed", (1, 2, 3)))
    assert [tuple(point.values()) for point in points(axes)] == list(itertools.product("ab", (1, 2, 3)))
    assert list(points(())) == [{}]


def test_what_may_be_swept() -> None:
    """Options with either dash, fields of the provider's own, and the prompt's variables."""
    given = {"aspect-ratio": ["16:9"], "seed": (1, 2), "param.cfg-scale": [0], "cat": range(2)}
    axes = axes_of("a {cat}", given)
    assert [(axis.name, axis.values) for axis in axes] == [
        ("aspect_ratio", ("16:9",)),
        ("seed", (1, 2)),
        ("param.cfg-scale", (0,)),
        ("cat", (0, 1)),
    ]


@pytest.mark.parametrize(
    ("given", "told", "option"),
    [
        ({"seeds": [1]}, "Unknown sweep key 'seeds'", "prompt"),
        ({"params": [1]}, "Unknown sweep key 'params'", "prompt"),
        ({"param.": [1]}, "Unknown sweep key 'param.'", "prompt"),
        ({"owl": ["x"]}, "neither an option nor a {variable} in the prompt", "prompt"),
        ({"seed": []}, "seed has no values", "seed"),
        ({"seed": [1, 2, 1]}, "seed has 1 twice", "seed"),
        ({"duration": [1, 1.0]}, "duration has 1 twice", "duration"),
        ({"model": ["7", 7]}, "model has 7 twice", "model"),
        ({"user": ["", ""]}, "user has", "user"),
        ({"cat": ["x", "x"]}, "cat has x twice", "prompt"),
        ({"param.a": ["x", "x"]}, "param.a has x twice", "params"),
        ({"aspect-ratio": ["1:1"], "aspect_ratio": ["16:9"]}, "swept twice", "aspect_ratio"),
        ({"seed": range(1001)}, "more than 1,000", "seed"),
    ],
)
def test_what_can_not_be_swept(given: dict[str, Any], told: str, option: str) -> None:
    """One line that says why, and which field it is about."""
    with pytest.raises(RequestError) as caught:
        axes_of("a {cat}", given)
    assert told in str(caught.value)
    assert "Nothing was sent" in str(caught.value)
    assert caught.value.option == option


def test_a_long_list_is_refused_at_once() -> None:
    """Not after each of its values was compared with each other."""
    with pytest.raises(RequestError, match="more than"):
        axes_of("", {"seed": range(10_000_000)})


def test_close_numbers_are_not_the_same() -> None:
    """Two that a short heading would round to one are two."""
    (axis,) = axes_of("", {"duration": [1234567.25, 1234567.5]})
    assert len(axis.values) == 2


def test_numbers_of_numpy_become_pythons() -> None:
    """So that they can be written down and read back."""
    (axis,) = axes_of("", {"seed": [np.int64(3), np.uint8(4)]})
    assert axis.values == (3, 4)
    assert {type(each) for each in axis.values} == {int}


@pytest.mark.parametrize(
    ("name", "count", "told"),
    [
        ("seed", 1, "1 seed"),
        ("seed", 3, "3 seeds"),
        ("category", 2, "2 categories"),
        ("key", 2, "2 keys"),
        ("fps", 2, "2 fps"),
        ("aspect_ratio", 2, "2 aspect ratios"),
        ("param.cfg_scale", 2, "2 cfg scales"),
    ],
)
def test_an_axis_is_counted_in_words(name: str, count: int, told: str) -> None:
    """As a person says it."""
    assert str(Axis(name, tuple(range(count)))) == told
