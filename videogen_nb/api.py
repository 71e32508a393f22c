"""What a program calls: generate, models, jobs, resume; and the one backend behind them."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

from . import config
from .backend import Backend
from .choosing import Plan, choose, endpoint_of
from .errors import RequestError, VideogenError
from .image import load_image
from .job import Job
from .model import ModelSpec
from .posters import last_frame
from .providers.base import Call, provider, providers
from .request import VideoRequest

__all__ = ["backend", "close", "dry_run", "generate", "jobs", "make_request", "models", "plan", "resume"]

_backend: Backend | None = None
_lock = threading.Lock()


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


def close() -> None:
    """Stop the backend: its thread, connections and processes. Unfinished jobs can be resumed later."""
    global _backend
    with _lock:
        if _backend is not None:
            _backend.close()
            _backend = None


def generate(
    prompt: str,
    *,
    model: str | None = None,
    provider: str | None = None,
    duration: float | None = None,
    resolution: str | None = None,
    aspect_ratio: str | None = None,
    size: str | tuple[int, int] | None = None,
    fps: int | None = None,
    seed: int | None = None,
    count: int = 1,
    negative_prompt: str | None = None,
    person_generation: str | None = None,
    user: str | None = None,
    image: Any = None,
    params: Mapping[str, Any] | None = None,
    max_cost: float | None = None,
) -> Job:
    """Submit one request and return its job without waiting.

    Args:
        prompt: What to show, passed on unchanged.
        model: A model id or alias; `models` lists them. Default: the configured one.
        provider: Name of a provider. Default: the configured one, else one that has a key and
            knows the model, else ``"local"``, which previews any model on this machine.
        duration: Length of the clip in seconds, one of those the model offers.
        resolution: Shorter edge with its suffix, such as ``"720p"``.
        aspect_ratio: Width to height, such as ``"16:9"``; not taken from `image`.
        size: Pixels as ``"1280x720"`` or ``(1280, 720)``, in place of the two above.
        fps: Frames a second.
        seed: 0 to 2**32 - 1. None lets the provider draw one.
        count: How many clips.
        negative_prompt: What not to show.
        person_generation: The provider's policy word on people, such as ``"dont_allow"``.
        user: Your own name for the end user.
        image: First frame: a path, a URL, bytes, a PIL image, an array of shape
            ``(height, width, 3)``, uint8, sRGB, top row first, or a finished `Job`, whose last
            frame is taken.
        params: Fields that have no name here: top level on Infery, ``metadata`` on Infinity Blue.
        max_cost: Refuse a known price above this, in the provider's unit.

    Returns:
        The job, already in the journal with status ``queued``. What goes wrong from here on is
        raised by ``await job`` and ``job.wait()``; see `JobError`.

    Raises:
        RequestError: The request can't be sent as it is.
        UnknownModelError: No such model; the message offers close names.
        UnsupportedOptionError: The model does not take this option or value.
        MissingKeyError: The provider needs a key; ``.env_var`` names it.

    Source:
        Limits: the gateway's model list, or the page named in ``ModelSpec.source``.

    >>> generate("a paper boat in the rain", seed=7).wait().videos[0].size  # doctest: +SKIP
    Size(width=1280, height=720)
    """
    request = make_request(
        prompt,
        model=model,
        provider=provider,
        duration=duration,
        resolution=resolution,
        aspect_ratio=aspect_ratio,
        size=size,
        fps=fps,
        seed=seed,
        count=count,
        negative_prompt=negative_prompt,
        person_generation=person_generation,
        user=user,
        image=image,
        params=params,
    )
    return submit(plan(request, max_cost=max_cost))


def make_request(
    prompt: str, *, image: Any = None, params: Mapping[str, Any] | None = None, **options: Any
) -> VideoRequest:
    """The request of these options, its picture read and kept; see `generate`."""
    if isinstance(image, Job):
        if image.path is None:
            raise RequestError(f"Job {image.id} has no clip yet to take a frame from. Nothing was sent.")
        image = last_frame(image.path)
    reference = load_image(image, config.home() / "images") if image is not None else None
    return VideoRequest(prompt, image=reference, params=params or {}, **options)


def plan(request: VideoRequest, *, max_cost: float | None = None) -> Plan:
    """Where a request would go, checked; nothing is sent."""
    return choose(request, backend().listed, max_cost=max_cost)


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
    for chosen in map(_provider, [provider] if provider else providers()):
        try:
            listed = backend().listed(chosen, endpoint_of(chosen))
        except VideogenError:  # no key or address: its table still says what there is
            listed = ()
        ids = {spec.id for spec in listed}
        found += [*listed, *(spec for spec in chosen.models if spec.id not in ids)]
    return found


def jobs(*, limit: int = 100, everywhere: bool = False) -> list[Job]:
    """The latest jobs submitted from this folder, newest first, from this and earlier sessions.

    Args:
        limit: How many at most.
        everywhere: Those of all folders.
    """
    here = backend()
    return [here.job(row) for row in here.journal.rows(None if everywhere else os.getcwd(), limit)]


def find_job(id: str) -> Job:  # noqa: A002
    """The job of that id, or of the only id that starts so.

    Raises:
        RequestError: There is none, or there are several.
    """
    here = backend()
    return here.job(_row(id))


def resume(id: str | None = None) -> list[Job]:  # noqa: A002
    """Go on with jobs that an earlier process left behind.

    Args:
        id: One job: also one that is uncertain, was cancelled, or whose file is gone. None: all
            unfinished jobs of this folder.

    Returns:
        The jobs, followed again; those of which nobody can know end as ``uncertain``, and those
        that can't be followed as things are set say why in their `notice`.

    Raises:
        RequestError: There is no such job.
    """
    here = backend()
    if id:
        return [here.resume(_row(id))]
    found = []
    for row in here.journal.left_open(os.getcwd()):
        try:
            found.append(here.resume(row))
        except VideogenError as error:  # a key that is gone must not keep the others waiting
            job = here.job(row)
            job.notice = str(error)
            found.append(job)
    return found


def _row(id: str) -> Any:  # noqa: A002
    rows = backend().journal.matching(id) if id else []
    if len(rows) != 1:
        what = f"Several jobs start with {id!r}: {', '.join(row.id for row in rows[:5])}" if rows else f"No job {id!r}"
        raise RequestError(f"{what}. `%videogen jobs` lists them.")
    return rows[0]


_provider = provider
