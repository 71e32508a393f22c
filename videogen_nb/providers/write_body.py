"""Shared by the code that writes request bodies: sizes as names, the user's own fields, whole seconds."""

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
    """A job's id as one segment of a URL path, whatever characters it contains."""
    # Clients and servers remove segments that are only dots; lone surrogates can't be encoded.
    segment = quote(remote_id, safe="", errors="replace")
    return segment if segment.strip(".") else segment.replace(".", "%2E")


def extras(request: VideoRequest, taken: Collection[str]) -> dict[str, Any]:
    """The user's own fields, from `params`.

    Args:
        request: The request.
        taken: Names of the fields that are set already.

    Raises:
        RequestError: One of them would replace a field that is set already.
    """
    for name in request.params:
        if name in taken or name in ("model", "prompt"):
            raise RequestError(f"The field {name!r} is set already; remove --param {name}. Nothing was sent.")
    return dict(request.params)


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value, so that nothing is sent that was not requested."""
    return {name: value for name, value in fields.items() if value is not None}


def refuse(request: VideoRequest, options: Iterable[str], takes: Collection[str], where: str) -> None:
    """Refuse options, with a message that lists the supported ones and how to send any other field.

    Args:
        request: The request.
        options: Names of the options to refuse.
        takes: Names of the options that are supported.
        where: The provider or model, as the message names it.

    Raises:
        UnsupportedOptionError: The request has one of them.
    """
    for option in options:
        value = getattr(request, option)
        if value is not None:
            supported = ", ".join(sorted(takes)).replace("_", "-")
            hint = f"It takes {supported}; `--param {option}=…` sends it anyway."
            raise UnsupportedOptionError(option, value, where=where, hint=hint)


def whole_seconds(request: VideoRequest, where: str) -> int | None:
    """The duration, for an API that takes whole seconds only.

    Raises:
        UnsupportedOptionError: It is not a whole number.
    """
    if request.duration is not None and request.duration != int(request.duration):
        raise UnsupportedOptionError("duration", f"{request.duration:g} s", ("whole seconds",), where=where)
    return None if request.duration is None else int(request.duration)


def names_of(size: Size, spec: ModelSpec) -> tuple[str, str] | None:
    """The resolution and aspect ratio that give exactly this size, such as ``("720p", "16:9")``; None if none do."""
    edge = min(size)
    named = [resolution for resolution in spec.resolutions or () if short_edge(resolution) == edge]
    for resolution in named or ([f"{edge}p"] if edge in _EDGES and not spec.resolutions else []):
        for ratio in spec.aspect_ratios or _RATIOS:
            if VideoRequest("-", resolution=resolution, aspect_ratio=ratio).pixel_size() == size:
                return resolution, ratio
    return None


def with_names(request: VideoRequest, spec: ModelSpec) -> VideoRequest:
    """The same request with its size as resolution and aspect ratio, for an API that knows only these.

    Raises:
        UnsupportedOptionError: No such pair gives exactly that size.
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
