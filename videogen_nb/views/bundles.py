"""The scripts and style sheets built from ``js/``: of widgets, saved grids and exported pages."""

from __future__ import annotations

import functools
from pathlib import Path

__all__ = ["bundle"]

_STATIC = Path(__file__).parents[1] / "static"


@functools.cache
def bundle(name: str) -> str:
    """A built bundle's text.

    Raises:
        RuntimeError: It is missing, as in a checkout whose ``js/`` was never built.
    """
    try:
        return (_STATIC / name).read_text("utf-8")
    except OSError:
        raise RuntimeError(f"{name} is missing; build it with `make build`.") from None
