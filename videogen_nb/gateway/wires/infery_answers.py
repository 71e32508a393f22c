"""The schemas of the responses of Infery's wire."""

from __future__ import annotations

from videogen_nb.gateway.catalog import INFERY
from videogen_nb.gateway.http.fields import Schema
from videogen_nb.gateway.service import Profile
from videogen_nb.gateway.wires.answer_schema import PERCENT, TEXT, TIME, URL, const, one_of, record, words

ERROR = "InferyError"

_ID: Schema = {"type": "string", "pattern": "^vgen_[0-9A-HJKMNP-TV-Z]{26}$"}
_RESULT = record(
    {"url": URL, "duration_seconds": {"type": "number", "exclusiveMinimum": 0}, "resolution": TEXT},
)


def schemas(profile: Profile) -> dict[str, Schema]:
    """The named schemas."""
    prose = profile.spelling == "prose"
    done = "completed" if prose else "succeeded"
    waiting = words("queued", "processing")
    named: dict[str, Schema] = {} if prose else {"id": _ID, "model": words(*INFERY), "created": TIME}
    result = {"result": _RESULT, "credits_used": const(0)}
    several = {"results": {"type": "array", "items": _RESULT, "minItems": 2}}
    percent = {"progress": PERCENT}
    any_word = words("queued", "processing", done, "failed")
    submitted = (
        record({"job_id": _ID, "created_at": TIME, "status": any_word, "model": words(*INFERY)})
        if prose
        else record({**named, "status": any_word, **percent})
    )
    return {
        "InferySubmitted": submitted,
        "InferyJob": one_of(
            record({"status": waiting, **named, **percent}),
            record({"status": const(done), **named, **({} if prose else percent), **result}, several),
            record({"status": const("failed"), **named, **percent, "error": TEXT}),
        ),
        "InferyModels": _MODELS,
        ERROR: record({"error": record({"message": TEXT, "type": TEXT, "code": TEXT})}),
    }


_NAMES: Schema = {"type": "array", "items": TEXT}
_LIMITS = record(
    {
        "resolution": _NAMES,
        "aspect_ratio": _NAMES,
        "duration_seconds": record({"min": {"type": "number"}, "max": {"type": "number"}}),
    }
)
_MODELS = record(
    {
        "object": const("list"),
        "data": {
            "type": "array",
            "items": record(
                {
                    "id": words(*INFERY),
                    "object": const("model"),
                    "modality": const("video"),
                    "supportsImageInput": {"type": "boolean"},
                    "allowedParams": _LIMITS,
                }
            ),
        },
    }
)
