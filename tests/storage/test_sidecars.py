from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from videogen_nb.core.image import ImageRef
from videogen_nb.core.job import Cost, Job, Video
from videogen_nb.core.request import Size, VideoRequest
from videogen_nb.errors import RequestError
from videogen_nb.storage.sidecars import MAX_BYTES, identify, read, write

ID = "k3x9ab2c"
GOOD: dict[str, Any] = {
    "videogen_nb": "0.5",
    "schema": 1,
    "job": ID,
    "provider": "infery",
    "model": "veo-3-1",
    "remote_id": "v1",
    "base_url": "https://e.org",
    "request": {"prompt": "a boat", "count": 2},
    "created": "2026-09-21T14:13:20+00:00",
    "ended": "2026-09-21T14:14:20+00:00",
    "cost": {"amount": 80, "unit": "credits"},
    "clip": {
        "file": f"a-boat-{ID}.mp4",
        "sha256": "0f" * 32,
        "bytes": 9,
        "size": "640x360",
        "duration": 4.0,
        "fps": 24,
        "audio": "aac",
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """A good file's content with one field, named by its way through the objects, changed or, by None, taken away."""
    told: dict[str, Any] = json.loads(json.dumps(GOOD))
    *way, last = path.split(".")
    inner = told
    for name in way:
        inner = inner[name]
    inner[last] = value
    if value is None:
        del inner[last]
    return told


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """All of it, to the second; the clip under the name that it has beside the file now."""
    request = VideoRequest("a {boat}", model="x", duration=4, size=Size(640, 360), params={"a": [1, {"b": None}]})
    created = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    job = Job(None, id=ID, provider="local", model="veo-3-1", remote_id="v/1 é", request=request, created_at=created)  # type: ignore[arg-type]
    video = Video(tmp_path / f"a-boat-{ID}.webm", Size(640, 360), 4.0, 23.976, "video/webm", 9, "0f" * 32, "opus")
    write(job, video, Cost(1.5, "credits"), "https://u:p@e.org/?sig=0a1b2c")
    path = video.path.with_suffix(".json")
    told = read(path)
    assert (told.job, told.provider, told.model, told.remote_id) == (ID, "local", "veo-3-1", "v/1 é")
    assert (told.request, told.created_at, told.cost, told.video) == (request, created, Cost(1.5, "credits"), video)
    assert told.ended_at
    assert told.ended_at.tzinfo is UTC
    assert "0a1b2c" not in path.read_text("utf-8")
    renamed = path.rename(tmp_path / "b.json")
    (tmp_path / "b.webm").touch()
    assert read(renamed).video.path == tmp_path / "b.webm"
    seen = identify(renamed)
    assert seen
    assert (seen.job, seen.sha256, seen.file) == (ID, "0f" * 32, video.path.name)


def test_a_picture_with_a_path(tmp_path: Path) -> None:
    """Only its name counts: what the file says is elsewhere is not looked at."""
    image = {"path": "/home/them/images/0f.png", "sha256": "0f" * 32, "media_type": "image/png"}
    told = changed("request.image", image)
    (tmp_path / "a.json").write_text(json.dumps(told))
    found = read(tmp_path / "a.json").request.image
    assert found == ImageRef(path=tmp_path / "0f.png", sha256="0f" * 32, media_type="image/png")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("job", None),
        ("job", "../../x"),
        ("job", "K3X9AB2C"),
        ("job", 7),
        ("provider", ""),
        ("provider", "a/b"),
        ("model", " "),
        ("model", "x" * 300),
        ("remote_id", ["v1"]),
        ("remote_id", "x\ny"),
        ("created", None),
        ("created", "yesterday"),
        ("created", "0001-01-01T00:00:00+23:59"),
        ("created", 1_790_000_000),
        ("ended", "2026-99-99T00:00:00"),
        ("cost", [80, "credits"]),
        ("cost.amount", "80"),
        ("cost.amount", -1),
        ("cost.amount", True),
        ("cost.amount", 10**400),
        ("cost.amount", float("nan")),
        ("cost.unit", "x" * 50),
        ("request", "a boat"),
        ("request.prompt", None),
        ("request.prompt", " "),
        ("request.prompt", ["a"]),
        ("request.prompt", "\ud800"),
        ("request.count", 10**9),
        ("request.count", {}),
        ("request.size", "9x"),
        ("request.params", [1]),
        ("request.strange", 1),
        ("request.image", "x.png"),
        ("request.image", {"url": "file:///etc/passwd"}),
        ("request.image", {"url": ["https://e.org/a.png"]}),
        ("request.image", {"path": "x.png", "media_type": "image/png"}),
        ("request.image", {"path": "..", "sha256": "0f" * 32, "media_type": "image/png"}),
        ("request.image", {"path": "a\0b", "sha256": "0f" * 32, "media_type": "image/png"}),
        ("request.image", {"path": "x.svg", "sha256": "0f" * 32, "media_type": "image/svg+xml"}),
        ("clip", None),
        ("clip", []),
        ("clip.file", "../a.mp4"),
        ("clip.file", "/etc/passwd"),
        ("clip.file", "a\\b.mp4"),
        ("clip.file", "a.html"),
        ("clip.sha256", "0f"),
        ("clip.size", "640"),
        ("clip.size", {"w": 1}),
        ("clip.duration", "4"),
        ("clip.duration", float("inf")),
        ("clip.fps", None),
        ("clip.bytes", -1),
        ("clip.audio", "<b>"),
        ("schema", "1"),
    ],
    ids=ascii,
)
def test_what_is_not_as_it_must_be(tmp_path: Path, path: str, value: Any) -> None:
    """One line that names the file; no other kind of error."""
    told = changed(path, value)
    (tmp_path / "a.json").write_text(json.dumps(told))
    with pytest.raises(RequestError, match=r"a\.json") as caught:
        read(tmp_path / "a.json")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_one_of_a_later_version(tmp_path: Path) -> None:
    """Is not guessed at."""
    (tmp_path / "a.json").write_text(json.dumps({**GOOD, "schema": 2}))
    with pytest.raises(RequestError, match="another version of videogen-nb"):
        read(tmp_path / "a.json")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"job": ' + b"9" * 5000 + b"}",
        json.dumps({"nbformat": 4}).encode(),
        json.dumps({**GOOD, "more": "x" * MAX_BYTES}).encode(),
    ],
    ids=["empty", "cut", "list", "null", "utf-16", "deep", "long number", "notebook", "huge"],
)
def test_what_is_no_sidecar(tmp_path: Path, content: bytes) -> None:
    """Is told in one line, and has nothing to tell at a glance."""
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(RequestError, match="was not written by videogen-nb, or is damaged"):
        read(tmp_path / "a.json")
    assert identify(tmp_path / "a.json") is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """What would never end is not begun."""
    os.mkfifo(tmp_path / "a.json")
    assert identify(tmp_path / "a.json") is None


@pytest.mark.parametrize("path", ["../../../etc/passwd", "/etc/passwd", "C:\\secret\\passwd"])
def test_a_picture_stays_beside_the_file(tmp_path: Path, path: str) -> None:
    """Whatever way to it the file names, and what stands there by that name has to have its hash to be sent."""
    image = {"path": path, "sha256": "0f" * 32, "media_type": "image/png"}
    (tmp_path / "a.json").write_text(json.dumps(changed("request.image", image)))
    told = read(tmp_path / "a.json").request.image
    assert told
    assert told.path == tmp_path / "passwd"
    (tmp_path / "passwd").write_text("root")
    with pytest.raises(RequestError, match="was changed since"):
        told.read()
