"""The provider under test, and how its API answers: what an author states, and what the checks derive from it."""

from __future__ import annotations

from typing import Any, ClassVar

from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.providers.base import Provider
from videogen_nb.providers.wire import Handle

__all__ = ["BASE_URL", "KEY", "Subject"]

KEY = "key-0123456789-of-the-conformance-tests"
BASE_URL = "https://api.example"


class Subject:
    """What is tested; see `ProviderConformance` for the attributes."""

    provider: ClassVar[type[Provider]]
    model: ClassVar[str | None] = None
    running_word: ClassVar[str] = "running"
    succeeded_word: ClassVar[str] = "succeeded"
    failed_word: ClassVar[str] = "failed"
    unused_options: ClassVar[frozenset[str]] = frozenset()

    def accepted_body(self, remote_id: str) -> Any:
        """The JSON body of a 2xx response to a submission.

        Args:
            remote_id: The provider's id of the new job.
        """
        raise NotImplementedError

    def status_body(self, remote_id: str, word: Any, *, url: str | None = None, error: str | None = None) -> Any:
        """The JSON body of a response to a status call.

        Args:
            remote_id: The provider's id of the job.
            word: The provider's word for the job's status.
            url: Where the clip is, absolute or as a path at the provider; None where there is none.
            error: Why the job failed; None where it did not.
        """
        raise NotImplementedError

    def make(self) -> Provider:
        return self.provider()

    def spec(self) -> ModelSpec:
        provider = self.make()
        name = provider.default_model if self.model is None else self.model
        spec = provider.find_model(name)
        assert spec is not None, f"find_model does not know {name!r}"
        return spec

    def handle(self, remote_id: str = "v1", base_url: str = BASE_URL) -> Handle:
        spec = self.spec()
        return Handle(remote_id, spec.id, spec.family, base_url)
