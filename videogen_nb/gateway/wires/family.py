"""Infinity Blue's second family on ``/v1/videos``: Seedance and Grok Imagine, with fields and times of their own.

Source:
    https://newdocs.getinfinityblue.com, Seedance 2.0 and Grok Imagine pages.
"""

from __future__ import annotations

import re
from typing import Any

from .. import fields
from ..catalog import INFINITY_BLUE_VIDEOS, Model, pixels
from ..fields import Body
from ..plan import Plan
from ..problem import Problem
from ..queue import Job
from .base import draw_seed
from .newapi import check_duration, first_image

NAME = "family"
"""What the queue calls this wire's jobs."""

_USUAL_SECONDS = 5.0
_GROK_REFUSES = ("1792x1024", "1024x1792")


def read(body: Body) -> tuple[Plan, tuple[str, str] | None] | None:
    """The plan and the picture's source of a request, or None when its model is not of this family.

    Raises:
        Problem: A field is wrong, or beyond the model's limits.
    """
    model = INFINITY_BLUE_VIDEOS.get(str(body.get("model")))
    if model is None:
        return None
    fields.integer(body, "n", 1, 1)
    image = first_image(body)
    if image is None and model.image == "must":
        raise Problem("limit", f"{model.id} requires an image", "image")
    width, height = _grok_frame(body, model) if model.id.startswith("grok-") else _seedance_frame(body, model)
    seed = fields.integer(body, "seed", 0, 2**32 - 1)
    plan = Plan(
        model=model.id,
        prompt=fields.required_text(body, "prompt"),
        seed=draw_seed() if seed is None else seed,
        width=width,
        height=height,
        fps=24,
        duration=_duration(body, model),
    )
    return plan, image


def _duration(body: Body, model: Model) -> float:
    text = body.get("seconds")
    if text is not None and not (isinstance(text, str) and re.fullmatch(r"\d{1,3}", text)):
        raise Problem("invalid", "'seconds' must be a string of digits.", "seconds")
    duration = float(text) if text is not None else fields.number(body, "duration", 0, 3600) or _USUAL_SECONDS
    check_duration(model, duration)
    return duration


def _seedance_frame(body: Body, model: Model) -> tuple[int, int]:
    if exact := fields.size(body, "size"):
        return exact
    resolution = fields.choice(body, "resolution", model.resolutions) or "720p"
    ratio = fields.choice(body, "ratio", model.ratios)
    return pixels(resolution, ratio if ratio and ":" in ratio else "16:9")


def _grok_frame(body: Body, model: Model) -> tuple[int, int]:
    """The model's name decides the resolution; ``size`` gives no more than the ratio."""
    if body.get("resolution") is not None:
        raise Problem("invalid", "'resolution' is part of the model's name.", "resolution")
    asked = fields.text(body, "size")
    if asked in _GROK_REFUSES:
        raise Problem("size", f"size {asked} is not supported", "size")
    width, height = fields.size(body, "size") or (16, 9)
    ratio = min(model.ratios, key=lambda ratio: abs(_shape(ratio) - width / height))
    return pixels(model.resolutions[0], ratio)


def _shape(ratio: str) -> float:
    across, _, down = ratio.partition(":")
    return int(across) / int(down)


def view(job: Job, url: str | None, expires: float | None) -> dict[str, Any]:
    """The job as this family shows it: the OpenAI object, but with times in milliseconds and the clip's URL."""
    words = {"running": "in_progress", "succeeded": "completed"}
    answer: dict[str, Any] = {
        "id": job.id,
        "object": "video",
        "model": job.plan.model,
        "status": words.get(job.status, job.status),
        "progress": int(100 * job.progress),
        "created_at": int(job.created * 1000),
        "seconds": f"{job.plan.duration:g}",
        "size": job.plan.size,
    }
    if job.finished:
        answer["completed_at"] = int(job.finished * 1000)
    if expires:
        answer["expires_at"] = int(expires * 1000)
    if url:
        answer["metadata"] = {"url": url}
    if job.status == "failed":
        answer["error"] = {"message": job.error, "code": "generation_failed"}
    return answer
