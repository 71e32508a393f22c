from __future__ import annotations

from .mountains import build

__all__ = ["build"]
