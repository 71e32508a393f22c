"""A renderer for tests: the clip holds what the renderer was told; words in the prompt make it misbehave.

``hold PATH`` stops at 50 % until PATH exists, ``raise`` raises, ``die`` ends the process, ``chat`` prints.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class RenderSpec:
    prompt: str
    seed: int
    width: int
    height: int
    fps: int
    duration: float
    image: Path | None = None
    negative_prompt: str = ""


def render(spec: RenderSpec, path: Path, on_progress: Callable[[float], None]) -> None:
    word, _, rest = spec.prompt.partition(" ")
    on_progress(0.5)
    if word == "hold":
        while not Path(rest).exists():
            time.sleep(0.02)
    elif word == "raise":
        raise ValueError("no such place")
    elif word == "die":
        print("out of memory", file=sys.stderr)
        os._exit(9)
    elif word == "chat":
        print('{"done": true}')
        print("noise " * 20_000, file=sys.stderr)
    told = {**asdict(spec), "pid": os.getpid(), "image": spec.image and [str(spec.image), spec.image.stat().st_size]}
    path.write_bytes(b"\x00\x00\x00 ftypisom" + json.dumps(told).encode())
