from __future__ import annotations

import numpy as np
import pytest

from videogen_nb.gateway.render import RenderSpec
from videogen_nb.gateway.render.drawing.blending import Glow, mix, planes, veil
from videogen_nb.gateway.render.drawing.later import Later
from videogen_nb.gateway.render.drawing.layers import Layer
from videogen_nb.gateway.render.drawing.lens import Lens, Window
from videogen_nb.gateway.render.drawing.moment import Item, Moment
from videogen_nb.gateway.render.drawing.sampling import Sampler, Texels
from videogen_nb.gateway.render.drawing.tiles import rectangles
from videogen_nb.gateway.render.engines.procedural import ProceduralEngine
from videogen_nb.gateway.render.scene.camera import Move
from videogen_nb.gateway.render.scene.words import PLACES

LENS = Lens(128, 96, Move("static"))


@pytest.mark.parametrize(
    "seen",
    [
        Window(3.3, 5.75, 1.0),
        Window(3.3, 6.0, 1.0),
        Window(4.0, 5.75, 1.0),
        Window(4.0, 6.0, 1.0),
        Window(2.6, 1.2, 0.87),
        Window(-3, 0, 1),
    ],
)
def test_what_lies_between_texels_is_mixed_from_its_neighbours(seen: Window) -> None:
    """Whole numbers and quarters come within two steps of the exact bilinear value, also for two planes at once."""
    rng = np.random.default_rng(1)
    # Smooth, so that a quarter of a texel is little; the exact value is known.
    wave = np.sin(np.arange(80) / 9)[:, None] * np.cos(np.arange(120) / 11 + rng.random())
    both = [np.round(128 + 100 * part).astype(np.uint8) for part in (wave, -wave)]
    taken = Sampler(seen, (80, 120), (4, 60), (8, 100)).take(Texels(*both), 2, 50)
    y = np.clip(seen.top + np.arange(6, 54) * seen.step, 0, 78.999)[:, None]
    x = np.clip(seen.left + np.arange(8, 100) * seen.step, 0, 118.999)[None]
    row, column = y.astype(int), x.astype(int)
    for plane, values in zip(both, taken, strict=True):
        exact = sum(
            plane[row + dy, column + dx] * np.abs(1 - dy - (y - row)) * np.abs(1 - dx - (x - column))
            for dy in (0, 1)
            for dx in (0, 1)
        )
        assert np.abs(values.astype(int) - exact).max() <= 2.5


@pytest.mark.parametrize("seen", [Window(3.3, 5.75, 1.0), Window(2.6, 1.2, 0.87), Window(-3, 0, 1)])
def test_a_rectangle_shows_what_it_shows_in_a_larger_one(seen: Window) -> None:
    """Where a layer is cut into pieces, and whether a plane is looked at beside another, alters no value."""
    rng = np.random.default_rng(6)
    first, second = rng.integers(0, 256, (2, 80, 120), np.uint8)
    whole = Sampler(seen, (80, 120), (0, 60), (0, 100)).take(Texels(first, second), 0, 60)
    piece = Sampler(seen, (80, 120), (20, 50), (37, 71))
    for number, plane in enumerate((first, second)):
        wanted = whole[number][25:45, 37:71]
        assert (piece.take(Texels(first, second), 5, 25)[number] == wanted).all()
        assert (piece.take(Texels(plane), 5, 25)[0] == wanted).all()
    assert len(piece.take(Texels(first, second), 5, 25, count=1)) == 1


def test_an_even_surface_stays_even_wherever_it_is_looked_at() -> None:
    """Weights add up to all: no place or zoom makes a flat plane brighter, darker or patterned."""
    flat = Texels(np.full((80, 120), 235, np.uint8), np.full((80, 120), 255, np.uint8))
    for step in (1.0, 0.91):
        for part in np.linspace(0, 1, 7):
            taken = Sampler(Window(2 + part, 3 + part / 3, step), (80, 120), (0, 60), (0, 90)).take(flat, 0, 60)
            assert [set(values.ravel().tolist()) for values in taken] == [{235}, {255}]


def test_rectangles_hold_every_tile_that_is_needed_and_promise_nothing_false() -> None:
    """Whatever is to be seen is drawn, and what is said to be full has no tile that can be seen through."""
    rng = np.random.default_rng(2)
    for share in np.linspace(0.05, 0.95, 60):
        full, hidden = rng.random((2, 12, 9)) < share * 0.7
        some = full | (rng.random((12, 9)) < share)
        drawn = np.zeros((12, 9), bool)
        for y0, y1, x0, x1, solid in rectangles(some, full, hidden):
            drawn[y0:y1, x0:x1] = True
            assert not solid or (full | hidden)[y0:y1, x0:x1].all()
        assert not (some & ~hidden & ~drawn).any()


def test_mixing_keeps_what_is_not_covered_and_reaches_what_is() -> None:
    """A share of 0 leaves every value as it is, 256 takes the new one, and nothing in between overshoots."""
    for level in (16, 128, 240):
        for share in (0, 77, 256):
            target = np.arange(256, dtype=np.uint8)[None].copy()
            before = target.astype(int)
            mix(target, np.full((1, 256), share, np.uint16), level)
            exact = before + (level - before) * share / 256
            assert np.abs(target - exact).max() <= 0.51


@pytest.mark.parametrize("color", [(255, 0, 0), (12, 200, 90), (255, 255, 255)])
def test_a_veil_and_a_layer_show_the_color_they_were_given(color: tuple[int, int, int]) -> None:
    """Both come to the same values in the frame's planes as the colour itself does."""
    wanted = planes(np.array(color, np.float32))
    veiled, layered = Moment(LENS), Moment(LENS)
    veil(veiled, 0, 0, np.full((96, 128), 256, np.uint16), color)
    canvas = LENS.canvas(0.5)
    rgb = np.broadcast_to(np.array(color, np.float32)[:, None, None] / 255, (3, *canvas.shape))
    for alpha in (None, np.ones(canvas.shape, np.float32)):
        Layer(canvas, 0.5, rgb, alpha, np.random.default_rng(3)).draw(layered, layered.nothing_hidden())
        for moment in (veiled, layered):
            assert np.abs(moment.luma - wanted[0]).max() <= 1.01
            assert np.abs(moment.chroma - wanted[1:, None, None]).max() <= 1.01


def test_what_is_clear_lets_everything_through_unchanged() -> None:
    """A layer that holds nothing there, and light of no strength, alter no byte."""
    moment = Moment(LENS)
    moment.luma[:] = np.random.default_rng(4).integers(16, 236, moment.luma.shape)
    before = moment.luma.copy(), moment.chroma.copy()
    canvas = LENS.canvas(0.5)
    alpha = np.zeros(canvas.shape, np.float32)
    alpha[:8] = 1
    alpha[-8:] = 1
    Layer(canvas, 0.5, np.ones((3, *canvas.shape), np.float32), alpha, np.random.default_rng(5)).draw(
        moment, moment.nothing_hidden()
    )
    Glow(np.ones((9, 9), np.float32), (255, 80, 0)).add(moment, 30, 40, 0.0)
    assert (moment.luma[16:-16] == before[0][16:-16]).all()
    assert (moment.chroma[:, 8:-8] == before[1][:, 8:-8]).all()


@pytest.mark.parametrize(
    "place",
    [pytest.param(place, marks=() if place in ("sea", "city") else pytest.mark.slow) for place in sorted(PLACES)],
)
def test_threads_that_paint_do_not_change_a_frame(place: str) -> None:
    """However the painters take turns, equal specs give equal frames."""
    spec = RenderSpec(f"{place}, dolly in", 5, 192, 108, 4, 0.5)
    first, second = ([frame.tobytes() for frame in ProceduralEngine().frames(spec)] for _ in range(2))
    assert first == second


def test_what_goes_wrong_in_a_painter_is_raised_where_it_is_needed() -> None:
    """An error in a thread is not lost, and not raised before its item is asked for."""

    def broken() -> Item:
        raise MemoryError("no room for clouds")

    item = Later(broken)
    with pytest.raises(MemoryError, match="clouds"):
        item.draw(Moment(LENS), Moment(LENS).nothing_hidden())
