"""What need not be made again: the clips that the same request with the same seed has made already."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from videogen_nb import config
from videogen_nb.backend import session
from videogen_nb.backend.plan import Plan
from videogen_nb.core.job import Job
from videogen_nb.storage import locate as whereabouts
from videogen_nb.storage.job_rows import Row, request_of
from videogen_nb.text import was_cut

__all__ = ["already_made", "without_maker"]


def already_made(plans: Sequence[Plan]) -> tuple[Job | None, ...]:
    """For each plan the job whose clips it would only make again: the same request with the same seed."""
    known: dict[tuple[str, str, str], dict[str, Row]] = {}
    found: list[Job | None] = []
    for plan in plans:
        # Of a signed link nothing is kept that tells one picture from another.
        if plan.request.seed is None or was_cut(plan.request.to_json()):
            found.append(None)
            continue
        place = (plan.provider.name, plan.spec.id, plan.endpoint.base_url)
        if place not in known:
            known[place] = _made_at(*place)
        row = known[place].get(_what(plan.request.to_json()))
        found.append(session.backend().job(row) if row else None)
    return tuple(found)


def _made_at(provider: str, model: str, base_url: str) -> dict[str, Row]:
    """Rows of what has been made by one model, or is being made, by what was asked."""
    here = session.backend()
    place = (provider, model, base_url, str(config.settings().output_folder()))
    made: dict[str, Row] = {}
    ids = whereabouts.jobs_in(here.journal, config.settings().output_folder())
    for row in reversed(here.journal.reusable(*place, ids)):
        clips, request = whereabouts.current_clips(here.journal, row), request_of(row)
        if len(clips) >= request.get("count", 1) and all(clip.path.exists() for clip in clips):
            made[_what(request)] = row
    for job in here.following():  # being made just now: buying it twice would not make it come sooner
        now = here.journal.row(job.id)
        if now and (now.provider, now.model, now.base_url, now.output) == place:
            made.setdefault(_what(request_of(now)), now)
    return made


def _what(told: dict[str, Any]) -> str:
    return json.dumps(without_maker(told), sort_keys=True, ensure_ascii=False)


def without_maker(told: dict[str, Any]) -> dict[str, Any]:
    """A request's JSON without who makes it, which a name and its alias would tell differently."""
    return {name: value for name, value in told.items() if name not in ("model", "provider")}
