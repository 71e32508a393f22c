"""The nbconvert exporter ``html_with_clips``: an HTML page with the clips embedded."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import traitlets
from nbconvert import HTMLExporter
from nbconvert.preprocessors import Preprocessor

from videogen_nb.core.data_uri import write_data_uri

__all__ = ["EmbedClips", "HTMLWithClips"]

_TYPES = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm"}
_SOURCE = re.compile(r'\ssrc="([^"]*)"')
_HANDLER = re.compile(r'\sonerror="[^"]*"')


class EmbedClips(Preprocessor):
    """Embeds the clips that our players link to.

    Only files below the notebook's folder are read, and only for players that this package has
    written. A clip that is too large, missing or elsewhere keeps its link, with a warning.
    """

    limit = traitlets.Int(100_000_000, help="Largest clip to embed, in bytes.").tag(config=True)

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """Embed the clips of a cell's outputs; `resources` name the notebook's folder."""
        folder = Path((resources.get("metadata") or {}).get("path") or ".").resolve()
        for output in cell.get("outputs", ()):
            text = output.get("data", {}).get("text/html")
            if text:
                output["data"]["text/html"] = self._embedded("".join(text), folder)
        return cell, resources

    def _embedded(self, text: str, folder: Path) -> str:
        parts, end = [], 0
        for start, tag in _Players(text).tags:
            link = _SOURCE.search(tag)
            source = self._data_uri(html.unescape(link[1]), folder) if link else None
            if link and source:
                # An embedded clip can't be missing, so its error handler goes.
                parts += [text[end:start], _HANDLER.sub("", tag).replace(link[0], f' src="{source}"', 1)]
                end = start + len(tag)
        return "".join([*parts, text[end:]])

    def _data_uri(self, link: str, folder: Path) -> str | None:
        address = urlsplit(link)
        if address.scheme or address.netloc or not address.path:
            return None
        path = (folder / unquote(address.path)).resolve()
        media_type = _TYPES.get(path.suffix.lower())
        if not path.is_relative_to(folder) or media_type is None:
            self.log.warning("%s is not a clip below the notebook's folder: it stays a link.", link)
            return None
        try:
            size = path.stat().st_size
            if size > self.limit:
                self.log.warning("%s has %.1f MB: it stays a link. EmbedClips.limit says how much.", link, size / 1e6)
                return None
            return write_data_uri(path.read_bytes(), media_type)
        except OSError as error:
            self.log.warning("%s can't be read (%s): it stays a link.", link, error.strerror)
            return None


class HTMLWithClips(HTMLExporter):
    """``jupyter nbconvert --to html_with_clips``: a page that plays its clips wherever it is."""

    export_from_notebook = "HTML with clips"

    @traitlets.default("preprocessors")
    def _embed(self) -> list[Any]:
        return [EmbedClips]


class _Players(HTMLParser):
    """Finds our players in an output: the offset of each tag, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[int, str]] = []
        self._ours = 0
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div":
            classes = (dict(attrs).get("class") or "").split()
            self._ours += bool(self._ours or {"videogen-job", "videogen-grid"} & set(classes))
        elif tag == "video" and self._ours:
            line, column = self.getpos()
            self.tags.append((self._lines[line - 1] + column, self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._ours:
            self._ours -= 1
