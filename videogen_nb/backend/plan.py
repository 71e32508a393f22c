"""Decide where a request goes: provider, model, endpoint and price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from videogen_nb import config
from videogen_nb.config import Endpoint
from videogen_nb.core.job import Cost
from videogen_nb.core.model_spec import ModelSpec, close_names
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import MissingKeyError, RequestError, UnknownModelError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.registry import provider, providers

__all__ = ["Plan", "choose", "endpoint_of", "price_of"]

LOCAL = "local"
_TYPO = 0.85  # similarity from which an unknown name is taken for a misspelt one


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked request and where it goes.

    Attributes:
        request: The request.
        provider: Its provider.
        spec: Its model.
        endpoint: The provider's address and key.
        price: Its price by the provider's list; None if the list has none.
        hint: One line for the user if the choice may be unexpected; "" otherwise.
    """

    request: VideoRequest
    provider: Provider
    spec: ModelSpec
    endpoint: Endpoint
    price: Cost | None = None
    hint: str = ""


def choose(
    request: VideoRequest, listed: Callable[[Provider, Endpoint], Sequence[ModelSpec]], *, max_cost: float | None = None
) -> Plan:
    """Choose provider and model for a request, and check that they take it.

    The provider is the one named, else the configured one, else one that has a key and knows the model, else
    ``local``.

    Args:
        request: The request.
        listed: Returns a provider's own model list; empty if it is not available.
        max_cost: Refuse a known price above this, in the provider's unit.

    Raises:
        RequestError: The request can't be sent.
        MissingKeyError: The named or configured provider needs a key.
    """
    settings = config.settings()
    name = request.model or settings.preferred_model()
    wanted = request.provider or settings.preferred_provider()
    if wanted:
        chosen = provider(wanted)
        endpoint = endpoint_of(chosen)
        spec = _find(chosen, name, listed(chosen, endpoint))
        if spec is None:
            raise _unknown(name or "", [chosen], {chosen.name: listed(chosen, endpoint)})
        return _plan(request, chosen, spec, endpoint, "", max_cost)

    keyed = _with_key()
    lists = {candidate.name: listed(candidate, endpoint) for candidate, endpoint in keyed}
    matches = [
        (candidate, spec, endpoint)
        for candidate, endpoint in keyed
        if (spec := _find(candidate, name, lists[candidate.name]))
    ]
    if matches:
        # An exact id goes before another provider's id that matches only approximately.
        chosen, spec, endpoint = next((match for match in matches if match[1].id == name), matches[0])
        return _plan(request, chosen, spec, endpoint, "", max_cost)

    others = [provider(other) for other in providers() if other != LOCAL]
    if name and not any(other.key_required and other.find_model(name) for other in others):
        misspelt = close_names(name, _names(others, lists), _TYPO)
        if keyed or misspelt:  # without a key or a similar name, the model may be newer than the built-in tables
            raise _unknown(name, others, lists, f"`--provider {LOCAL}` previews any name.")
    return _preview(request, name, others, max_cost)


def _preview(request: VideoRequest, name: str | None, others: Sequence[Provider], max_cost: float | None) -> Plan:
    """The request on the local provider, with a hint which key would make it real."""
    local = provider(LOCAL)
    spec = _find(local, name, ())
    assert spec is not None
    useful = (other for other in others if other.key_required and (not name or other.find_model(name)))
    keys = " or ".join(other.key_env for other in useful if other.key_env)
    real = f"the real {spec.id}" if name else "a real model"
    hint = f"Local preview: set {keys} to use {real}." if keys else "Local preview: no key is set."
    return _plan(request, local, spec, endpoint_of(local), hint, max_cost)


def endpoint_of(chosen: Provider) -> Endpoint:
    """A provider's address and key, as currently configured.

    Raises:
        MissingKeyError: It needs a key, and none is set.
        RequestError: The address is not valid.
    """
    return config.endpoint(
        chosen.name,
        base_url=chosen.base_url,
        base_url_env=chosen.base_url_env,
        key_env=chosen.key_env,
        key_required=chosen.key_required,
    )


def _with_key() -> list[tuple[Provider, Endpoint]]:
    """The providers that can be used as configured, in the order in which they are tried."""
    usable = []
    for candidate in map(provider, providers()):
        if candidate.name == LOCAL or not (candidate.key_required or candidate.base_url_env):
            continue
        try:
            usable.append((candidate, endpoint_of(candidate)))
        except MissingKeyError:
            continue
        except RequestError:
            if candidate.key_required:  # a key is set but the address is invalid: an error, not a reason to preview
                raise
    return usable


def _find(chosen: Provider, name: str | None, listed: Sequence[ModelSpec]) -> ModelSpec | None:
    return chosen.find_model(name or chosen.default_model, listed)


def _plan(
    request: VideoRequest,
    chosen: Provider,
    spec: ModelSpec,
    endpoint: Endpoint,
    hint: str,
    max_cost: float | None,
) -> Plan:
    chosen.check(request, spec)
    price = price_of(request, spec)
    most = max_cost if max_cost is not None else config.settings().max_cost
    limits = {"max-cost": most, "the budget": config.settings().budget}
    limited = [name for name, limit in limits.items() if limit is not None]
    if limited and chosen.charged_at != "never":
        if price is None:
            hint = f"{chosen.title} does not say what {spec.id} costs, so {' and '.join(limited)} can't be checked."
        elif most is not None and price.amount > most:
            raise RequestError(
                f"{spec.id} would cost {price}, above the {most:g} allowed by max-cost. Nothing was sent.",
                option="max_cost",
            )
    return Plan(request, chosen, spec, endpoint, price, hint)


def price_of(request: VideoRequest, spec: ModelSpec) -> Cost | None:
    """A request's price by the provider's list; None if the list has none."""
    price = spec.price.of(request, spec.default_duration) if spec.price else None
    return Cost(*price) if price else None


def _names(chosen: Sequence[Provider], lists: dict[str, Sequence[ModelSpec]]) -> list[str]:
    return [spec.id for candidate in chosen for spec in (*lists.get(candidate.name, ()), *candidate.models)]


def _unknown(
    name: str, chosen: Sequence[Provider], lists: dict[str, Sequence[ModelSpec]], hint: str = ""
) -> UnknownModelError:
    return UnknownModelError(name, close_names(name, _names(chosen, lists)), hint=hint)
