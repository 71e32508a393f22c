"""What GitHub leaves of the HTML in a file: its published rules as data, and a filter that applies them.

The rules are those of html-pipeline's ``SanitizationFilter``, which github/markup names as the step that every
rendered file goes through. Of its versions this is the strictest: later ones add ``span`` and ``figure``.
"""

from __future__ import annotations

import html
from html.parser import HTMLParser
from urllib.parse import urlsplit

__all__ = ["as_on_github", "lines"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTS = _words(
    "h1 h2 h3 h4 h5 h6 h7 h8 br b i strong em a pre code img tt div ins del sup sub p ol ul table thead tbody tfoot "
    "blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details"
)
DROPPED_WHOLE = frozenset({"script"})
ATTRIBUTES = {
    "a": frozenset({"href"}),
    "img": frozenset({"src", "longdesc"}),
    "div": frozenset({"itemscope", "itemtype"}),
    **{name: frozenset({"cite"}) for name in ("blockquote", "del", "ins", "q")},
}
ATTRIBUTES_OF_ALL = _words(
    "abbr accept accept-charset accesskey action align alt axis border cellpadding cellspacing char charoff charset "
    "checked clear cols colspan color compact coords datetime dir disabled enctype for frame headers height hreflang "
    "hspace ismap label lang maxlength media method multiple name nohref noshade nowrap open prompt readonly rel rev "
    "rows rowspan rules scope selected shape size span start summary tabindex target title type usemap valign value "
    "vspace width itemprop"
)
SCHEMES = {
    ("a", "href"): frozenset({"", "http", "https", "mailto", "github-windows", "github-mac"}),
    ("img", "src"): frozenset({"", "http", "https"}),
    ("img", "longdesc"): frozenset({"", "http", "https"}),
}
_VOID = frozenset({"br", "hr", "img"})
_BLOCKS = _words("blockquote br dd details div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre summary table td th tr ul")


def as_on_github(text: str) -> str:
    """The HTML that is left: of an element that is not allowed only its content, of a script nothing."""
    return _Filter(text).left


def lines(text: str) -> list[str]:
    """The lines in which a page without any style shows this HTML."""
    return _Lines(text).found


class _Filter(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.left = ""
        self._inside = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside += tag in DROPPED_WHOLE
        if tag in ELEMENTS and not self._inside:
            kept = [f' {name}="{html.escape(value or "")}"' for name, value in attrs if _passes(tag, name, value or "")]
            self.left += f"<{tag}{''.join(kept)}>"

    def handle_endtag(self, tag: str) -> None:
        if tag in ELEMENTS - _VOID and not self._inside:
            self.left += f"</{tag}>"
        self._inside -= tag in DROPPED_WHOLE

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.left += html.escape(data, quote=False)


def _passes(tag: str, name: str, value: str) -> bool:
    if name not in ATTRIBUTES_OF_ALL | ATTRIBUTES.get(tag, frozenset()):
        return False
    schemes = SCHEMES.get((tag, name))
    return schemes is None or urlsplit(value.strip()).scheme in schemes


class _Lines(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._line = ""
        self.feed(text)
        self.close()
        self._break()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._break()
        elif tag == "img":
            self._line += f"[{dict(attrs).get('alt')}: {dict(attrs).get('src')}]"

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        self._line += data

    def _break(self) -> None:
        if line := " ".join(self._line.split()):
            self.found.append(line)
        self._line = ""
