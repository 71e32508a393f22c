"""The schemas of the responses of ``/v1/videos``: OpenAI's object, and that of Infinity Blue's second family."""

from __future__ import annotations

from videogen_nb.gateway.catalog import INFINITY_BLUE_VIDEOS
from videogen_nb.gateway.http.fields import Schema
from videogen_nb.gateway.service import Profile
from videogen_nb.gateway.wires.answer_schema import (
    PERCENT,
    SEED,
    TEXT,
    TIME,
    URL,
    WHOLE,
    const,
    null_or,
    one_of,
    record,
    words,
)

ERROR = "VideosError"

_ID: Schema = {"type": "string", "pattern": "^video_[0-9a-f]{32}$"}
_STATUS = words("queued", "in_progress", "completed", "failed")
_FAILURE = record({"code": const("generation_failed"), "message": TEXT})
_MILLISECONDS: Schema = {"type": "integer", "minimum": 10**12, "description": "Milliseconds since 1970."}

_JOB = record(
    {
        "id": _ID,
        "object": const("video"),
        "model": TEXT,
        "status": _STATUS,
        "progress": PERCENT,
        "created_at": TIME,
        "completed_at": null_or(TIME),
        "expires_at": null_or(TIME),
        "prompt": TEXT,
        "size": TEXT,
        "seconds": TEXT,
        "remixed_from_video_id": {"type": "null"},
        "error": null_or(_FAILURE),
        "fps": WHOLE,
        "seed": SEED,
        "n": WHOLE,
    },
    {"queue_position": WHOLE},
)
_FAMILY = record(
    {
        "id": _ID,
        "object": const("video"),
        "model": words(*INFINITY_BLUE_VIDEOS),
        "status": _STATUS,
        "progress": PERCENT,
        "created_at": _MILLISECONDS,
        "seconds": TEXT,
        "size": TEXT,
    },
    {
        "completed_at": _MILLISECONDS,
        "expires_at": _MILLISECONDS,
        "metadata": record({"url": URL}),
        "error": _FAILURE,
    },
)


def schemas(profile: Profile) -> dict[str, Schema]:
    """The named schemas."""
    return {
        "Video": one_of(_JOB, _FAMILY) if profile.second_family else _JOB,
        "VideoDeleted": record({"id": _ID, "object": const("video.deleted"), "deleted": const(True)}),
        ERROR: record({"error": ERROR_FIELDS}),
    }


ERROR_FIELDS = record({"message": TEXT, "type": TEXT, "param": null_or(TEXT), "code": null_or(TEXT)})
