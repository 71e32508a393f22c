"""Read jobs as gateways report them: flat or in an envelope, with a success or an error status.

One reader serves every provider, since a relay passes on the shape of the service behind it. The letters A to F name
the six shapes in which new-api's releases answer a status call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from videogen_nb.core.hosts import is_loopback, is_unspecified
from videogen_nb.providers.base import Provider
from videogen_nb.providers.read_errors import clean, is_rejection, to_error
from videogen_nb.providers.read_values import address, identity, layers, normal_word, status
from videogen_nb.providers.wire import Accepted, Handle, RemoteStatus, Reply

__all__ = ["Task", "accepted", "addresses", "reason", "task"]

_IDS = ("task_id", "id", "job_id")
_SUCCESS_CODES = ("", "success", "ok", "0", "200")
_FAILED = ("failed", "cancelled", "expired")


@dataclass(frozen=True, slots=True)
class Task:
    """The part of a status response that is about the job.

    Attributes:
        status: The canonical status.
        word: The provider's own word.
        fields: The job's own object: at the top of the response, or in an envelope's `data`.
        raw: The response of the service behind a relay, as the relay passes it on; its shape varies.
    """

    status: RemoteStatus
    word: str
    fields: dict[str, Any]
    raw: dict[str, Any]


def accepted(provider: Provider, reply: Reply) -> Accepted | None:
    """The job that a 2xx response to a submission names; None if it has no id.

    Raises:
        ProviderError: It is an error, reported with a 2xx status.
    """
    body = reply.object()
    is_error = _is_error(body) and not body.get("status")
    for layer in layers(reply.json()):
        # Beside an error, a bare `id` may be that of the HTTP request.
        if remote_id := identity(*(layer.get(key) for key in _IDS if not (is_error and key == "id"))):
            header = reply.headers.get("x-request-id") or reply.headers.get("x-oneapi-request-id")
            return Accepted(remote_id, request_id=header)
    if is_error:
        raise to_error(provider, reply)
    return None


def task(provider: Provider, reply: Reply, handle: Handle) -> Task:
    """The job that a status response is about.

    Raises:
        ProviderError: It is about no job.
    """
    objects = list(layers(reply.json()))
    at = next((n for n, layer in enumerate(objects[:2]) if isinstance(layer.get("status"), str)), None)
    if at is None:
        at = next((n for n, layer in enumerate(objects[:2]) if identity(*(layer.get(key) for key in _IDS))), None)
    fields = objects[at] if at is not None else {}
    word = fields.get("status")
    job = Task(
        status=status(word),
        word=word.strip() if isinstance(word, str) else "",
        fields=fields,
        raw=next(iter(objects[at + 1 :]), {}) if at is not None else {},
    )
    # vLLM-Omni reports a failed job with an HTTP error status and the whole job in the body. The envelope of an
    # ordinary error can look the same, so the id has to be that of this job.
    failed = job.status in _FAILED and handle.remote_id in (identity(fields.get(key)) for key in _IDS)
    no_job = at is None and (not objects or _is_error(objects[0]))
    if no_job or not (reply.ok or failed):
        raise to_error(provider, reply, following=True)
    return job


def reason(job: Task) -> tuple[str | None, bool]:
    """Why a job ended without a clip, in the provider's words, and whether a content filter refused it."""
    if job.status not in _FAILED:
        return None, False
    fields = job.fields
    upstream = [
        value
        for layer in reversed(list(layers(job.raw)))
        for value in map(layer.get, ("error", "task_status_msg", "fail_reason", "message"))
        if status(value) != "succeeded"  # an envelope's own "SUCCEED" is about the call, not the job
    ]
    # A failed job can have its error in the field where a finished one has its URL (shapes B and C).
    misplaced = [fields.get(name) for name in ("result_url", "url")]
    values = [
        fields.get("error"),
        fields.get("fail_reason"),
        fields.get("error_message"),
        *(value for value in misplaced if address(value) is None),
        *upstream,
        fields.get("message"),
    ]
    message = next(filter(None, map(clean, values)), None)
    error = fields.get("error")
    code = clean(error.get("code")) if isinstance(error, dict) else ""
    return message or code or None, is_rejection(f"{code.replace('_', ' ')} {message or ''}")


def addresses(job: Task, handle: Handle, contents: Sequence[str]) -> tuple[str, ...]:
    """The URLs at which a finished job's clip may be, in the order to try.

    Args:
        job: The job.
        handle: Its handle.
        contents: Paths below the base URL that serve the job's clip if the key is sent, best first.
    """
    fields = job.fields
    metadata = fields.get("metadata")
    stated = [
        fields.get("url"),
        fields.get("result_url"),
        metadata.get("url") if isinstance(metadata, dict) else None,
        fields.get("video_url"),
        fields.get("fail_reason"),
    ]
    urls = list(dict.fromkeys(filter(None, map(address, stated))))
    # URLs that a relay passes on from the service behind it are tried only if it states none itself.
    urls = urls or list(dict.fromkeys(_nested_urls(job.raw)))
    usable = [url for url in urls if not _misdirected(url, handle.base_url)]
    # A relay whose operator did not set its public address calls itself localhost: the path is right, but the host
    # would be the reader's own machine.
    paths = (urlsplit(url)._replace(scheme="", netloc="").geturl() for url in urls if url not in usable)
    own_paths = list(filter(None, map(address, paths)))
    order = [*contents[:1], *own_paths, *contents[1:]] if own_paths else contents
    return tuple(dict.fromkeys((*usable, *order)))


def _misdirected(url: str, base_url: str) -> bool:
    """Whether a URL names the machine that reads it, while the gateway is another one."""
    return "://" in url[:8] and _is_own_machine(url) and not _is_own_machine(base_url)


def _is_own_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return is_loopback(host) or is_unspecified(host)


def _nested_urls(value: Any, depth: int = 6) -> Iterator[str]:
    """URLs of clips anywhere in the response of the service behind a relay."""
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nested_urls(item, depth - 1)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name in ("url", "video_url", "videoUrl", "video", "uri", "result_url") and (url := address(inner)):
                yield url
            elif not any(word in name.lower() for word in ("image", "cover", "frame", "thumb", "audio", "input")):
                yield from _nested_urls(inner, depth - 1)


def _is_error(body: dict[str, Any]) -> bool:
    code = body.get("code")
    error_code = normal_word(code) not in _SUCCESS_CODES if isinstance(code, str) else False
    return bool(body.get("error")) or error_code or body.get("success") is False or bool(body.get("detail"))
