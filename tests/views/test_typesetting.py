from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.faults.corpus import HOSTILE
from videogen_nb.views import typesetting as lettering
from videogen_nb.views.typesetting import Letters, write

SCRIPTS = {
    "Latin": "naïve café",
    "Cyrillic": "бумажный кораблик",
    "Greek": "χάρτινη βάρκα",
    "Arabic": "قارب ورقي",
    "Hebrew": "סירת נייר",
    "Chinese": "雨中的纸船",
    "Japanese": "雨の中の紙の船",
    "Korean": "종이배",
    "Hindi": "कागज़ की नाव",
    "Thai": "เรือกระดาษ",
}


def shapes(text: str) -> set[bytes]:
    """What is drawn for each character of a text, by itself."""
    made = Letters(text, 24)
    return {bytes(font.getmask(char)) for char in text if not char.isspace() for font, _ in made.runs(char)}


def has_a_font(text: str) -> bool:
    """Whether one of the fonts that are looked for has all of a text's letters."""
    return any(all(lettering._has(face, char) for char in text if char.isalpha()) for face in lettering._faces(False))


@pytest.mark.parametrize("script", SCRIPTS)
def test_letters_are_not_boxes_where_a_font_is_there(script: str) -> None:
    """Each character has a shape of its own."""
    text = SCRIPTS[script]
    if not has_a_font(text):
        pytest.skip(f"no font for {script} on this machine")
    letters = {char for char in text if char.isalpha()}
    assert len(shapes("".join(letters))) == len(letters)


def test_a_text_in_two_scripts_takes_two_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no font has all of it, each character comes from one that has it; joined, it is the whole text."""
    has = {"a.ttf": "abc …", "b.ttf": "xyz"}
    monkeypatch.setattr(lettering, "_faces", lambda bold: iter(has))
    monkeypatch.setattr(lettering, "_has", lambda face, char: char in has.get(face, ""))
    monkeypatch.setattr(lettering, "_font", lambda face, size: face)
    lettering._face.cache_clear()
    lettering._face_of.cache_clear()
    try:
        runs = Letters("abc xyz cab?", 20).runs("abc xyz cab?")
    finally:
        lettering._face.cache_clear()
        lettering._face_of.cache_clear()
    assert [(str(font), piece) for font, piece in runs] == [("a.ttf", "abc "), ("b.ttf", "xyz "), ("a.ttf", "cab?")]


def test_without_any_font_there_are_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow's own face is always there."""
    monkeypatch.setattr(lettering, "_faces", lambda bold: iter(()))
    lettering._face.cache_clear()
    try:
        assert len(shapes("boat")) == 4
    finally:
        lettering._face.cache_clear()


@pytest.mark.parametrize(("width", "most"), [(40, 1), (40, 5), (200, 2), (600, 1), (600, 5)])
def test_lines_fit_and_nothing_is_lost_but_the_end(width: int, most: int) -> None:
    """No line is wider than asked for, there are not too many, and together they begin as the text does."""
    for text in HOSTILE.values():
        letters = Letters(text, 16)
        lines = letters.lines(width, most)
        assert len(lines) <= most
        assert all(letters.width(line) <= width + 1 or len(line) <= 2 for line in lines)
        joined = "".join("".join(lines).removesuffix("…").split())
        assert "".join(letters.text.split()).startswith(joined)


def test_lines_break_between_words() -> None:
    """A word that fits is not cut; a text that fits is whole; of nothing there is no line."""
    letters = Letters("a paper boat in the rain", 20)
    lines = letters.lines(letters.width("a paper boat") + 4, 5)
    assert lines == ["a paper boat", "in the rain"]
    assert letters.lines(10_000) == ["a paper boat in the rain"]
    (cut,) = letters.lines(letters.width("a paper boat"))
    assert cut.startswith("a paper b")
    assert cut.endswith("…")
    assert Letters("", 20).lines(100) == []


def test_no_mark_is_cut_from_its_letter() -> None:
    """A cut falls between what is read as characters."""
    letters = Letters("e\u0301" * 40, 20)
    for width in range(60, 120, 3):
        (line,) = letters.lines(width)
        assert len(line.removesuffix("…")) % 2 == 0


def test_nothing_is_painted_beside_its_box() -> None:
    """Not even by what towers over a letter."""
    for text in HOSTILE.values():
        picture = Image.new("RGB", (200, 100))
        write(picture, (50, 30, 100, 40), Letters(text, 18), (255, 255, 255), most=2)
        pixels = np.asarray(picture).copy()
        pixels[30:70, 50:150] = 0
        assert not pixels.any()


def test_the_middle_is_in_the_middle() -> None:
    """As much room above as below, at the left as at the right."""
    picture = Image.new("RGB", (300, 100))
    write(picture, (0, 0, 300, 100), Letters("HHH", 30), (255, 255, 255), middle=True)
    ys, xs = np.nonzero(np.asarray(picture)[:, :, 0])
    assert (xs.min() + xs.max()) / 2 == pytest.approx(150, abs=3)
    assert (ys.min() + ys.max()) / 2 == pytest.approx(50, abs=5)
