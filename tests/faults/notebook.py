"""What a front end saves of a session: the notebook with its widgets' state, and the page exported from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import nbconvert.exporters
import nbformat

from tests.kernel.client import Message, Ran

__all__ = ["save"]

_SHOWN = ("stream", "display_data", "execute_result", "error")


def save(cells: Iterable[tuple[str, Ran]], said: Iterable[Message]) -> dict[str, bytes]:
    """The notebook of these cells as it is saved, and as it is exported.

    Args:
        cells: Each with its source.
        said: All that the kernel said, also after the cells.
    """
    # Every worker imports this file, and only the one that saves a notebook needs what takes seconds to import.

    v4: Any = nbformat.v4  # neither package has types
    exporters: Any = nbconvert.exporters
    said = list(said)
    updates = {_id(each): each["content"] for each in said if each["msg_type"] == "update_display_data"}
    made: list[Any] = []
    for source, ran in cells:
        cell = v4.new_code_cell(source)
        for each in ran.outputs:
            if each["msg_type"] in _SHOWN:
                latest = {**each, "content": {**each["content"], **updates.get(_id(each), {})}}
                cell.outputs.append(v4.output_from_msg(latest))
        made.append(cell)
    state: dict[str, Any] = {}
    for each in said:
        data = each["content"].get("data", {})
        if each["msg_type"] in ("comm_open", "comm_msg") and isinstance(data.get("state"), dict):
            model = state.setdefault(each["content"]["comm_id"], {"model_name": "", "state": {}})
            model["state"] |= data["state"]
    widgets = {"application/vnd.jupyter.widget-state+json": {"version_major": 2, "version_minor": 0, "state": state}}
    book = v4.new_notebook(cells=made, metadata={"widgets": widgets})
    page, _ = exporters.HTMLExporter().from_notebook_node(book)
    return {"notebook": v4.writes(book).encode(), "exported page": page.encode()}


def _id(message: Message) -> str | None:
    found = message["content"].get("transient", {}).get("display_id")
    return str(found) if found else None
