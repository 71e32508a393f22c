"""What the chosen providers and models take: which options, and which values of each."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from videogen_nb.backend.plan import choose
from videogen_nb.config import Endpoint, settings
from videogen_nb.core.axes import label
from videogen_nb.core.image import ImageRef
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.option_kinds import IMAGE, SIZE, TEXT
from videogen_nb.core.options import OPTIONS, Option
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import RequestError, UnsupportedOptionError, VideogenError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.registry import provider

__all__ = ["Limit", "Target", "limits_of", "pick", "resolve"]

_PICTURE = ImageRef(url="https://picture.invalid/")
_MOST_CLIPS = 16


@dataclass(frozen=True, slots=True)
class Target:
    """The provider and the model of a request.

    Attributes:
        provider: The provider.
        spec: The model; one of which nothing is known where no list has it.
        error: Why nothing can be sent with the present settings; None if it can.
    """

    provider: Provider
    spec: ModelSpec
    error: VideogenError | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """The values that one option may take.

    Attributes:
        values: Only these; None for any.
        least: Smallest value, where it is a number.
        most: Largest value.
        required: Whether there has to be one.
    """

    values: tuple[Any, ...] | None = None
    least: float | None = None
    most: float | None = None
    required: bool = False

    def __and__(self, other: Limit) -> Limit:
        """What both allow."""
        values = self.values if other.values is None else other.values
        if self.values is not None and other.values is not None:
            values = tuple(value for value in self.values if pick(value, other.values) is not None)
        least = max((bound for bound in (self.least, other.least) if bound is not None), default=None)
        most = min((bound for bound in (self.most, other.most) if bound is not None), default=None)
        return Limit(values, least, most, self.required or other.required)

    @property
    def hint(self) -> str:
        """The bounds in words: "4 to 15", "up to 8"; "" where there are none."""
        if self.most is None:
            return f"from {self.least:g}" if self.least is not None else ""
        return f"{self.least:g} to {self.most:g}" if self.least is not None else f"up to {self.most:g}"


def pick(value: Any, values: Sequence[Any]) -> Any:
    """The one of `values` that reads the same, so that ``"4"`` finds 4; None if there is none."""
    return next((known for known in values if label(known) == label(value)), None)


def resolve(
    provider_name: str | None, model: str | None, listed: Callable[[Provider, Endpoint], Sequence[ModelSpec]]
) -> Target:
    """The provider and model that `choose` takes for these names; where it refuses them, the closest to them."""
    try:
        try:
            # Without a price limit: the panel has to show what a model takes also where it is too dear to submit.
            plan = choose(VideoRequest("-", model=model, provider=provider_name), listed, max_cost=float("inf"))
        except UnsupportedOptionError as error:
            if error.option != "image":
                raise
            request = VideoRequest("-", model=model, provider=provider_name, image=_PICTURE)
            plan = choose(request, listed, max_cost=float("inf"))
        return Target(plan.provider, plan.spec)
    except VideogenError as error:
        try:
            chosen = provider(provider_name or settings().preferred_provider() or "local")
        except RequestError:
            chosen = provider("local")
        name = model or settings().preferred_model() or chosen.default_model
        return Target(chosen, chosen.find_model(name) or ModelSpec(name, chosen.name), error)


def limits_of(targets: Sequence[Target]) -> dict[str, Limit]:
    """The options that all of these take, with the values that all of them take."""
    limits = [_limits(target) for target in targets]
    shared = [name for name in limits[0] if all(name in other for other in limits)] if limits else []
    return {name: functools.reduce(operator.and_, (one[name] for one in limits)) for name in shared}


def _limits(target: Target) -> dict[str, Limit]:
    limits = {}
    for name, option in OPTIONS.items():
        if option.wire and name in target.provider.options and (limit := _limit(option, target)):
            limits[name] = limit
    return limits


def _limit(option: Option, target: Target) -> Limit | None:
    """The values of an option that one model takes; None if it does not take the option at all."""
    spec = target.spec
    if option.kind is SIZE:  # no size is right for every model, so that a refusal would not be about the option
        return Limit(spec.sizes)
    asked = _ask(option, target)
    if asked is None or (option.name == "count" and spec.max_count == 1):
        return None
    if option.name == "count":
        return Limit(None, 1, spec.max_count or _MOST_CLIPS)
    if option.name == "duration":
        return Limit(spec.durations, spec.min_duration, spec.max_duration)
    if option.name == "image":
        return Limit(required=spec.image_required)
    return Limit(getattr(spec, option.model_values)) if option.model_values else asked


def _ask(option: Option, target: Target) -> Limit | None:
    """What the provider's own check says of an option, which knows best what its wire has a place for."""
    # An unknown word makes the check list the words that it knows.
    probe = "-" if option.kind is TEXT else _PICTURE if option.kind is IMAGE else option.example
    options: dict[str, Any] = {"image": _PICTURE if target.spec.image_required else None, option.name: probe}
    try:
        target.provider.check(VideoRequest("-", **options), target.spec)
    except UnsupportedOptionError as error:
        if error.option == option.name:
            return Limit(error.allowed) if error.allowed else None
    except RequestError:
        pass
    return Limit()
