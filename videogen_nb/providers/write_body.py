"""What wire writers share: names for a size, fields of the user's own, whole seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from videogen_nb.core.model_spec import ModelSpec
from videogen_nb.core.request import Size, VideoRequest, short_edge
from videogen_nb.errors import RequestError, UnsupportedOptionError

__all__ = ["extras", "given", "names_of", "path_id", "refuse", "whole_seconds", "with_names"]

_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9", "9:21")
_EDGES = (360, 480, 540, 720, 1080, 1440, 2160)


def path_id(remote_id: str) -> str:
    """A job's name as one segment of a path; it may hold any characters."""
    # Clients and servers take away a segment of dots; halves of surrogate pairs have no bytes.
    segment = quote(remote_id, safe="", errors="replace")
    return segment if segment.strip(".") else segment.replace(".", "%2E")


def extras(request: VideoRequest, taken: Collection[str]) -> dict[str, Any]:
    """The user's own fields.

    Raises:
        RequestError: One of them would replace a field that is already said.
    """
    for name in request.params:
        if name in taken or name in ("model", "prompt"):
            raise RequestError(f"The field {name!r} is set already; leave out --param {name}. Nothing was sent.")
    return dict(request.params)


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value: what was not asked for is not sent."""
    return {name: value for name, value in fields.items() if value is not None}


def refuse(request: VideoRequest, options: Iterable[str], takes: Collection[str], where: str) -> None:
    """Refuse these options, saying what is taken and how a field without a name is sent.

    Raises:
        UnsupportedOptionError: One of them was asked for.
    """
    for option in options:
        value = getattr(request, option)
        if value is not None:
            taken = ", ".join(sorted(takes)).replace("_", "-")
            hint = f"It takes {taken}; `--param {option}=…` sends it all the same."
            raise UnsupportedOptionError(option, value, where=where, hint=hint)


def whole_seconds(request: VideoRequest, where: str) -> int | None:
    """The duration for a wire that takes whole seconds only.

    Raises:
        UnsupportedOptionError: It has a fraction.
    """
    if request.duration is not None and request.duration != int(request.duration):
        raise UnsupportedOptionError("duration", f"{request.duration:g} s", ("whole seconds",), where=where)
    return None if request.duration is None else int(request.duration)


def names_of(size: Size, spec: ModelSpec) -> tuple[str, str] | None:
    """The resolution and aspect ratio that make exactly this size, such as ``("720p", "16:9")``; None if none do."""
    edge = min(size)
    named = [each for each in spec.resolutions or () if short_edge(each) == edge]
    for resolution in named or ([f"{edge}p"] if edge in _EDGES and not spec.resolutions else []):
        for ratio in spec.aspect_ratios or _RATIOS:
            if VideoRequest("-", resolution=resolution, aspect_ratio=ratio).pixel_size() == size:
                return resolution, ratio
    return None


def with_names(request: VideoRequest, spec: ModelSpec) -> VideoRequest:
    """The same request with its size said as resolution and aspect ratio, for a wire that knows only these.

    Raises:
        UnsupportedOptionError: No such pair is exactly that size.
    """
    if request.size is None:
        return request
    names = names_of(request.size, spec)
    if names is None:
        resolutions, ratios = spec.resolutions or ("720p", "…"), spec.aspect_ratios or ("16:9", "…")
        hint = (
            f"It takes sizes that are a resolution ({', '.join(resolutions)}) in an aspect ratio ({', '.join(ratios)})."
        )
        raise UnsupportedOptionError("size", request.size, where=spec.id, hint=hint)
    return replace(request, size=None, resolution=names[0], aspect_ratio=names[1])
