"""What is known of the limits of each model, and how a model is found by a name that people type."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from videogen_nb.core.request import AspectRatio, Size, VideoRequest, short_edge
from videogen_nb.errors import UnsupportedOptionError

__all__ = ["ModelSpec", "Price", "close_names", "find"]


@dataclass(frozen=True, slots=True)
class Price:
    """The price that a provider states; the package itself contains no prices.

    Attributes:
        amount: How much.
        unit: Such as ``"credits"`` or ``"USD"``.
        per: ``"clip"`` or ``"second"``.
    """

    amount: float
    unit: str
    per: str = "clip"

    def of(self, request: VideoRequest, default_duration: float | None) -> tuple[float, str] | None:
        """The price of a request, as (amount, unit); None if it depends on a duration that is not known."""
        if self.per == "clip":
            return self.amount * request.count, self.unit
        seconds = request.duration or default_duration
        return (self.amount * seconds * request.count, self.unit) if seconds else None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The limits of one model of one provider. A limit that is None is not known, so it is not checked here.

    Attributes:
        id: The provider's name for it.
        provider: Name of the provider.
        durations: The only lengths it takes, in seconds.
        min_duration: Shortest length in seconds, of a model that takes any up to `max_duration`.
        max_duration: Longest length in seconds.
        resolutions: Such as ``("720p", "1080p")``.
        aspect_ratios: Such as ``("16:9", "9:16")``.
        sizes: The only sizes it takes, in pixels.
        image: Whether it takes a first frame.
        image_required: Whether it needs one.
        max_count: Most clips in one request.
        family: The group of the provider's API paths that serves it; "" is the usual one.
        price: The price in the provider's own list.
        source: Where these limits are stated.
    """

    id: str
    provider: str
    durations: tuple[float, ...] | None = None
    min_duration: float | None = None
    max_duration: float | None = None
    resolutions: tuple[str, ...] | None = None
    aspect_ratios: tuple[str, ...] | None = None
    sizes: tuple[Size, ...] | None = None
    image: bool | None = None
    image_required: bool = False
    max_count: int | None = None
    family: str = ""
    price: Price | None = None
    source: str = ""

    @property
    def default_duration(self) -> float | None:
        return self.durations[0] if self.durations else None

    def check(self, request: VideoRequest) -> None:
        """Refuse a request that this model is known not to take.

        Raises:
            UnsupportedOptionError: Names the option and what is accepted.
        """
        self._check_duration(request.duration)
        if request.resolution and self.resolutions and request.resolution not in self.resolutions:
            raise self._refuse("resolution", request.resolution, self.resolutions)
        if request.aspect_ratio and self.aspect_ratios and request.aspect_ratio not in self.aspect_ratios:
            raise self._refuse("aspect_ratio", request.aspect_ratio, self.aspect_ratios)
        if request.size:
            self._check_size(request.size)
        if self.max_count is not None and request.count > self.max_count:
            raise self._refuse("count", request.count, range(1, self.max_count + 1))
        if request.image and self.image is False:
            raise UnsupportedOptionError("image", "an image", where=self.id, hint="It makes clips from text only.")
        if self.image_required and not request.image:
            raise UnsupportedOptionError("image", "none", ("a path, a URL or a picture",), where=self.id)

    def _check_duration(self, duration: float | None) -> None:
        if duration is None:
            return
        if self.durations:
            if duration not in self.durations:
                raise self._refuse("duration", f"{duration:g} s", [f"{seconds:g} s" for seconds in self.durations])
        elif duration > (self.max_duration or duration) or duration < (self.min_duration or 0):
            least = f"{self.min_duration:g} s" if self.min_duration else ""
            most = f"{self.max_duration:g} s" if self.max_duration else ""
            known = f"{least} to {most}" if least and most else f"at least {least}" if least else f"up to {most}"
            raise self._refuse("duration", f"{duration:g} s", [known])

    def _check_size(self, size: Size) -> None:
        if self.sizes:
            if size not in self.sizes:
                raise self._refuse("size", size, self.sizes)
            return
        ratio = str(AspectRatio.of(size))
        edges = [short_edge(resolution) for resolution in self.resolutions or ()]
        if (edges and min(size) not in edges) or (self.aspect_ratios and ratio not in self.aspect_ratios):
            heights = " or ".join(self.resolutions or ("any height",))
            ratios = " or ".join(self.aspect_ratios or ("any ratio",))
            raise self._refuse("size", size, [f"{heights} at {ratios}"])

    def _refuse(self, option: str, value: object, allowed: Iterable[object]) -> UnsupportedOptionError:
        return UnsupportedOptionError(option, value, list(allowed), where=self.id)


def normal(name: str) -> str:
    """A name in the form in which names are compared: case, and which of ``. _ -`` and space, do not matter."""
    return re.sub(r"[\s._-]+", "-", name.strip().lower())


def find(name: str, specs: Iterable[ModelSpec]) -> ModelSpec | None:
    """The model of that id, else the one whose id differs only in case and punctuation.

    >>> find("Veo 3.1 fast", [ModelSpec("veo_3_1-fast", "infinityblue")]).id
    'veo_3_1-fast'
    """
    known = list(specs)
    exact = next((spec for spec in known if spec.id == name), None)
    return exact or next((spec for spec in known if normal(spec.id) == normal(name)), None)


def close_names(name: str, known: Iterable[str], cutoff: float = 0.6) -> Sequence[str]:
    """Up to three known names that look like `name`, best first."""
    by_normal: dict[str, str] = {}
    for candidate in known:
        by_normal.setdefault(normal(candidate), candidate)
    return [by_normal[match] for match in difflib.get_close_matches(normal(name), by_normal, 3, cutoff)]
