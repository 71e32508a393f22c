"""Text from elsewhere, made fit to be shown: what it says can be read, and moves, hides or turns nothing around it."""

from __future__ import annotations

import re

__all__ = ["plain"]

# Beside control characters: what turns the direction of the text behind it, what can't be seen, and halves of pairs.
# Left alone is what scripts and emoji are written with: joiners, direction marks, variation selectors, tags.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"
)
_ESCAPED = re.compile(f"[{_UNSEEN}]")
_BREAKS = re.compile(r" *(?:\r\n|[\n\t])[ \t\n]*")
# Marks that stand over and under a letter. No language has so many on one; a flood of them paints over the neighbours.
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff"
_FLOOD = re.compile(f"([{_MARKS}\u20d0-\u20f0\ufe20-\ufe2f]{{4}})[{_MARKS}\u20d0-\u20f0\ufe20-\ufe2f]+")


def plain(text: object, most: int | None = None, *, lines: bool = False) -> str:
    r"""A text as it may be printed or put into a page.

    Args:
        text: Any text, or what is shown as its ``str``.
        most: Characters to keep; a longer text ends in "…". None keeps all of it.
        lines: Whether line breaks and tabs are kept; else it comes as one line.

    Returns:
        The text, in which what would be no character to see is written as Python writes it. It can be encoded.

    >>> plain("red \x1b[31m, turned \u202e, and\na second line")
    'red \\x1b[31m, turned \\u202e, and a second line'
    """
    shown = text if isinstance(text, str) else str(text)
    if most is not None and len(shown) > most:
        shown = f"{shown[: max(most - 1, 0)]}…"
    shown = shown.replace("\r\n", "\n") if lines else _BREAKS.sub(" ", shown)
    shown = _ESCAPED.sub(_escape, shown)
    return _FLOOD.sub(r"\1", shown)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
