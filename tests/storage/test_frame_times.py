from __future__ import annotations

import io
import itertools
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.support.clips import make_clip
from videogen_nb.storage.frame_times import timing


def clip(path: Path, times: Sequence[int], base: Fraction = Fraction(1, 1000), *, b_frames: int = 0) -> Path:
    """A clip whose frames are shown at these times, in units of `base` seconds."""
    noise = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"bf": str(b_frames)})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = base
        for time in times:
            frame = av.VideoFrame.from_ndarray(noise.integers(0, 255, (64, 64, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = time, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def shown(path: Path) -> list[float]:
    """When each frame is shown, as a decoder says."""
    with av.open(str(path)) as container:
        return [
            round(frame.time, 6) for frame in container.decode(container.streams.video[0]) if frame.time is not None
        ]


def copy(source: Path, target: Path, start: float, end: float) -> None:
    """Cut a clip as `ffmpeg -ss START -t LENGTH -c copy` does: what comes before `start` stays, to decode the rest."""
    with av.open(str(source)) as whole, av.open(str(target), "w") as cut:
        video = whole.streams.video[0]
        copied = cut.add_stream_from_template(video)
        assert video.time_base is not None
        first = round(start / video.time_base)
        for packet in whole.demux(video):
            if packet.dts is None or packet.pts is None or packet.pts * video.time_base >= end:
                continue
            packet.pts, packet.dts, packet.stream = packet.pts - first, packet.dts - first, copied
            cut.mux(packet)


@pytest.mark.parametrize("frames", [1, 2, 24])
def test_even_frames_are_told_by_their_pace(tmp_path: Path, frames: int) -> None:
    """Number, pace, start and end; no list of times."""
    path = tmp_path / "a.mp4"
    path.write_bytes(make_clip(frames=frames))
    told = timing(path)
    assert (told.frames, told.start, told.times) == (frames, 0, None)
    assert told.fps == pytest.approx(24, abs=1e-3)
    assert told.duration == pytest.approx(frames / 24, abs=1e-3)


@pytest.mark.parametrize(("rate", "base"), [(30000, 1001), (25, 1), (60, 1), (12, 1)])
def test_other_paces(tmp_path: Path, rate: int, base: int) -> None:
    """The NTSC ones too, whose times are no round numbers."""
    path = clip(tmp_path / "a.mp4", range(30), Fraction(base, rate))
    told = timing(path)
    assert told.times is None
    assert told.fps == pytest.approx(rate / base, rel=1e-4)
    assert [round(told.start + n / told.fps, 3) for n in range(30)] == [round(each, 3) for each in shown(path)]


def test_frames_that_come_in_another_order(tmp_path: Path) -> None:
    """Are told in the order in which they are shown."""
    path = clip(tmp_path / "a.mp4", range(0, 960, 40), b_frames=3)
    told = timing(path)
    assert (told.frames, told.times) == (24, None)
    assert told.fps == pytest.approx(25)
    assert told.start == pytest.approx(shown(path)[0])


@pytest.mark.parametrize("b_frames", [0, 2])
def test_uneven_frames_are_told_one_by_one(tmp_path: Path, b_frames: int) -> None:
    """Each at the time at which a decoder shows it."""
    times = [0, *itertools.accumulate([40, 40, 200, 10, 40, 500, 40, 33, 34, 40])]
    path = clip(tmp_path / "a.mp4", times, b_frames=b_frames)
    told = timing(path)
    assert told.times is not None
    assert list(told.times) == pytest.approx(shown(path), abs=2e-3)
    assert told.start == told.times[0]
    assert told.duration >= told.times[-1]
    assert told.frames == len(times)


def test_a_clip_cut_without_encoding_it_again(tmp_path: Path) -> None:
    """What its edit list cuts away is not counted: a page never shows it."""
    whole, cut = clip(tmp_path / "a.mp4", range(0, 4000, 40)), tmp_path / "b.mp4"
    with av.open(whole) as source, av.open(cut, "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        base = source.streams.video[0].time_base
        assert base is not None
        begin, end = (int(seconds / base) for seconds in (1.5, 2.5))
        source.seek(begin, stream=source.streams.video[0])  # to the key frame before it
        for packet in source.demux(video=0):
            if packet.pts is not None and packet.dts is not None and packet.pts < end:
                packet.pts, packet.dts = packet.pts - begin, packet.dts - begin
                packet.stream = stream
                target.mux(packet)
    times, decoded = timing(cut), shown(cut)
    with av.open(cut) as container:
        assert len(decoded) < sum(packet.size > 0 for packet in container.demux(video=0)), "some are cut away"
    assert times.frames == len(decoded)
    assert times.start == pytest.approx(decoded[0], abs=1e-3)
    assert times.start + (times.frames - 1) / times.fps == pytest.approx(decoded[-1], abs=1e-3)


def test_a_file_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    """Under the same name."""
    path = tmp_path / "a.mp4"
    path.write_bytes(make_clip(frames=4))
    assert timing(path).frames == 4
    path.write_bytes(make_clip(frames=6))
    os.utime(path, (1, 1))
    assert timing(path).frames == 6


def sound_alone() -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.rate, frame.pts = 44100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


@pytest.mark.parametrize("content", [None, b"", b"no clip at all", make_clip(frames=4)[:200], sound_alone()])
def test_what_is_no_clip(tmp_path: Path, content: bytes | None) -> None:
    """Is an OSError, and nothing else."""
    path = tmp_path / "a.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OSError):
        timing(path)
    with pytest.raises(OSError):
        timing(tmp_path)
