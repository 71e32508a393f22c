"""The base class of providers: builds requests for, and parses responses from, one provider's HTTP API; does no I/O.

A provider turns a `VideoRequest` into a `Call`, and a `Reply` into values; the backend sends the calls through one
HTTP client. So a provider is tested with plain values, and all follow the same rules on charges, keys and retries.
`videogen_nb.testing` checks a provider against what the backend relies on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from videogen_nb.core.model_spec import ModelSpec, find
from videogen_nb.core.option_kinds import IMAGE
from videogen_nb.core.options import OPTIONS
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import ProviderError, UnsupportedOptionError
from videogen_nb.providers.wire import Accepted, Call, Handle, Part, RemoteStatus, Reply, Report

__all__ = ["Accepted", "Call", "Handle", "Part", "Provider", "RemoteStatus", "Reply", "Report"]


class Provider(ABC):
    """One provider's HTTP API. Subclass it and register the class in the entry-point group ``videogen_nb.providers``,
    as the built-in providers are.

    Attributes:
        name: What users type, such as ``"infery"``.
        title: What messages call it, such as ``"Infery"``.
        key_env: Environment variable that holds the key; None if it never needs one.
        key_required: Whether it can't be used without a key.
        base_url: Default origin; None if the user has to set one.
        base_url_env: Environment variable that overrides `base_url`.
        default_model: Model used if none is named.
        interval: Seconds between two polls of one job, as the provider advises.
        charged_at: When it charges: ``"submit"`` (refunded on failure), ``"success"`` or ``"never"``; None if
            that is not known.
        cancels: Whether it can stop a job.
        options: Names of the `VideoRequest` fields that its API takes.
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
        """The built-in table of models, for when the provider's own list is not available."""

    def models_call(self) -> Call | None:
        """The call that lists models; None if the API has none."""
        return None

    def read_models(self, reply: Reply) -> list[ModelSpec]:
        """The models in a response to `models_call`; empty if it can't be read."""
        return []

    def find_model(self, name: str, listed: Sequence[ModelSpec] = ()) -> ModelSpec | None:
        """The model with that id or alias; the provider's own list goes before the built-in table."""
        return find(name, [*listed, *self.models])

    def check(self, request: VideoRequest, spec: ModelSpec) -> None:
        """Refuse options that the API or the model does not take, before anything is sent.

        Raises:
            UnsupportedOptionError: Names the option and what is taken.
        """
        for name, option in OPTIONS.items():
            value = getattr(request, name)
            if not option.wire or value == option.default or name in self.options:
                continue
            shown = "an image" if option.kind is IMAGE else value
            takes = ", ".join(sorted(supported.replace("_", "-") for supported in self.options))
            raise UnsupportedOptionError(name, shown, where=self.title, hint=f"It takes {takes}.")
        spec.check(request)

    # -- building requests ----------------------------------------------------------------

    @abstractmethod
    def submit_call(self, request: VideoRequest, spec: ModelSpec) -> Call:
        """The call that submits a request, which `check` has accepted."""

    def amend(self, call: Call, reply: Reply) -> Call | None:
        """Another form of a submission that was refused for its form; None if there is no other.

        Only for a response that proves that no job was created, since the call is then sent again.
        """
        return None

    @abstractmethod
    def status_call(self, handle: Handle) -> Call:
        """The call that asks for a job's status."""

    def fallback_status_call(self, handle: Handle, reply: Reply) -> Call | None:
        """Another call for a job's status, if this response shows that the usual one can't be used for it."""
        return None

    def cancel_call(self, handle: Handle) -> Call | None:
        """The call that stops a job; None if the provider can't."""
        return None

    # -- parsing responses ----------------------------------------------------------------

    @abstractmethod
    def read_accepted(self, reply: Reply) -> Accepted | None:
        """The job that a 2xx response to a submission names; None if no id can be read from it.

        Raises:
            ProviderError: The response is an error, reported with a 2xx status.
        """

    @abstractmethod
    def read_report(self, reply: Reply, handle: Handle) -> Report:
        """The status that a response to a status call states, whatever its HTTP status.

        Raises:
            ProviderError: The response is about the call, not about the job.
        """

    @abstractmethod
    def read_error(self, reply: Reply) -> ProviderError:
        """The error that a response reports."""

    def refused(self, reply: Reply) -> bool:
        """Whether an error response to a submission proves that no job was created.

        With a 5xx, a relay may have started a job upstream; with a 408, the whole request may have arrived.
        """
        return 300 <= reply.status_code < 500 and reply.status_code != 408

    def gone(self, error: ProviderError) -> bool:
        """Whether an error response to a status call means that the provider does not know the job."""
        return error.status_code in (404, 410)

    # -- in-process -----------------------------------------------------------------------

    def app(self, home: Path) -> Any | None:
        """An ASGI app with an ``aclose`` method that serves the API in this process; None: it is on the network."""
        return None
