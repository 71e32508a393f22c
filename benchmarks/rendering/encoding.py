"""ffmpeg, or libx264 by PyAV where there is no ffmpeg, encoding raw frames with the settings of our renderer."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from videogen_nb.gateway.render import RenderSpec
from videogen_nb.gateway.render.drawing.encode import X264, write_mp4

__all__ = ["NAME", "Raw"]

NAME = "ffmpeg" if shutil.which("ffmpeg") else "libx264 by PyAV"


class Raw:
    """The frames of one clip, as they were before they were encoded, in a file.

    Args:
        spec: Of the clip.
        frames: Arrays of shape ``(height * 3 // 2, width)``, planar YUV 4:2:0.
        file: Where to keep them; in memory where the system has a place for that.
    """

    def __init__(self, spec: RenderSpec, frames: Iterator[NDArray[np.uint8]], file: Path) -> None:
        self._spec, self._file = spec, file
        with file.open("wb") as opened:
            for frame in frames:
                opened.write(frame.tobytes())

    def encode(self, rgb: bool = False) -> tuple[float, float]:
        """Encode all of them; returns the seconds that it took, and those of the processor.

        Args:
            rgb: Give them as rgb24, which has to be converted first, as what comes from elsewhere would be.
        """
        with tempfile.TemporaryDirectory() as folder:
            source = self._as_rgb(Path(folder)) if rgb else self._file
            return self._ffmpeg(source, rgb, folder) if NAME == "ffmpeg" else self._by_pyav(folder)

    def _ffmpeg(self, source: Path, rgb: bool, folder: str) -> tuple[float, float]:
        spec = self._spec
        given = {"-f": "rawvideo", "-pix_fmt": "rgb24" if rgb else "yuv420p", "-s": f"{spec.width}x{spec.height}"}
        made = {f"-{name}": value for name, value in X264.items()}
        made |= {"-c:v": "libx264", "-g": str(spec.fps), "-pix_fmt": "yuv420p", "-movflags": "+faststart"}
        command = ["ffmpeg", "-v", "info", "-benchmark", "-nostdin"]
        for options in ({**given, "-r": str(spec.fps), "-i": str(source)}, made):
            command += [word for option in options.items() for word in option]
        done = subprocess.run([*command, f"{folder}/clip.mp4"], check=True, capture_output=True, text=True)
        # Its own clock, so that starting the program is not counted.
        user, system, real = re.findall(r"utime=([\d.]+)s stime=([\d.]+)s rtime=([\d.]+)s", done.stderr)[-1]
        return float(real), float(user) + float(system)

    def _by_pyav(self, folder: str) -> tuple[float, float]:
        frames = np.fromfile(self._file, np.uint8).reshape(-1, self._spec.height * 3 // 2, self._spec.width)
        start, processor = time.perf_counter(), time.process_time()
        write_mp4(self._spec, iter(frames), Path(folder, "clip.mp4"), lambda progress: None)
        return time.perf_counter() - start, time.process_time() - processor

    def _as_rgb(self, folder: Path) -> Path:
        """A file beside this one with the same frames in rgb24."""
        target = self._file.with_suffix(".rgb")
        if not target.exists():
            frames = np.fromfile(self._file, np.uint8).reshape(-1, self._spec.height * 3 // 2, self._spec.width)
            with target.open("wb") as opened:
                for frame in frames:
                    opened.write(av.VideoFrame.from_ndarray(frame, "yuv420p").to_ndarray(format="rgb24").tobytes())
        return target

    def remove(self) -> None:
        """Give back the memory."""
        self._file.unlink()
        self._file.with_suffix(".rgb").unlink(missing_ok=True)
