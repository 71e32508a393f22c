from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.browser.clips import write
from tests.export.samples import boxes, frames, grid, number, paced, plain, uniform
from tests.faults.corpus import HOSTILE
from tests.support.sample_jobs import a_job, ended, together
from videogen_nb.export import export
from videogen_nb.export.canvas import GROUND
from videogen_nb.storage.journal import Journal


def test_each_frame_shows_the_frame_of_its_time(book: Journal, tmp_path: Path) -> None:
    """Of clips of other rates and lengths, whose last frames are held; the quickest one's rate is that of all."""
    clips = [(24, 1.0), (12, 1.5), (30, 0.5)]
    made = grid(book, [paced(tmp_path / f"{fps}.mp4", fps, length) for fps, length in clips])
    path = export(made, tmp_path / "out.mp4")
    places = boxes(made, (320, 180))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt, stream.average_rate) == ("h264", "yuv420p", Fraction(30))
        assert not container.streams.audio
        assert stream.frames == 45
    for place, picture in enumerate(frames(path)):
        wanted = [min(place * fps // 30, round(fps * length) - 1) for fps, length in clips]
        assert [number(picture, box) for box in places] == wanted
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")


@pytest.mark.parametrize("fps", [5, 23.976, 50], ids=str)
def test_frames_a_second_can_be_chosen(book: Journal, tmp_path: Path, fps: float) -> None:
    """The film lasts as long, and each frame is still that of its time."""
    made = grid(book, [paced(tmp_path / f"{seed}.mp4", seed=seed) for seed in range(2)])
    path = export(made, tmp_path / "out.mp4", fps=fps)
    shown = [number(picture, boxes(made, (320, 180))[1]) for picture in frames(path)]
    rate = Fraction(fps).limit_denominator(1001)
    assert shown == [int((place / rate + Fraction(1, 1000)) * 24) for place in range(len(shown))]
    assert len(shown) == pytest.approx(fps, abs=1)


def test_uneven_times_are_kept(book: Journal, tmp_path: Path) -> None:
    """A clip of a variable rate shows each frame until the next one's time."""
    times = [0, 0.1, 0.15, 0.6, 0.65, 0.9]
    made = grid(book, [write(tmp_path / "a.mp4", times), paced(tmp_path / "b.mp4", 20)])
    shown = [number(each, boxes(made, (320, 180))[0]) for each in frames(export(made, tmp_path / "x.mp4", fps=20))]
    assert shown[:20] == [sum(time <= place / 20 + 0.001 for time in times) - 1 for place in range(20)]


def test_a_clip_that_starts_late_starts_with_the_others(book: Journal, tmp_path: Path) -> None:
    """Times count from a clip's first frame."""
    late = write(tmp_path / "a.mp4", [0.5 + place / 24 for place in range(12)])
    made = grid(book, [late, paced(tmp_path / "b.mp4", seconds=0.5)])
    for picture in frames(export(made, tmp_path / "out.mp4")):
        assert len({number(picture, box) for box in boxes(made, (320, 180))}) == 1


def test_headings_title_and_captions_leave_their_marks(book: Journal, tmp_path: Path) -> None:
    """There is something above the clips and beside the rows, and nothing of it with `labels=False`."""
    paths = [paced(tmp_path / f"{seed}.mp4", seconds=0.25, seed=seed) for seed in range(4)]
    made = grid(book, paths, model=["veo", "kling"], seed=[1, 2])
    picture = next(frames(export(made, tmp_path / "out.mp4")))
    left, top, width, height = boxes(made, (320, 180))[0]
    inner = picture.shape[1] - 20
    assert not uniform(picture, (0, 0, inner, top // 2))
    assert not uniform(picture, (left, top - 24, width, 24))
    assert not uniform(picture, (0, top, left, height))
    assert uniform(picture, (0, 0, 4, picture.shape[0]))
    bare = next(frames(export(made, tmp_path / "bare.mp4", labels=False)))
    assert boxes(made, (320, 180), labels=False)[0][:2] == (0, 0)
    assert bare.shape[0] < picture.shape[0]


@pytest.mark.parametrize(
    ("width", "columns", "ratio"), [(640, None, 2), (1001, None, 2), (400, 1, 0.6)], ids=["640", "odd", "one column"]
)
def test_width_and_columns_can_be_chosen(
    book: Journal, tmp_path: Path, width: int, columns: int | None, ratio: float
) -> None:
    """The width is that of the whole, made even; one column is higher than wide."""
    made = grid(book, [paced(tmp_path / f"{seed}.mp4", seconds=0.25, seed=seed) for seed in range(2)])
    picture = next(frames(export(made, tmp_path / "out.mp4", width=width, columns=columns)))
    assert picture.shape[1] == width // 2 * 2
    assert picture.shape[1] / picture.shape[0] == pytest.approx(ratio, rel=0.45)


def test_many_clips_stay_within_the_usual_size(book: Journal, tmp_path: Path) -> None:
    """Sixteen large clips make a film of at most 1920 pixels, in the best shape."""
    paths = [paced(tmp_path / f"{seed % 2}.mp4", seconds=0.1, size=(1280, 720)) for seed in range(16)]
    height, width, _ = next(frames(export(grid(book, paths), tmp_path / "out.mp4"))).shape
    assert 1600 <= width <= 1920
    assert width % 2 == height % 2 == 0
    assert width / height == pytest.approx(16 / 9, abs=0.4)


@pytest.mark.parametrize("kind", ["webm", "sound", "odd", "full range", "ten bit"])
def test_clips_of_other_kinds(book: Journal, tmp_path: Path, kind: str) -> None:
    """Each keeps its colour, its shape and its upper half, beside a usual one."""
    usual = plain(tmp_path / "usual.mp4")
    other = {
        "webm": lambda: plain(tmp_path / "a.webm", codec="libvpx-vp9"),
        "sound": lambda: plain(tmp_path / "a.mp4", sound=True),
        "odd": lambda: plain(tmp_path / "a.mp4", size=(65, 49), layout="yuv444p"),
        "full range": lambda: plain(tmp_path / "a.mp4", layout="yuvj420p"),
        "ten bit": lambda: plain(tmp_path / "a.mp4", layout="yuv420p10le"),
    }[kind]()
    made = grid(book, [usual, other])
    path = export(made, tmp_path / "out.mp4", width=500, labels=False)
    with av.open(str(path)) as container:
        assert not container.streams.audio
    picture = next(frames(path))
    for left, top, width, height in boxes(made, (64, 48), 500, labels=False):
        assert picture[top + height * 3 // 4, left + width // 2].tolist() == pytest.approx((200, 40, 40), abs=14)
        assert picture[top + height // 4, left + width // 2].tolist() == pytest.approx((0, 0, 0), abs=14)


def test_a_clip_that_lies_on_its_side_is_turned(book: Journal, tmp_path: Path) -> None:
    """As players turn it: what the file says about it is heeded."""
    lying = plain(tmp_path / "lying.mp4")
    data = lying.read_bytes()
    # The matrix of the track's header, for a quarter turn clockwise.
    unit, one = bytes(4), (1 << 16).to_bytes(4)
    matrix = one + unit * 3 + one + unit * 3 + (1 << 30).to_bytes(4)
    turned = unit + one + unit + (-(1 << 16)).to_bytes(4, signed=True) + unit * 4 + (1 << 30).to_bytes(4)
    place = data.rindex(matrix)
    path = tmp_path / "turned.mp4"
    path.write_bytes(data[:place] + turned + data[place + len(matrix) :])
    picture = next(frames(export(ended("succeeded", path), tmp_path / "out.mp4")))
    assert picture.shape == (64, 48, 3)
    assert picture[32, 6].tolist() == pytest.approx((200, 40, 40), abs=14)
    assert picture[32, 42].tolist() == pytest.approx((0, 0, 0), abs=14)


def test_clips_of_other_shapes_stand_in_the_middle(book: Journal, tmp_path: Path) -> None:
    """A standing and a lying one side by side: each in its shape, with ground around it."""
    paths = [plain(tmp_path / "a.mp4", size=(96, 54)), plain(tmp_path / "b.mp4", size=(54, 96))]
    picture = next(frames(export(grid(book, paths), tmp_path / "out.mp4", width=600, labels=False)))
    height, half = picture.shape[0], picture.shape[1] // 2
    red = picture[:, :, 0] > 120
    lying, standing = (red[:, :half], red[:, half:])
    for part, aspect in ((lying, 96 / 27), (standing, 54 / 48)):
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        assert len(columns) / len(rows) == pytest.approx(aspect, rel=0.08)
    assert picture[2, half // 2].tolist() == pytest.approx(GROUND, abs=8)
    assert picture[height // 2, half + 20].tolist() == pytest.approx(GROUND, abs=8)


def test_a_clip_that_is_broken_in_its_middle(book: Journal, tmp_path: Path) -> None:
    """Its last good frame is held until the end; the others go on."""
    whole, broken = (paced(tmp_path / f"{name}.mp4", seconds=4) for name in ("whole", "broken"))
    with av.open(str(broken)) as container:
        packets = [(each.pos, each.size) for each in container.demux(video=0) if each.size and each.pos is not None]
    data = bytearray(broken.read_bytes())
    for position, size in packets[48:]:
        data[position : position + size] = b"\xff" * size
    broken.write_bytes(data)
    made = grid(book, [whole, broken])
    shown = [
        [number(each, box) for box in boxes(made, (320, 180))] for each in frames(export(made, tmp_path / "o.mp4"))
    ]
    assert [good for good, _ in shown] == [*range(96)]
    assert [bad for _, bad in shown[:40]] == [*range(40)]
    assert {bad for _, bad in shown[60:]} <= {45, 46, 47}


def test_places_without_a_clip_say_why(book: Journal, tmp_path: Path) -> None:
    """Failed, running, gone and broken ones have a pane with words; the rest plays."""
    paths = [paced(tmp_path / f"{seed}.mp4", seconds=0.25, seed=seed) for seed in range(3)]
    jobs = [ended("succeeded", path, id=f"job{place}") for place, path in enumerate(paths)]
    made = together(
        book, [*jobs, ended("cancelled", id="job3"), a_job(id="job4"), a_job(id="job5")], {"n": [*range(6)]}
    )
    paths[1].unlink()
    paths[2].write_bytes(b"broken")
    picture = next(frames(export(made, tmp_path / "out.mp4")))
    first, *others = boxes(made, (320, 180))
    assert number(picture, first) == 0
    for left, top, width, height in others:
        assert not uniform(picture, (left, top, width, height))
        assert uniform(picture, (left + 2, top + 2, width - 4, height // 6))


@pytest.mark.slow
def test_hostile_labels_stay_in_their_places(book: Journal, tmp_path: Path) -> None:
    """Whatever stands in a prompt, a value or an error, the clips are where they belong and untouched."""
    texts = list(HOSTILE.values())
    paths = [paced(tmp_path / f"{seed}.mp4", seconds=0.1, seed=seed) for seed in range(2)]
    for start in range(0, len(texts) - 1, 2):
        made = grid(book, paths, texts[start], word=texts[start : start + 2])
        path = export(made, tmp_path / "out.mp4")
        picture = next(frames(path))
        assert picture.shape[1] <= 1920
        below = picture[boxes(made, (320, 180))[0][1] :]
        assert uniform(below, (0, 0, 8, below.shape[0]))
        assert uniform(below, (below.shape[1] - 8, 0, 8, below.shape[0]))


def test_a_clip_that_is_alone_has_no_labels(tmp_path: Path) -> None:
    """It is only made anew: as large as it was, all frames in it."""
    path = export(ended("succeeded", paced(tmp_path / "a.mp4")), tmp_path / "out.mp4")
    shown = [*frames(path)]
    assert shown[0].shape == (180, 320, 3)
    assert [number(each, (0, 0, 320, 180)) for each in shown] == [*range(24)]
