"""Write and read the sidecar: the small JSON file beside each clip that records how the clip was made.

Sidecars are copied to other folders, machines and people. So they refer only to files beside them and contain no
key and no signed link, and on reading every field is checked like any other untrusted input.
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

SCHEMA = 1  # version of the format
MAX_BYTES = 1_000_000  # bytes of a sidecar
ID = "[2-9a-hjkmnp-z]{8}"  # a job's id, as a pattern; see `videogen_nb.storage.journal.new_id`


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The content of a sidecar.

    Attributes:
        path: The file.
        job: Id of the job in the journal that it was made with.
        provider: Name of its provider.
        model: The model's id there.
        remote_id: The provider's name for the job.
        request: The request; a local picture has the path of its copy beside the clip, which may be missing.
        created_at: When the job was submitted, UTC.
        ended_at: When its clip had been downloaded, UTC.
        cost: What the provider said it charged.
        video: The clip as it was written, with its current path beside this file.
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
    """Which job and clip a sidecar belongs to."""

    job: str
    sha256: str
    file: str


def write(job: Job, video: Video, cost: Cost | None, base_url: str) -> None:
    """Write the sidecar of a clip, and a copy of the picture that the clip started from.

    Raises:
        OSError: The sidecar can't be written. If only the picture can't, it is named all the same, so that it can
            be found by its hash.
    """
    request = job.request.to_json()
    picture = picture_path(job, video.path)
    if picture and job.request.image:
        with suppress(OSError, RequestError):
            _copy(job.request.image, picture)
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
    content = {
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
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"
    atomic.write(sidecar_path(video.path), text, sole_writer=True)  # the owner of the job's lease


def picture_path(job: Job, clip: Path) -> Path | None:
    """The copy of a job's picture beside its clips, one for all of them; None if the job has no local picture."""
    image = job.request.image
    if image is None or image.path is None or image.media_type not in SUFFIXES:
        return None
    return clip.with_name(f"{clip_name(job.request.prompt, job.id)}.first{SUFFIXES[image.media_type]}")


def read(path: Path) -> Sidecar:
    """Read and check a sidecar.

    Raises:
        RequestError: It can't be read, was not written by videogen-nb, or has an invalid field.
    """
    data = _load(path)
    if data.get("schema") != SCHEMA:
        raise RequestError(f"{path} was written by another version of videogen-nb. Update videogen-nb to read it.")
    try:
        return Sidecar(
            path,
            _match(data, "job", ID),
            _match(data, "provider", r"[\w.-]{1,64}"),
            _match(data, "model", r"\S(.{0,198}\S)?"),
            _match(data, "remote_id", r".{1,1000}") if data.get("remote_id") is not None else None,
            _request(data.get("request"), path),
            _time(data, "created"),
            _time(data, "ended"),
            _cost(data.get("cost")),
            _video(data.get("clip"), path),
        )
    except (_InvalidField, RequestError) as error:
        raise RequestError(f"{path} does not record how a clip was made: {error}") from None


def identify(path: Path) -> Identity | None:
    """The job and the clip of a sidecar; None if the file is not one."""
    try:
        data = _load(path)
        clip = data.get("clip")
        if not isinstance(clip, Mapping) or not isinstance(data.get("request"), Mapping):
            return None
        return Identity(_match(data, "job", ID), _match(clip, "sha256", "[0-9a-f]{64}"), _file(clip))
    except (_InvalidField, RequestError):
        return None


class _InvalidField(Exception):
    """A field is missing, of the wrong type or not allowed."""


def _copy(image: ImageRef, target: Path) -> None:
    data = image.read()
    if target.is_file() and target.stat().st_size == len(data):
        return
    atomic.write(target, data, sole_writer=True)


def _load(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file():  # reading a pipe would block
            raise RequestError(f"There is no file {path}.")
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a character that no path can have
        raise RequestError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}.") from None
    try:
        data = json.loads(text) if len(text) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not {"job", "request", "clip"} <= data.keys():
        raise RequestError(f"{path} was not written by videogen-nb, or is damaged.")
    return data


def _match(data: Mapping[str, Any], name: str, pattern: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise _InvalidField(f"its {name} is {_short(value)}.")
    return value


def _number(data: Mapping[str, Any], name: str) -> float:
    value = data.get(name)
    # An integer above 2**53 has no exact float, and JSON integers may have thousands of digits.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 2**53:
        raise _InvalidField(f"its {name} is {_short(value)}.")
    return value


def _time(data: Mapping[str, Any], name: str) -> datetime:
    try:
        when = datetime.fromisoformat(_match(data, name, r"[\d:.TZ+-]{10,40}"))
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _InvalidField(f"its {name} is {_short(data.get(name))}.") from None


def _cost(data: Any) -> Cost | None:
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise _InvalidField(f"its cost is {_short(data)}.")
    return Cost(_number(data, "amount"), _match(data, "unit", r".{0,40}"))


def _video(data: Any, path: Path) -> Video:
    if not isinstance(data, Mapping):
        raise _InvalidField(f"its clip is {_short(data)}.")
    file = _file(data)
    # Clip and sidecar may have been renamed together.
    renamed = next((clip for suffix in CONTAINERS.values() if (clip := path.with_suffix(suffix)).is_file()), None)
    return Video(
        renamed or path.with_name(file),
        Size.parse(data.get("size")),
        float(_number(data, "duration")),
        float(_number(data, "fps")),
        next(kind for kind, suffix in CONTAINERS.items() if file.endswith(suffix)),
        int(_number(data, "bytes")),
        _match(data, "sha256", "[0-9a-f]{64}"),
        _match(data, "audio", r"[\w.-]{1,32}") if data.get("audio") is not None else None,
    )


def _file(clip: Mapping[str, Any]) -> str:
    """The clip's file name, which must not contain a folder."""
    return _match(clip, "file", rf"[^\\/\0]{{1,250}}({'|'.join(map(re.escape, CONTAINERS.values()))})")


def _request(data: Any, path: Path) -> VideoRequest:
    if not isinstance(data, Mapping) or "prompt" not in data:
        raise _InvalidField(f"its request is {_short(data)}.")
    image = data.get("image")
    try:
        request = VideoRequest.from_json({name: value for name, value in data.items() if name != "image"})
        return replace(request, image=_image(image, path)) if image is not None else request
    except (TypeError, ValueError, AttributeError, RecursionError):
        raise _InvalidField("its request has a field of the wrong type.") from None


def _image(data: Any, path: Path) -> ImageRef:
    if not isinstance(data, Mapping):
        raise _InvalidField(f"its image is {_short(data)}.")
    if "url" in data:
        return ImageRef(url=_match(data, "url", r"(?i:https?)://[^\s\0]{1,8000}"))
    # The picture is beside the clip or missing: folders in the path belong to another machine.
    name = re.split(r"[\\/]", _match(data, "path", r"[^\0]{1,4000}"))[-1]
    if name in ("", ".", "..") or len(name.encode()) > 255:
        raise _InvalidField(f"its image is {_short(name)}.")
    media_type = _match(data, "media_type", "|".join(map(re.escape, SUFFIXES)))
    return ImageRef(path=path.with_name(name), sha256=_match(data, "sha256", "[0-9a-f]{64}"), media_type=media_type)


def _short(value: Any) -> str:
    if value is None:
        return "missing"
    return repr(value)[:80] if isinstance(value, (str, bool, float)) else f"of the wrong type ({type(value).__name__})"
