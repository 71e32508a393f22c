"""Screenshots of every state of the job widget: ``python js/tests/harness/shoot.py OUT_DIR [STATE ...]``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from stage import CLIP, ffmpeg, stage

THEMES: dict[str, tuple[str, Literal["dark", "light"]]] = {
    "light": ("jp-light", "light"),
    "dark": ("jp-dark", "dark"),
    "bare": ("", "light"),
    "bare-dark": ("", "dark"),
}
WIDTHS = (320, 480, 900)
FILES = {"clip": "/clip/clip.mp4", "poster": "/clip/poster.jpg"}


def make_clip(folder: Path) -> None:
    ffmpeg(*CLIP, "-t", "2", "-pix_fmt", "yuv420p", "-movflags", "+faststart", folder / "clip.mp4")
    ffmpeg(*CLIP, "-frames:v", "1", folder / "poster.jpg")


def main(out: Path, only: list[str]) -> None:
    with stage(out, make_clip) as on:
        for name, (theme, scheme) in THEMES.items():
            for width in WIDTHS if theme else WIDTHS[1:2]:
                with on.page(width, scheme=scheme) as page:
                    on.show(page, "index.html", {"theme": theme, **FILES})
                    for state in only:
                        page.locator(f"#{state}").screenshot(path=out / f"{name}-{width}-{state}.png")
                    if not only:
                        page.screenshot(path=out / f"{name}-{width}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
