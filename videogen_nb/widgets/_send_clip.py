"""Send a clip to a page: its bytes as a message buffer, or why the page can't have them."""

from __future__ import annotations

from typing import Any

from videogen_nb.core.job import Video
from videogen_nb.views.unplayable import why_unplayable
from videogen_nb.widgets._base import Base

__all__ = ["send_clip"]

MAX_BYTES = 100_000_000  # of a clip that is sent whole


def send_clip(widget: Base, video: Video, **address: Any) -> None:
    """Send one clip, never as a synced trait: that would put its bytes into the saved notebook.

    Args:
        widget: The view whose page asked for it.
        video: The clip.
        **address: Which player of the page it is for, such as ``index=0`` or ``key="k3x9ab2c"``.
    """
    if reason := why_unplayable(video, MAX_BYTES):
        widget.send({"kind": "noclip", **address, "why": reason.replace("`", "")})
    else:
        widget.send({"kind": "clip", **address, "media_type": video.media_type}, buffers=[video.path.read_bytes()])
