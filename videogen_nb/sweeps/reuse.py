"""Find clips already generated for an identical request with the same seed, so that they are not bought again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from videogen_nb import config
from videogen_nb.backend import session
from videogen_nb.backend.plan import Plan
from videogen_nb.core.job import Job
from videogen_nb.storage import locate
from videogen_nb.storage.job_rows import Row, request_of
from videogen_nb.text import was_cut

__all__ = ["find_existing", "without_maker"]


def find_existing(plans: Sequence[Plan]) -> tuple[Job | None, ...]:
    """For each plan the job that has generated, or is generating, the same request with the same seed."""
    known: dict[tuple[str, str, str], dict[str, Row]] = {}
    jobs: list[Job | None] = []
    for plan in plans:
        # The journal keeps a signed link without its signature, which may be all that told two pictures apart.
        if plan.request.seed is None or was_cut(plan.request.to_json()):
            jobs.append(None)
            continue
        target = (plan.provider.name, plan.spec.id, plan.endpoint.base_url)
        if target not in known:
            known[target] = _rows_of(*target)
        row = known[target].get(_key(plan.request.to_json()))
        jobs.append(session.backend().job(row) if row else None)
    return tuple(jobs)


def _rows_of(provider: str, model: str, base_url: str) -> dict[str, Row]:
    """Rows of one model's jobs that have a clip or are running, keyed by their request."""
    here = session.backend()
    target = (provider, model, base_url, str(config.settings().output_folder()))
    rows: dict[str, Row] = {}
    ids = locate.jobs_in(here.journal, config.settings().output_folder())
    for row in reversed(here.journal.reusable(*target, ids)):
        clips, request = locate.current_clips(here.journal, row), request_of(row)
        if len(clips) >= request.get("count", 1) and all(clip.path.exists() for clip in clips):
            rows[_key(request)] = row
    for job in here.following():  # still running: a second purchase would not arrive sooner
        current = here.journal.row(job.id)
        if current and (current.provider, current.model, current.base_url, current.output) == target:
            rows.setdefault(_key(request_of(current)), current)
    return rows


def _key(request: dict[str, Any]) -> str:
    return json.dumps(without_maker(request), sort_keys=True, ensure_ascii=False)


def without_maker(request: dict[str, Any]) -> dict[str, Any]:
    """A request's JSON without model and provider: a model's name and its alias would make two keys."""
    return {name: value for name, value in request.items() if name not in ("model", "provider")}
