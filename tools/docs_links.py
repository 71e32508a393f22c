"""Check the links inside the built documentation: ``python tools/docs_links.py build/docs/html``.

Sphinx checks the references that it resolves itself. Those inside raw HTML, such as a notebook's clips, and the
anchors of all pages are looked at here. Links to other sites are left to Sphinx's own linkcheck.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ATTRIBUTES = ("href", "src", "poster")


@dataclass
class Page:
    """What a page offers to links, and where its own lead.

    Attributes:
        anchors: Ids in it.
        links: As they are written.
    """

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name == "id":
                self.page.anchors.add(value)
            elif value and name in ATTRIBUTES:
                self.page.links.append(value)


def read(path: Path) -> Page:
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    return reader.page


def broken_links(root: Path) -> Iterator[str]:
    """Each link of the site that leads nowhere, with the page that has it."""
    pages = {path: read(path) for path in sorted(root.rglob("*.html")) if "_static" not in path.parts}
    for path, page in pages.items():
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            anchor = unquote(parts.fragment)
            if not target.is_file():
                yield f"{path.relative_to(root)}: {link} is not there."
            elif anchor and target in pages and anchor not in pages[target].anchors:
                yield f"{path.relative_to(root)}: {link} has no such anchor."


def main() -> int:
    root = Path(sys.argv[1]).resolve()
    broken = list(broken_links(root))
    for line in broken:
        print(line, file=sys.stderr)
    if not broken:
        print(f"{sys.argv[1]}: all links inside the site lead somewhere.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
