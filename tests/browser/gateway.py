"""A gateway whose jobs go as far as a test lets them."""

from __future__ import annotations

from typing import Any

from tests.browser.lab import Notebook
from tests.support.farm import PATHS, Farm
from tests.support.servers import Answer

__all__ = ["PacedFarm", "rise"]


class PacedFarm(Farm):
    """An Infery whose jobs, where their prompts say ``hold``, report `progress` until they are released.

    Args:
        clip: What it makes.

    Attributes:
        progress: Per cent.
    """

    def __init__(self, clip: bytes) -> None:
        super().__init__(PATHS["infery"], clip)
        self.progress = 0

    def _status(self, number: int) -> Answer:
        answer = super()._status(number)
        body: dict[str, Any] = answer.body
        return Answer({**body, "progress": self.progress}) if body["status"] == "processing" else answer


def rise(notebook: Notebook, farm: PacedFarm, *values: int) -> None:
    """Have the gateway report these values, per cent, each when the notebook has shown the one before it."""
    for value in values:
        farm.progress = value
        notebook.page.get_by_text(f"Generating {value} %").wait_for()
    assert len({value for value, _ in notebook.bars()}) >= len(values)
