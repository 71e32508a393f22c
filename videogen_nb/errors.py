"""Every exception this package raises on purpose.

::

    VideogenError
    ├── RequestError                nothing was sent: .option
    │   ├── UnknownModelError          .name .close_matches
    │   └── UnsupportedOptionError     .option .value .allowed
    ├── MissingKeyError             .provider .env_var; nothing was sent
    ├── JournalError                the journal can't be read or written
    ├── ConnectionLostError         no response; nothing was accepted
    ├── SubmitUncertainError        it may have been accepted and charged: .job
    ├── ProviderError               the provider reports an error: .provider .status_code .request_id .code
    │   ├── AuthenticationError
    │   ├── NoCreditError
    │   ├── ContentRejectedError       .reason
    │   └── RateLimitError             .retry_after
    └── JobError                    the job ended without a clip: .job
        ├── JobFailedError
        ├── JobCancelledError
        ├── OutputMissingError
        ├── JobExpiredError
        └── WaitTimeoutError           the job is still running

Each message says what happened, what was or was not charged and what to do next,
in one or two lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from videogen_nb.text import plain

__all__ = [
    "AuthenticationError",
    "ConnectionLostError",
    "ContentRejectedError",
    "JobCancelledError",
    "JobError",
    "JobExpiredError",
    "JobFailedError",
    "JournalError",
    "MissingKeyError",
    "NoCreditError",
    "OutputMissingError",
    "ProviderError",
    "RateLimitError",
    "RequestError",
    "SubmitUncertainError",
    "UnknownModelError",
    "UnsupportedOptionError",
    "VideogenError",
    "WaitTimeoutError",
]


LONGEST = 2000  # characters of each part of an error


class JobLike(Protocol):
    """The part of `videogen_nb.core.job.Job` that errors offer; that module imports this one, so it is not named."""

    @property
    def id(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def remote_id(self) -> str | None: ...
    def cancel(self) -> None: ...
    def retry(self) -> JobLike: ...


class VideogenError(Exception):
    """Base of every exception this package raises on purpose.

    Attributes:
        message: What happened.
        charged: What was or was not charged; "" where `message` says it.
        advice: What to do next; "" where `message` says it.
    """

    def __init__(self, message: str = "", *, charged: str = "", advice: str = "") -> None:
        # Providers' words are part of it: they must not move a cursor or fill a page.
        self.message, self.charged, self.advice = (plain(text, LONGEST) for text in (message, charged, advice))
        super().__init__(" ".join(filter(None, (self.message, self.charged, self.advice))))

    def _render_traceback_(self) -> list[str]:
        """IPython's hook for printing an error: the message alone, since our stack tells its reader nothing."""
        return [f"{type(self).__name__}: {self}"]


class RequestError(VideogenError):
    """The request can't be sent; nothing was sent.

    Attributes:
        option: Name of the option at fault, such as ``"duration"``; "" if it is no single one.
    """

    def __init__(self, message: str = "", *, option: str = "", **more: str) -> None:
        self.option = option
        super().__init__(message, **more)


class UnknownModelError(RequestError):
    """None of the providers considered has such a model.

    Attributes:
        name: The name as given.
        close_matches: Known names that look like it, best first.
    """

    def __init__(self, name: str, close_matches: Sequence[str] = (), *, hint: str = "") -> None:
        self.name = name
        self.close_matches = tuple(close_matches)
        close = f" Did you mean {_either(self.close_matches)}?" if self.close_matches else ""
        super().__init__(
            f"Unknown model {name!r}.{close} {hint or 'See `%videogen models`.'} Nothing was sent.", option="model"
        )


class UnsupportedOptionError(RequestError):
    """The provider or the model does not take this option, or not this value.

    Attributes:
        value: The value as given.
        allowed: The values it takes; empty if it does not take the option at all.
    """

    def __init__(self, option: str, value: Any, allowed: Sequence[Any] = (), *, where: str, hint: str = "") -> None:
        self.value, self.allowed = value, tuple(allowed)
        label = option.replace("_", "-")
        if self.allowed:
            message = f"{where} does not take {label} {value}; it takes {', '.join(map(str, self.allowed))}."
        else:
            message = f"{where} does not take {label} ({value})."
        super().__init__(" ".join(filter(None, (message, hint, "Nothing was sent."))), option=option)


class MissingKeyError(VideogenError):
    """The provider needs a key and none was found; nothing was sent.

    Attributes:
        provider: Name of the provider.
        env_var: The environment variable that would hold the key.
    """

    def __init__(self, provider: str, env_var: str) -> None:
        self.provider, self.env_var = provider, env_var
        super().__init__(
            f"{provider} needs a key: set the environment variable {env_var} before the kernel starts, or enter it "
            f"with `os.environ[{env_var!r}] = getpass.getpass()`, which is not saved in the notebook. Nothing was sent."
        )


class JournalError(VideogenError):
    """The journal can't be read or written: a full disk, a damaged file, no permission. Its content is kept."""


class ConnectionLostError(VideogenError):
    """The server could not be reached, so nothing was accepted or charged; or a download broke off."""


class SubmitUncertainError(VideogenError):
    """A submission was sent and got no readable response: it may have been accepted and charged.

    Attributes:
        job: The job, with status ``uncertain``.
    """

    def __init__(self, message: str, *, job: JobLike | None = None, **more: str) -> None:
        self.job = job
        super().__init__(message, **more)


class ProviderError(VideogenError):
    """The provider responded with an error.

    Attributes:
        provider: Name of the provider.
        status_code: HTTP status of the response.
        request_id: The provider's id of the request, for its support; None if it gave none.
        code: The provider's own error code; None if it gave none.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        status_code: int,
        request_id: str | None = None,
        code: str | None = None,
        **more: str,
    ) -> None:
        self.provider, self.status_code, self.request_id, self.code = provider, status_code, request_id, code
        super().__init__(message, **more)


class AuthenticationError(ProviderError):
    """The key is wrong, revoked, or not permitted to do this."""


class NoCreditError(ProviderError):
    """The account or the key has run out of credit."""


class ContentRejectedError(ProviderError):
    """A content filter refused the prompt, the image or the result.

    Attributes:
        reason: The provider's own words.
    """

    def __init__(self, message: str, *, reason: str, **facts: Any) -> None:
        self.reason = reason
        super().__init__(message, **facts)


class RateLimitError(ProviderError):
    """Too many requests; not accepted, not charged.

    Attributes:
        retry_after: Seconds to wait, as stated by the provider; None if it stated none.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, **facts: Any) -> None:
        self.retry_after = retry_after
        super().__init__(message, **facts)


class JobError(VideogenError):
    """A job, or the wait for it, ended without a clip.

    Attributes:
        job: The job.
    """

    def __init__(self, message: str, *, job: JobLike | None = None, **more: str) -> None:
        self.job = job
        super().__init__(message, **more)


class JobFailedError(JobError):
    """The provider reports that the job failed."""


class JobCancelledError(JobError):
    """The job was cancelled, or is no longer followed at the user's request."""


class OutputMissingError(JobError):
    """The job succeeded but no clip could be downloaded."""


class JobExpiredError(JobError):
    """The provider no longer keeps the job or its clip."""


class WaitTimeoutError(JobError):
    """The wait ended before the job did; the job goes on."""


def _either(names: Sequence[str]) -> str:
    return " or ".join((", ".join(map(repr, names[:-1])), repr(names[-1]))) if len(names) > 1 else repr(names[0])
