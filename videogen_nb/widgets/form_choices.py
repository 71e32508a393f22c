"""The providers and models that a form offers: the built-in tables at once, the providers' own lists when they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from videogen_nb.backend import session
from videogen_nb.backend.plan import endpoint_of
from videogen_nb.config import Endpoint
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.errors import MissingKeyError, VideogenError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.registry import provider as find_provider
from videogen_nb.providers.registry import providers
from videogen_nb.widgets._background import run_in_background
from videogen_nb.widgets.form_limits import Limit, limits_of, resolve

__all__ = ["Choices"]


class Choices:
    """What can be chosen with the present settings.

    Args:
        changed: Called on a background thread when model lists have arrived, as they do after a key was set.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._lists: dict[str, tuple[ModelSpec, ...]] = {}
        self._asked: dict[str, Endpoint] = {}
        self._closed = False

    def refresh(self) -> None:
        """Ask in the background for the model lists of providers that have become usable."""
        run_in_background(self._ask)

    def close(self) -> None:
        """Stop calling `changed`."""
        self._closed = True

    def provider_labels(self, chosen: str | None) -> dict[str | None, str]:
        """What people read for each provider; None is the one that is chosen for them.

        Args:
            chosen: The provider that is set; it is listed even if it is not installed.
        """
        labels: dict[str | None, str] = {None: f"automatic ({resolve(None, None, self._known).provider.title})"}
        for provider in map(find_provider, providers()):
            labels[provider.name] = f"{provider.title}{_missing(provider)}"
        return {**labels, chosen: labels.get(chosen, str(chosen))}

    def model_labels(self, provider: str | None) -> dict[str | None, str]:
        """What people read for each model of a provider, or of those that can be used; None is the default model."""
        usable = [name for name in providers() if name in self._asked and name != "local"]
        names = [provider] if provider in providers() else usable or [*providers()]
        labels: dict[str | None, str] = {None: f"default ({resolve(provider, None, self._known).spec.id})"}
        for name in filter(None, names):
            for spec in (*self._lists.get(name, ()), *find_provider(name).models):
                labels.setdefault(spec.id, spec.id)
        return labels

    def limits(self, providers: Sequence[str | None], models: Sequence[str | None]) -> dict[str, Limit]:
        """The options and values that all of these take."""
        return limits_of([resolve(provider, model, self._known) for provider in providers for model in models])

    def _known(self, provider: Provider, _: Endpoint) -> Sequence[ModelSpec]:
        return self._lists.get(provider.name, ())

    def _ask(self) -> None:
        if self._closed:
            return
        usable = {}
        for provider in map(find_provider, providers()):
            try:
                usable[provider.name] = endpoint_of(provider)
            except VideogenError:
                continue
        if usable == self._asked:
            return
        self._asked = usable
        backend = session.backend()
        self._lists = {name: tuple(backend.listed(find_provider(name), at)) for name, at in usable.items()}
        if not self._closed:
            self._changed()


def _missing(provider: Provider) -> str:
    """What a provider needs before it can be used, in brackets; "" if nothing."""
    try:
        endpoint_of(provider)
    except MissingKeyError as error:
        return f" (needs {error.env_var})"
    except VideogenError:
        return f" (needs {provider.base_url_env})" if not provider.base_url else " (see its address)"
    return ""
