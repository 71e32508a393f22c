"""The one backend of this process, and what everything above asks of it."""

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
from videogen_nb.storage import locate as whereabouts
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
    """The process-wide backend, made on first use.

    Raises:
        VideogenError: Its journal can't be opened.
    """
    global _backend
    with _lock:
        if _backend is None or _backend.closed:
            _backend = Backend(config.home())
        return _backend


def close() -> list[Job]:
    """Stop the backend: its thread, connections and processes. Returns the unfinished jobs, which can be resumed."""
    global _backend
    with _lock:
        closing, _backend = _backend, None
    if closing is not None:  # outside the lock: work on its thread may be asking for the backend just now
        return closing.close()
    return []


def _before_fork() -> None:
    _fork.enter_context(_lock)
    if _backend is not None:
        _fork.enter_context(_backend.paused())


def _begin_anew() -> None:
    """In a forked child: leave the parent's backend alone, whose file locks and thread are the parent's."""
    global _backend, _fork, _lock
    _inherited.extend((_backend, _fork))  # never collected: closing that file would not be harmless
    _backend, _fork, _lock = None, ExitStack(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=lambda: _fork.close(), after_in_child=_begin_anew)


def make_request(prompt: str, *, params: Mapping[str, Any] | None = None, **options: Any) -> VideoRequest:
    """The request of these options, its pictures read and kept; see `videogen_nb.generate`."""
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
    """Where a request would go, checked; nothing is sent."""
    request.check_links()  # a cell that was copied from a job holds a signed link without what let in
    planned = choose(request, backend().listed, max_cost=max_cost)
    if planned.price and planned.provider.charged_at != "never":
        refuse_over_budget({planned.price.unit: planned.price.amount}, planned.spec.id)
    return planned


def refuse_over_budget(prices: Mapping[str, float], what: str) -> None:
    """Refuse what would go over the session's budget; see `videogen_nb.backend.budget.refuse_over`."""
    refuse_over(backend().journal, config.settings().budget, prices, what)


def dry_run(planned: Plan) -> Call:
    """The exact call that `submit` would send, without its key."""
    return planned.provider.submit_call(planned.request, planned.spec)


def submit(planned: Plan) -> Job:
    """Submit a checked request."""
    return backend().submit(planned.request, planned.provider, planned.spec, planned.endpoint, hint=planned.hint)


def models(provider: str | None = None) -> list[ModelSpec]:
    """What each model takes, as its provider lists it, else from the built-in table.

    Args:
        provider: Name of a provider. None: all of them.
    """
    found: list[ModelSpec] = []
    for chosen in map(find_provider, [provider] if provider else providers()):
        try:
            listed = backend().listed(chosen, endpoint_of(chosen))
        except VideogenError:  # no key or address: its table still says what there is
            listed = ()
        ids = {spec.id for spec in listed}
        found += [*listed, *(spec for spec in chosen.models if spec.id not in ids)]
    return found


def jobs(*, limit: int = 100, everywhere: bool = False, matching: str = "", moved: bool = True) -> list[Job]:
    """The latest jobs of this folder, newest first, from this and earlier sessions.

    Those that were submitted from it, and those whose clips lie in it by now.

    Args:
        limit: How many at most.
        everywhere: Those of all folders.
        matching: Only those whose prompt, model, provider, status or id holds each of these words.
        moved: Look for clips that came from elsewhere: reads the files beside them.
    """
    here, output = backend(), config.settings().output_folder()
    inside = output.is_relative_to(Path.cwd())  # a folder that several share tells nothing
    ids = whereabouts.jobs_in(here.journal, output) if moved and inside and not everywhere else ()
    return [here.job(row) for row in here.journal.rows(None if everywhere else os.getcwd(), limit, matching, ids)]


def find_job(id: str) -> Job:  # noqa: A002
    """The job of that id, or of the only id that starts so.

    Raises:
        RequestError: There is none, or there are several.
    """
    here = backend()
    loaded = [job for known, job in here.loaded.items() if id and known.startswith(id)]
    if len(loaded) == 1 and not here.journal.matching(id):
        return loaded[0]
    return here.job(find_row(id))


def find_row(id: str) -> Row:  # noqa: A002
    """The journal row of that id, or of the only id that starts so."""
    rows = backend().journal.matching(id) if id else []
    if len(rows) != 1:
        what = f"Several jobs start with {id!r}: {', '.join(row.id for row in rows[:5])}" if rows else f"No job {id!r}"
        raise RequestError(f"{what}. `%videogen jobs` lists them.")
    return rows[0]
