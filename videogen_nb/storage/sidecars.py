"""The small file beside each clip that says how it was made: written, and read back with suspicion.

It travels: to other folders, machines and people. So all that it names stands beside it, nothing in it
opens a door, and what comes back is checked like anything from outside.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from videogen_nb._version import __version__
from videogen_nb.core.image import SUFFIXES, ImageRef
from videogen_nb.core.job import Cost, Job, Video
from videogen_nb.core.request import Size, VideoRequest
from videogen_nb.errors import RequestError
from videogen_nb.storage import atomic
from videogen_nb.storage.clips import CONTAINERS, clip_name, sidecar_path
from videogen_nb.text import bare_url

__all__ = ["ID", "MAX_BYTES", "Identity", "Sidecar", "identify", "picture_path", "read", "write"]

SCHEMA = 1  # of what is written
MAX_BYTES = 1_000_000  # bytes of a sidecar
ID = "[2-9a-hjkmnp-z]{8}"  # a job's id, as a pattern; see `videogen_nb.storage.journal.new_id`


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a file beside a clip tells.

    Attributes:
        path: The file.
        job: Id of the job in the journal that made it.
        provider: Name of its provider.
        model: The model's id there.
        remote_id: The provider's name for the job.
        request: What was asked; a local picture's path is that of its copy beside the clip, there or not.
        created_at: When the job was made, UTC.
        ended_at: When its clip was there, UTC.
        cost: What the provider said it charged.
        video: The clip as it was then, under the name it has beside this file.
    """

    path: Path
    job: str
    provider: str
    model: str
    remote_id: str | None
    request: VideoRequest
    created_at: datetime
    ended_at: datetime
    cost: Cost | None
    video: Video


class Identity(NamedTuple):
    """What one look at a sidecar tells."""

    job: str
    sha256: str
    file: str


def write(job: Job, video: Video, cost: Cost | None, base_url: str) -> None:
    """Write down beside a clip how it was made, and put the picture that it started from there too.

    Raises:
        OSError: The file can't be written. A picture that can't be is named all the same: its hash finds it.
    """
    request = job.request.to_json()
    picture = picture_path(job, video.path)
    if picture and job.request.image:
        with suppress(OSError, RequestError):
            _keep(job.request.image, picture)
        request["image"] = {**request["image"], "path": picture.name}
    clip = {
        "file": video.path.name,
        "sha256": video.sha256,
        "bytes": video.bytes,
        "size": str(video.size),
        "duration": video.duration,
        "fps": video.fps,
        "audio": video.audio,
    }
    facts = {
        "videogen_nb": __version__,
        "schema": SCHEMA,
        "job": job.id,
        "provider": job.provider,
        "model": job.model,
        "remote_id": job.remote_id,
        "base_url": bare_url(base_url),
        "request": request,
        "created": job.created_at.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "cost": {"amount": cost.amount, "unit": cost.unit} if cost else None,
        "clip": clip,
    }
    text = json.dumps(facts, indent=2, ensure_ascii=False, default=str) + "\n"
    atomic.write(sidecar_path(video.path), text, sole_writer=True)  # who follows a job has its lease


def picture_path(job: Job, clip: Path) -> Path | None:
    """Where the picture that a job started from stands beside its clips, one for all of them; None without one."""
    image = job.request.image
    if image is None or image.path is None or image.media_type not in SUFFIXES:
        return None
    return clip.with_name(f"{clip_name(job.request.prompt, job.id)}.first{SUFFIXES[image.media_type]}")


def read(path: Path) -> Sidecar:
    """Read a sidecar from anywhere.

    Raises:
        RequestError: It can't be read, was not written by videogen-nb, or something in it is not as it must be.
    """
    told = _load(path)
    if told.get("schema") != SCHEMA:
        raise RequestError(f"{path} was written by another version of videogen-nb; update this one to read it.")
    try:
        return Sidecar(
            path,
            _match(told, "job", ID),
            _match(told, "provider", r"[\w.-]{1,64}"),
            _match(told, "model", r"\S(.{0,198}\S)?"),
            _match(told, "remote_id", r".{1,1000}") if told.get("remote_id") is not None else None,
            _request(told.get("request"), path),
            _time(told, "created"),
            _time(told, "ended"),
            _cost(told.get("cost")),
            _video(told.get("clip"), path),
        )
    except (_Wrong, RequestError) as error:
        raise RequestError(f"{path} does not tell how a clip was made: {error}") from None


def identify(path: Path) -> Identity | None:
    """The job and the clip that a file tells of; None where it is no sidecar."""
    try:
        told = _load(path)
        clip = told.get("clip")
        if not isinstance(clip, Mapping) or not isinstance(told.get("request"), Mapping):
            return None
        return Identity(_match(told, "job", ID), _match(clip, "sha256", "[0-9a-f]{64}"), _file(clip))
    except (_Wrong, RequestError):
        return None


class _Wrong(Exception):
    """A field is not as it must be."""


def _keep(image: ImageRef, target: Path) -> None:
    data = image.read()
    if target.is_file() and target.stat().st_size == len(data):
        return
    atomic.write(target, data, sole_writer=True)


def _load(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file():  # a pipe of that name would be waited for
            raise RequestError(f"There is no file {path}.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a character that no path has
        raise RequestError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}.") from None
    try:
        told = json.loads(data) if len(data) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not {"job", "request", "clip"} <= told.keys():
        raise RequestError(f"{path} was not written by videogen-nb, or is damaged.")
    return told


def _match(told: Mapping[str, Any], name: str, pattern: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise _Wrong(f"its {name} is {_short(value)}.")
    return value


def _number(told: Mapping[str, Any], name: str) -> float:
    value = told.get(name)
    # Above 2**53 a float would not hold it, and an int of JSON can have thousands of digits.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 2**53:
        raise _Wrong(f"its {name} is {_short(value)}.")
    return value


def _time(told: Mapping[str, Any], name: str) -> datetime:
    try:
        when = datetime.fromisoformat(_match(told, name, r"[\d:.TZ+-]{10,40}"))
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _Wrong(f"its {name} is {_short(told.get(name))}.") from None


def _cost(told: Any) -> Cost | None:
    if told is None:
        return None
    if not isinstance(told, Mapping):
        raise _Wrong(f"its cost is {_short(told)}.")
    return Cost(_number(told, "amount"), _match(told, "unit", r".{0,40}"))


def _video(told: Any, path: Path) -> Video:
    if not isinstance(told, Mapping):
        raise _Wrong(f"its clip is {_short(told)}.")
    file = _file(told)
    # Both may have been renamed together.
    beside = next((each for suffix in CONTAINERS.values() if (each := path.with_suffix(suffix)).is_file()), None)
    return Video(
        beside or path.with_name(file),
        Size.parse(told.get("size")),
        float(_number(told, "duration")),
        float(_number(told, "fps")),
        next(kind for kind, suffix in CONTAINERS.items() if file.endswith(suffix)),
        int(_number(told, "bytes")),
        _match(told, "sha256", "[0-9a-f]{64}"),
        _match(told, "audio", r"[\w.-]{1,32}") if told.get("audio") is not None else None,
    )


def _file(clip: Mapping[str, Any]) -> str:
    """The clip's name: one that leads out of its folder is none."""
    return _match(clip, "file", rf"[^\\/\0]{{1,250}}({'|'.join(map(re.escape, CONTAINERS.values()))})")


def _request(told: Any, path: Path) -> VideoRequest:
    if not isinstance(told, Mapping) or "prompt" not in told:
        raise _Wrong(f"its request is {_short(told)}.")
    image = told.get("image")
    try:
        request = VideoRequest.from_json({name: value for name, value in told.items() if name != "image"})
        return replace(request, image=_image(image, path)) if image is not None else request
    except (TypeError, ValueError, AttributeError, RecursionError):
        raise _Wrong("its request has a field of another kind.") from None


def _image(told: Any, path: Path) -> ImageRef:
    if not isinstance(told, Mapping):
        raise _Wrong(f"its image is {_short(told)}.")
    if "url" in told:
        return ImageRef(url=_match(told, "url", r"(?i:https?)://[^\s\0]{1,8000}"))
    # A path that leads elsewhere means nothing here: the picture stands beside the clip, or nowhere.
    name = re.split(r"[\\/]", _match(told, "path", r"[^\0]{1,4000}"))[-1]
    if name in ("", ".", "..") or len(name.encode()) > 255:
        raise _Wrong(f"its image is {_short(name)}.")
    media_type = _match(told, "media_type", "|".join(map(re.escape, SUFFIXES)))
    return ImageRef(path=path.with_name(name), sha256=_match(told, "sha256", "[0-9a-f]{64}"), media_type=media_type)


def _short(value: Any) -> str:
    if value is None:
        return "missing"
    return repr(value)[:80] if isinstance(value, (str, bool, float)) else f"of the wrong kind ({type(value).__name__})"
