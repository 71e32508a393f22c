"""A request for clips: one frozen value, checked when it is created, that converts to JSON and back."""

from __future__ import annotations

import hashlib
import json
import math
import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from videogen_nb.core.image import ImageRef
from videogen_nb.errors import RequestError
from videogen_nb.text import was_cut, without_grants

__all__ = ["AspectRatio", "Size", "VideoRequest"]

MAX_SEED = 2**32 - 1
_NAMED_EDGES = {"hd": 720, "fullhd": 1080, "fhd": 1080, "2k": 1440, "4k": 2160, "uhd": 2160}


class Size(NamedTuple):
    """Width and height of a picture, in pixels.

    >>> Size.parse("1280x720")
    Size(width=1280, height=720)
    """

    width: int
    height: int

    @classmethod
    def parse(cls, value: Any) -> Size:
        """Read ``"1280x720"`` (also with ``×`` or ``*``) or a pair of whole numbers.

        Raises:
            RequestError: It is no size.
        """
        if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d{1,5})\s*[x×X*]\s*(\d{1,5})\s*", value)):
            size = cls(int(match[1]), int(match[2]))
        elif isinstance(value, (tuple, list)) and len(value) == 2 and all(isinstance(edge, int) for edge in value):
            size = cls(*value)
        else:
            raise RequestError(f"Size must look like 1280x720, not {value!r}. Nothing was sent.", option="size")
        if min(size) < 1:
            raise RequestError(f"Size must be at least 1x1, not {value!r}. Nothing was sent.", option="size")
        return size

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class AspectRatio(NamedTuple):
    """Width to height, as whole numbers.

    >>> AspectRatio.parse("16:9")
    AspectRatio(width=16, height=9)
    """

    width: int
    height: int

    @classmethod
    def parse(cls, value: Any) -> AspectRatio:
        """Read ``"16:9"``.

        Raises:
            RequestError: It is no ratio.
        """
        match = re.fullmatch(r"\s*(\d{1,4})\s*[:/]\s*(\d{1,4})\s*", value) if isinstance(value, str) else None
        if not match or not int(match[1]) or not int(match[2]):
            raise RequestError(
                f"Aspect ratio must look like 16:9, not {value!r}. Nothing was sent.", option="aspect_ratio"
            )
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, size: Size) -> AspectRatio:
        """The ratio of a size in lowest terms."""
        divisor = math.gcd(*size)
        return cls(size.width // divisor, size.height // divisor)

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"


_HD = Size(1280, 720)


@dataclass(frozen=True, slots=True, repr=False)
class VideoRequest:
    """One request for clips, checked when it is created.

    Args:
        prompt: What to show, passed on unchanged; not blank.
        model: A model id or alias. None: the configured one, or the provider's default.
        provider: Name of a provider. None: chosen by the keys that are set and the model.
        duration: Length in seconds, above 0.
        resolution: Shorter edge with its suffix, such as ``"720p"``, or ``"4k"``.
        aspect_ratio: Width to height, such as ``"16:9"``.
        size: Width and height in pixels, in place of the two above.
        fps: Frames a second, 1 to 240.
        seed: 0 to 2**32 - 1. None lets the provider draw one.
        count: How many clips, 1 to 16.
        negative_prompt: What not to show.
        person_generation: The provider's policy word on people.
        user: Your own name for the end user, passed on for the provider's abuse checks.
        image: First frame.
        params: Fields of the provider that have no option here, passed on as they are.

    Raises:
        RequestError: A value is out of range or of the wrong kind.

    >>> VideoRequest("a paper boat", duration=4, size=(1280, 720)).to_json()
    {'prompt': 'a paper boat', 'duration': 4, 'size': '1280x720'}
    """

    prompt: str
    model: str | None = None
    provider: str | None = None
    duration: float | None = None
    resolution: str | None = None
    aspect_ratio: str | None = None
    size: Size | None = None
    fps: int | None = None
    seed: int | None = None
    count: int = 1
    negative_prompt: str | None = None
    person_generation: str | None = None
    user: str | None = None
    image: ImageRef | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str) or not self.prompt.strip():
            raise RequestError("The prompt is empty. Nothing was sent.", option="prompt")
        for name in ("model", "provider", "negative_prompt", "person_generation", "user"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value.strip()):
                raise RequestError(
                    f"{_label(name)} must be text that is not blank, not {value!r}. Nothing was sent.", option=name
                )
        for name in ("prompt", "model", "provider", "negative_prompt", "person_generation", "user"):
            _refuse_surrogates(name, getattr(self, name))
        self._put("duration", _number("duration", self.duration, above=0, upto=86_400))
        self._put("fps", _whole("fps", self.fps, 1, 240))
        self._put("seed", _whole("seed", self.seed, 0, MAX_SEED))
        self._put("count", _whole("count", self.count, 1, 16))
        if self.resolution is not None:
            self._put("resolution", _resolution(self.resolution))
        if self.aspect_ratio is not None:
            self._put("aspect_ratio", str(AspectRatio.parse(self.aspect_ratio)))
        if self.size is not None:
            self._put("size", Size.parse(self.size))
            if self.resolution or self.aspect_ratio:
                raise RequestError(
                    "Give either size, or resolution and aspect ratio; together they can disagree. Nothing was sent.",
                    option="size",
                )
        if not isinstance(self.params, Mapping) or not all(isinstance(key, str) and key for key in self.params):
            raise RequestError(
                f"Params must map names to values, not {self.params!r}. Nothing was sent.", option="params"
            )
        try:
            written = json.dumps(dict(self.params), allow_nan=False, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise RequestError(f"Params must be JSON values: {error}. Nothing was sent.", option="params") from None
        _refuse_surrogates("params", written)
        self._put("params", MappingProxyType(dict(self.params)))

    def _put(self, name: str, value: Any) -> None:
        """Set a field to its normal form, also though the request is frozen."""
        object.__setattr__(self, name, value)

    def pixel_size(self, default: Size = _HD) -> Size:
        """The requested size in even pixels; what the request leaves open is taken from `default`."""
        if self.size:
            return self.size
        if not self.resolution and not self.aspect_ratio:
            return default
        edge = short_edge(self.resolution) if self.resolution else min(default)
        ratio = AspectRatio.parse(self.aspect_ratio) if self.aspect_ratio else AspectRatio.of(default)
        longer = _even(edge * max(ratio) / min(ratio))
        return Size(longer, _even(edge)) if ratio.width >= ratio.height else Size(_even(edge), longer)

    def check_links(self) -> None:
        """Refuse a request that was read from the journal without the signature of a link.

        Raises:
            RequestError: The provider could not open that link.
        """
        link = self.image.url if self.image else None
        if was_cut(link) or was_cut(self.params):
            subject = f"The image's link {link}" if was_cut(link) else "A link in params"
            raise RequestError(
                f"{subject} was signed, and signatures are not stored. Nothing was sent; "
                "run the cell again with a link that works."
            )

    def to_json(self) -> dict[str, Any]:
        """The fields that are set, as a JSON object that `from_json` reads back; links lose what grants access."""
        values: dict[str, Any] = {}
        for name in (attribute.name for attribute in fields(self)):
            value = getattr(self, name)
            if value is None or (name == "count" and value == 1) or (name == "params" and not value):
                continue
            if isinstance(value, Size):
                value = str(value)
            elif isinstance(value, ImageRef):
                value = value.to_json()
            elif isinstance(value, Mapping):
                value = without_grants(value)
            values[name] = value
        return values

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            RequestError: A field is unknown or its value is not valid.
        """
        values = dict(data)
        unknown = set(values) - {attribute.name for attribute in fields(cls)}
        if unknown:
            raise RequestError(f"Unknown request fields: {', '.join(sorted(unknown))}.")
        if not isinstance(values.get("image", {}), Mapping):
            raise RequestError(f"A request's image must be an object, not {values['image']!r}.", option="image")
        if "image" in values:
            values["image"] = ImageRef.from_json(values["image"])
        return cls(**values)

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        return f"VideoRequest({', '.join(f'{name}={value!r}' for name, value in self.to_json().items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_json, (self.to_json(),)

    def digest(self) -> str:
        """A short hash that is the same for equal requests, in every process."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def short_edge(resolution: str) -> int:
    """Pixels of the shorter edge: 720 of ``"720p"``, 2160 of ``"4k"``."""
    return _NAMED_EDGES.get(resolution) or int(resolution.removesuffix("p"))


def _resolution(value: Any) -> str:
    text = str(value).strip().lower()
    if text in _NAMED_EDGES:
        return text
    if match := re.fullmatch(r"(\d{2,4})p?", text):
        return f"{match[1]}p"
    raise RequestError(f"Resolution must look like 720p or 4k, not {value!r}. Nothing was sent.", option="resolution")


def _refuse_surrogates(name: str, text: str | None) -> None:
    """Refuse a lone surrogate, which is no character and can't be encoded."""
    if text is not None and any("\ud800" <= character <= "\udfff" for character in text):
        raise RequestError(f"{_label(name)} is not valid Unicode. Nothing was sent.", option=name)


def _number(name: str, value: Any, *, above: float, upto: float) -> float | None:
    if value is None:
        return None
    number = _as_float(value)
    if number is None or not above < number <= upto:
        raise RequestError(
            f"{_label(name)} must be a number above {above:g} and up to {upto:g}, not {value!r}. Nothing was sent.",
            option=name,
        )
    return int(number) if number.is_integer() else number


def _whole(name: str, value: Any, least: int, most: int) -> int | None:
    if value is None:
        return None
    number = _as_float(value)
    if number is None or not least <= number <= most or not number.is_integer():
        raise RequestError(
            f"{_label(name)} must be a whole number from {least} to {most}, not {value!r}. Nothing was sent.",
            option=name,
        )
    return int(number)


def _as_float(value: Any) -> float | None:
    """A number of any type, NumPy's too; None if it is no number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _even(edge: float) -> int:
    return max(2, round(edge / 2) * 2)
