"""A clip of 1 GB from a loopback server to the disk, beside curl: throughput, memory, and what a cut costs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from ..clipserver import Clips, serve
from ..environment import ROOT
from ..films import film
from ..row import Figures, Row, spread
from .fetching import WARM

_SIZES = {300: 3, 1000: 1}  # MB; how often
_OFTEN, _LARGE = _SIZES
_Found = dict[tuple[str, int], list[float]]  # by what, and MB


def run() -> Figures:
    if shutil.which("curl") is None:
        raise RuntimeError("No curl: `apt install curl`.")
    ours: _Found = defaultdict(list)
    theirs: _Found = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        served, disk = Path(name, "served"), Path(name, "disk")
        served.mkdir()
        disk.mkdir()
        film(served / WARM, 1)
        with serve(served) as clips:
            clips.finish("all")
            for size, times in _SIZES.items():
                file = _padded(served / WARM, size * 1_000_000)
                _curl(clips, file, disk)  # the first of all finds nothing in memory
                for _ in range(times):
                    for what, figure in _curl(clips, file, disk).items():
                        theirs[what, size].append(figure)
                    for what, figure in _ours(clips, file, disk).items():
                        ours[what, size].append(figure)
                    clips.cut(size * 500_000)
                    ours["cut", size].append(_ours(clips, file, disk)["known"])
                if size == _OFTEN:
                    for what, figure in _ours(clips, file, disk, "busy").items():
                        ours[f"busy {what}", size].append(figure)
    return Figures(_rows(ours, theirs), _notes(ours))


def _padded(film: Path, length: int) -> Path:
    """That clip made so long by a box that players pass over, which takes no room on the disk."""
    path, head = film.with_name(f"{length}.mp4"), film.read_bytes()
    with path.open("wb") as file:
        file.write(head + (length - len(head)).to_bytes(4) + b"free")
        file.truncate(length)
    return path


def _curl(clips: Clips, file: Path, disk: Path) -> dict[str, float]:
    """Seconds that curl takes, and with hashing what came and having it on the disk for certain."""
    start, target = time.perf_counter(), disk / file.name
    subprocess.run(["curl", "-sSfo", target, f"{clips.url}/files/{file.name}"], check=True)
    whole = time.perf_counter() - start
    with target.open("rb+") as written:
        hashlib.file_digest(written, "sha256")
        os.fsync(written.fileno())
    known = time.perf_counter() - start
    target.unlink()
    os.sync()  # what is left of one must not slow the next
    return {"whole": whole, "known": known}


def _ours(clips: Clips, file: Path, disk: Path, *busy: str) -> dict[str, float]:
    """What a job's download takes, in a process of its own."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.download.fetching", clips.url, file.name, *busy]
    done = subprocess.run(command, cwd=disk, env=env, stdout=subprocess.PIPE, check=True)
    os.sync()
    return dict(json.loads(done.stdout))


def _rows(ours: _Found, theirs: _Found) -> list[Row]:
    rows = []
    for size, state in ((_OFTEN, ""), (_LARGE, ""), (_OFTEN, "busy ")):
        for what, told, beside in (
            ("whole", "downloaded", "curl"),
            ("known", "hashed, checked, synced, recorded", "curl, SHA-256, fsync"),
        ):
            label = f"{size} MB {told}{', a cell running' if state else ''}"
            speeds = [[size / seconds for seconds in each] for each in (ours[state + what, size], theirs[what, size])]
            rows.append(Row(label, speeds[0], "MB/s", beside, speeds[1]))
    memory = ours["receiving", _OFTEN] + ours["receiving", _LARGE]
    rows.append(Row("memory while downloading", memory, "MiB", target="at most 4 MiB", reached=median(memory) <= 4))
    for size in _SIZES:
        lost = [cut - whole for cut, whole in zip(ours["cut", size], ours["known", size], strict=True)]
        rows.append(Row(f"lost to a cut in the middle of {size} MB", lost, "s"))
    return rows


def _notes(ours: _Found) -> str:
    pairs = [zip(ours["known", size], ours["whole", size], strict=True) for size in _SIZES]
    after = [1000 * (known - whole) for pair in pairs for known, whole in pair]
    checking = ours["checking", _OFTEN] + ours["checking", _LARGE]
    return f"""\
A real job in a process of its own fetches its clip over the backend, from a server in another process that sends the
file by `sendfile`, with byte ranges and an ETag; curl writes to the same folder, in turns with it. The clip is a real
one, made longer by a `free` box. The clock starts when the job is known to be done. "Downloaded": all bytes have come.
"Recorded": also hashed (SHA-256), boxes and first frame checked, on the disk for certain, renamed, sidecar and poster
written, the end in the journal: {spread(after, "ms")} after the last byte.

Memory is the peak of resident memory above what there was before, until the last byte, after a small clip was fetched
so that all modules are loaded; decoding a first frame of 1280 x 720 and drawing its poster then take
{spread(checking, "MiB")} for a moment.

A cut is a reset after half of the bytes; what came is not fetched again. Below zero: lost in the noise of this machine.

What limits it: one thread of Python receives at most 64 KiB at a time (httpcore2), in about 0.1 ms of its core each,
and shares two cores with the server; then SHA-256 of the whole. In a trial neither pieces of 256 KiB nor writing and
hashing in a second thread stood out of this machine's noise. A link of 1 Gbit/s brings 125 MB/s.

While a loop of the main thread runs ("a cell running"; curl has the machine to itself), each call of the system gives
the interpreter to the loop until the switch interval is over. For as long as a clip is fetched and checked that is
0.5 ms in place of 5: with 5 ms 100 MB took 11 s to come and 5 s to be checked here, with 0.5 ms 1.7 s and 0.8 s."""
