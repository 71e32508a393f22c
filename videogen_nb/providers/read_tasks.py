"""Reading jobs as gateways send them: flat, in an envelope, in a failure's HTTP status, in a success's.

One reader serves every wire, since a relay answers in the shape of what stands behind it.
The letters A to F name the six shapes in which new-api's releases answer a status call.
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
_FINE = ("", "success", "ok", "0", "200")
_LOST = ("failed", "cancelled", "expired")


@dataclass(frozen=True, slots=True)
class Task:
    """The part of a status answer that is about the job.

    Attributes:
        status: The canonical word.
        word: The provider's own word.
        fields: The job's own object: at the top of the answer, or in an envelope's `data`.
        raw: What the provider behind a relay said, as the relay passed it on; unstable.
    """

    status: RemoteStatus
    word: str
    fields: dict[str, Any]
    raw: dict[str, Any]


def accepted(provider: Provider, reply: Reply) -> Accepted | None:
    """What a submission's 2xx answer says; None where it has no id.

    Raises:
        ProviderError: It is an error in a 2xx coat.
    """
    body = reply.object()
    wrong = _is_error(body) and not body.get("status")
    for layer in layers(reply.json()):
        # Beside an error, a bare `id` may be that of the HTTP request.
        if name := identity(*(layer.get(key) for key in _IDS if not (wrong and key == "id"))):
            header = reply.headers.get("x-request-id") or reply.headers.get("x-oneapi-request-id")
            return Accepted(name, request_id=header)
    if wrong:
        raise to_error(provider, reply)
    return None


def task(provider: Provider, reply: Reply, handle: Handle) -> Task:
    """The job that a status answer tells of.

    Raises:
        ProviderError: It tells of none.
    """
    found = list(layers(reply.json()))
    at = next((n for n, layer in enumerate(found[:2]) if isinstance(layer.get("status"), str)), None)
    if at is None:
        at = next((n for n, layer in enumerate(found[:2]) if identity(*(layer.get(key) for key in _IDS))), None)
    fields = found[at] if at is not None else {}
    word = fields.get("status")
    made = Task(
        status=status(word),
        word=word.strip() if isinstance(word, str) else "",
        fields=fields,
        raw=next(iter(found[at + 1 :]), {}) if at is not None else {},
    )
    # vLLM-Omni answers for a failed job with an error status and the whole job inside; an error's
    # own envelope can look alike, so the job has to be this one.
    lost = made.status in _LOST and handle.remote_id in (identity(fields.get(key)) for key in _IDS)
    none = at is None and (not found or _is_error(found[0]))
    if none or not (reply.ok or lost):
        raise to_error(provider, reply, following=True)
    return made


def reason(found: Task) -> tuple[str | None, bool]:
    """Why a job ended without a clip, in the provider's words, and whether a content filter refused it."""
    if found.status not in _LOST:
        return None, False
    fields = found.fields
    behind = [
        value
        for layer in reversed(list(layers(found.raw)))
        for value in map(layer.get, ("error", "task_status_msg", "fail_reason", "message"))
        if status(value) != "succeeded"  # an envelope's own "SUCCEED" says nothing of the job in it
    ]
    # A failed job can keep its error where a finished one keeps its address (shapes B and C).
    misplaced = [fields.get(name) for name in ("result_url", "url")]
    values = [
        fields.get("error"),
        fields.get("fail_reason"),
        fields.get("error_message"),
        *(value for value in misplaced if address(value) is None),
        *behind,
        fields.get("message"),
    ]
    words = next(filter(None, map(clean, values)), None)
    error = fields.get("error")
    code = clean(error.get("code")) if isinstance(error, dict) else ""
    return words or code or None, is_rejection(f"{code.replace('_', ' ')} {words or ''}")


def addresses(found: Task, handle: Handle, contents: Sequence[str]) -> tuple[str, ...]:
    """Where a finished job's clip may be, in the order to try.

    Args:
        found: The job.
        handle: Its handle.
        contents: Paths under the base URL that serve this job's bytes for the key, best first.
    """
    fields = found.fields
    metadata = fields.get("metadata")
    stated = [
        fields.get("url"),
        fields.get("result_url"),
        metadata.get("url") if isinstance(metadata, dict) else None,
        fields.get("video_url"),
        fields.get("fail_reason"),
    ]
    urls = list(dict.fromkeys(filter(None, map(address, stated))))
    # What a relay passes on from behind it is tried only where it states nothing itself.
    urls = urls or list(dict.fromkeys(_inside(found.raw)))
    ours = [url for url in urls if not _misdirected(url, handle.base_url)]
    # A relay whose operator never set its public address calls itself localhost: the path is
    # right, the host would be the reader's own machine.
    paths = (urlsplit(url)._replace(scheme="", netloc="").geturl() for url in urls if url not in ours)
    strays = list(filter(None, map(address, paths)))
    order = [*contents[:1], *strays, *contents[1:]] if strays else contents
    return tuple(dict.fromkeys((*ours, *order)))


def _misdirected(url: str, base_url: str) -> bool:
    """Whether an absolute URL names the machine that reads it, though the gateway is another one."""
    return "://" in url[:8] and _is_here(url) and not _is_here(base_url)


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return is_loopback(host) or is_unspecified(host)


def _inside(value: Any, depth: int = 6) -> Iterator[str]:
    """Addresses of clips anywhere in what a provider behind a relay said."""
    if depth == 0:
        return
    if isinstance(value, list):
        for each in value:
            yield from _inside(each, depth - 1)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in ("url", "video_url", "videoUrl", "video", "uri", "result_url") and (found := address(each)):
                yield found
            elif not any(word in name.lower() for word in ("image", "cover", "frame", "thumb", "audio", "input")):
                yield from _inside(each, depth - 1)


def _is_error(body: dict[str, Any]) -> bool:
    code = body.get("code")
    named = normal_word(code) not in _FINE if isinstance(code, str) else False
    return bool(body.get("error")) or named or body.get("success") is False or bool(body.get("detail"))
