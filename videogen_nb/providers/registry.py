"""The installed providers: found by entry point, and imported on first use to keep ``%load_ext`` quick."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Callable
from typing import Any

from videogen_nb.errors import RequestError
from videogen_nb.providers.base import Provider

__all__ = ["GROUP", "provider", "providers"]

GROUP = "videogen_nb.providers"


@functools.cache
def _loaders() -> dict[str, Callable[[], Any]]:
    return {point.name: point.load for point in importlib.metadata.entry_points(group=GROUP)}


@functools.cache
def provider(name: str) -> Provider:
    """The provider of that name, loaded on first use.

    Raises:
        RequestError: No such provider is installed.
    """
    loaders = _loaders()
    if name not in loaders:
        known = ", ".join(sorted(loaders)) or "none (is videogen-nb installed?)"
        raise RequestError(f"Unknown provider {name!r}; installed are: {known}. Nothing was sent.", option="provider")
    loaded = loaders[name]()
    return loaded() if isinstance(loaded, type) else loaded  # type: ignore[no-any-return]


def providers() -> tuple[str, ...]:
    """Names of all installed providers: the built-in ones first, ``local`` last."""
    order = {"infery": 0, "infinityblue": 1, "openai_videos": 2, "local": 9}
    return tuple(sorted(_loaders(), key=lambda name: (order.get(name, 5), name)))
