"""Find which files and job ids the notebooks under some folders mention, in their cells or in saved outputs."""

from __future__ import annotations

import html
import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from videogen_nb.errors import RequestError
from videogen_nb.storage.sidecars import ID

__all__ = ["mentioned"]

MAX_FOLDERS = 50_000  # that are searched for notebooks
MAX_NOTEBOOKS = 5_000
MAX_BYTES = 2_000_000_000  # of all notebooks, which are read one at a time

_WORD = re.compile(rf"(?<![a-z0-9])({ID})(?![a-z0-9])")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{500,}")  # embedded pictures and clips, which mention nothing
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")


def mentioned(folders: Iterable[Path], names: set[str]) -> set[str]:
    """Those of `names` that a notebook mentions, and every word that looks like a job id.

    Args:
        folders: Folders that are searched with their subfolders.
        names: File names and job ids.

    Raises:
        RequestError: Not all notebooks can be found and read, so what they mention is not known.
    """
    seen: set[str] = set()
    files = {name for name in names if not _WORD.fullmatch(name)}  # an id counts only as a whole word
    remaining = MAX_BYTES
    for path in _notebooks(folders):
        try:
            remaining -= path.stat().st_size
            if remaining < 0:
                raise RequestError("The notebooks here are too large to search, so nothing is tidied.")
            text = _BASE64.sub(" ", path.read_text("utf-8", "replace"))
        except OSError as error:
            raise RequestError(
                f"The notebook {path} can't be read ({error.strerror}), so it is not known what it mentions, and "
                f"nothing is tidied."
            ) from None
        text = unicodedata.normalize("NFC", f"{text}\n{_unescaped(text)}")
        seen |= set(_WORD.findall(text))
        seen |= {name for name in files - seen if name in text}
    return seen


def _notebooks(folders: Iterable[Path]) -> set[Path]:
    notebooks: set[Path] = set()
    count = 0
    for root in folders:
        for folder, subfolders, names in os.walk(root):
            count += 1
            environment = "pyvenv.cfg" in names or "conda-meta" in subfolders
            subfolders[:] = (
                [] if environment else [name for name in subfolders if not name.startswith((".", "node_modules"))]
            )
            notebooks |= {Path(folder, name) for name in names if name.endswith(".ipynb")}
            if count > MAX_FOLDERS or len(notebooks) > MAX_NOTEBOOKS:
                raise RequestError(
                    f"There are too many folders below {root} to search for notebooks, so it is not known what they "
                    f"mention, and nothing is tidied."
                )
    return notebooks


def _unescaped(text: str) -> str:
    """The text of a notebook without the escapes of JSON, HTML and URLs."""
    text = _UNICODE.sub(lambda code: chr(int(code[1], 16)), text).replace('\\"', '"').replace("\\n", "\n")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins surrogate pairs
    return unquote(html.unescape(text))
