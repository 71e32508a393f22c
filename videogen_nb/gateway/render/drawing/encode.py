"""Frames in, MP4 out: H.264, yuv420p, BT.709, faststart, with the same bytes for the same frames."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

from videogen_nb.gateway.render.engines.spec import RenderSpec
from videogen_nb.storage.atomic import replacing

Frame = NDArray[np.uint8]

# x264's output depends on its number of threads, so it is fixed and not taken from the machine; and without
# cpu-independent its macroblock tree gives now and then other bytes for the same frames.
X264 = {
    "preset": "veryfast",
    "crf": "21",
    "threads": "2",
    "x264-params": "lookahead-threads=1:cpu-independent=1",
}
_AHEAD = 3


def write_mp4(spec: RenderSpec, frames: Iterator[Frame], path: Path, on_progress: Callable[[float], None]) -> None:
    """Encode `frames` into `path` while the next ones are being made in another thread.

    Args:
        spec: Gives size, rate and number of frames.
        frames: Arrays as of `Engine.frames`; exactly ``spec.frame_count`` of them.
        path: The finished file; until then the work is in a hidden neighbour.
        on_progress: Called after each frame with the share that is done; 1.0 once the file is in place.

    Raises:
        ValueError: The engine made another number of frames, or of another shape.
    """
    with replacing(path) as part, _Ahead(frames) as ahead:
        _encode(spec, ahead, part, on_progress)
    on_progress(1.0)


def _encode(spec: RenderSpec, frames: Iterator[Frame], path: Path, on_progress: Callable[[float], None]) -> None:
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(path, "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=spec.fps, options=X264)
        stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, spec.fps)
        context.gop_size = max(spec.fps, 2)  # a key frame a second keeps scrubbing quick
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        count = 0
        for count, frame in enumerate(frames, 1):
            if count > spec.frame_count:
                raise ValueError(f"the engine made frame {count} of shape {frame.shape}")
            picture = _picture(spec, frame, count)
            picture.pts, picture.time_base = count - 1, Fraction(1, spec.fps)
            container.mux(stream.encode(picture))
            # The last part of the way is the flush, the index moved to the front, and the rename.
            on_progress(0.99 * count / spec.frame_count)
        if count != spec.frame_count:
            raise ValueError(f"the engine made {count} frames, not {spec.frame_count}")
        container.mux(stream.encode(None))


def _picture(spec: RenderSpec, frame: Frame, number: int) -> av.VideoFrame:
    if frame.shape == (spec.height * 3 // 2, spec.width):
        return av.VideoFrame.from_ndarray(frame, format="yuv420p")
    if frame.shape != (spec.height, spec.width, 3):
        raise ValueError(f"the engine made frame {number} of shape {frame.shape}")
    return av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
    )


class _Ahead(Iterator[Frame]):
    """Runs an iterator a few frames ahead in a thread of its own; what it raises is raised here."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._ready: queue.Queue[Frame | BaseException | None] = queue.Queue(_AHEAD)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="videogen-frames", daemon=True)

    def _run(self) -> None:
        end: BaseException | None = None
        try:
            for frame in self._frames:
                self._ready.put(frame)
                if self._stop.is_set():
                    break
        except BaseException as error:
            end = error
        self._ready.put(end)

    def __enter__(self) -> _Ahead:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        while self._thread.is_alive():
            # The thread may be waiting for room; taking frames out lets it see the stop.
            self._take(0.05)
        self._thread.join()

    def _take(self, timeout: float | None) -> Frame | BaseException | None:
        try:
            return self._ready.get(timeout=timeout)
        except queue.Empty:
            return None

    def __next__(self) -> Frame:
        item = self._take(None)
        if item is None:
            raise StopIteration
        if isinstance(item, BaseException):
            raise item
        return item
