"""Which providers and models a form offers: the built-in tables at once, the providers' own lists when they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from videogen_nb.backend import session
from videogen_nb.backend.plan import endpoint_of
from videogen_nb.config import Endpoint
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.errors import MissingKeyError, VideogenError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.registry import provider, providers
from videogen_nb.widgets._background import run_in_background
from videogen_nb.widgets.form_limits import Limit, limits_of, resolve

__all__ = ["Offers"]


class Offers:
    """What can be chosen now.

    Args:
        changed: Called beside the backend's thread when lists have come, or a key has.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._lists: dict[str, tuple[ModelSpec, ...]] = {}
        self._asked: dict[str, Endpoint] = {}
        self._closed = False

    def look(self) -> None:
        """Ask those providers for their lists that can be used as things are set and were not asked yet."""
        run_in_background(self._ask)

    def close(self) -> None:
        """Tell of nothing any more."""
        self._closed = True

    def makers(self, chosen: str | None) -> dict[str | None, str]:
        """Names of providers, with what people read; None is the one that `choose` takes.

        Args:
            chosen: The one that is set, which is among them also where it is not installed.
        """
        found: dict[str | None, str] = {None: f"automatic ({resolve(None, None, self._known).provider.title})"}
        for each in map(provider, providers()):
            found[each.name] = f"{each.title}{_need(each)}"
        return {**found, chosen: found.get(chosen, str(chosen))}

    def models(self, maker: str | None) -> dict[str | None, str]:
        """Names of models of a provider, or of those that can be used; None is the default one."""
        usable = [name for name in providers() if name in self._asked and name != "local"]
        names = [maker] if maker in providers() else usable or [*providers()]
        found: dict[str | None, str] = {None: f"default ({resolve(maker, None, self._known).spec.id})"}
        for name in filter(None, names):
            for spec in (*self._lists.get(name, ()), *provider(name).models):
                found.setdefault(spec.id, spec.id)
        return found

    def limits(self, makers: Sequence[str | None], models: Sequence[str | None]) -> dict[str, Limit]:
        """What all of these take."""
        return limits_of([resolve(maker, model, self._known) for maker in makers for model in models])

    def _known(self, maker: Provider, _: Endpoint) -> Sequence[ModelSpec]:
        return self._lists.get(maker.name, ())

    def _ask(self) -> None:
        if self._closed:
            return
        usable = {}
        for each in map(provider, providers()):
            try:
                usable[each.name] = endpoint_of(each)
            except VideogenError:
                continue
        if usable == self._asked:
            return
        self._asked = usable
        lists = {name: tuple(session.backend().listed(provider(name), at)) for name, at in usable.items()}
        self._lists = lists
        if not self._closed:
            self._changed()


def _need(maker: Provider) -> str:
    """What it lacks to be used, in brackets."""
    try:
        endpoint_of(maker)
    except MissingKeyError as error:
        return f" (needs {error.env_var})"
    except VideogenError:
        return f" (needs {maker.base_url_env})" if not maker.base_url else " (see its address)"
    return ""
