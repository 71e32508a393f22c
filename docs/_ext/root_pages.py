"""Files at the repository's root are pages here; links between them lead to those pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

PAGES = {
    "RELIABILITY.md": "/about/reliability.md",
    "SECURITY.md": "/about/security.md",
    "CHANGELOG.md": "/about/changelog.md",
    "CONTRIBUTING.md": "/develop/contributing.md",
    "benchmarks/RESULTS.md": "/about/benchmarks.md",
}
_LINK = re.compile(r"\]\((?!https?:|#|/)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")


def relink(app: Sphinx, relative_path: Path, parent: str, content: list[str]) -> None:
    """Point the links of an included file of the root to pages of the site."""
    root = Path(app.srcdir).parent
    included = (Path(app.srcdir) / relative_path).resolve()
    if not included.is_relative_to(root) or included.is_relative_to(app.srcdir):
        return

    def replace(match: re.Match[str]) -> str:
        target = (included.parent / match["path"]).resolve()
        if target.is_relative_to(app.srcdir):
            page = f"/{target.relative_to(app.srcdir).as_posix()}"
        else:
            page = PAGES.get(target.relative_to(root).as_posix(), match["path"])
        return f"]({page}{match['anchor'] or ''})"

    content[0] = _LINK.sub(replace, content[0])


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("include-read", relink)
    return {"parallel_read_safe": True}
