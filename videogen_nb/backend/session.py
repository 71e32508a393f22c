"""The process-wide backend, and the operations on it that notebook, panel and Python interface share."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from videogen_nb import config
from videogen_nb.backend.backend import Backend
from videogen_nb.backend.budget import refuse_over
from videogen_nb.backend.plan import Plan, choose, endpoint_of
from videogen_nb.core.image import ImageRef
from videogen_nb.core.job import Job
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.option_kinds import IMAGE
from videogen_nb.core.options import OPTIONS
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import RequestError, VideogenError
from videogen_nb.providers.registry import provider as find_provider
from videogen_nb.providers.registry import providers
from videogen_nb.providers.wire import Call
from videogen_nb.storage import locate
from videogen_nb.storage.images import load_image
from videogen_nb.storage.job_rows import Row
from videogen_nb.storage.posters import last_frame

__all__ = [
    "backend",
    "close",
    "dry_run",
    "find_job",
    "find_row",
    "jobs",
    "make_request",
    "models",
    "plan",
    "read_picture",
    "refuse_over_budget",
    "submit",
]

_backend: Backend | None = None
_lock = threading.Lock()
_fork = ExitStack()
_inherited: list[object] = []


def backend() -> Backend:
    """The process-wide backend, created on first use.

    Raises:
        VideogenError: Its journal can't be opened.
    """
    global _backend
    with _lock:
        if _backend is None or _backend.closed:
            _backend = Backend(config.home())
        return _backend


def close() -> list[Job]:
    """Stop the backend: its thread, connections and processes. Returns the unfinished jobs; they can be resumed."""
    global _backend
    with _lock:
        closing, _backend = _backend, None
    if closing is not None:  # outside the lock, since work on its thread may be waiting for the backend
        return closing.close()
    return []


def _before_fork() -> None:
    _fork.enter_context(_lock)
    if _backend is not None:
        _fork.enter_context(_backend.paused())


def _reset_in_child() -> None:
    """In a forked child: drop the parent's backend without closing it, since its thread and file locks are not ours."""
    global _backend, _fork, _lock
    _inherited.extend((_backend, _fork))  # never collected: closing the journal here would release the parent's locks
    _backend, _fork, _lock = None, ExitStack(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=lambda: _fork.close(), after_in_child=_reset_in_child)


def make_request(prompt: str, *, params: Mapping[str, Any] | None = None, **options: Any) -> VideoRequest:
    """The request with these options; its pictures are read and kept. See `videogen_nb.generate`."""
    for name, option in OPTIONS.items():
        if option.kind is IMAGE and options.get(name) is not None:
            options[name] = read_picture(options[name], name)
    return VideoRequest(prompt, params=params or {}, **options)


def read_picture(value: Any, option: str) -> ImageRef:
    """Read a picture in any form that `videogen_nb.generate` takes, and keep a copy of a local one.

    Raises:
        RequestError: It is not a picture or can't be read, or its job has no clip yet; names the option.
    """
    if isinstance(value, Job):
        if value.path is None:
            raise RequestError(f"Job {value.id} has no clip yet to take a frame from. Nothing was sent.", option=option)
        value = last_frame(value.path)
    try:
        return load_image(value, config.home() / "images")
    except RequestError as error:
        error.option = option
        raise


def plan(request: VideoRequest, *, max_cost: float | None = None) -> Plan:
    """Choose where a request goes, and check it; nothing is sent."""
    request.check_links()  # a cell that was copied from a job has signed links without their signature
    planned = choose(request, backend().listed, max_cost=max_cost)
    if planned.price and planned.provider.charged_at != "never":
        refuse_over_budget({planned.price.unit: planned.price.amount}, planned.spec.id)
    return planned


def refuse_over_budget(prices: Mapping[str, float], subject: str) -> None:
    """Refuse a request that would exceed the session's budget; see `videogen_nb.backend.budget.refuse_over`."""
    refuse_over(backend().journal, config.settings().budget, prices, subject)


def dry_run(planned: Plan) -> Call:
    """The exact call that `submit` would send, without the key."""
    return planned.provider.submit_call(planned.request, planned.spec)


def submit(planned: Plan) -> Job:
    """Submit a checked request."""
    return backend().submit(planned.request, planned.provider, planned.spec, planned.endpoint, hint=planned.hint)


def models(provider: str | None = None) -> list[ModelSpec]:
    """The models and what they take, as their providers list them, else from the built-in tables.

    Args:
        provider: Name of a provider. None: all of them.
    """
    specs: list[ModelSpec] = []
    for chosen in map(find_provider, [provider] if provider else providers()):
        try:
            listed = backend().listed(chosen, endpoint_of(chosen))
        except VideogenError:  # without key or address, the built-in table still applies
            listed = ()
        ids = {spec.id for spec in listed}
        specs += [*listed, *(spec for spec in chosen.models if spec.id not in ids)]
    return specs


def jobs(*, limit: int = 100, everywhere: bool = False, matching: str = "", moved: bool = True) -> list[Job]:
    """The latest jobs of this folder, newest first, from this and earlier sessions.

    These are the jobs that were submitted from it, and those whose clips have been moved into it.

    Args:
        limit: Maximum number of jobs.
        everywhere: Include the jobs of all folders.
        matching: Only jobs whose prompt, model, provider, status or id contains each of these words.
        moved: Include jobs whose clips were moved here; this reads the files beside the clips.
    """
    here, output = backend(), config.settings().output_folder()
    inside = output.is_relative_to(Path.cwd())  # an output folder elsewhere can be shared by several notebooks' folders
    ids = locate.jobs_in(here.journal, output) if moved and inside and not everywhere else ()
    return [here.job(row) for row in here.journal.rows(None if everywhere else os.getcwd(), limit, matching, ids)]


def find_job(id: str) -> Job:  # noqa: A002
    """The job with that id, or with the only id that starts with it.

    Raises:
        RequestError: There is no such job, or there are several.
    """
    here = backend()
    loaded = [job for known, job in here.loaded.items() if id and known.startswith(id)]
    if len(loaded) == 1 and not here.journal.matching(id):
        return loaded[0]
    return here.job(find_row(id))


def find_row(id: str) -> Row:  # noqa: A002
    """The journal row with that id, or with the only id that starts with it."""
    rows = backend().journal.matching(id) if id else []
    if len(rows) != 1:
        ids = ", ".join(row.id for row in rows[:5])
        problem = f"Several jobs start with {id!r}: {ids}" if rows else f"No job {id!r}"
        raise RequestError(f"{problem}. `%videogen jobs` lists them.")
    return rows[0]
