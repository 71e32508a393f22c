from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from videogen_nb.providers.base import Reply
from videogen_nb.providers.read_values import (
    address,
    identity,
    layers,
    number,
    objects,
    position,
    progress,
    retry_after,
    size,
    status,
)

WORDS = {
    "queued": "queued queueing in_queue pending submitted created preparing starting not_start notstarted unknown",
    "running": "processing in_progress running generating",
    "succeeded": "succeeded succeed success completed complete done finished",
    "failed": "failed fail failure error rejected interrupted timeout timed_out",
    "cancelled": "cancelled canceled deleted",
    "expired": "expired",
}
SPELLINGS: list[Callable[[str], str]] = [
    str,
    str.upper,
    str.title,
    lambda word: f" {word}\n",
    lambda word: word.replace("_", "-").title(),
]


@pytest.mark.parametrize(("canonical", "word"), [(key, word) for key, words in WORDS.items() for word in words.split()])
def test_every_known_status_word(canonical: str, word: str) -> None:
    """A word of the table reads the same in any case, with any of the usual separators."""
    assert {status(spell(word)) for spell in SPELLINGS} == {canonical}
    assert status(word.replace("_", " ")) == canonical


@pytest.mark.parametrize(
    "word", ["", "  ", None, 3, True, [], {}, "warming_up", "completed?", "not completed", "排队中"]
)
def test_an_unknown_status_word_is_waited_out(word: Any) -> None:
    """What no table knows never ends a job."""
    assert status(word) == "queued"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0, 0.0),
        (1, 0.01),
        (42, 0.42),
        (100, 1.0),
        (250, 1.0),
        (-3, 0.0),
        (0.0, 0.0),
        (0.42, 0.42),
        (0.999, 0.999),
        (1.0, 0.01),
        (42.5, 0.425),
        ("42%", 0.42),
        (" 42 % ", 0.42),
        ("0.5%", 0.005),
        ("100%", 1.0),
        ("42", 0.42),
        ("0.42", 0.42),
        ("1", 0.01),
        ("30.0", 0.3),
        (None, None),
        ("", None),
        ("%", None),
        ("soon", None),
        (True, None),
        (math.nan, None),
        (math.inf, None),
        ("nan", None),
        ([], None),
        ({}, None),
        (10**400, None),
    ],
)
def test_progress_in_every_form(value: Any, read: float | None) -> None:
    """Per cent, fractions and text come out as 0 to 1; what says nothing is None."""
    assert progress(value) == (None if read is None else pytest.approx(read))


@pytest.mark.parametrize(
    ("value", "read"),
    [(4, 4), (3.4, 3.4), ("3.4", 3.4), ("4", 4), ("4s", None), (None, None), (False, None), ("inf", None), ([4], None)],
)
def test_numbers_come_as_numbers_or_text(value: Any, read: float | None) -> None:
    """Fractional text is a number; units, booleans and infinities are not."""
    assert number(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("1280x720", (1280, 720)),
        ("1280×720", (1280, 720)),
        ({"width": 640, "height": 360}, (640, 360)),
        ({"width": "640", "height": 360.0}, (640, 360)),
        ({"width": 640}, None),
        ({"width": 0, "height": 0}, None),
        ({}, None),
        ("720p", None),
        ("", None),
        (None, None),
        (720, None),
        ("0x0", None),
    ],
)
def test_sizes_are_read_only_where_they_are_pixels(value: Any, read: tuple[int, int] | None) -> None:
    """A named resolution is no size."""
    assert size(value) == read


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("https://cdn.example/clip.mp4?sig=a%20b", True),
        ("HTTP://cdn.example/clip.mp4", True),
        ("/v1/videos/abc/content", True),
        ("data:video/mp4;base64,AAAA", True),
        ("  https://cdn.example/clip.mp4  ", True),
        ("//evil.example/clip.mp4", False),
        ("file:///etc/passwd", False),
        ("http://[broken/clip.mp4", False),
        ("https://cdn.example:99999/clip.mp4", False),
        ("ftp://cdn.example/clip.mp4", False),
        ("javascript:alert(1)", False),
        ("https://cdn.example/a b", False),
        ("https://cdn.example/\r\nX-Header: 1", False),
        ("upstream error: quota", False),
        ("任务超时（15分钟）", False),
        ("", False),
        (None, False),
        (7, False),
        ({"url": "https://x.example"}, False),
    ],
)
def test_only_an_address_is_an_address(value: Any, accepted: bool) -> None:
    """Error texts, other schemes and scheme-relative hosts are not taken for a clip's address."""
    assert (address(value) is not None) is accepted


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (("abc", "def"), "abc"),
        (("", "def"), "def"),
        ((None, " x "), "x"),
        ((12345,), "12345"),
        (("a\ud800b", "t"), "t"),
        ((0,), "0"),
        ((None, "", True, {}, []), None),
        ((), None),
    ],
)
def test_a_job_is_named_by_the_first_value_that_can_be_a_name(values: tuple[Any, ...], read: str | None) -> None:
    """Ids are text or whole numbers; blanks and other kinds are passed over."""
    assert identity(*values) == read


def test_positions_count_from_zero() -> None:
    """0 is next in the queue, not "unknown"."""
    assert [position(value) for value in (0, 3, "2", -1, None, "many")] == [0, 3, 2, None, None, None]


def test_layers_walk_down_data() -> None:
    """Nested `data` objects come outermost first, through lists, and a loop-deep body ends."""
    body = {"code": "success", "data": {"task_id": "t", "data": [{"url": "u"}]}}
    assert [set(layer) for layer in layers(body)] == [{"code", "data"}, {"task_id", "data"}, {"url"}]
    nothing: list[Any] = [None, [], "x", 3]
    assert [list(layers(each)) for each in nothing] == [[], [], [], []]
    assert list(layers({"data": None})) == [{"data": None}]


def test_objects_are_found_bare_or_under_a_name() -> None:
    """A list of models may stand alone or under any of the names given; the rest is passed over."""
    assert objects([{"id": 1}, "x", None], "data") == [{"id": 1}]
    assert objects({"data": [{"id": 1}]}, "data", "models") == [{"id": 1}]
    assert objects({"models": [{"id": 2}], "data": None}, "data", "models") == [{"id": 2}]
    assert [objects(value, "data") for value in ({}, None, 3, {"data": {"id": 1}})] == [[], [], [], []]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "20"}, 20),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "999999999"}, 3600),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0),
        ({"retry-after": "Wed, 21 Oct 2126 07:27:00 GMT"}, 3600),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 -0000", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30),
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    """It is read in both forms, by the server's own clock, and is never more than an hour."""
    assert retry_after(Reply(429, headers)) == seconds
