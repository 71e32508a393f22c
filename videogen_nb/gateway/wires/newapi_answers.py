"""The schemas of the responses of Infinity Blue's wire, for each version of its software."""

from __future__ import annotations

from videogen_nb.gateway.catalog import INFINITY_BLUE, INFINITY_BLUE_VIDEOS
from videogen_nb.gateway.http.fields import Schema
from videogen_nb.gateway.service import Profile
from videogen_nb.gateway.wires.answer_schema import SEED, TEXT, TIME, URL, WHOLE, const, one_of, record, words

ERROR, TASK_ERROR = "NewApiError", "NewApiTaskError"

_FACTS = record(
    {"duration": {"type": "number"}, "fps": WHOLE, "width": WHOLE, "height": WHOLE, "seed": SEED},
)
_FLAT = one_of(
    record({"task_id": TEXT, "status": words("queued", "in_progress")}),
    record({"task_id": TEXT, "status": const("completed"), "url": URL, "format": const("mp4"), "metadata": _FACTS}),
    record(
        {"task_id": TEXT, "status": const("failed"), "error": record({"code": const(500), "message": TEXT})},
    ),
)
_ROW: dict[str, Schema] = {
    "task_id": TEXT,
    "action": words("generate", "textGenerate"),
    "status": words("QUEUED", "IN_PROGRESS", "SUCCESS", "FAILURE"),
    "fail_reason": {"type": "string", "description": "Why it failed; in 2025, the clip's URL if it succeeded."},
    "submit_time": TIME,
    "start_time": TIME,
    "finish_time": TIME,
    "progress": {"type": "string", "pattern": "^[0-9]{1,3}%$"},
    "data": record({}),
}
_ROW_OF_2026: dict[str, Schema] = {
    **_ROW,
    "id": WHOLE,
    "created_at": TIME,
    "updated_at": TIME,
    "platform": const("videogen"),
    "user_id": WHOLE,
    "group": TEXT,
    "channel_id": WHOLE,
    "quota": const(0),
    "result_url": {"type": "string", "description": "The clip's URL, or why it failed."},
    "properties": record({"input": TEXT, "upstream_model_name": TEXT, "origin_model_name": TEXT}),
}
_MODELS = record(
    {
        "success": const(True),
        "object": const("list"),
        "data": {
            "type": "array",
            "items": record(
                {
                    "id": words(*INFINITY_BLUE, *INFINITY_BLUE_VIDEOS),
                    "object": const("model"),
                    "created": TIME,
                    "owned_by": TEXT,
                    "supported_endpoint_types": {"type": "array", "items": words("openai", "openai-video")},
                }
            ),
        },
    }
)


def schemas(profile: Profile) -> dict[str, Schema]:
    """The named schemas."""
    if profile.shape == "docs":
        submitted, job = record({"task_id": TEXT, "status": const("queued")}), _FLAT
    else:
        submitted = record(
            {
                "id": TEXT,
                "task_id": TEXT,
                "object": const("video"),
                "model": words(*INFINITY_BLUE),
                "progress": const(0),
                "status": const("" if profile.shape == "2025" else "queued"),
                "created_at": TIME,
            }
        )
        row = record(_ROW if profile.shape == "2025" else _ROW_OF_2026)
        job = record({"code": const("success"), "message": const(""), "data": row})
    return {
        "NewApiSubmitted": submitted,
        "NewApiJob": job,
        "NewApiModels": _MODELS,
        ERROR: record({"error": record({"message": TEXT, "type": const("new_api_error"), "code": TEXT})}),
        TASK_ERROR: record({"code": TEXT, "message": TEXT, "data": {"type": "null"}}),
    }
