"""The local renderer beside ffmpeg encoding the very same frames; the first clip of a fresh process; two workers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import httpx2

from videogen_nb.gateway.app import Gateway
from videogen_nb.gateway.render import RenderSpec, render
from videogen_nb.gateway.render.engines.procedural import ProceduralEngine

from ..row import Figures, Row, spread
from .encoding import NAME, Raw

_PROMPTS = {
    "mountains": "snowy mountains on a clear day, slow pan right",
    "city in the rain": "a neon city in the rain at night, dolly in",
    "forest": "a misty forest at dawn, rays of light",
    "sea": "a sailboat on the sea at sunset",
}
_SIZES = {"360p": (640, 360), "720p": (1280, 720), "1080p": (1920, 1080)}
_SECONDS = {"360p": 3.0, "720p": 3.0, "1080p": 2.0}
_TIMES = {"360p": 1, "720p": 2, "1080p": 1}
_SHARE = 0.8
_HOW = """`render()` from its call to the finished file, painting the scene included, against ffmpeg by its own clock
(`-benchmark`: without the start of the program) encoding those very frames out of memory with our x264 settings. The
baseline of the table gets them in planar YUV, as x264 takes them and as we draw them; what it does with the same frames
in RGB, which it has to convert, stands in the last column. Ours and ffmpeg's take turns. Drawing runs in one thread
beside x264's two, so that the slower of the two decides: what ours takes of the processor is drawing and encoding.
"""
_LIMIT = """
**What limits it.** On two cores, 0.8 of ffmpeg's speed leaves a quarter of what encoding takes of the processor for
drawing: 3 to 7 ms a frame for 1.4 million samples, two to five nanoseconds each, which is one or two of numpy's passes
over them. A scene is several layers that move apart, most of them half clear: the forest lays 3.8 frames of such tiles
over one another, the city 2.5 (counted), and each tile takes some twenty passes, for what lies between texels and for
how much shows through. Painting the scene takes half a second of each clip besides, which weighs most on short ones.
Where x264 has more to do (sea, rain) the share is larger. Two workers gain little over one here, since a single
clip keeps both cores busy.

C compositing would not change that. Measured once, CPU ms of one thread for a half-clear layer on a luma plane of 720p:
ours 1.4 between texels and 2.1 zoomed, of which laying it down is 0.3. Pillow: a resized window 3.2 for each of
two planes, an affine window 7.5, paste with a mask 0.4. libavfilter: maskedmerge 0.11, overlay 0.23 for all three
planes (5.5 premultiplied), but mix 1.1 and rotate 6.0 for what lies between texels. libswscale: 0.4, or 2.4 where the
window changes as in a zoom, and only whole texels. So the forest could save 1 ms of 23. A single fused SIMD pass would
move 3.7 MB a plane, 0.14 ms at the 26 GB/s read here, and needs a compiled part of our own. A second drawing thread
gained nothing in the forest (30 and 34 ms a frame)."""
_HEAD = """| at 720p24 | of ffmpeg's speed | ms a frame | CPU ms a frame | ffmpeg's CPU ms | from RGB |
|---|---|---|---|---|---|"""
_FIRST = """
import time
start = time.perf_counter()
import videogen_nb as vg
job = vg.generate("a paper boat at sunset", provider="local", duration=4)
job.wait(120)
print(time.perf_counter() - start)
"""


def run() -> Figures:
    rows, notes = [], [_HOW, _HEAD]
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        render(_spec("mountains", "360p", 0.5), Path(folder, "warm.mp4"))
        for size in _SIZES:
            ours, theirs = [], []
            for prompt in _PROMPTS:
                spec = _spec(prompt, size)
                mine, other, cpu, its, rgb = _clip(spec, Path(folder), _TIMES[size])
                if size == "720p":
                    reached = median(mine) >= _SHARE * median(other)
                    target = f"at least {_SHARE} x baseline"
                    rows.append(Row(f"render 720p24, {prompt}", mine, "fps", NAME, other, target, reached))
                    share, each = median(mine) / median(other), 1000 / median(mine)
                    times = [f"{milliseconds:.1f}" for milliseconds in (each, 1000 * median(cpu), 1000 * median(its))]
                    notes.append(f"| {' | '.join((prompt, f'{share:.2f}', *times, spread(rgb, 'fps')))} |")
                ours.append(median(mine))
                theirs.append(median(other))
            if size != "720p":
                rows.append(Row(f"render {size}, each of the four", ours, "fps", NAME, theirs))
    one, two = _sweeps(1), _sweeps(2)
    rows.append(Row("first local clip, 4 s at 720p, fresh process", [_first() for _ in range(2)], "s"))
    rows.append(Row("16 clips of 1 s at 360p, two workers", [two], "s", "one worker", [one]))
    return Figures(rows, "\n".join([*notes, _LIMIT]))


def _spec(prompt: str, size: str, seconds: float | None = None) -> RenderSpec:
    width, height = _SIZES[size]
    return RenderSpec(_PROMPTS[prompt], 1, width, height, 24, seconds or _SECONDS[size])


def _clip(spec: RenderSpec, folder: Path, times: int) -> tuple[list[float], ...]:
    """Frames a second of ours and of ffmpeg, CPU seconds a frame of both, and ffmpeg's with frames in RGB."""
    raw = Raw(spec, ProceduralEngine().frames(spec), folder / "frames.yuv")
    count = spec.frame_count
    ours: list[float] = []
    theirs: list[float] = []
    cpu: list[float] = []
    its: list[float] = []
    rgb: list[float] = []
    for _ in range(times):
        before, start = time.process_time(), time.perf_counter()
        render(spec, folder / "clip.mp4")
        ours.append(count / (time.perf_counter() - start))
        cpu.append((time.process_time() - before) / count)
        seconds, processor = raw.encode()
        theirs.append(count / seconds)
        its.append(processor / count)
        if spec.height == 720 and not rgb:
            rgb.append(count / raw.encode(rgb=True)[0])
    raw.remove()
    return ours, theirs, cpu, its, rgb


def _first() -> float:
    """Seconds from the first import to a clip that succeeded, with nothing running and nothing kept from before."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "VIDEOGEN_HOME": home, "VIDEOGEN_OUTPUT_DIR": home}
        done = subprocess.run(
            [sys.executable, "-c", _FIRST], env=environment, check=True, capture_output=True, text=True
        )
    return float(done.stdout.split()[-1])


def _sweeps(workers: int) -> float:
    return asyncio.run(_sweep(workers))


async def _sweep(workers: int, clips: int = 16) -> float:
    """Seconds until a gateway with so many workers has rendered so many clips, the start of its workers included."""
    with tempfile.TemporaryDirectory() as home:
        gateway = Gateway(Path(home), workers=workers)
        transport = httpx2.ASGITransport(app=gateway)
        try:
            async with httpx2.AsyncClient(transport=transport, base_url="http://gateway.local") as client:
                start = time.perf_counter()
                prompts: Sequence[str] = list(_PROMPTS.values())
                waiting = set()
                for place in range(clips):
                    order = {"model": "preview", "prompt": prompts[place % 4], "size": "640x360", "seconds": "1"}
                    waiting.add((await client.post("/v1/videos", json=order)).raise_for_status().json()["id"])
                while waiting:
                    for job in list(waiting):
                        state = (await client.get(f"/v1/videos/{job}")).raise_for_status().json()["status"]
                        if state == "failed":
                            raise RuntimeError(f"{job} failed")
                        if state == "completed":
                            waiting.discard(job)
                    await asyncio.sleep(0.02)
                return time.perf_counter() - start
        finally:
            await gateway.aclose()
