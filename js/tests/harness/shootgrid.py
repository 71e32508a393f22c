"""Screenshots of the grid: ``python js/tests/harness/shootgrid.py OUT_DIR [SHOT ...]``, of those in ``SHOTS``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from playwright.sync_api import Page
from stage import ffmpeg, stage

HUES = (0, 40, 80, 130, 170, 210, 250, 290, 330)
#: name: scene, theme, width, keys pressed once its clips are there, further query.
SHOTS: dict[str, tuple[str, str, int, list[str], dict[str, str]]] = {
    "2x2": ("2x2", "jp-light", 1200, ["2"], {}),
    "2x2-480": ("2x2", "jp-dark", 480, [], {}),
    "3x3": ("3x3", "jp-light", 1200, ["ArrowDown"], {}),
    "3x3-dark": ("3x3", "jp-dark", 1200, ["ArrowDown"], {}),
    "3x3-480": ("3x3", "jp-light", 480, [], {}),
    "running": ("3x3-running", "jp-light", 1200, [], {}),
    "running-dark": ("3x3-running", "jp-dark", 1200, [], {}),
    "running-480": ("3x3-running", "jp-dark", 480, [], {}),
    "1x6": ("1x6", "jp-light", 1200, [], {}),
    "1x6-480": ("1x6", "jp-light", 480, [], {}),
    "6x1": ("6x1", "jp-dark", 900, [], {}),
    "24": ("24", "jp-dark", 1200, [], {}),
    "24-480": ("24", "jp-light", 480, [], {}),
    "folded": ("folded", "jp-light", 1200, [], {}),
    "portrait": ("portrait", "jp-light", 1200, [], {}),
    "portrait-480": ("portrait", "jp-dark", 480, [], {}),
    "mixed": ("mixed", "jp-light", 1200, [], {}),
    "two": ("two", "jp-light", 900, [], {}),
    "hostile": ("hostile", "jp-light", 1200, [], {}),
    "hostile-480": ("hostile", "jp-dark", 480, [], {}),
    "wipe": ("3x3", "jp-dark", 1200, ["w"], {}),
    "wipe-480": ("3x3", "jp-light", 480, ["w", "v"], {}),
    "solo": ("hostile", "jp-light", 1200, ["1"], {}),
    "zoomed": ("2x2", "jp-light", 1200, ["+", "+", "+"], {}),
    "help": ("3x3", "jp-light", 1200, ["?"], {}),
    "help-480": ("3x3", "jp-dark", 480, ["?"], {}),
    "saved": ("3x3", "jp-light", 1200, [], {"saved": "1"}),
    "bare": ("3x3-running", "", 900, [], {}),
}


def make_clips(folder: Path) -> None:
    """Nine landscape clips and two portraits that differ in colour, length and frame rate."""
    clips = []
    for index in range(11):
        width, height = (640, 360) if index < 9 else (360, 640)
        fps, seconds = (30, 3) if index == 4 else (24, 4)
        source = f"mandelbrot=size={width}x{height}:rate={fps}:start_scale={1 + index * 0.35}"
        hue = f"hue=h={HUES[index % 9]}:s=0.8"
        clip, still = folder / f"{index}.mp4", folder / f"{index}.jpg"
        encode = ("-vf", hue, "-t", str(seconds), "-pix_fmt", "yuv420p", "-movflags", "+faststart", clip)
        ffmpeg("-f", "lavfi", "-i", source, *encode)
        ffmpeg("-i", clip, "-frames:v", "1", still)
        timing = {"duration": seconds, "fps": fps, "frames": seconds * fps, "start": 0, "times": None}
        facts = {"width": width, "height": height, "timing": timing}
        clips.append({"url": f"/clip/{clip.name}", "poster": f"/clip/{still.name}", **facts})
    (folder / "clips.json").write_text(json.dumps(clips))


def shoot(page: Page, out: Path, keys: list[str]) -> None:
    page.locator(".vgn-grid").focus()
    for key in keys:
        page.keyboard.press(key)
    # Two frames, for what is drawn on the next one.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.screenshot(path=out, full_page=True)


def main(out: Path, only: list[str]) -> None:
    with stage(out, make_clips) as on:
        for name, (scene, theme, width, keys, more) in SHOTS.items():
            if only and name not in only:
                continue
            with on.page(width, scheme="dark" if theme == "jp-dark" else "light") as page:
                on.show(page, "grid.html", {"scene": scene, "theme": theme, **more})
                shoot(page, out / f"{name}.png", keys)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
