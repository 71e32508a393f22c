"""What a provider is: a stateless pair of pens, one that writes a wire and one that reads it.

A provider does no I/O. It turns a request into a `Call`, and a `Reply` into facts; the
backend sends the calls through the one HTTP seam. So a dialect can be tested with plain
values, and every provider gets the same rules on money, keys and retries.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from videogen_nb.core.job import Cost
from videogen_nb.core.model_spec import ModelSpec, find
from videogen_nb.core.option_kinds import IMAGE
from videogen_nb.core.options import OPTIONS
from videogen_nb.core.request import Size, VideoRequest
from videogen_nb.errors import ProviderError, RequestError, UnsupportedOptionError

__all__ = ["Accepted", "Call", "Handle", "Part", "Provider", "Reply", "Report", "provider", "providers"]

GROUP = "videogen_nb.providers"

RemoteStatus = Literal["queued", "running", "succeeded", "failed", "cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body; a file where `filename` is given."""

    name: str
    content: bytes | str
    filename: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to the provider's own origin, without its key.

    Attributes:
        method: ``"GET"``, ``"POST"`` or ``"DELETE"``.
        path: From the origin on, such as ``"/v1/videos"``; ids in it are percent-encoded.
        query: Query parameters.
        json: Body as a JSON object.
        parts: Body as multipart, in place of `json`.
        headers: Further headers.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    parts: Sequence[Part] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, read whole. Header names are lower case."""

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status_code < 300

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; None where it is not JSON, so that readers need no try."""
        try:
            # Wrong bytes and huge numbers are no reason to lose the id that stands beside them.
            return json.loads(self.content.decode("utf-8-sig", "replace"), parse_int=_whole)
        except (ValueError, RecursionError):
            return None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is something else."""
        value = self.json()
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Handle:
    """All it takes to ask about a job again, in any process, at any later time.

    Attributes:
        remote_id: The provider's name for the job; any characters.
        model: The model's id at the provider.
        family: Which of the provider's path families made the job; "" is the usual one.
        base_url: The origin and prefix it was made at, without ``/v1`` and trailing slash.
        count: Clips asked for.
    """

    remote_id: str
    model: str
    family: str
    base_url: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the answer to a submission says.

    Attributes:
        remote_id: The provider's name for the job.
        cost: What was charged, where the answer says so.
        request_id: The provider's id of this HTTP request.
    """

    remote_id: str
    cost: Cost | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What one status answer says.

    Attributes:
        status: The canonical word; an unknown or empty word reads ``"queued"`` (wire.md 4.2).
        word: The provider's own word, for display.
        progress: 0 to 1; None if it says nothing.
        position: Place in the queue, 0 is next.
        outputs: One entry a clip, each the addresses to try in order: absolute, or relative
            to the base URL. Empty on success means that no clip can be had.
        error: Why it failed, in the provider's words.
        rejected: Whether it failed for its content.
        cost: What was charged.
        duration: Seconds of the clip, where the answer says so.
        size: Pixels of the clip, where the answer says so.
    """

    status: RemoteStatus
    word: str = ""
    progress: float | None = None
    position: int | None = None
    outputs: tuple[tuple[str, ...], ...] = ()
    error: str | None = None
    rejected: bool = False
    cost: Cost | None = None
    duration: float | None = None
    size: Size | None = None


class Provider(ABC):
    """One service. Subclass it, say what the wire is, and name it in the entry-point group
    ``videogen_nb.providers``; the built-in ones are found in the same way.

    Attributes:
        name: What people type, such as ``"infery"``.
        title: What people read, such as ``"Infery"``.
        key_env: Environment variable that holds the key; None where none is ever needed.
        key_required: Whether it refuses to work without a key.
        base_url: Default origin; None where the user has to say.
        base_url_env: Environment variable that replaces it.
        default_model: Used where no model is named.
        interval: Seconds between two polls of one job that the provider advises.
        charged_at: When it charges: ``"submit"`` (refunded on failure), ``"success"`` or
            ``"never"``; None where that is not known.
        cancels: Whether it can stop a job.
        options: Names of `VideoRequest` fields that its wire has a place for.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    key_env: ClassVar[str | None] = None
    key_required: ClassVar[bool] = True
    base_url: ClassVar[str | None] = None
    base_url_env: ClassVar[str | None] = None
    default_model: ClassVar[str]
    interval: ClassVar[float] = 5.0
    charged_at: ClassVar[Literal["submit", "success", "never"] | None] = None
    cancels: ClassVar[bool] = False
    options: ClassVar[frozenset[str]]

    # -- models ---------------------------------------------------------------------------

    @property
    @abstractmethod
    def models(self) -> Sequence[ModelSpec]:
        """The built-in table; serves where the provider's own list does not answer."""

    def models_call(self) -> Call | None:
        """The call that lists models; None where there is no such list."""
        return None

    def read_models(self, reply: Reply) -> list[ModelSpec]:
        """Models of a list's answer; empty where it can't be read."""
        return []

    def find_model(self, name: str, listed: Sequence[ModelSpec] = ()) -> ModelSpec | None:
        """The model of that id or alias, the provider's own list before the built-in table."""
        return find(name, [*listed, *self.models])

    def check(self, request: VideoRequest, spec: ModelSpec) -> None:
        """Refuse what the wire or the model has no place for, before anything is sent.

        Raises:
            UnsupportedOptionError: Names the option and what is accepted.
        """
        for name, option in OPTIONS.items():
            value = getattr(request, name)
            if not option.wire or value == option.default or name in self.options:
                continue
            shown = "an image" if option.kind is IMAGE else value
            takes = ", ".join(sorted(supported.replace("_", "-") for supported in self.options))
            raise UnsupportedOptionError(name, shown, where=self.title, hint=f"It takes {takes}.")
        spec.check(request)

    # -- writing --------------------------------------------------------------------------

    @abstractmethod
    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        """The call that submits a checked request."""

    def amend(self, call: Call, reply: Reply) -> Call | None:
        """The call to send in place of one refused for its form; None where there is none.

        Only for an answer that proves that no job was made.
        """
        return None

    @abstractmethod
    def status_call(self, handle: Handle) -> Call:
        """The call that asks how a job stands."""

    def fallback_status_call(self, handle: Handle, reply: Reply) -> Call | None:
        """Another way to ask, where this answer shows that the usual one does not serve the job."""
        return None

    def cancel_call(self, handle: Handle) -> Call | None:
        """The call that stops a job; None where the provider can't."""
        return None

    # -- reading --------------------------------------------------------------------------

    @abstractmethod
    def read_accepted(self, reply: Reply) -> Accepted | None:
        """What a submission's 2xx answer says; None where no id can be read from it.

        Raises:
            ProviderError: It is an error in a 2xx coat.
        """

    @abstractmethod
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        """What a status answer says, whatever its HTTP status.

        Raises:
            ProviderError: It is an error about the call, not the job.
        """

    @abstractmethod
    def read_error(self, reply: Reply) -> ProviderError:
        """The error that an answer stands for, in the user's terms."""

    def refused(self, reply: Reply) -> bool:
        """Whether an error answer to a submission proves that no job was made.

        A relay's 5xx can hide a job that it started upstream, and a 408 a body that arrived.
        """
        return 300 <= reply.status_code < 500 and reply.status_code != 408

    def gone(self, error: ProviderError) -> bool:
        """Whether a status error means that the provider does not know the job."""
        return error.status_code in (404, 410)

    # -- in-process -----------------------------------------------------------------------

    def app(self, home: Path) -> Any | None:
        """An ASGI app (with ``aclose``) that answers in this process; None: it is on the network."""
        return None


def _whole(digits: str) -> int | float:
    """A whole number of JSON; infinite where it has more digits than any quantity."""
    return int(digits) if len(digits) < 400 else float(digits)


@functools.cache
def _loaders() -> dict[str, Callable[[], Any]]:
    return {point.name: point.load for point in importlib.metadata.entry_points(group=GROUP)}


@functools.cache
def provider(name: str) -> Provider:
    """The provider of that name, loaded on first use.

    Raises:
        RequestError: There is none.
    """
    loaders = _loaders()
    if name not in loaders:
        known = ", ".join(sorted(loaders)) or "none (is videogen-nb installed?)"
        raise RequestError(f"Unknown provider {name!r}; there are: {known}. Nothing was sent.", option="provider")
    made = loaders[name]()
    return made() if isinstance(made, type) else made  # type: ignore[no-any-return]


def providers() -> tuple[str, ...]:
    """Names of all installed providers: built-in ones first, ``local`` last."""
    order = {"infery": 0, "infinityblue": 1, "openai_videos": 2, "local": 9}
    return tuple(sorted(_loaders(), key=lambda name: (order.get(name, 5), name)))
