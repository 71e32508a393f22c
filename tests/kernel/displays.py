"""What a front end without a page is shown: the displays of a cell, their ends, and the players in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.kernel.client import Kernel, Message, Ran

__all__ = [
    "LONG",
    "TINY",
    "WIDGET",
    "check_player",
    "final",
    "id_of",
    "player",
    "players",
    "printed",
    "shown",
    "views",
]

TINY = "--size 320x180 -d 1"
LONG = "-d 60"  # more than a minute of rendering: whatever a test does with it comes first
WIDGET = "application/vnd.jupyter.widget-view+json"


def shown(ran: Ran) -> Message:
    """The one display that a cell made."""
    (display,) = [each for each in ran.outputs if each["msg_type"] == "display_data"]
    return display


def id_of(display: Message) -> str:
    return str(display["content"]["transient"]["display_id"])


def final(kernel: Kernel, display: Message) -> Message:
    """What a display was replaced by, once its job has ended."""

    def look() -> Message | None:
        updates = [each for each in kernel.said if each["msg_type"] == "update_display_data"]
        return next((each for each in updates if id_of(each) == id_of(display)), None)

    update = kernel.until(look)
    assert update is not None
    return update


def views(said: list[Message]) -> list[dict[str, Any]]:
    """The views among messages to a page, in order."""
    contents = [each["content"]["data"].get("content", {}) for each in said if each["msg_type"] == "comm_msg"]
    return [each["view"] for each in contents if each.get("kind") == "view"]


def players(html: str) -> list[str]:
    """Where the players of a piece of HTML take their clips from."""
    return re.findall(r'<video[^>]* src="([^"]+)"', html)


def player(html: str) -> str:
    """Where its one player does."""
    (source,) = players(html)
    return source


def check_player(data: dict[str, str], folder: Path) -> Path:
    """That a display stands alone and plays a clip beside the notebook; returns the clip."""
    assert set(data) == {"text/html", "image/jpeg", "text/plain"}
    source = player(data["text/html"])
    assert source.startswith("videogen/"), "the link is relative"
    assert source in data["text/plain"]
    clip = folder / source
    assert clip.read_bytes()[4:8] == b"ftyp"
    assert "<script" not in data["text/html"]
    return clip


def printed(kernel: Kernel, text: str) -> bool:
    """Whether any cell or task has printed this."""
    return any(text in message["content"]["text"] for message in kernel.said if message["msg_type"] == "stream")
