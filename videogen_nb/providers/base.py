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
