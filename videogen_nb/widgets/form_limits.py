"""What can be asked of the providers and models that a form has chosen: which options, and which values of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videogen_nb.backend.plan import choose
from videogen_nb.config import Endpoint, settings
from videogen_nb.core.axes import label
from videogen_nb.core.image import ImageRef
from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import RequestError, UnsupportedOptionError, VideogenError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.registry import provider

__all__ = ["Limit", "Target", "limits_of", "pick", "resolve"]

# Asked of a provider's own check, which knows best what has a place on its wire for this model.
_PROBES: Mapping[str, Any] = {
    "duration": 4,
    "resolution": "720p",
    "aspect_ratio": "16:9",
    "fps": 24,
    "seed": 1,
    "negative_prompt": "-",
    "person_generation": "-",
    "user": "-",
}
_MOST_CLIPS = 16


@dataclass(frozen=True, slots=True)
class Target:
    """Who would make a request, with which model.

    Attributes:
        provider: The provider.
        spec: The model; one of which nothing is known where no list has it.
        error: Why nothing could be sent as things are; None if it could.
    """

    provider: Provider
    spec: ModelSpec
    error: VideogenError | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """The values of one option.

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
            values = tuple(each for each in self.values if pick(each, other.values) is not None)
        bounds = [[each for each in pair if each is not None] for pair in _pairs(self, other)]
        least, most = (max(bounds[0], default=None), min(bounds[1], default=None))
        return Limit(values, least, most, self.required or other.required)

    @property
    def told(self) -> str:
        """The bounds as a hint: "4 to 15", "up to 8"; "" where there are none."""
        if self.most is None:
            return f"from {self.least:g}" if self.least is not None else ""
        return f"{self.least:g} to {self.most:g}" if self.least is not None else f"up to {self.most:g}"


def _pairs(one: Limit, other: Limit) -> tuple[tuple[float | None, ...], ...]:
    return (one.least, other.least), (one.most, other.most)


def pick(value: Any, values: Sequence[Any]) -> Any:
    """The one of `values` that reads the same, so that ``"4"`` finds 4; None if there is none."""
    return next((each for each in values if label(each) == label(value)), None)


def resolve(
    provider_name: str | None, model: str | None, listed: Callable[[Provider, Endpoint], Sequence[ModelSpec]]
) -> Target:
    """Who would make a request for this model, as `choose` decides it; where it can't be sent, who comes nearest."""
    try:
        try:
            # No price is asked for here: a limit on it must not hide what the model takes.
            plan = choose(VideoRequest("-", model=model, provider=provider_name), listed, max_cost=float("inf"))
        except UnsupportedOptionError as error:
            if error.option != "image":
                raise
            image = ImageRef(url="https://picture.invalid/")
            request = VideoRequest("-", model=model, provider=provider_name, image=image)
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
    each = [_limits(target) for target in targets]
    shared = [name for name in each[0] if all(name in one for one in each)] if each else []
    found = {}
    for name in shared:
        found[name] = each[0][name]
        for one in each[1:]:
            found[name] &= one[name]
    return found


def _limits(target: Target) -> dict[str, Limit]:
    maker, spec = target.provider, target.spec
    found = {}
    for name, probe in _PROBES.items():
        if name in maker.options and (limit := _ask(maker, spec, name, probe)):
            found[name] = limit
    if "duration" in found:
        found["duration"] = Limit(spec.durations, spec.min_duration, spec.max_duration)
    if "resolution" in found:
        found["resolution"] = Limit(spec.resolutions)
    if "aspect_ratio" in found:
        found["aspect_ratio"] = Limit(spec.aspect_ratios)
    if "size" in maker.options:
        found["size"] = Limit(spec.sizes)
    if "count" in maker.options and spec.max_count != 1:
        found["count"] = Limit(None, 1, spec.max_count or _MOST_CLIPS)
    if "image" in maker.options and spec.image is not False:
        found["image"] = Limit(required=spec.image_required)
    return {**found, "params": Limit()}


def _ask(maker: Provider, spec: ModelSpec, name: str, probe: Any) -> Limit | None:
    """What a provider's check says of one option; None if it has no place for it."""
    options = {name: probe} | ({"image": ImageRef(url="https://picture.invalid/")} if spec.image_required else {})
    try:
        maker.check(VideoRequest("-", **options), spec)
    except UnsupportedOptionError as error:
        if error.option == name:
            return Limit(error.allowed) if error.allowed else None
    except RequestError:
        pass
    return Limit()
