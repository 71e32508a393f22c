from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.export.samples import plain
from tests.faults.corpus import HOSTILE
from videogen_nb.storage.posters import poster
from videogen_nb.views.output_card import card


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    assert picture.format == "JPEG"
    return picture


def noise(seed: int, size: tuple[int, int] = (480, 270)) -> bytes:
    """A poster that is hard to make small."""
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=90)
    return buffer.getvalue()


def test_a_poster_with_its_caption(tmp_path: Path) -> None:
    """The picture above, dark letters on white below it."""
    picture = opened(card([(poster(plain(tmp_path / "a.mp4")), "")], "a paper boat\nveo-3-1, 4 s", most=10_000))
    assert picture.width == 640
    pixels = np.asarray(picture).astype(int)
    assert pixels[400, 320].tolist() == pytest.approx([200, 40, 40], abs=20)
    below = pixels[490:]
    assert (below > 240).all(axis=2).mean() > 0.8
    rows = (below.max(axis=2) < 120).any(axis=1)
    assert np.count_nonzero(np.diff(rows.astype(int)) == 1) == 2


@pytest.mark.parametrize("count", [0, 1, 2, 4, 9])
@pytest.mark.parametrize("most", [4_000, 10_000])
def test_it_is_never_too_large(count: int, most: int) -> None:
    """So many bytes a poster, also of noise; it can be opened and has a caption."""
    limit = most * max(count, 1)
    data = card([(noise(seed), f"seed {seed}") for seed in range(count)], "a paper boat " * 30, most=limit)
    assert len(data) <= limit
    assert (np.asarray(opened(data).convert("L"))[-60:] < 140).any()


def test_of_a_failed_job_there_is_the_caption() -> None:
    """Without a poster it is a strip of paper."""
    picture = opened(card([], "failed: no credit", most=10_000))
    assert picture.width == 640
    assert picture.height < 60
    assert opened(card([], "", most=10_000)).height < 60


def test_several_stand_in_rows_with_their_labels() -> None:
    """Three abreast, letters below each."""
    picture = opened(card([(noise(seed), "seed") for seed in range(5)], "", most=200_000))
    pixels = np.asarray(picture.convert("L")).astype(int)
    wide = picture.width // 3
    row = pixels[round(wide * 270 / 480) + 1 :][:18]
    assert all((row[:, each * wide : (each + 1) * wide] < 160).any() for each in range(3))
    assert (pixels[-(picture.height // 3) :, 2 * wide + 20 :] > 240).all()


def test_hostile_words_and_broken_posters() -> None:
    """Are drawn as what they are: text, and an empty pane."""
    for text in HOSTILE.values():
        opened(card([(b"broken", text), (b"", text)], text, most=50_000))
