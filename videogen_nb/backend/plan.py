"""From what a person asked for to what will be sent: provider, model, address, price."""

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
# How like a known name an unknown one must be to be taken for a slip of the finger.
_TYPO = 0.85


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked request and where it goes.

    Attributes:
        request: What is asked.
        provider: Who makes it.
        spec: With which model.
        endpoint: Where.
        price: What the provider's list says it costs; None if it says nothing.
        hint: One line for the user where the choice may surprise; "" otherwise.
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
    """Decide who makes a request, and check it against what they take.

    The provider is the one named, else the configured one, else one that has a key and knows
    the model, else ``local``.

    Args:
        request: What is asked.
        listed: Gives a provider's own model list, or nothing where it does not answer.
        max_cost: Refuse a known price above this, in the provider's unit.

    Raises:
        RequestError: It can't be sent as it is.
        MissingKeyError: The provider named or configured needs a key.
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
    lists = {each.name: listed(each, endpoint) for each, endpoint in keyed}
    found = [(each, spec, endpoint) for each, endpoint in keyed if (spec := _find(each, name, lists[each.name]))]
    if found:
        # A name that is one provider's own to the letter is meant, though another's may be read as it too.
        chosen, spec, endpoint = next((each for each in found if each[1].id == name), found[0])
        return _plan(request, chosen, spec, endpoint, "", max_cost)

    local = provider(LOCAL)
    others = [provider(each) for each in providers() if each != LOCAL]
    if name and not any(each.key_required and each.find_model(name) for each in others):
        # With a key at hand a model nobody has is a mistake; without, a new name may well exist.
        slip = close_names(name, _names(others, lists), _TYPO)
        if keyed or slip:
            raise _unknown(name, others, lists, f"`--provider {LOCAL}` previews any name.")
    preview = _find(local, name, ())
    assert preview is not None
    keys = [
        each.key_env for each in others if each.key_env and each.key_required and (not name or each.find_model(name))
    ]
    real = f"set {' or '.join(keys)} for the real {preview.id if name else 'thing'}" if keys else "no key is set"
    hint = f"Local preview: {real}."
    return _plan(request, local, preview, endpoint_of(local), hint, max_cost)


def endpoint_of(chosen: Provider) -> Endpoint:
    """Where a provider is, and its key, as set now.

    Raises:
        MissingKeyError: There is no key.
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
    """Providers that can be used as things are set, in the order they are tried."""
    found = []
    for each in map(provider, providers()):
        if each.name == LOCAL or not (each.key_required or each.base_url_env):
            continue
        try:
            found.append((each, endpoint_of(each)))
        except MissingKeyError:
            continue
        except RequestError:
            if each.key_required:  # a key is there but its address is wrong: that is no reason to preview
                raise
    return found


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
    """What the provider's list says that a request costs; None if it says nothing."""
    price = spec.price.of(request, spec.default_duration) if spec.price else None
    return Cost(*price) if price else None


def _names(chosen: Sequence[Provider], lists: dict[str, Sequence[ModelSpec]]) -> list[str]:
    return [spec.id for each in chosen for spec in (*lists.get(each.name, ()), *each.models)]


def _unknown(
    name: str, chosen: Sequence[Provider], lists: dict[str, Sequence[ModelSpec]], hint: str = ""
) -> UnknownModelError:
    return UnknownModelError(name, close_names(name, _names(chosen, lists)), hint=hint)
