"""Points and curves in panels with logarithmic axes, as an SVG that reads on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

__all__ = ["Series", "draw"]

_WIDTH, _HEIGHT, _GAP, _LEFT, _TOP, _BOTTOM = 216, 216, 26, 58, 44, 80
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#7d8590}.title{font-weight:600}"
    ".grid{stroke:#8b949e;stroke-opacity:.25}.edge{stroke:#8b949e;stroke-opacity:.6;fill:none}"
    "@media(prefers-color-scheme:dark){text{fill:#adb5bd}}"
)


@dataclass(frozen=True, slots=True)
class Series:
    """What belongs together in a panel.

    Attributes:
        name: For the legend; series of one name look alike in all panels.
        points: (x, y), both above 0.
        colour: Of its marks, as in CSS; one that reads on white and on black.
        line: Joined: "solid", "dashed"; "" for marks alone.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    line: str = ""


def draw(
    panels: Mapping[str, Sequence[Series]], x: str, y: str, x_range: tuple[float, float], y_range: tuple[float, float]
) -> str:
    """The panels side by side, by title, with axes of so many decades and one legend.

    Points outside of the ranges are left out, and curves cut there.
    """
    width = _LEFT + len(panels) * (_WIDTH + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_TOP + _HEIGHT + _BOTTOM}" role="img">',
        f"<title>{escape(y)} against {escape(x)}</title><style>{_STYLE}</style>",
    ]
    for place, (title, series) in enumerate(panels.items()):
        left = _LEFT + place * (_WIDTH + _GAP)
        parts.append(f'<g transform="translate({left} {_TOP})">')
        parts += _axes(title, x_range, y_range, labels=not place)
        parts += [mark for each in series for mark in _marks(each, x_range, y_range)]
        parts.append("</g>")
    middle = _TOP + _HEIGHT / 2
    parts.append(f'<text transform="translate(16 {middle}) rotate(-90)" text-anchor="middle">{escape(y)}</text>')
    parts.append(f'<text x="{width / 2}" y="{_TOP + _HEIGHT + 40}" text-anchor="middle">{escape(x)}</text>')
    return "\n".join([*parts, *_legend(panels), "</svg>"]) + "\n"


def _axes(title: str, x_range: tuple[float, float], y_range: tuple[float, float], *, labels: bool) -> list[str]:
    parts = [f'<text class="title" x="{_WIDTH / 2}" y="-12" text-anchor="middle">{escape(title)}</text>']
    for value in _decades(x_range):
        at = _across(value, x_range)
        parts.append(f'<path class="grid" d="M{at:.1f} 0V{_HEIGHT}"/>')
        parts.append(f'<text x="{at:.1f}" y="{_HEIGHT + 17}" text-anchor="middle">{value:g}</text>')
    for value in _decades(y_range):
        at = _down(value, y_range)
        parts.append(f'<path class="grid" d="M0 {at:.1f}H{_WIDTH}"/>')
        if labels:
            parts.append(f'<text x="-7" y="{at + 4:.1f}" text-anchor="end">{value:g}</text>')
    return [*parts, f'<path class="edge" d="M0 0V{_HEIGHT}H{_WIDTH}"/>']


def _marks(series: Series, x_range: tuple[float, float], y_range: tuple[float, float]) -> list[str]:
    inside = [
        (_across(x, x_range), _down(y, y_range))
        for x, y in series.points
        if x_range[0] <= x <= x_range[1] and y_range[0] <= y <= y_range[1]
    ]
    if not series.line:
        return [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{series.colour}"/>' for x, y in inside]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in inside)
    dashes = ' stroke-dasharray="5 4"' if series.line == "dashed" else ""
    return [f'<path d="M{path}" fill="none" stroke="{series.colour}" stroke-width="1.6"{dashes}/>'] if path else []


def _legend(panels: Mapping[str, Sequence[Series]]) -> list[str]:
    known = {(each.name, each.line): each for series in panels.values() for each in series}
    parts, at, row = [], _LEFT, _TOP + _HEIGHT + 68
    for each in known.values():
        if each.line:
            dashes = ' stroke-dasharray="5 4"' if each.line == "dashed" else ""
            mark = f'<path d="M{at - 6} {row - 4}h14" stroke="{each.colour}" stroke-width="1.6"{dashes}/>'
        else:
            mark = f'<circle cx="{at}" cy="{row - 4}" r="4.5" fill="{each.colour}"/>'
        parts.append(f'{mark}<text x="{at + 12}" y="{row}">{escape(each.name)}</text>')
        at += 38 + round(6.4 * len(each.name))
    return parts


def _decades(span: tuple[float, float]) -> list[float]:
    first, last = math.ceil(math.log10(span[0]) - 1e-9), math.floor(math.log10(span[1]) + 1e-9)
    return [10.0**power for power in range(first, last + 1)]


def _across(value: float, span: tuple[float, float]) -> float:
    return _WIDTH * math.log(value / span[0]) / math.log(span[1] / span[0])


def _down(value: float, span: tuple[float, float]) -> float:
    return _HEIGHT * (1 - math.log(value / span[0]) / math.log(span[1] / span[0]))
