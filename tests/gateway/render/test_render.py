from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image

from videogen_nb.gateway.render import RenderSpec, render
from videogen_nb.gateway.render.drawing.encode import write_mp4
from videogen_nb.gateway.render.engines.photo import PictureError
from videogen_nb.gateway.render.engines.procedural import ProceduralEngine
from videogen_nb.gateway.render.scene.words import PLACES, TIMES, WEATHERS


def spec(prompt: str = "sea", **changes: object) -> RenderSpec:
    values: dict[str, object] = {"seed": 1, "width": 192, "height": 108, "fps": 8, "duration": 0.5, **changes}
    return RenderSpec(prompt, **values)  # type: ignore[arg-type]


def frames(wanted: RenderSpec) -> list[NDArray[np.uint8]]:
    """What is seen, ``(height, width, 3)``."""
    return [seen(frame) for frame in ProceduralEngine().frames(wanted)]


def seen(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Planes of luma and chroma as RGB."""
    picture = av.VideoFrame.from_ndarray(frame, format="yuv420p")
    shown = picture.reformat(
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation="BICUBIC",
    )
    return np.asarray(shown.to_ndarray())


def apart(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Mean difference of two frames, 0 to 255."""
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize(
    ("prompt", "seed"),
    [("a boat", 805372595), ("a boat", 3101526045), ("space planets zoom out", 2566397824), ("planets", 641795013)],
)
def test_the_smallest_frame_has_room_for_all(prompt: str, seed: int) -> None:
    """A shore of one row of texels; rings about a globe of two pixels."""
    assert len(frames(spec(prompt, seed=seed, width=64, height=64))) == 4


@pytest.mark.parametrize(
    ("width", "height", "fps", "duration", "count"),
    [
        (192, 108, 24, 1.0, 24),
        (108, 192, 10, 0.75, 8),
        (64, 64, 60, 0.1, 6),
        (128, 128, 1, 2.0, 2),
        (96, 64, 25, 0.01, 1),
    ],
)
def test_clip_is_what_was_asked(tmp_path: Path, width: int, height: int, fps: int, duration: float, count: int) -> None:
    """Size, rate, number of frames, length, codec and colour tags are those of the spec."""
    path = tmp_path / "clip.mp4"
    render(spec("mountains", width=width, height=height, fps=fps, duration=duration), path)
    with av.open(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", width, height)
        assert stream.average_rate == fps
        assert (int(context.colorspace), int(context.color_range)) == (1, 1)
        times = [frame.time for frame in container.decode(stream)]
        assert container.duration is not None
        assert container.duration / 1e6 == pytest.approx(count / fps, abs=0.002)
    assert times == pytest.approx([index / fps for index in range(count)], abs=1e-4)


def test_index_stands_before_the_frames(tmp_path: Path) -> None:
    """A player can start before the whole file has arrived."""
    path = tmp_path / "clip.mp4"
    render(spec(), path)
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_same_spec_gives_the_same_file(tmp_path: Path) -> None:
    """Byte for byte, also in another process with another hash seed, and whatever was rendered before."""
    render(spec("mountains", width=96), tmp_path / "before.mp4")
    here, there = tmp_path / "here.mp4", tmp_path / "there.mp4"
    render(spec("neon city in the rain", seed=42), here)
    code = (
        "import sys; from pathlib import Path; from videogen_nb.gateway.render import RenderSpec, render;"
        "render(RenderSpec('neon city in the rain', 42, 192, 108, 8, 0.5), Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(there)], check=True, env={"PYTHONHASHSEED": "7", "PYTHONPATH": "."})
    assert here.read_bytes() == there.read_bytes()


@pytest.mark.parametrize("place", sorted(PLACES))
def test_every_place_is_a_picture_that_moves_and_differs_between_seeds(place: str) -> None:
    """No place is flat, frozen, or the same for two seeds."""
    first = frames(spec(place, fps=4, duration=1.0))
    assert all(frame.shape == (108, 192, 3) and frame.dtype == np.uint8 for frame in first)
    assert first[0].std() > 8
    assert apart(first[0], first[-1]) > 0.8
    assert apart(first[1], frames(spec(place, fps=4, duration=1.0, seed=2))[1]) > 6


@pytest.mark.parametrize("weather", sorted(WEATHERS))
@pytest.mark.parametrize(
    "place", ["sea", pytest.param("mountains", marks=pytest.mark.slow), pytest.param("meadow", marks=pytest.mark.slow)]
)
def test_every_weather_can_be_drawn(place: str, weather: str) -> None:
    """Weather words work in every landscape, at any time of day."""
    for index, time in enumerate(sorted(TIMES)):
        if (index + len(weather)) % 2:
            shown = frames(spec(f"{place} {weather} {time}", width=96, height=64, fps=1, duration=1))
            assert len(shown) == 1


@pytest.mark.parametrize(
    "size", [(64, 64), pytest.param((64, 120), marks=pytest.mark.slow), pytest.param((200, 64), marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("place", sorted(PLACES))
def test_small_and_odd_shapes_can_be_drawn(place: str, size: tuple[int, int]) -> None:
    """Tiny, tall and wide frames work in every place, with a camera that moves and grows."""
    shown = frames(spec(f"{place}, dolly in", width=size[0], height=size[1], fps=2, duration=1))
    assert [frame.shape for frame in shown] == [(size[1], size[0], 3)] * 2


def test_things_that_a_prompt_names_can_be_drawn() -> None:
    """Boats, lighthouse, balloon, aurora and the others work and leave a picture with contrast."""
    for prompt, thing in [
        ("sea at day", "paper boat"),
        ("sea at day", "lighthouse"),
        ("meadow at day", "balloon"),
        ("mountains at night", "aurora"),
        ("forest at night", "god rays"),
        ("desert at day", "cactus"),
        ("space", "ringed planet"),
    ]:
        with_it = frames(spec(f"{prompt}, {thing}, static", fps=1, duration=1))
        assert len(with_it) == 1
        assert with_it[0].std() > 8, thing


def test_progress_rises_to_one_and_the_file_is_there_at_the_end(tmp_path: Path) -> None:
    """Progress is told frame by frame, and 1.0 only when the file stands under its name."""
    path, seen, there = tmp_path / "clip.mp4", list[float](), list[bool]()

    def note(progress: float) -> None:
        seen.append(progress)
        there.append(path.exists())

    render(spec(fps=10, duration=1.0), path, note)
    assert len(seen) == 11
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert there == [False] * 10 + [True]


def test_exception_from_progress_stops_and_leaves_nothing(tmp_path: Path) -> None:
    """Cancelling in the middle raises what was raised, ends the thread and leaves no file."""

    class Cancelled(Exception):
        pass

    def stop(progress: float) -> None:
        if progress > 0.3:
            raise Cancelled

    before = threading.active_count()
    with pytest.raises(Cancelled):
        render(spec(fps=20, duration=2.0), tmp_path / "clip.mp4", stop)
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before


def test_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    """A failed rendering does not touch what was there."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"old")

    def broken() -> Iterator[NDArray[np.uint8]]:
        yield np.zeros((108, 192, 3), np.uint8)
        raise RuntimeError("engine broke")

    with pytest.raises(RuntimeError, match="engine broke"):
        write_mp4(spec(), broken(), path, lambda progress: None)
    assert [item.read_bytes() for item in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize(("count", "shape"), [(3, (108, 192, 3)), (5, (108, 192, 3)), (4, (108, 190, 3))])
def test_engine_that_breaks_its_promise_is_refused(tmp_path: Path, count: int, shape: tuple[int, int, int]) -> None:
    """Too few frames, too many, or of another size are an error and not a wrong clip."""
    with pytest.raises(ValueError, match="the engine made"):
        write_mp4(spec(), iter([np.zeros(shape, np.uint8)] * count), tmp_path / "clip.mp4", lambda progress: None)
    assert list(tmp_path.iterdir()) == []


def test_colors_survive_the_encoding(tmp_path: Path) -> None:
    """What is drawn is what is seen: no wrong matrix, no wrong range."""
    path = tmp_path / "clip.mp4"
    colors = [(200, 40, 30), (30, 160, 60), (20, 60, 210), (255, 255, 255), (0, 0, 0), (128, 128, 128)]
    flat = np.zeros((96, 192, 3), np.uint8)
    for index, color in enumerate(colors):
        flat[:, index * 32 : (index + 1) * 32] = color
    write_mp4(spec(height=96), iter([flat] * 4), path, lambda progress: None)
    with av.open(path) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="rgb24")
    for index, color in enumerate(colors):
        assert shown[40:56, index * 32 + 12 : index * 32 + 20].mean((0, 1)) == pytest.approx(color, abs=6)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A square of 400 with a white disc of radius 80 in the middle, on a slope of colour."""
    y, x = np.mgrid[0:400, 0:400]
    pixels = np.stack([x * 0.3, y * 0.3, 120 + 0 * x], -1)
    pixels[(x - 199.5) ** 2 + (y - 199.5) ** 2 < 80**2] = 255
    path = tmp_path / "disc.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def disc(frame: NDArray[np.uint8]) -> tuple[float, float, float, float]:
    """Middle and size of the white disc: x, y, width, height."""
    rows, columns = np.nonzero(frame.min(axis=2) > 200)
    return float(columns.mean()), float(rows.mean()), float(np.ptp(columns)) + 1, float(np.ptp(rows)) + 1


def test_picture_is_cropped_to_the_frame_and_never_stretched(picture: Path) -> None:
    """At rest a square fills a wide frame: the disc stays round, in the middle, at the scale of the width."""
    for width, height in ((320, 180), (180, 320), (200, 200)):
        shown = frames(spec("static", image=picture, width=width, height=height))[0]
        x, y, wide, high = disc(shown)
        assert (x, y) == pytest.approx(((width - 1) / 2, (height - 1) / 2), abs=0.6)
        assert wide == pytest.approx(high, abs=1.5)
        assert wide == pytest.approx(160 / 400 * max(width, height), abs=1.5)


def test_camera_moves_the_way_it_says(picture: Path) -> None:
    """Pan right sends things left, tilt up sends them down, zoom and dolly in make them grow."""

    def ends(move: str) -> tuple[tuple[float, float, float, float], tuple[float, float, float, float]]:
        shown = frames(spec(move, image=picture, width=320, height=180, fps=8, duration=1))
        return disc(shown[0]), disc(shown[-1])

    first, last = ends("pan right")
    assert last[0] < first[0] - 10
    first, last = ends("pan left")
    assert last[0] > first[0] + 10
    first, last = ends("tilt up")
    assert last[1] > first[1] + 10
    for move in ("zoom in", "dolly in"):
        first, last = ends(move)
        assert first[2] == pytest.approx(128, abs=1.5), "the first frame is the whole picture"
        assert last[2] > first[2] * 1.15
    first, last = ends("zoom out")
    assert last[2] < first[2] / 1.15


def test_zoom_of_a_picture_is_even_and_smooth(picture: Path) -> None:
    """Circles stay circles, the middle stays put, and no frame jumps."""
    shown = [disc(frame) for frame in frames(spec("zoom in", image=picture, width=320, height=180, fps=12, duration=1))]
    widths = np.array([item[2] for item in shown])
    assert (np.abs(widths - [item[3] for item in shown]) <= 2).all()
    assert (np.diff(widths) >= 0).all()
    assert np.diff(widths).max() <= 6
    assert np.ptp([item[0] for item in shown]) < 0.6


@pytest.mark.parametrize("move", ["pan left", "tilt down", "zoom out", "dolly in", "orbit left", "orbit right"])
def test_camera_never_leaves_the_picture(tmp_path: Path, move: str) -> None:
    """A bright frame painted around the picture's edge is all that borders show: nothing is smeared beyond it."""
    y, x = np.mgrid[0:360, 0:640]
    # A ramp that rises everywhere: two equal neighbours at an edge would mean that a texel was repeated.
    pixels = np.stack([x * 255 / 640, y * 255 / 360, 0 * x], -1).astype(np.uint8)
    path = tmp_path / "ramp.png"
    Image.fromarray(pixels).save(path)
    for frame in frames(spec(f"{move}, fast", image=path, width=320, height=180, fps=4, duration=1)):
        across = frame[90, :, 0].astype(int)
        down = frame[:, 160, 1].astype(int)
        assert across[8] - across[0] >= 1
        assert across[-1] - across[-9] >= 1
        assert down[8] - down[0] >= 2
        assert down[-1] - down[-9] >= 2


def test_unreadable_pictures_are_refused_by_name(tmp_path: Path) -> None:
    """A missing and a damaged file are one error that says which file."""
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    for name in ("broken.png", "missing.png"):
        with pytest.raises(PictureError, match=name):
            render(spec(image=tmp_path / name), tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


def test_transparent_and_gray_pictures_are_read(tmp_path: Path) -> None:
    """Modes other than RGB work; what is transparent is black."""
    Image.new("LA", (80, 60), (255, 0)).save(tmp_path / "clear.png")
    shown = frames(spec("static", image=tmp_path / "clear.png"))[0]
    assert shown.max() <= 2


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 101},
        {"height": 62},
        {"width": 5000},
        {"fps": 0},
        {"fps": 61},
        {"duration": 0},
        {"duration": 61},
        {"seed": -1},
    ],
)
def test_values_out_of_range_are_refused(changes: dict[str, Any]) -> None:
    """A spec that cannot be rendered cannot be made; the message names the field."""
    with pytest.raises(ValueError, match=next(iter(changes))):
        spec(**changes)


def test_importing_the_package_loads_nothing_heavy() -> None:
    """The queue can import the interface without numpy, PyAV or Pillow."""
    code = "import sys, videogen_nb.gateway.render as r; print([m for m in ('numpy', 'av', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
