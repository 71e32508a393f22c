"""What the backend relies on in the values that a provider reads from responses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, get_args

from videogen_nb.errors import ProviderError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.wire import Accepted, RemoteStatus, Reply, Report

__all__ = ["check_accepted", "check_error", "check_report", "read"]

T = TypeVar("T")


def read(reader: Callable[[], T], reply: Reply) -> T | None:
    """What a reader returns; None where it raises the one exception that it may raise, a `ProviderError`."""
    try:
        return reader()
    except ProviderError:
        return None
    except AssertionError:
        raise
    except Exception as error:
        raise AssertionError(f"{_shown(reply)} raised {error!r}, which is not a ProviderError") from error


def check_accepted(accepted: Accepted | None, reply: Reply) -> None:
    if accepted is not None:
        remote_id = accepted.remote_id
        valid = isinstance(remote_id, str) and remote_id.strip() and remote_id.isprintable()
        assert valid, f"{_shown(reply)} gave the id {remote_id!r}; an id is printable text"


def check_report(report: Report, reply: Reply) -> None:
    shown = _shown(reply)
    assert report.status in get_args(RemoteStatus), f"{shown} gave the status {report.status!r}"
    assert report.progress is None or 0 <= report.progress <= 1, f"{shown} gave progress {report.progress}, not 0 to 1"
    assert report.position is None or report.position >= 0, f"{shown} gave the position {report.position}"
    assert report.duration is None or math.isfinite(report.duration), f"{shown} gave the duration {report.duration}"
    assert report.cost is None or 0 <= report.cost.amount < math.inf, f"{shown} gave the cost {report.cost}"
    for addresses in report.outputs:
        assert addresses, f"{shown} gave a clip without an address; leave such a clip out of outputs"
        assert all(isinstance(address, str) and address for address in addresses), f"{shown} gave {addresses}"
    error = report.error
    assert error is None or (isinstance(error, str) and error), f"{shown} gave the reason {error!r}"


def check_error(error: ProviderError | None, reply: Reply, provider: Provider) -> None:
    assert isinstance(error, ProviderError), f"read_error gave no ProviderError for {_shown(reply)}"
    facts = (error.provider, error.status_code)
    assert facts == (provider.name, reply.status_code), f"the error of {_shown(reply)} names {facts}"


def _shown(reply: Reply) -> str:
    body = reply.content if len(reply.content) <= 200 else reply.content[:200] + b" (cut)"
    return f"the response {reply.status_code} {body!r}"
